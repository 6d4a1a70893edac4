/* Comparing samples. Rows of both rasters are read through bounded buffers, which makes layout, byte order and
 * compression disappear; most rows of most images are the same, and memcmp() settles them. Only rows that differ are
 * looked at sample by sample. */
#include "cli/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BUFFER_BYTES = 4 << 20 };

/* Differences so far, and those of the row at hand. */
struct tally {
    double real_tolerance;
    uint64_t whole_tolerance;
    int64_t different;
    double sum;
    double most_real;
    uint64_t most_whole;
    int64_t most_at; /* in the row; -1: no difference as large as this before it */
};

static inline void tally_real(struct tally *tally, int64_t at, double apart)
{
    if (apart > tally->real_tolerance) tally->different++;
    tally->sum += apart;
    if (apart <= tally->most_real) return;
    tally->most_real = apart;
    tally->most_at = at;
}

static inline void tally_whole(struct tally *tally, int64_t at, uint64_t apart)
{
    if (apart > tally->whole_tolerance) tally->different++;
    tally->sum += (double)apart;
    if (apart <= tally->most_whole) return;
    tally->most_whole = apart;
    tally->most_at = at;
}

#define TEMPLATE "cli/compare_tmpl.h"
#include "cli/each_type.h"

typedef void row_function(struct tally *tally, const void *first, const void *second, int64_t count);

static row_function *const row_functions[RST_TYPE_COUNT] = {
#define ROW_FUNCTION(UPPER, lower, ctype) [RST_##UPPER] = row_##lower,
    RST_TYPES(ROW_FUNCTION)
#undef ROW_FUNCTION
};

/* Two windows of one size, in memory. */
struct pair {
    const struct rst_raster *a, *b;
    char *buffers[2];
    struct rst_rect window;
    struct tally tally;
    struct compare_place at;
};

static enum rst_status read_window(const struct rst_raster *raster, struct rst_rect window, char *buffer,
                                   struct rst_error *err)
{
    const struct rst_layout *layout = rst_raster_layout(raster);
    struct rst_view view = rst_view_packed(buffer, layout->type, window.width, window.height, layout->bands);
    return rst_raster_read(raster, window.x, window.y, NULL, &view, err);
}

static enum rst_status compare_window(struct pair *pair, struct rst_error *err)
{
    const struct rst_layout *layout = rst_raster_layout(pair->a);
    struct rst_rect window = pair->window;
    int64_t count = window.width * layout->bands;
    size_t bytes = (size_t)count * rst_type_size(layout->type);
    RST_TRY(read_window(pair->a, window, pair->buffers[0], err));
    RST_TRY(read_window(pair->b, window, pair->buffers[1], err));
    for (int64_t y = 0; y < window.height; y++) {
        const char *a = pair->buffers[0] + (size_t)y * bytes, *b = pair->buffers[1] + (size_t)y * bytes;
        if (memcmp(a, b, bytes) == 0) continue;
        pair->tally.most_at = -1;
        row_functions[layout->type](&pair->tally, a, b, count);
        int64_t most = pair->tally.most_at;
        if (most >= 0)
            pair->at =
                (struct compare_place){window.x + most / layout->bands, window.y + y, (int32_t)(most % layout->bands)};
    }
    return RST_OK;
}

/* Columns and rows that a buffer holds: whole rows, unless one of them is longer than it. */
static struct rst_rect window_size(const struct rst_layout *layout)
{
    int64_t pixel = (int64_t)rst_type_size(layout->type) * layout->bands;
    int64_t columns = BUFFER_BYTES / pixel > 0 ? BUFFER_BYTES / pixel : 1;
    if (columns > layout->width) columns = layout->width;
    int64_t rows = BUFFER_BYTES / (columns * pixel);
    return (struct rst_rect){0, 0, columns, rows < 1 ? 1 : rows > layout->height ? layout->height : rows};
}

static enum rst_status compare_all(struct pair *pair, void (*progress)(void *user, int64_t done, int64_t total),
                                   void *user, const volatile int *cancel, struct rst_error *err)
{
    const struct rst_layout *layout = rst_raster_layout(pair->a);
    struct rst_rect size = window_size(layout);
    for (int64_t y = 0; y < layout->height; y += size.height) {
        for (int64_t x = 0; x < layout->width; x += size.width) {
            if (*cancel != 0) return rst_fail(err, RST_E_CANCELLED, "interrupted");
            pair->window = (struct rst_rect){x, y, size.width, size.height};
            if (pair->window.width > layout->width - x) pair->window.width = layout->width - x;
            if (pair->window.height > layout->height - y) pair->window.height = layout->height - y;
            RST_TRY(compare_window(pair, err));
        }
        if (progress != NULL) progress(user, y + pair->window.height, layout->height);
    }
    return RST_OK;
}

/* The greatest whole number that is no more than the tolerance. */
static uint64_t whole_tolerance(double tolerance)
{
    return tolerance >= 0x1p64 ? UINT64_MAX : (uint64_t)tolerance;
}

enum rst_status compare_samples(const struct rst_raster *a, const struct rst_raster *b, double tolerance,
                                void (*progress)(void *user, int64_t done, int64_t total), void *user,
                                const volatile int *cancel, struct compare_result *result, struct rst_error *err)
{
    const struct rst_layout *layout = rst_raster_layout(a);
    struct rst_rect size = window_size(layout);
    size_t bytes = (size_t)(size.width * size.height * layout->bands) * rst_type_size(layout->type);
    struct pair pair = {.a = a,
                        .b = b,
                        .buffers = {malloc(bytes), malloc(bytes)},
                        .tally = {.real_tolerance = tolerance, .whole_tolerance = whole_tolerance(tolerance)}};
    enum rst_status status = RST_E_NOMEM;
    if (pair.buffers[0] == NULL || pair.buffers[1] == NULL)
        (void)rst_fail(err, status, "no memory for two buffers of %zu bytes", bytes);
    else
        status = compare_all(&pair, progress, user, cancel, err);
    free(pair.buffers[0]);
    free(pair.buffers[1]);
    *result = (struct compare_result){.samples = layout->width * layout->height * layout->bands,
                                      .different = pair.tally.different,
                                      .unit = rst_type_is_float(layout->type) ? RST_F64 : RST_U64,
                                      .at = pair.at};
    result->mean = pair.tally.sum / (double)result->samples;
    if (result->unit == RST_F64)
        result->most.f64 = pair.tally.most_real;
    else
        result->most.u64 = pair.tally.most_whole;
    return status;
}
