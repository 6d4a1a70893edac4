/* Comparing samples. Rows of both rasters are read through bounded buffers, which makes layout, byte order and
 * compression disappear; most rows of most images are the same, and memcmp() settles them. Only rows that differ are
 * looked at sample by sample.
 *
 * Windows go down the image in bands, and in a band from left to right, so that tiles are finished with before the next
 * ones are come to. Every row has a count of its own, which goes on from window to window, and rows are added up in
 * their order: the answer does not depend on how large the windows are. */
#include "cli/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"
#include "cli/windows.h"

/* Differences in a row so far. */
struct tally {
    double real_tolerance;
    uint64_t whole_tolerance;
    int64_t from; /* samples of the row before those at hand */
    int64_t different;
    double sum;
    double most_real;
    uint64_t most_whole;
    int64_t most_at; /* in the row; -1: no difference */
};

static inline void tally_real(struct tally *tally, int64_t at, double apart)
{
    if (apart > tally->real_tolerance) tally->different++;
    tally->sum += apart;
    if (apart <= tally->most_real) return;
    tally->most_real = apart;
    tally->most_at = tally->from + at;
}

static inline void tally_whole(struct tally *tally, int64_t at, uint64_t apart)
{
    if (apart > tally->whole_tolerance) tally->different++;
    tally->sum += (double)apart;
    if (apart <= tally->most_whole) return;
    tally->most_whole = apart;
    tally->most_at = tally->from + at;
}

#define TEMPLATE "cli/compare_tmpl.h"
#include "cli/each_type.h"

typedef void row_function(struct tally *tally, const void *first, const void *second, int64_t count);

static row_function *const row_functions[RST_TYPE_COUNT] = {
#define ROW_FUNCTION(UPPER, lower, ctype) [RST_##UPPER] = row_##lower,
    RST_TYPES(ROW_FUNCTION)
#undef ROW_FUNCTION
};

/* Two windows of one size, in memory, and the counts of the rows of a band. */
struct pair {
    struct rst_raster *const *rasters;
    char *buffers[2];
    struct tally *rows; /* of the band */
    struct tally all;   /* its `most_at` is not used: see `at` */
    struct compare_place at;
    const struct compare_request *request;
};

size_t compare_row_bytes(void)
{
    return sizeof(struct tally);
}

/* Brings a window's pages in, copies its samples, and notes what that took. */
static enum rst_status read_window(const struct pair *pair, int index, struct rst_rect window, struct rst_error *err)
{
    const struct rst_raster *raster = pair->rasters[index];
    const struct rst_layout *layout = rst_raster_layout(raster);
    struct rst_report *report = pair->request->report;
    struct rst_view view =
        rst_view_packed(pair->buffers[index], layout->type, window.width, window.height, layout->bands);
    bool decoded = rst_raster_unmapped(raster) != NULL;
    uint64_t bytes = (uint64_t)(window.width * window.height * layout->bands) * rst_type_size(layout->type);
    double start = clock_now(), populated, end;
    RST_TRY(rst_raster_populate(raster, window, false, err));
    populated = clock_now();
    RST_TRY(rst_raster_read(raster, window.x, window.y, NULL, &view, err));
    RST_TRY(windows_release(raster, pair->request->cost, window, err));
    end = clock_now();
    report->io_seconds += populated - start;
    *(decoded ? &report->decode_seconds : &report->kernel_seconds) += end - populated;
    report->bytes_read += bytes;
    report->bytes_decoded += decoded ? bytes : 0;
    return RST_OK;
}

static enum rst_status compare_window(struct pair *pair, struct rst_rect window, struct tally *rows,
                                      struct rst_error *err)
{
    const struct rst_layout *layout = rst_raster_layout(pair->rasters[0]);
    int64_t count = window.width * layout->bands;
    size_t bytes = (size_t)count * rst_type_size(layout->type);
    for (int i = 0; i < 2; i++)
        RST_TRY(read_window(pair, i, window, err));
    double start = clock_now();
    for (int64_t y = 0; y < window.height; y++) {
        const char *a = pair->buffers[0] + (size_t)y * bytes, *b = pair->buffers[1] + (size_t)y * bytes;
        if (memcmp(a, b, bytes) == 0) continue;
        rows[y].from = window.x * layout->bands;
        row_functions[layout->type](&rows[y], a, b, count);
    }
    pair->request->report->kernel_seconds += clock_now() - start;
    pair->request->report->tiles++;
    return RST_OK;
}

