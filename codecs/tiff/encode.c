/* Encoding the blocks of a TIFF with libtiff.
 *
 * Every worker has a libtiff handle of its own, on a small image that is like the file and has one tile, or a whole
 * strip and the last, shorter one. A block is always written to the same place of it, and what libtiff writes is
 * caught. So what a block becomes depends on nothing but its pixels, and a handle does not grow. The buffer that
 * libtiff compresses into is ours, and long enough for the worst case: else libtiff would choose its size by what it
 * wrote before.
 *
 * The header comes last: until then the file is not a TIFF.
 */
#include "codecs/tiff/encode.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codecs/range.h"
#include "codecs/tiff/file.h"
#include "codecs/tiff/heap.h"
#include "raster/base/size.h"

struct tiff_encoder {
    char *path;
    struct rst_tiff_sheet sheet;
    bool swapped; /* libtiff is to swap samples */
    int descriptor;
    uint64_t at;   /* where the next block goes */
    uint64_t most; /* where blocks must end */
};

/* What libtiff writes of one block. */
struct catcher {
    struct rst_bytes *to; /* NULL: nothing is kept */
    size_t before;        /* bytes that were there */
    uint64_t at;
    bool wipes; /* libtiff's memory is zeroed behind it: see prime() */
    bool failed;
    struct rst_tiff_log log;
};

struct worker {
    TIFF *handle;
    struct catcher catcher;
    bool keeps_hidden;     /* lossless WebP keeps colours where alpha is 0 */
    unsigned char *buffer; /* libtiff's */
    unsigned char *cell;   /* a block that cannot be encoded where it lies; made when first needed */
};

enum { BLOCK_START = 16 }; /* where the worker's image has its block, behind the header */

static size_t caught(const struct catcher *catcher)
{
    return catcher->to ? catcher->to->size - catcher->before : 0;
}

static tmsize_t catch_write(thandle_t client, void *from, tmsize_t size)
{
    struct catcher *catcher = client;
    if (size <= 0) return 0;
    if (catcher->to && catcher->at >= BLOCK_START) {
        size_t place = (size_t)(catcher->at - BLOCK_START), have = caught(catcher);
        size_t more = place + (size_t)size > have ? place + (size_t)size - have : 0;
        if (place > have || (more > 0 && !rst_bytes_room(catcher->to, more))) {
            catcher->failed = true;
            return 0;
        }
        memcpy(catcher->to->data + catcher->before + place, from, (size_t)size);
        catcher->to->size += more;
        if (catcher->wipes) memset(from, 0, (size_t)size);
    }
    catcher->at += (uint64_t)size;
    return size;
}

/* libtiff reads what it wrote of a block where it must move it. */
static tmsize_t catch_read(thandle_t client, void *to, tmsize_t size)
{
    struct catcher *catcher = client;
    size_t have = caught(catcher);
    if (size <= 0 || catcher->at < BLOCK_START || catcher->at - BLOCK_START >= have) return 0;
    size_t place = (size_t)(catcher->at - BLOCK_START), got = have - place;
    if (got > (size_t)size) got = (size_t)size;
    memcpy(to, catcher->to->data + catcher->before + place, got);
    catcher->at += got;
    return (tmsize_t)got;
}

/* A block that is written anew starts where the last one did. */
static toff_t catch_size(thandle_t client)
{
    (void)client;
    return BLOCK_START;
}

static toff_t catch_seek(thandle_t client, toff_t offset, int whence)
{
    struct catcher *catcher = client;
    uint64_t base = whence == SEEK_CUR ? catcher->at : whence == SEEK_END ? BLOCK_START : 0, at;
    if (!rst_add(base, offset, &at)) return (toff_t)-1;
    catcher->at = at;
    return at;
}

/* The image of a worker: one tile, or a whole strip and the last one, of the bands that a block has. */
static struct rst_layout worker_layout(const struct rst_layout *layout)
{
    struct rst_layout image = *layout;
    image.offsets = NULL;
    if (layout->planes > 1) image.bands = image.planes = 1;
    if (layout->tail) {
        image.width = layout->block_width;
        image.height = layout->block_height;
    } else if (layout->height > layout->block_height) {
        int64_t rest = layout->height % layout->block_height;
        image.height = layout->block_height + (rest ? rest : layout->block_height);
    }
    return image;
}

/* Only JPEG looks at colours; LERC would make a mask of alpha, if it knew of it, and lose what lies below. */
static unsigned worker_photometric(const struct tiff_encoder *encoder)
{
    int told = encoder->sheet.meta.photometric;
    bool matters = encoder->sheet.coding.compression == RST_COMPRESSION_JPEG && told > 0;
    return matters ? (unsigned)told : PHOTOMETRIC_MINISBLACK;
}

