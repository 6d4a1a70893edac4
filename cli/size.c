/* Sizes in bytes. Prefixes count in 1024, as memory does, with and without the "i" that would tell. Fractions are not
 * taken: the number that a message names can be typed as it is. */
#include "cli/size.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char prefixes[] = "KMGT";

/* How far the suffix shifts its number to the left; -1 where it is none. */
static int shift_of(const char *suffix)
{
    int shift = 0;
    if (*suffix == '\0' || strcasecmp(suffix, "B") == 0) return 0;
    for (int i = 0; prefixes[i] != '\0'; i++)
        if (strncasecmp(suffix, &prefixes[i], 1) == 0) shift = 10 * (i + 1);
    if (shift == 0) return -1;
    suffix++;
    return *suffix == '\0' || strcasecmp(suffix, "B") == 0 || strcasecmp(suffix, "iB") == 0 ? shift : -1;
}

enum rst_status size_parse(const char *name, const char *text, uint64_t *bytes, struct rst_error *err)
{
    const char *at = text;
    uint64_t number = 0;
    bool fits = true;
    for (; *at >= '0' && *at <= '9'; at++) {
        fits = fits && number <= (UINT64_MAX - 9) / 10;
        if (fits) number = number * 10 + (uint64_t)(*at - '0');
    }
    int shift = shift_of(at);
    if (at == text || shift < 0 || number == 0)
        return rst_fail(err, RST_E_ARGUMENT,
                        "%s %.80s: a number of bytes from 1 on is wanted, with K, M, G or T for powers of 1024, as in "
                        "64M",
                        name, text);
    if (!fits || number > (uint64_t)INT64_MAX >> shift)
        return rst_fail(err, RST_E_ARGUMENT, "%s %.80s: it is more than can be counted", name, text);
    *bytes = number << shift;
    return RST_OK;
}

char *size_format(uint64_t bytes, char *buffer, size_t size)
{
    double value = (double)bytes;
    int prefix = -1;
    for (; value >= 1024 && prefixes[prefix + 1] != '\0'; prefix++)
        value /= 1024;
    if (prefix < 0)
        snprintf(buffer, size, "%d byte%s", (int)bytes, bytes == 1 ? "" : "s");
    else
        snprintf(buffer, size, "%.1f %ciB", value, prefixes[prefix]);
    return buffer;
}

char *size_format_exact(uint64_t bytes, char *buffer, size_t size)
{
    char text[32];
    if (bytes < 1024) return size_format(bytes, buffer, size);
    snprintf(buffer, size, "%s (%llu bytes)", size_format(bytes, text, sizeof text), (unsigned long long)bytes);
    return buffer;
}
