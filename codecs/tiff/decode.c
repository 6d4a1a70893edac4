/* Decoding cells with libtiff.
 *
 * Each worker has a libtiff handle of its own. It reads the directory again, and must find the one that the image was
 * opened with. Where blocks are is known from then, and shared: a worker reads a block's bytes itself and has libtiff
 * decode them, into the place where the samples stay if they are as our types have them. So a cell costs one read and
 * no memory. Old-style JPEG alone finds its bytes in ways that only libtiff knows.
 */
#define _GNU_SOURCE 1
#include "codecs/tiff/decode.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/codecs.h"
#include "codecs/tiff/heap.h"
#include "codecs/range.h"
#include "raster/base/size.h"
#include "raster/image/layout.h"

/* What all threads know. */
struct page {
    char *path;
    int descriptor;
    uint64_t length;
    struct rst_tiff_chain chain; /* its header */
    uint64_t offset;
    struct rst_tiff_image image;
    struct rst_tiff_samples samples;
    struct rst_tiff_blocks blocks;
    struct rst_cells cells;
    uint64_t coded_bytes; /* of a cell as libtiff makes it */
    bool cut;             /* cells are less than a strip */
    uint64_t tag_bytes;   /* that reading the directory took */
    size_t sample_size;
    union rst_sample missing; /* what a block that is not stored reads as */
};

struct worker {
    struct rst_tiff_file file;
    unsigned char *raw; /* a block as the file has it */
    size_t raw_size;
    unsigned char *coded; /* a cell as libtiff makes it, where it is not yet what we need */
};

enum { NAME_SIZE = 96 };

/* "tile at column 3, row 5, band 1". */
static const char *name_cell(const struct page *page, struct rst_cell cell, char name[NAME_SIZE])
{
    int used = page->image.tiled
                   ? snprintf(name, NAME_SIZE, "tile at column %" PRId64 ", row %" PRId64, cell.column, cell.row)
                   : snprintf(name, NAME_SIZE, "strip %" PRId64, page->cut ? 0 : cell.row);
    if (page->cells.planes > 1 && used > 0 && used < NAME_SIZE)
        snprintf(name + used, NAME_SIZE - (size_t)used, ", band %" PRId32, cell.plane);
    return name;
}

static void stop(void *state)
{
    struct worker *worker = state;
    rst_tiff_file_close(&worker->file);
    free(worker->raw);
    free(worker->coded);
    free(worker);
}

/* What libtiff's codecs may take for a cell: a few copies of it, and a few numbers per column. */
static uint64_t memory_for(const struct page *page)
{
    enum { LEAST = 1 << 20, PER_COLUMN = 32 };
    return 4 * (page->coded_bytes + (uint64_t)page->cells.width * page->samples.bands * PER_COLUMN) + LEAST;
}

static enum rst_status start_worker(const struct page *page, struct worker *worker, struct rst_error *err)
{
    struct rst_tiff_image image;
    worker->file = (struct rst_tiff_file){
        .path = page->path, .descriptor = page->descriptor, .length = page->length, .block_memory = memory_for(page)};
    RST_TRY(rst_tiff_file_open(&worker->file, &page->chain, page->offset, err));
    RST_TRY(rst_tiff_image_read(&worker->file, &image, err));
    if (!rst_tiff_image_same(&image, &page->image))
        return rst_fail(err, RST_E_FORMAT, "%s: its directory was changed while it was open", page->path);
    if (page->samples.packing == RST_TIFF_WHOLE) return RST_OK;
    worker->coded = malloc((size_t)page->coded_bytes + RST_TIFF_SLACK);
    if (worker->coded) return RST_OK;
    return rst_fail(err, RST_E_NOMEM, "%s: no memory to decode %" PRIu64 " bytes", page->path, page->coded_bytes);
}

static enum rst_status start(void *state, void **out, struct rst_error *err)
{
    const struct page *page = state;
    struct worker *worker = calloc(1, sizeof *worker);
    *out = NULL;
    if (!worker) return rst_fail(err, RST_E_NOMEM, "%s: no memory to decode it", page->path);
    enum rst_status status = start_worker(page, worker, err);
    if (status == RST_OK)
        *out = worker;
    else
        stop(worker);
    return status;
}

/* Blocks differ in size: some room more saves most of the growing. */
static size_t grown_raw(size_t size)
{
    return size + size / 2;
}