static uint64_t buffer_bytes(const struct rst_tiff_coding *coding, const struct rst_layout *image)
{
    uint64_t room = rst_tiff_coding_most(coding, rst_tiff_block_bytes(image, 0), (uint64_t)image->block_height);
    return room < BUFSIZ ? BUFSIZ : room;
}

static bool set_up(const struct tiff_encoder *encoder, const struct rst_layout *image, struct worker *worker)
{
    static const struct rst_tiff_calls calls = {catch_read, catch_write, catch_seek, catch_size};
    const struct rst_tiff_coding *coding = &encoder->sheet.coding;
    unsigned photometric = worker_photometric(encoder);
    uint64_t room = buffer_bytes(coding, image);
    worker->buffer = malloc((size_t)room);
    worker->catcher.failed = !worker->buffer;
    if (!worker->buffer) return false;
    worker->handle = rst_tiff_handle_open(encoder->path, rst_tiff_write_mode(true, encoder->swapped), &worker->catcher,
                                          &calls, 0, &worker->catcher.log);
    return worker->handle && rst_tiff_set_geometry(worker->handle, image, coding->compression) &&
           TIFFSetField(worker->handle, TIFFTAG_PHOTOMETRIC, photometric) &&
           (photometric != PHOTOMETRIC_YCBCR || TIFFSetField(worker->handle, TIFFTAG_YCBCRSUBSAMPLING, 1, 1)) &&
           rst_tiff_coding_set(worker->handle, coding) && rst_tiff_coding_tune(worker->handle, coding) &&
           TIFFWriteBufferSetup(worker->handle, worker->buffer, (tmsize_t)room);
}

static void clear_worker(struct worker *worker)
{
    if (worker->handle) TIFFCleanup(worker->handle);
    free(worker->buffer);
    free(worker->cell);
}

static void stop(void *worker)
{
    clear_worker(worker);
    free(worker);
}

static enum rst_status fail_worker(const struct tiff_encoder *encoder, const struct worker *worker, const char *what,
                                   struct rst_error *err)
{
    const struct catcher *catcher = &worker->catcher;
    if (catcher->failed || !catcher->log.message[0])
        return rst_fail(err, RST_E_NOMEM, "%s: no memory to encode %s", encoder->path, what);
    return rst_fail(err, RST_E_UNSUPPORTED, "%s: %s cannot be encoded: %s", encoder->path, what, catcher->log.message);
}

/* To be cleared, on failure too. */
static enum rst_status open_worker(const struct tiff_encoder *encoder, const struct rst_layout *image,
                                   struct worker *worker, struct rst_error *err)
{
    enum { WEBP_LOSSLESS_EXACT = 65571 }; /* a setting of later versions of libtiff, which is on */
    if (!set_up(encoder, image, worker)) return fail_worker(encoder, worker, "its pixels", err);
    worker->keeps_hidden = TIFFFindField(worker->handle, WEBP_LOSSLESS_EXACT, TIFF_ANY) != NULL;
    return RST_OK;
}

/* Encodes packed samples, which may be changed, as the block `index` of the worker's image. */
static bool encode_block(const struct tiff_encoder *encoder, struct worker *worker, uint32_t index, void *samples,
                         uint64_t size, struct rst_bytes *out)
{
    worker->catcher.to = out;
    worker->catcher.before = out->size;
    worker->catcher.log.message[0] = '\0';
    tmsize_t bytes = (tmsize_t)size;
    tmsize_t done = encoder->sheet.layout.tail ? TIFFWriteEncodedTile(worker->handle, index, samples, bytes)
                                               : TIFFWriteEncodedStrip(worker->handle, index, samples, bytes);
    worker->catcher.to = NULL;
    return done == bytes && !worker->catcher.failed;
}

/* LERC leaves the last bytes of what it makes of 8-bit samples as they were in libtiff's memory. So that they do not
 * tell of chance and of earlier blocks, that memory is filled with a block of noise, and wiped as every block is
 * caught.
 */
