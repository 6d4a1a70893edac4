/* Border rules: which coordinate inside an image stands for one outside.
 *
 * All rules are told by the run of coordinates that starts at a place and moves through the image in even steps: single
 * coordinates are the first of such a run. Periods are reckoned in unsigned 64-bit numbers, so that no coordinate and
 * no size overflows.
 */
#include "raster/image/border.h"

#include <string.h>

#include "raster/base/size.h"
#include "raster/base/type.h"
#include "raster/image/run.h"

/* at modulo period, never negative. */
static uint64_t phase_of(int64_t at, uint64_t period)
{
    if (at >= 0) return (uint64_t)at % period;
    return period - 1 - (uint64_t)(-(at + 1)) % period;
}

/* Both reflections: up through the image once, then down, where `edges` says whether the edge pixels are seen twice. */
static struct rst_run reflected(int64_t at, int64_t size, bool edges)
{
    uint64_t n = (uint64_t)size;
    uint64_t phase = phase_of(at, edges ? 2 * n : 2 * n - 2);
    uint64_t up = edges ? n : n - 1;
    if (phase < up) return (struct rst_run){(int64_t)phase, (int64_t)(up - phase), 1};
    uint64_t source = edges ? 2 * n - 1 - phase : 2 * n - 2 - phase;
    return (struct rst_run){(int64_t)source, (int64_t)(edges ? source + 1 : source), -1};
}

static struct rst_run run_outside(int64_t at, int64_t size, enum rst_border_rule rule)
{
    bool before = at < 0;
    int64_t length = before ? (at == INT64_MIN ? INT64_MAX : -at) : INT64_MAX; /* to the image, or without end */
    switch (rule) {
    case RST_REFLECT:
        return reflected(at, size, true);
    case RST_REFLECT101:
        if (size == 1) break;
        return reflected(at, size, false);
    case RST_WRAP: {
        int64_t source = (int64_t)phase_of(at, (uint64_t)size);
        return (struct rst_run){source, size - source, 1};
    }
    case RST_CONSTANT:
        return (struct rst_run){-1, length, 0};
    case RST_REPLICATE:
        break;
    }
    return (struct rst_run){before ? 0 : size - 1, length, 0};
}

struct rst_run rst_border_run(int64_t at, int64_t size, int64_t limit, enum rst_border_rule rule)
{
    struct rst_run run = {at, size - at, 1};
    if (at < 0 || at >= size) run = run_outside(at, size, rule);
    run.length = rst_min64(run.length, limit);
    return run;
}

int64_t rst_border_index(int64_t at, int64_t size, enum rst_border_rule rule)
{
    return rst_border_run(at, size, 1, rule).source;
}

/* Widens a range to what is seen at the coordinates from ... to - 1, all of them outside the image. */
static void widen(int64_t from, int64_t to, int64_t size, enum rst_border_rule rule, int64_t *low, int64_t *high)
{
    while (from < to && (*low > 0 || *high < size - 1)) {
        struct rst_run run = rst_border_run(from, size, to - from, rule);
        int64_t reach = run.step == 0 ? 0 : run.length - 1;
        from += run.length;
        if (run.source < 0) continue;
        *low = rst_min64(*low, run.step < 0 ? run.source - reach : run.source);
        *high = rst_max64(*high, run.step < 0 ? run.source : run.source + reach);
    }
}

bool rst_border_range(int64_t from, int64_t count, int64_t size, enum rst_border_rule rule, int64_t *low, int64_t *high)
{
    int64_t end = from + count, first = rst_max64(from, 0), last = rst_min64(end, size) - 1;
    *low = first <= last ? first : size;
    *high = first <= last ? last : -1;
    widen(from, rst_min64(0, end), size, rule, low, high);
    widen(rst_max64(size, from), end, size, rule, low, high);
    return *low <= *high;
}

enum rst_status rst_border_parse(const char *text, struct rst_border *border, struct rst_error *err)
{
    static const char *const names[] = {
        [RST_REPLICATE] = "replicate", [RST_REFLECT] = "reflect", [RST_REFLECT101] = "reflect101", [RST_WRAP] = "wrap"};
    for (int rule = 0; rule < RST_CONSTANT; rule++) {
        if (strcmp(text, names[rule]) != 0) continue;
        *border = (struct rst_border){.rule = (enum rst_border_rule)rule};
        return RST_OK;
    }
    static const char constant[] = "constant:";
    union rst_sample value;
    if (strncmp(text, constant, sizeof constant - 1) == 0 &&
        rst_sample_parse(text + sizeof constant - 1, RST_F64, &value)) {
        *border = (struct rst_border){.rule = RST_CONSTANT, .value = value.f64};
        return RST_OK;
    }
    return rst_fail(err, RST_E_ARGUMENT,
                    "border \"%.60s\" is not known: use replicate, reflect, reflect101, wrap or constant:V", text);
}