static enum rst_status read_raw(const struct page *page, struct worker *worker, uint64_t from, size_t size,
                                const char *name, struct rst_error *err)
{
    if (size > worker->raw_size) {
        size_t grown = grown_raw(size);
        free(worker->raw);
        worker->raw = malloc(grown);
        worker->raw_size = worker->raw ? grown : 0;
        if (!worker->raw)
            return rst_fail(err, RST_E_NOMEM, "%s: %s: no memory for its %zu bytes", page->path, name, size);
    }
    size_t got;
    int error = rst_range_read(page->descriptor, from, worker->raw, size, &got);
    if (error) return rst_fail_errno(err, error, "%s: %s: reading its bytes", page->path, name);
    if (got == size) return RST_OK;
    return rst_fail(err, RST_E_TRUNCATED, "%s: %s: the file ends at byte %" PRIu64 " by now", page->path, name,
                    from + got);
}

/* How many bytes of a block are read. More than libtiff itself would take for one are left out. */
static uint64_t raw_taken(const struct page *page, uint64_t bytes)
{
    enum { FREE = 1 << 20, GROWTH = 10, MARGIN = 4096 };
    uint64_t most = GROWTH * page->coded_bytes + MARGIN;
    return bytes > FREE && bytes > most ? most : bytes;
}

/* Reads the bytes of a block, *size of them; of a block that is not compressed those of the cell, whatever the
 * directory says of their number. */
static enum rst_status fetch(const struct page *page, struct worker *worker, uint64_t block, struct rst_cell cell,
                             uint64_t coded, size_t *size, struct rst_error *err)
{
    char name[NAME_SIZE];
    uint64_t from = page->blocks.offsets[block], bytes = page->blocks.bytes[block], end;
    name_cell(page, cell, name);
    if (page->image.compression == COMPRESSION_NONE) bytes = coded;
    if (page->cut && !rst_mul_add((uint64_t)cell.row, page->coded_bytes, from, &from)) from = UINT64_MAX;
    if (bytes == 0) return rst_fail(err, RST_E_FORMAT, "%s: %s: it has no bytes", page->path, name);
    if (!rst_add(from, bytes, &end) || end > page->length)
        return rst_fail(err, RST_E_TRUNCATED,
                        "%s: %s needs %" PRIu64 " bytes from byte %" PRIu64 " on, the file has %" PRIu64 " bytes",
                        page->path, name, bytes, from, page->length);
    *size = (size_t)raw_taken(page, bytes);
    return read_raw(page, worker, from, *size, name, err);
}

static uint32_t bits_reversed(uint32_t byte)
{
    byte = (byte & 0xf0) >> 4 | (byte & 0x0f) << 4;
    byte = (byte & 0xcc) >> 2 | (byte & 0x33) << 2;
    return (byte & 0xaa) >> 1 | (byte & 0x55) << 1;
}

/* The big-endian number at byte `at` of a JBIG stream, which libtiff keeps with its bits in reverse. */
static uint32_t jbig_number(const struct page *page, const unsigned char *raw, size_t at, size_t size)
{
    uint32_t number = 0;
    for (size_t i = at; i < at + size; i++)
        number = number << 8 | (page->image.fill_order == FILLORDER_LSB2MSB ? raw[i] : bits_reversed(raw[i]));
    return number;
}

/* A JBIG stream tells its own size and number of planes, which libtiff has decoded, in memory of its own, whatever they
 * are: they must be those of the block. (ITU-T T.82, 6.2.) */
static bool jbig_is_sound(const struct page *page, const unsigned char *raw, size_t size)
{
    enum { HEADER = 20, PLANES = 2, COLUMNS = 4, ROWS = 8 };
    return size >= HEADER && jbig_number(page, raw, PLANES, 1) == 1 &&
           jbig_number(page, raw, COLUMNS, 4) == page->cells.width &&
           jbig_number(page, raw, ROWS, 4) <= page->cells.height;
}

static enum rst_status decode_block(const struct page *page, struct worker *worker, uint64_t block,
                                    struct rst_cell cell, void *to, uint64_t coded, struct rst_error *err)
{
    TIFF *handle = worker->file.handle;
    char name[NAME_SIZE];
    size_t size = 0;
    bool done;
    worker->file.log.message[0] = '\0';
    if (!page->blocks.offsets) {
        tmsize_t got = page->image.tiled ? TIFFReadEncodedTile(handle, (uint32_t)block, to, (tmsize_t)coded)
                                         : TIFFReadEncodedStrip(handle, (uint32_t)block, to, (tmsize_t)coded);
        done = got == (tmsize_t)coded;
    } else {
        RST_TRY(fetch(page, worker, block, cell, coded, &size, err));
        if (page->image.compression == COMPRESSION_JBIG && !jbig_is_sound(page, worker->raw, size))
            return rst_fail(err, RST_E_FORMAT, "%s: %s: its JBIG stream is of another size", page->path,
                            name_cell(page, cell, name));
        done = TIFFReadFromUserBuffer(handle, (uint32_t)block, worker->raw, (tmsize_t)size, to, (tmsize_t)coded);
    }
    return done ? RST_OK : rst_tiff_file_fail(&worker->file, name_cell(page, cell, name), err);
}