static enum rst_status prime(const struct tiff_encoder *encoder, struct worker *worker, struct rst_error *err)
{
    const struct rst_layout *layout = &encoder->sheet.layout;
    if (encoder->sheet.coding.compression != RST_COMPRESSION_LERC || rst_type_size(layout->type) > 1) return RST_OK;
    uint64_t size = rst_tiff_block_bytes(layout, 0);
    struct rst_bytes made = {0};
    unsigned char *noise = malloc((size_t)size);
    if (!noise) return rst_fail(err, RST_E_NOMEM, "%s: no memory for a block", encoder->path);
    uint32_t random = 1;
    for (uint64_t i = 0; i < size; i++) {
        random = random * 1664525 + 1013904223;
        noise[i] = (unsigned char)(random >> 24);
    }
    worker->catcher.wipes = true;
    bool done = encode_block(encoder, worker, 0, noise, size, &made);
    free(noise);
    rst_bytes_clear(&made);
    return done ? RST_OK : fail_worker(encoder, worker, "its pixels", err);
}

static enum rst_status start(void *state, void **out, struct rst_error *err)
{
    const struct tiff_encoder *encoder = state;
    struct rst_layout image = worker_layout(&encoder->sheet.layout);
    struct worker *worker = calloc(1, sizeof *worker);
    if (!worker) return rst_fail(err, RST_E_NOMEM, "%s: no memory to encode it", encoder->path);
    enum rst_status status = open_worker(encoder, &image, worker, err);
    if (status == RST_OK) status = prime(encoder, worker, err);
    if (status == RST_OK)
        *out = worker;
    else
        stop(worker);
    return status;
}

/* Whether the padding of a tile, and the samples of a block, lie as the file has them. */
static bool lies_packed(const struct rst_layout *layout, const struct rst_view *from)
{
    return from->pixel_stride == layout->pixel_stride && from->row_stride == layout->row_stride &&
           (from->bands == 1 || from->band_stride == layout->band_stride);
}

/* Fills what of a tile lies outside the image with its last column and row. */
static void pad_tile(const struct rst_layout *layout, const struct rst_view *from, char *tile)
{
    size_t pixel = (size_t)layout->pixel_stride, row = (size_t)layout->row_stride, used = (size_t)from->width * pixel;
    for (int64_t y = 0; y < from->height && used < row; y++) {
        char *line = tile + y * layout->row_stride;
        for (size_t x = used; x < row; x += pixel)
            memcpy(line + x, line + used - pixel, pixel);
    }
    const char *last = tile + (from->height - 1) * layout->row_stride;
    for (int64_t y = from->height; y < layout->block_height; y++)
        memcpy(tile + y * layout->row_stride, last, row);
}

/* The block's samples, packed, in memory that libtiff may change: where they lie, or copied. */
static enum rst_status gather(const struct tiff_encoder *encoder, struct worker *worker, const struct rst_view *from,
                              void **samples, struct rst_error *err)
{
    const struct rst_layout *layout = &encoder->sheet.layout;
    *samples = from->data;
    if (encoder->swapped || !lies_packed(layout, from)) {
        if (!worker->cell) worker->cell = malloc((size_t)rst_tiff_block_bytes(layout, 0));
        if (!worker->cell) return rst_fail(err, RST_E_NOMEM, "%s: no memory for a block", encoder->path);
        struct rst_view to = *from;
        to.data = *samples = worker->cell;
        to.pixel_stride = layout->pixel_stride;
        to.row_stride = layout->row_stride;
        to.band_stride = layout->band_stride;
        RST_TRY(rst_view_copy(&to, from, false, err));
    }
    if (layout->tail) pad_tile(layout, from, *samples);
    return RST_OK;
}

static bool is_hidden_color(const struct rst_view *from, int64_t x, int64_t y)
{
    const unsigned char *pixel = rst_view_at(from, x, y, 0);
    return pixel[3] == 0 && (pixel[0] | pixel[1] | pixel[2]);
}

static bool has_nan(const struct rst_view *from, int64_t x, int64_t y)
{
    for (int32_t band = 0; band < from->bands; band++) {
        union rst_sample sample;
        memcpy(&sample, rst_view_at(from, x, y, band), rst_type_size(from->type));
        if (from->type == RST_F32 ? isnan(sample.f32) : isnan(sample.f64)) return true;
    }
    return false;
}

/* What encoding would change without a word: lossless WebP may make transparent pixels black, and LERC has NaN only
 * where a block has one band. */
