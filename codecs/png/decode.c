/* The decoder of PNG: a stream, which one worker reads from the first row to the last.
 *
 * A row is inflated, then unfiltered with the row above. Where its samples are in the file as in the raster that is
 * done into the cell itself, with the row above taken from there, too; else into one of two rows that the worker keeps,
 * and from there the samples are unpacked into the cell. Whatever becomes of a cell afterwards, the worker keeps the
 * last row for the next one. An interlaced image is one cell, which libpng reads.
 */
#include "codecs/png/decode.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/png/filter.h"
#include "codecs/png/interlaced.h"
#include "codecs/png/stream.h"
#include "raster/base/size.h"

struct decoder {
    struct rst_png_file file;
    struct rst_png_form form;
    uint64_t idat;
    int64_t cell_height;
};

struct worker {
    struct rst_png_stream *stream;
    unsigned char *rows[2]; /* owned: of the file, unfiltered */
    const unsigned char *above;
};

bool rst_png_inflated_size(const struct rst_png_form *form, uint64_t *size)
{
    if (form->interlaced) return rst_png_interlaced_size(form, size);
    return rst_mul(rst_png_row_size(form, form->width) + 1, form->height, size);
}

static void stop(void *state)
{
    struct worker *worker = state;
    rst_png_stream_close(&worker->stream);
    free(worker->rows[0]);
    free(worker->rows[1]);
    free(worker);
}

static enum rst_status start(void *state, void **out, struct rst_error *err)
{
    const struct decoder *decoder = state;
    const struct rst_png_form *form = &decoder->form;
    uint64_t row = rst_png_row_size(form, form->width);
    struct worker *worker = calloc(1, sizeof *worker);
    if (worker && row < SIZE_MAX / 4 - RST_PNG_SLACK) {
        worker->rows[0] = calloc(1, (size_t)row + RST_PNG_SLACK);
        worker->rows[1] = calloc(1, (size_t)row + RST_PNG_SLACK);
        worker->above = worker->rows[1];
    }
    enum rst_status status =
        worker && worker->rows[0] && worker->rows[1]
            ? rst_png_stream_open(&decoder->file, decoder->idat, (size_t)row + 1, &worker->stream, err)
            : rst_fail(err, RST_E_NOMEM, "%s: no memory to decode rows of %" PRIu64 " bytes", decoder->file.path, row);
    if (status == RST_OK)
        *out = worker;
    else if (worker)
        stop(worker);
    return status;
}

/* Unfilters the next row of the stream into `to`. */
static enum rst_status read_row(const struct decoder *decoder, struct worker *worker, uint64_t size, int64_t y,
                                unsigned char *to, struct rst_error *err)
{
    const unsigned char *bytes;
    RST_TRY(rst_png_stream_take(worker->stream, (size_t)size + 1, &bytes, err));
    if (!rst_png_unfilter(bytes[0], bytes + 1, worker->above, to, (size_t)size, rst_png_step(&decoder->form)))
        return rst_fail(err, RST_E_FORMAT, "%s: row %" PRId64 " has filter %u, and there are 0 to 4",
                        decoder->file.path, y, (unsigned)bytes[0]);
    worker->above = to;
    return RST_OK;
}

/* That of the worker's rows which is not the one above. */
static unsigned char *other_row(const struct worker *worker)
{
    return worker->rows[worker->above == worker->rows[0]];
}

static enum rst_status decode_rows(const struct decoder *decoder, struct worker *worker, int64_t from, int64_t rows,
                                   const struct rst_view *to, struct rst_error *err)
{
    const struct rst_png_form *form = &decoder->form;
    uint64_t size = rst_png_row_size(form, form->width);
    bool plain = rst_png_is_plain(form) && to;
    for (int64_t y = 0; y < rows; y++) {
        void *pixels = to ? rst_view_at(to, 0, y, 0) : NULL;
        RST_TRY(read_row(decoder, worker, size, from + y, plain ? pixels : other_row(worker), err));
        if (!plain && to) rst_png_unpack(form, worker->above, form->width, pixels);
    }
    if (plain) worker->above = memcpy(worker->rows[0], worker->above, (size_t)size);
    return RST_OK;
}

static enum rst_status decode(void *state, void *work, struct rst_cell cell, const struct rst_view *to,
                              struct rst_error *err)
{
    const struct decoder *decoder = state;
    struct worker *worker = work;
    const struct rst_png_form *form = &decoder->form;
    int64_t from = cell.row * decoder->cell_height, rows = rst_min64(decoder->cell_height, form->height - from);
    RST_TRY(decode_rows(decoder, worker, from, rows, to, err));
    return from + rows == form->height ? rst_png_stream_finish(worker->stream, err) : RST_OK;
}

/* The only cell there is. */
static enum rst_status decode_whole(void *state, void *worker, struct rst_cell cell, const struct rst_view *to,
                                    struct rst_error *err)
{
    const struct decoder *decoder = state;
    (void)worker, (void)cell;
    return rst_png_read_interlaced(&decoder->file, &decoder->form, to, err);
}

static void close_decoder(void *state)
{
    struct decoder *decoder = state;
    free((char *)decoder->file.path);
    free(decoder);
}

static uint64_t worker_bytes(const void *state)
{
    const struct decoder *decoder = state;
    uint64_t row = rst_png_row_size(&decoder->form, decoder->form.width) + RST_PNG_SLACK;
    return sizeof(struct worker) + 2 * row + rst_png_stream_bytes(row);
}

static uint64_t whole_bytes(const void *state)
{
    enum { LIBPNG = 256 << 10, ROWS = 4 };
    const struct decoder *decoder = state;
    uint64_t row = (uint64_t)decoder->form.width * (uint64_t)rst_png_bands(&decoder->form) * 2;
    return LIBPNG + ROWS * row;
}

static const struct rst_decoder_class class = {.start = start,
                                               .stop = stop,
                                               .decode = decode,
                                               .stream = true,
                                               .close = close_decoder,
                                               .worker_bytes = worker_bytes};

static const struct rst_decoder_class whole_class = {
    .decode = decode_whole, .close = close_decoder, .worker_bytes = whole_bytes};

/* Rows enough to make it worth while to change threads, and few enough to stay in a cache. */
static int64_t cell_height(const struct rst_png_form *form)
{
    enum { CELL_SIZE = 1 << 20 };
    if (form->interlaced) return form->height;
    uint64_t row = (uint64_t)form->width * (uint64_t)rst_png_bands(form) * rst_type_size(rst_png_type(form));
    return rst_clamp64((int64_t)(CELL_SIZE / row), 1, form->height);
}

enum rst_status rst_png_decoder(const struct rst_png_file *file, const struct rst_png_form *form, uint64_t idat,
                                struct rst_decoder *out, struct rst_error *err)
{
    struct decoder *decoder = calloc(1, sizeof *decoder);
    char *path = strdup(file->path);
    if (!decoder || !path) {
        free(decoder);
        free(path);
        return rst_fail(err, RST_E_NOMEM, "%s: no memory to decode it", file->path);
    }
    *decoder = (struct decoder){.file = *file, .form = *form, .idat = idat, .cell_height = cell_height(form)};
    decoder->file.path = path;
    *out = (struct rst_decoder){.kind = form->interlaced ? &whole_class : &class,
                                .state = decoder,
                                .cells = {form->width, decoder->cell_height, .planes = 1}};
    return RST_OK;
}