/* Nodata, or 0, in all of a cell that the file does not store. */
static void fill(const struct page *page, const struct rst_view *to)
{
    size_t row = (size_t)(to->width * to->bands) * page->sample_size, filled = page->sample_size;
    char *first = to->data;
    memcpy(first, &page->missing, filled);
    for (size_t step; filled < row; filled += step) {
        step = filled < row - filled ? filled : row - filled;
        memcpy(first + filled, first, step);
    }
    for (int64_t y = 1; y < to->height; y++)
        memcpy(rst_view_at(to, 0, y, 0), first, row);
}

static enum rst_status decode(void *state, void *user, struct rst_cell cell, const struct rst_view *to,
                              struct rst_error *err)
{
    const struct page *page = state;
    struct worker *worker = user;
    const struct rst_tiff_blocks *blocks = &page->blocks;
    uint64_t row = page->cut ? 0 : (uint64_t)cell.row, coded = page->coded_bytes;
    uint64_t block = ((uint64_t)cell.plane * blocks->rows + row) * blocks->columns + (uint64_t)cell.column;
    if (blocks->offsets && blocks->offsets[block] == RST_NO_BLOCK) {
        fill(page, to);
        return RST_OK;
    }
    bool shortened = !page->image.tiled && to->height < page->cells.height;
    if (shortened && !rst_tiff_samples_size(&page->samples, page->cells.width, to->height, &coded))
        coded = page->coded_bytes;
    if (page->samples.packing == RST_TIFF_WHOLE) {
        assert((uint64_t)to->row_stride * (uint64_t)(shortened ? to->height : page->cells.height) == coded);
        return decode_block(page, worker, block, cell, to->data, coded, err);
    }
    RST_TRY(decode_block(page, worker, block, cell, worker->coded, coded, err));
    rst_tiff_samples_unpack(&page->samples, worker->coded, page->cells.width, to);
    return RST_OK;
}

static void close_page(void *state)
{
    struct page *page = state;
    rst_tiff_blocks_clear(&page->blocks);
    rst_tiff_samples_clear(&page->samples);
    free(page->path);
    free(page);
}

/* A strip that is not compressed can be decoded in parts. Where there is one for all rows, cells are such parts. */
static int64_t rows_of_cell(const struct page *page)
{
    enum { PART = 1 << 18 };
    const struct rst_tiff_image *image = &page->image;
    uint16_t down = page->samples.down;
    uint64_t bytes;
    if (image->tiled || image->compression != COMPRESSION_NONE || page->blocks.rows > 1 ||
        !rst_tiff_samples_size(&page->samples, image->width, down, &bytes))
        return image->block_height;
    return rst_min64((int64_t)(PART / bytes + 1) * down, image->block_height);
}

/* The size of cells, and of what libtiff makes of one, on which it must agree. */
static enum rst_status size_cells(struct page *page, TIFF *handle, struct rst_error *err)
{
    const struct rst_tiff_image *image = &page->image;
    const struct rst_tiff_samples *samples = &page->samples;
    uint64_t ours, made;
    page->cells = (struct rst_cells){
        .width = image->block_width, .height = rows_of_cell(page), .planes = (int32_t)page->blocks.planes};
    page->cut = page->cells.height < image->block_height;
    if (!rst_tiff_samples_size(samples, page->cells.width, page->cells.height, &page->coded_bytes) ||
        !rst_mul((uint64_t)page->cells.width * (uint64_t)page->cells.height, samples->bands * page->sample_size,
                 &ours) ||
        page->coded_bytes > INT32_MAX || ours > INT32_MAX)
        return rst_fail(err, RST_E_UNSUPPORTED, "%s: its %s of %ux%u pixels have more than 2 GiB, in one piece",
                        page->path, image->tiled ? "tiles" : "strips", image->block_width, image->block_height);
    made = image->tiled ? TIFFTileSize64(handle) : TIFFVStripSize64(handle, (uint32_t)page->cells.height);
    if (made == page->coded_bytes) return RST_OK;
    return rst_fail(err, RST_E_FORMAT, "%s: blocks of %" PRIu64 " bytes by their geometry, of %" PRIu64 " by libtiff",
                    page->path, page->coded_bytes, made);
}

