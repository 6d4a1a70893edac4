/* What the ten pixel types are called and how large they are: tables made from the one list in type.h, so that a type
 * added there is known here. */
#include "raster/base/type.h"

#include <assert.h>
#include <string.h>

static const struct {
    const char *name;
    size_t size;
} types[RST_TYPE_COUNT] = {
#define TYPE_ROW(UPPER, lower, ctype) [RST_##UPPER] = {#lower, sizeof(ctype)},
    RST_TYPES(TYPE_ROW)
#undef TYPE_ROW
};

size_t rst_type_size(enum rst_type type)
{
    assert((unsigned)type < RST_TYPE_COUNT);
    return types[type].size;
}

const char *rst_type_name(enum rst_type type)
{
    assert((unsigned)type < RST_TYPE_COUNT);
    return types[type].name;
}

bool rst_type_is_float(enum rst_type type)
{
    return type == RST_F32 || type == RST_F64;
}

bool rst_type_is_signed(enum rst_type type)
{
    return rst_type_name(type)[0] != 'u';
}

bool rst_type_parse(const char *text, enum rst_type *type)
{
    for (int i = 0; i < RST_TYPE_COUNT; i++) {
        if (strcmp(text, types[i].name) != 0) continue;
        *type = (enum rst_type)i;
        return true;
    }
    return false;
}
