/* Further rasters are opened as the input is, --raw included; --page, --window and --nodata are the input's alone. */
#include "cli/others.h"

#include <stdlib.h>

#include "cli/input.h"

static enum rst_status open_one(const char *name, const struct options *options, struct rst_raster **out,
                                struct rst_error *err)
{
    struct options mine = *options;
    struct input input;
    mine.given &= ~(OPTION_BIT(OPTION_PAGE) | OPTION_BIT(OPTION_NODATA));
    RST_TRY(input_parse(name, &mine, &input, err));
    enum rst_status status = input_open(&input, RST_READ, options_has(options, OPTION_RAW), &mine, out, err);
    input_free(&input);
    return status;
}

enum rst_status others_open(struct others *others, const char *const *names, int count, const struct options *options,
                            struct rst_error *err)
{
    *others = (struct others){.names = names};
    others->list = calloc((size_t)count + 1, sizeof(struct rst_raster *));
    if (others->list == NULL) return rst_fail(err, RST_E_NOMEM, "out of memory");
    for (; others->count < count; others->count++)
        RST_TRY(open_one(names[others->count], options, &others->list[others->count], err));
    return RST_OK;
}

void others_close(struct others *others)
{
    for (int i = 0; i < others->count; i++)
        rst_close(&others->list[i]);
    free(others->list);
    *others = (struct others){0};
}