static enum rst_status fill_page(struct page *page, const struct rst_tiff_file *file, const struct rst_meta *meta,
                                 struct rst_error *err)
{
    page->sample_size = rst_type_size(rst_tiff_image_type(&page->image));
    if (meta->has_nodata) page->missing = meta->nodata;
    if (page->samples.packing == RST_TIFF_CLUSTERS)
        RST_TRY(rst_tiff_samples_colors(&page->samples, file->handle, file->path, err));
    RST_TRY(rst_tiff_blocks_read(file, &page->image, true, &page->blocks, err));
    return size_cells(page, file->handle, err);
}

/* The bytes of the largest block that fetch() takes. */
static uint64_t most_raw(const struct page *page)
{
    uint64_t most = 0;
    if (!page->blocks.bytes || page->image.compression == COMPRESSION_NONE) return page->coded_bytes;
    for (uint64_t i = 0; i < page->blocks.count; i++) {
        uint64_t bytes = page->blocks.bytes[i];
        if (page->blocks.offsets[i] != RST_NO_BLOCK && bytes <= page->length && bytes > most) most = bytes;
    }
    return raw_taken(page, most);
}

static uint64_t worker_bytes(const void *state)
{
    enum { WIDENED = 2 }; /* values of tags, as libtiff keeps them */
    const struct page *page = state;
    uint64_t bytes = sizeof(struct worker) + WIDENED * page->tag_bytes + grown_raw((size_t)most_raw(page)) +
                     rst_tiff_heap_decoding(page->image.compression, page->coded_bytes);
    return page->samples.packing == RST_TIFF_WHOLE ? bytes : bytes + page->coded_bytes;
}

static const struct rst_decoder_class decoder_class = {
    .start = start, .stop = stop, .decode = decode, .close = close_page, .worker_bytes = worker_bytes};

enum rst_status rst_tiff_decoder_make(const struct rst_tiff_file *file, const struct rst_tiff_chain *chain,
                                      uint64_t offset, const struct rst_tiff_image *image,
                                      const struct rst_tiff_samples *samples, const struct rst_meta *meta,
                                      struct rst_decoder *decoder, struct rst_error *err)
{
    struct page *page = calloc(1, sizeof *page);
    char *path = strdup(file->path);
    if (!page || !path) {
        free(page);
        free(path);
        return rst_fail(err, RST_E_NOMEM, "%s: no memory to decode it", file->path);
    }
    *page = (struct page){.path = path,
                          .descriptor = file->descriptor,
                          .length = file->length,
                          .tag_bytes = file->tag_bytes,
                          .chain = *chain,
                          .offset = offset,
                          .image = *image,
                          .samples = *samples};
    page->chain.offsets = NULL;
    page->chain.count = 0;
    enum rst_status status = fill_page(page, file, meta, err);
    if (status != RST_OK) {
        close_page(page);
        return status;
    }
    *decoder = (struct rst_decoder){.kind = &decoder_class, .state = page, .cells = page->cells};
    return RST_OK;
}

unsigned rst_tiff_compressions(bool written)
{
    static const uint16_t schemes[RST_COMPRESSION_COUNT] = {
        [RST_COMPRESSION_NONE] = COMPRESSION_NONE, [RST_COMPRESSION_PACKBITS] = COMPRESSION_PACKBITS,
        [RST_COMPRESSION_LZW] = COMPRESSION_LZW,   [RST_COMPRESSION_DEFLATE] = COMPRESSION_ADOBE_DEFLATE,
        [RST_COMPRESSION_ZSTD] = COMPRESSION_ZSTD, [RST_COMPRESSION_LZMA] = COMPRESSION_LZMA,
        [RST_COMPRESSION_JPEG] = COMPRESSION_JPEG, [RST_COMPRESSION_WEBP] = COMPRESSION_WEBP,
        [RST_COMPRESSION_LERC] = COMPRESSION_LERC};
    unsigned bits = 0;
    (void)written; /* what libtiff was built with it does in both directions */
    for (int i = RST_COMPRESSION_NONE; i < RST_COMPRESSION_COUNT; i++)
        if (TIFFIsCODECConfigured(schemes[i])) bits |= 1u << i;
    return bits;
}