/* Adds up the rows of a band, from the top. */
static void add_rows(struct pair *pair, int64_t y, int64_t count)
{
    struct tally *all = &pair->all;
    int32_t bands = rst_raster_layout(pair->rasters[0])->bands;
    for (int64_t i = 0; i < count; i++) {
        const struct tally *row = &pair->rows[i];
        all->different += row->different;
        all->sum += row->sum;
        if (row->most_at < 0 || (row->most_real <= all->most_real && row->most_whole <= all->most_whole)) continue;
        all->most_real = row->most_real;
        all->most_whole = row->most_whole;
        pair->at = (struct compare_place){row->most_at / bands, y + i, (int32_t)(row->most_at % bands)};
    }
}

static enum rst_status compare_band(struct pair *pair, struct rst_rect band, struct rst_error *err)
{
    const struct compare_request *request = pair->request;
    int64_t columns = request->cost->tile_width, rows = request->cost->tile_height;
    for (int64_t i = 0; i < band.height; i++)
        pair->rows[i] = (struct tally){
            .real_tolerance = pair->all.real_tolerance, .whole_tolerance = pair->all.whole_tolerance, .most_at = -1};
    for (int64_t x = 0; x < band.width; x += columns) {
        for (int64_t y = 0; y < band.height; y += rows) {
            struct rst_rect window = {x, band.y + y, columns, rows};
            if (window.width > band.width - x) window.width = band.width - x;
            if (window.height > band.height - y) window.height = band.height - y;
            if (*request->cancel != 0) return rst_fail(err, RST_E_CANCELLED, "interrupted");
            RST_TRY(compare_window(pair, window, pair->rows + y, err));
        }
    }
    add_rows(pair, band.y, band.height);
    return RST_OK;
}

static enum rst_status compare_all(struct pair *pair, int64_t band_rows, struct rst_error *err)
{
    const struct compare_request *request = pair->request;
    const struct rst_layout *layout = rst_raster_layout(pair->rasters[0]);
    for (int64_t y = 0; y < layout->height; y += band_rows) {
        struct rst_rect band = {0, y, layout->width, band_rows};
        if (band.height > layout->height - y) band.height = layout->height - y;
        RST_TRY(compare_band(pair, band, err));
        request->report->pixels += band.width * band.height;
        request->report->rows_done = y + band.height;
        if (request->progress != NULL) request->progress(request->user, y + band.height, layout->height);
    }
    return RST_OK;
}

/* The greatest whole number that is no more than the tolerance. */
static uint64_t whole_tolerance(double tolerance)
{
    return tolerance >= 0x1p64 ? UINT64_MAX : (uint64_t)tolerance;
}

static void start_report(const struct compare_request *request, int64_t height)
{
    const struct rst_cost *cost = request->cost;
    *request->report = (struct rst_report){.rows_total = height,
                                           .threads = cost->threads,
                                           .passes = cost->passes,
                                           .tile_width = cost->tile_width,
                                           .tile_height = cost->tile_height,
                                           .buffer_bytes = cost->buffer_bytes};
}

enum rst_status compare_samples(const struct compare_request *request, struct compare_result *result,
                                struct rst_error *err)
{
    const struct rst_layout *layout = rst_raster_layout(request->rasters[0]);
    const struct rst_cost *cost = request->cost;
    struct rst_usage before = rst_memory_usage(), after;
    double start = clock_now();
    size_t bytes = (size_t)(cost->tile_width * cost->tile_height * layout->bands) * rst_type_size(layout->type);
    int64_t rows = windows_band(request->rasters, cost);
    struct pair pair = {
        .rasters = request->rasters,
        .buffers = {malloc(bytes), malloc(bytes)},
        .rows = malloc((size_t)rows * sizeof *pair.rows),
        .all = {.real_tolerance = request->tolerance, .whole_tolerance = whole_tolerance(request->tolerance)},
        .request = request};
    enum rst_status status = RST_E_NOMEM;
    start_report(request, layout->height);
    windows_begin(request->rasters, cost);
    if (pair.buffers[0] == NULL || pair.buffers[1] == NULL || pair.rows == NULL)
        (void)rst_fail(err, status, "no memory for two buffers of %zu bytes", bytes);
    else
        status = compare_all(&pair, rows, err);
    free(pair.buffers[0]);
    free(pair.buffers[1]);
    free(pair.rows);
    *result = (struct compare_result){.samples = layout->width * layout->height * layout->bands,
                                      .different = pair.all.different,
                                      .unit = rst_type_is_float(layout->type) ? RST_F64 : RST_U64,
                                      .at = pair.at};
    result->mean = pair.all.sum / (double)result->samples;
    if (result->unit == RST_F64)
        result->most.f64 = pair.all.most_real;
    else
        result->most.u64 = pair.all.most_whole;
    after = rst_memory_usage();
    request->report->minor_faults = after.minor_faults - before.minor_faults;
    request->report->major_faults = after.major_faults - before.major_faults;
    request->report->seconds = clock_now() - start;
    return status;
}
