/* A PNG from finished bands of rows.
 *
 * Its samples are one zlib stream, whatever the chunks are that carry it. A band's share of the stream ends at a byte
 * boundary and refers to no other band, so bands are deflated in any order, by any thread, and joined by laying their
 * chunks end to end. Only the stream's checksum knows of all of them: it is put together from those of the bands. How
 * the image is cut into bands follows from its size alone, so the file is the same for any number of threads.
 */
#define _GNU_SOURCE 1
#include "codecs/png/encode.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "codecs/png/deflate.h"
#include "codecs/png/meta.h"
#include "codecs/png/put.h"
#include "codecs/range.h"
#include "raster/base/size.h"

enum {
    BAND_LEAST = 960 << 10, /* bytes of the samples of a band, unless its one row is longer: of small images ... */
    BAND_MOST = 1920 << 10, /* ... and of large ones. Deflated, both stay below a power of two. */
    BANDS = 64              /* of an image between the two */
};

struct encoder {
    char *path;
    struct rst_shape shape;
    struct rst_bytes head; /* signature, header, metadata */
    struct rst_cells cells;
    int level, palette_count;
    int descriptor;
    uint64_t at;    /* where the next byte of the file belongs */
    uint32_t adler; /* of the bands so far */
};

static enum rst_status write_bytes(struct encoder *self, const void *bytes, size_t size, struct rst_error *err)
{
    int error = rst_range_write(self->descriptor, self->at, bytes, size);
    if (error) return rst_fail_errno(err, error, "%s: writing at byte %" PRIu64, self->path, self->at);
    self->at += size;
    return RST_OK;
}

static enum rst_status begin(void *state, int descriptor, struct rst_error *err)
{
    struct encoder *self = state;
    self->descriptor = descriptor;
    RST_TRY(write_bytes(self, self->head.data, self->head.size, err));
    rst_bytes_clear(&self->head);
    return RST_OK;
}

static enum rst_status start(void *state, void **worker, struct rst_error *err)
{
    const struct encoder *self = state;
    struct rst_png_deflate *deflate;
    RST_TRY(rst_png_deflate_open(self->level, &deflate, err));
    *worker = deflate;
    return RST_OK;
}

static void stop(void *worker)
{
    rst_png_deflate_close(worker);
}

/* A sample that names no colour makes a PNG that readers refuse. */
static enum rst_status check_indices(const struct encoder *self, struct rst_cell cell, const struct rst_view *from,
                                     struct rst_error *err)
{
    for (int64_t y = 0; y < from->height; y++) {
        const unsigned char *row = rst_view_at(from, 0, y, 0);
        for (int64_t x = 0; x < from->width; x++)
            if (row[x * from->pixel_stride] >= self->palette_count)
                return rst_fail(
                    err, RST_E_ARGUMENT,
                    "%s: the sample at column %" PRId64 ", row %" PRId64 " is %u, and the colour map has %d colours",
                    self->path, x, cell.row * self->cells.height + y, row[x * from->pixel_stride], self->palette_count);
    }
    return RST_OK;
}

static bool is_last(const struct encoder *self, struct rst_cell cell)
{
    return (cell.row + 1) * self->cells.height >= self->shape.height;
}

static enum rst_status encode(void *state, void *worker, struct rst_cell cell, const struct rst_view *from,
                              struct rst_bytes *out, struct rst_error *err)
{
    const struct encoder *self = state;
    struct rst_png_band band = {.view = *from, .first = cell.row == 0};
    uint32_t adler = 0;
    size_t at = out->size;
    if (self->palette_count > 0 && self->palette_count <= UINT8_MAX) RST_TRY(check_indices(self, cell, from, err));
    if (!rst_bytes_append(out, &adler, sizeof adler))
        return rst_fail(err, RST_E_NOMEM, "%s: no memory for deflated samples", self->path);
    RST_TRY(rst_png_deflate_band(worker, &band, is_last(self, cell), out, &adler, err));
    memcpy(out->data + at, &adler, sizeof adler);
    return RST_OK;
}

