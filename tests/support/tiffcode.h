/* Compressed TIFFs for tests, made by the encoder alone: cells are painted, encoded by threads of the test, and
 * appended in their order. */
#ifndef TESTS_SUPPORT_TIFFCODE_H
#define TESTS_SUPPORT_TIFFCODE_H

#include <math.h>
#include <pthread.h>

#include "codecs/tiff/create.h"
#include "codecs/tiff/encode.h"
#include "tests/support/files.h"
#include "tests/support/tiffs.h"

static uint64_t seed; /* of paint_noise() */

static inline struct rst_shape shape_of(enum rst_type type, int64_t width, int64_t height, int32_t bands)
{
    return (struct rst_shape){
        .type = type, .width = width, .height = height, .bands = bands, .alpha = -1, .opacity = -1};
}

static inline bool is_there(enum rst_compression compression)
{
    return TIFFIsCODECConfigured((uint16_t)rst_tiff_coding_scheme(compression)) != 0;
}

/* Fills a view of cell (x, y, first band) with samples. */
typedef void (*painter)(const struct rst_view *to, int64_t x, int64_t y, int32_t band);

static inline void paint_noise(const struct rst_view *to, int64_t x0, int64_t y0, int32_t band0)
{
    for (int64_t y = 0; y < to->height; y++)
        for (int64_t x = 0; x < to->width; x++)
            for (int32_t band = 0; band < to->bands; band++) {
                union rst_sample sample = layout_noise(seed, to->type, x0 + x, y0 + y, band0 + band);
                memcpy(rst_view_at(to, x, y, band), &sample, rst_type_size(to->type));
            }
}

static inline double slope(int64_t x, int64_t y, int32_t band)
{
    double across = (double)x, down = (double)y;
    return floor(across / 2) + floor(down / 3) + 40.0 * band + 20 * sin(across / 9) * cos(down / 7);
}

static inline void paint_slope(const struct rst_view *to, int64_t x0, int64_t y0, int32_t band0)
{
    for (int64_t y = 0; y < to->height; y++)
        for (int64_t x = 0; x < to->width; x++)
            for (int32_t band = 0; band < to->bands; band++) {
                union rst_sample sample =
                    rst_sample_from_double(100 + slope(x0 + x, y0 + y, band0 + band) / 2, to->type);
                memcpy(rst_view_at(to, x, y, band), &sample, rst_type_size(to->type));
            }
}

struct job {
    struct rst_encoder encoder;
    struct rst_layout layout;
    painter paint;
    int64_t next; /* the next cell that a thread takes */
    struct rst_bytes *bytes;
    enum rst_status status;
    struct rst_error err;
    pthread_mutex_t lock;
};

static inline int64_t cell_count(const struct rst_layout *layout)
{
    return rst_layout_columns(layout) * rst_layout_rows(layout) * layout->planes;
}

/* In the order of rows, then planes, then columns. */
static inline struct rst_cell cell_at(const struct rst_layout *layout, int64_t index)
{
    int64_t columns = rst_layout_columns(layout), in_row = columns * layout->planes;
    return (struct rst_cell){
        .column = index % columns, .row = index / in_row, .plane = (int32_t)(index % in_row / columns)};
}

/* The cell as it lies in scratch: its padding holds whatever was there before. */
static inline enum rst_status encode_cell(struct job *job, void *worker, int64_t index, struct rst_error *err)
{
    const struct rst_layout *layout = &job->layout;
    struct rst_cell cell = cell_at(layout, index);
    int64_t x = cell.column * layout->block_width, y = cell.row * layout->block_height;
    size_t size = (size_t)(layout->row_stride * layout->block_height);
    unsigned char *memory = malloc(size);
    if (!memory) abort();
    memset(memory, 0x31 + (int)(uintptr_t)worker % 97 + (int)index, size);
    struct rst_view view = {.data = memory,
                            .type = layout->type,
                            .width = rst_min64(layout->block_width, layout->width - x),
                            .height = rst_min64(layout->block_height, layout->height - y),
                            .bands = layout->planes > 1 ? 1 : layout->bands,
                            .pixel_stride = layout->pixel_stride,
                            .row_stride = layout->row_stride,
                            .band_stride = layout->band_stride};
    job->paint(&view, x, y, cell.plane);
    enum rst_status status =
        job->encoder.kind->encode(job->encoder.state, worker, cell, &view, &job->bytes[index], err);
    free(memory);
    return status;
}

