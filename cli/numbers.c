/* Lists of numbers. Each is read by rst_sample_parse(), which takes all of its text or nothing, in every locale. */
#include "cli/numbers.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum rst_status numbers_parse(const struct numbers *wanted, const char *text, double *values, int *count,
                              struct rst_error *err)
{
    *count = 0;
    for (const char *at = text;; at++) {
        char number[64];
        union rst_sample sample;
        size_t length = strcspn(at, ",");
        snprintf(number, sizeof number, "%.*s", (int)(length < sizeof number ? length : sizeof number - 1), at);
        if (length >= sizeof number || !rst_sample_parse(number, RST_F64, &sample) || !isfinite(sample.f64))
            return rst_fail(err, RST_E_ARGUMENT, "%s %.60s: '%.40s' is no number; numbers are separated by commas",
                            wanted->option, text, number);
        if (sample.f64 < wanted->low || sample.f64 > wanted->high)
            return rst_fail(err, RST_E_ARGUMENT, "%s %.60s: %.40s is not between %.15g and %.15g", wanted->option, text,
                            number, wanted->low, wanted->high);
        if (*count == wanted->most)
            return rst_fail(err, RST_E_ARGUMENT, "%s takes at most %d numbers", wanted->option, wanted->most);
        values[(*count)++] = sample.f64;
        at += length;
        if (*at == '\0') return RST_OK;
    }
}