static enum rst_status check_losses(const struct tiff_encoder *encoder, const struct worker *worker,
                                    struct rst_cell cell, const struct rst_view *from, struct rst_error *err)
{
    const struct rst_tiff_coding *coding = &encoder->sheet.coding;
    bool is_webp = coding->compression == RST_COMPRESSION_WEBP, is_lerc = coding->compression == RST_COMPRESSION_LERC;
    bool hides = is_webp && coding->quality == 0 && from->bands == 4 && !worker->keeps_hidden;
    bool mixes = is_lerc && from->bands > 1 && rst_type_is_float(from->type);
    if (!hides && !mixes) return RST_OK;
    for (int64_t y = 0; y < from->height; y++)
        for (int64_t x = 0; x < from->width; x++) {
            if (hides ? !is_hidden_color(from, x, y) : !has_nan(from, x, y)) continue;
            return rst_fail(err, RST_E_UNSUPPORTED, "%s: pixel %" PRId64 ",%" PRId64 ": %s", encoder->path,
                            cell.column * encoder->sheet.layout.block_width + x,
                            cell.row * encoder->sheet.layout.block_height + y,
                            hides ? "lossless webp of this libtiff would lose the colour of a transparent pixel: give "
                                    "a quality, or take another compression"
                                  : "lerc would lose a NaN where bands are interleaved: write planes, or take another "
                                    "compression");
        }
    return RST_OK;
}

static enum rst_status encode(void *state, void *of, struct rst_cell cell, const struct rst_view *from,
                              struct rst_bytes *out, struct rst_error *err)
{
    struct tiff_encoder *encoder = state;
    struct worker *worker = of;
    const struct rst_layout *layout = &encoder->sheet.layout;
    void *samples;
    char what[96];
    RST_TRY(check_losses(encoder, worker, cell, from, err));
    RST_TRY(gather(encoder, worker, from, &samples, err));
    uint32_t index = !layout->tail && cell.row > 0 && cell.row == rst_layout_rows(layout) - 1;
    if (encode_block(encoder, worker, index, samples, rst_tiff_block_bytes(layout, cell.row), out)) return RST_OK;
    if (layout->tail)
        snprintf(what, sizeof what, "tile %" PRId64 ",%" PRId64 " of plane %" PRId32, cell.column, cell.row,
                 cell.plane);
    else
        snprintf(what, sizeof what, "strip %" PRId64 " of plane %" PRId32, cell.row, cell.plane);
    return fail_worker(encoder, worker, what, err);
}

static enum rst_status put(const struct tiff_encoder *encoder, const void *bytes, size_t size, uint64_t at,
                           struct rst_error *err)
{
    int error = rst_range_write(encoder->descriptor, at, bytes, size);
    if (error) return rst_fail_errno(err, error, "%s: writing %zu bytes at %" PRIu64, encoder->path, size, at);
    return RST_OK;
}

static enum rst_status begin(void *state, int descriptor, struct rst_error *err)
{
    struct tiff_encoder *encoder = state;
    (void)err;
    encoder->descriptor = descriptor;
    return RST_OK;
}

static enum rst_status append(void *state, struct rst_cell cell, const void *bytes, size_t size, struct rst_error *err)
{
    struct tiff_encoder *encoder = state;
    struct rst_layout *layout = &encoder->sheet.layout;
    int64_t columns = rst_layout_columns(layout), rows = rst_layout_rows(layout);
    int64_t index = (cell.plane * rows + cell.row) * columns + cell.column;
    if (size > encoder->most - encoder->at)
        return rst_fail(err, RST_E_ARGUMENT,
                        "%s: it becomes longer than %" PRIu64 " bytes, where a file that is not a BigTIFF ends",
                        encoder->path, encoder->most);
    RST_TRY(put(encoder, bytes, size, encoder->at, err));
    layout->offsets[index] = encoder->at;
    encoder->sheet.sizes[index] = size;
    encoder->at += size;
    return RST_OK;
}

static enum rst_status finish(void *state, struct rst_error *err)
{
    struct tiff_encoder *encoder = state;
    struct rst_tiff_directory directory;
    uint64_t at = encoder->at + encoder->at % 2;
    RST_TRY(rst_tiff_sheet_write(&encoder->sheet, encoder->path, at, &directory, err));
    enum rst_status status = put(encoder, directory.bytes, directory.size, at, err);
    if (status == RST_OK) status = put(encoder, directory.header, directory.header_size, 0, err);
    free(directory.bytes);
    return status;
}

static void close_encoder(void *state)
{
    struct tiff_encoder *encoder = state;
    rst_tiff_sheet_clear(&encoder->sheet);
    free(encoder->path);
    free(encoder);
}