static inline void *work(void *of)
{
    struct job *job = of;
    struct rst_error err = {0};
    void *worker = NULL;
    enum rst_status status = job->encoder.kind->start(job->encoder.state, &worker, &err);
    for (;;) {
        pthread_mutex_lock(&job->lock);
        int64_t index = job->next++;
        pthread_mutex_unlock(&job->lock);
        if (status != RST_OK || index >= cell_count(&job->layout)) break;
        status = encode_cell(job, worker, index, &err);
    }
    if (worker) job->encoder.kind->stop(worker);
    pthread_mutex_lock(&job->lock);
    if (job->status == RST_OK && status != RST_OK) {
        job->status = status;
        job->err = err;
    }
    pthread_mutex_unlock(&job->lock);
    return NULL;
}

static inline void start_job(struct job *job, const char *path, const struct rst_shape *shape,
                             const struct rst_meta *meta, const struct rst_create_options *options, painter paint)
{
    static const struct rst_meta nothing;
    struct rst_tiff_sheet sheet;
    struct rst_error err = {0};
    *job = (struct job){.paint = paint, .lock = PTHREAD_MUTEX_INITIALIZER};
    if (rst_tiff_lay_out(path, shape, meta ? meta : &nothing, options, &sheet, &err) != RST_OK)
        fail_msg("%s", err.message);
    job->layout = sheet.layout;
    job->layout.offsets = NULL;
    if (rst_tiff_encoder(path, &sheet, &job->encoder, &err) != RST_OK) fail_msg("%s", err.message);
    assert_int_equal(job->encoder.cells.width, job->layout.block_width);
    assert_int_equal(job->encoder.cells.height, job->layout.block_height);
    assert_int_equal(job->encoder.cells.planes, job->layout.planes);
    rst_tiff_sheet_clear(&sheet);
    job->bytes = calloc((size_t)cell_count(&job->layout), sizeof *job->bytes);
    assert_non_null(job->bytes);
}

static inline void end_job(struct job *job)
{
    for (int64_t i = 0; i < cell_count(&job->layout); i++)
        rst_bytes_clear(&job->bytes[i]);
    free(job->bytes);
    job->encoder.kind->close(job->encoder.state);
}

static inline void run_threads(struct job *job, int threads)
{
    enum { MOST = 8 };
    pthread_t ids[MOST];
    for (int i = 0; i < threads; i++)
        assert_int_equal(pthread_create(&ids[i], NULL, work, job), 0);
    for (int i = 0; i < threads; i++)
        pthread_join(ids[i], NULL);
}

static inline void write_file(struct job *job, const char *path)
{
    struct rst_error err = {0};
    int descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(descriptor >= 0);
    assert_int_equal(job->encoder.kind->begin(job->encoder.state, descriptor, &err), RST_OK);
    for (int64_t i = 0; i < cell_count(&job->layout); i++)
        assert_int_equal(job->encoder.kind->append(job->encoder.state, cell_at(&job->layout, i), job->bytes[i].data,
                                                   job->bytes[i].size, &err),
                         RST_OK);
    if (job->encoder.kind->finish(job->encoder.state, &err) != RST_OK) fail_msg("%s", err.message);
    close(descriptor);
}

static inline void make(const char *path, const struct rst_shape *shape, const struct rst_meta *meta,
                        const struct rst_create_options *options, painter paint, int threads)
{
    struct job job;
    start_job(&job, path, shape, meta, options, paint);
    run_threads(&job, threads);
    if (job.status != RST_OK) fail_msg("%s", job.err.message);
    write_file(&job, path);
    end_job(&job);
}

static TIFF *open_tiff(const char *path)
{
    TIFF *tiff = TIFFOpen(path, "rmc");
    assert_non_null(tiff);
    return tiff;
}

#endif