static enum rst_status append(void *state, struct rst_cell cell, const void *bytes, size_t size, struct rst_error *err)
{
    struct encoder *self = state;
    int64_t y = cell.row * self->cells.height;
    struct rst_png_band band = {.view = {.type = self->shape.type,
                                         .width = self->shape.width,
                                         .height = rst_min64(self->cells.height, self->shape.height - y),
                                         .bands = self->shape.bands}};
    uint32_t adler;
    memcpy(&adler, bytes, sizeof adler);
    self->adler = (uint32_t)adler32_combine(self->adler, adler, (z_off_t)rst_png_band_bytes(&band));
    return write_bytes(self, (const char *)bytes + sizeof adler, size - sizeof adler, err);
}

/* The checksum of the samples, in an IDAT chunk of its own, and IEND. */
static enum rst_status finish(void *state, struct rst_error *err)
{
    enum { SUM = 4, BOTH = 2 * RST_PNG_AROUND + SUM };
    struct encoder *self = state;
    unsigned char tail[BOTH];
    rst_png_put32(tail + RST_PNG_BEFORE, self->adler);
    rst_png_chunk_close(tail, "IDAT", SUM);
    rst_png_chunk_close(tail + RST_PNG_AROUND + SUM, "IEND", 0);
    return write_bytes(self, tail, sizeof tail, err);
}

static void close_encoder(void *state)
{
    struct encoder *self = state;
    rst_bytes_clear(&self->head);
    free(self->path);
    free(self);
}

static uint64_t worker_bytes(const void *state)
{
    (void)state;
    return rst_png_deflate_bytes();
}

static uint64_t most(const void *state)
{
    const struct encoder *self = state;
    struct rst_png_band band = {.view = {.type = self->shape.type,
                                         .width = self->shape.width,
                                         .height = self->cells.height,
                                         .bands = self->shape.bands}};
    return sizeof self->adler + rst_png_deflate_most(rst_png_band_bytes(&band));
}

static const struct rst_encoder_class encoder_class = {.begin = begin,
                                                       .start = start,
                                                       .stop = stop,
                                                       .encode = encode,
                                                       .context = 1,
                                                       .append = append,
                                                       .finish = finish,
                                                       .close = close_encoder,
                                                       .worker_bytes = worker_bytes,
                                                       .most = most};

enum rst_status rst_png_encoder(const char *path, const struct rst_shape *shape, const struct rst_meta *meta, int level,
                                struct rst_encoder *encoder, struct rst_error *err)
{
    int64_t row = shape->width * shape->bands * (int64_t)rst_type_size(shape->type);
    int64_t bytes = rst_clamp64(shape->height / BANDS * row, BAND_LEAST, BAND_MOST);
    int64_t rows = rst_clamp64(bytes / row, 1, shape->height);
    struct encoder *self = calloc(1, sizeof *self);
    if (!self) return rst_fail(err, RST_E_NOMEM, "%s: no memory for an encoder", path);
    self->shape = *shape;
    self->level = level;
    self->palette_count = rst_png_palette_count(shape, meta);
    self->cells = (struct rst_cells){.width = shape->width, .height = rows, .planes = 1};
    self->adler = (uint32_t)adler32(0, NULL, 0);
    self->path = strdup(path);
    enum rst_status status = RST_OK;
    if (!self->path) status = rst_fail(err, RST_E_NOMEM, "%s: no memory for its path", path);
    if (status == RST_OK) status = rst_png_meta_write(path, shape, meta, &self->head, err);
    if (status != RST_OK) {
        close_encoder(self);
        return status;
    }
    *encoder = (struct rst_encoder){.kind = &encoder_class, .state = self, .cells = self->cells};
    return RST_OK;
}