static uint64_t worker_bytes(const void *state)
{
    const struct tiff_encoder *encoder = state;
    const struct rst_tiff_coding *coding = &encoder->sheet.coding;
    struct rst_layout image = worker_layout(&encoder->sheet.layout);
    uint64_t block = rst_tiff_block_bytes(&image, 0);
    uint64_t bytes = sizeof(struct worker) + buffer_bytes(coding, &image) + rst_tiff_heap_encoding(coding, block);
    return encoder->swapped ? bytes + block : bytes;
}

static uint64_t most(const void *state)
{
    const struct tiff_encoder *encoder = state;
    struct rst_layout image = worker_layout(&encoder->sheet.layout);
    return buffer_bytes(&encoder->sheet.coding, &image);
}

static const struct rst_encoder_class tiff_encoder_class = {.begin = begin,
                                                            .start = start,
                                                            .stop = stop,
                                                            .encode = encode,
                                                            .append = append,
                                                            .finish = finish,
                                                            .close = close_encoder,
                                                            .worker_bytes = worker_bytes,
                                                            .most = most};

/* Encodes a few zeros, so that what libtiff does not take is known before there is a file; and keeps the tables that
 * all blocks of a JPEG share. */
static enum rst_status try_out(struct tiff_encoder *encoder, struct rst_error *err)
{
    enum { SIDE = 16 };
    struct rst_layout image = worker_layout(&encoder->sheet.layout);
    image.width = image.height = image.block_width = image.block_height = SIDE;
    image.row_stride = SIDE * image.pixel_stride;
    struct worker worker = {0};
    struct rst_bytes bytes = {0};
    uint64_t size = rst_tiff_block_bytes(&image, 0);
    void *zeros = calloc(1, (size_t)size);
    uint32_t count = 0;
    const void *tables = NULL;
    enum rst_status status = zeros ? open_worker(encoder, &image, &worker, err)
                                   : rst_fail(err, RST_E_NOMEM, "%s: no memory to encode it", encoder->path);
    if (status == RST_OK && !encode_block(encoder, &worker, 0, zeros, size, &bytes))
        status = fail_worker(encoder, &worker, "its pixels", err);
    bool has_tables = status == RST_OK && encoder->sheet.coding.compression == RST_COMPRESSION_JPEG &&
                      TIFFGetField(worker.handle, TIFFTAG_JPEGTABLES, &count, &tables);
    if (has_tables && !rst_bytes_append(&encoder->sheet.tables, tables, count))
        status = rst_fail(err, RST_E_NOMEM, "%s: no memory for its tables", encoder->path);
    clear_worker(&worker);
    rst_bytes_clear(&bytes);
    free(zeros);
    return status;
}

/* Shares what the sheet owns, until it is taken. */
static struct tiff_encoder *new_encoder(const char *path, const struct rst_tiff_sheet *sheet)
{
    const struct rst_layout *layout = &sheet->layout;
    uint64_t count =
        (uint64_t)rst_layout_columns(layout) * (uint64_t)rst_layout_rows(layout) * (uint64_t)layout->planes;
    struct tiff_encoder *encoder = calloc(1, sizeof *encoder);
    if (!encoder) return NULL;
    *encoder = (struct tiff_encoder){
        .path = strdup(path), .sheet = *sheet, .descriptor = -1, .at = sheet->big ? 16 : 8, .most = INT64_MAX};
    if (!encoder->path) {
        free(encoder);
        return NULL;
    }
    /* The bytes that the floating point predictor makes are the same in either order, and libtiff would swap them. */
    encoder->swapped =
        sheet->coding.swapped && rst_type_size(layout->type) > 1 && sheet->coding.predictor != RST_PREDICTOR_FLOAT;
    if (!sheet->big) encoder->most = RST_TIFF_CLASSIC_MOST - rst_tiff_directory_most(sheet, count);
    return encoder;
}

enum rst_status rst_tiff_encoder(const char *path, struct rst_tiff_sheet *sheet, struct rst_encoder *out,
                                 struct rst_error *err)
{
    const struct rst_layout *layout = &sheet->layout;
    struct rst_cells cells = {.width = layout->block_width, .height = layout->block_height, .planes = layout->planes};
    struct tiff_encoder *encoder = new_encoder(path, sheet);
    if (!encoder) return rst_fail(err, RST_E_NOMEM, "%s: no memory to encode it", path);
    enum rst_status status = try_out(encoder, err);
    if (status != RST_OK) {
        rst_bytes_clear(&encoder->sheet.tables);
        free(encoder->path);
        free(encoder);
        return status;
    }
    *sheet = (struct rst_tiff_sheet){0};
    *out = (struct rst_encoder){.kind = &tiff_encoder_class, .state = encoder, .cells = cells};
    return RST_OK;
}
