/* Laying out a new TIFF: header and directory first, then, from a page boundary on, the pixels end to end.
 *
 * Where pixels go is reckoned here; libtiff writes the directory. It is run on a sheet of memory that plays the file:
 * while blocks are "written", the sheet's end is where the next block belongs and their payload is swallowed; while the
 * directory is written, the end is that of the directory. As pixels come after it, its size must be known first: it is
 * written twice, and does not depend on the offsets that it lists.
 */
#include "codecs/tiff_create.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/codec.h"
#include "codecs/tiff_file.h"
#include "codecs/tiff_meta.h"
#include "raster/base/size.h"

enum {
    PAGE = 4096,            /* pixels start at a multiple of it */
    STRIP_BYTES = 256 << 10 /* a strip is not longer, unless its one row is */
};
#define BLOCKS_MOST (UINT64_C(1) << 26)   /* a directory of 1 GiB */
#define CLASSIC_MOST UINT64_C(0xffff0000) /* bytes of a classic TIFF, whose offsets have 32 bits */

/* The memory that plays the file. */
struct stage {
    unsigned char *bytes; /* header and directory */
    size_t size, capacity;
    uint64_t at;
    uint64_t block; /* where the block being written belongs; 0 while the directory is written */
    bool failed;
    struct rst_tiff_log log;
};

static bool stage_grow(struct stage *stage, uint64_t size)
{
    if (size > stage->capacity) {
        size_t capacity = stage->capacity ? stage->capacity : PAGE;
        while (capacity < size && capacity <= SIZE_MAX / 2)
            capacity *= 2;
        unsigned char *bytes = capacity >= size ? realloc(stage->bytes, capacity) : NULL;
        if (!bytes) return false;
        stage->bytes = bytes;
        stage->capacity = capacity;
    }
    if (size > stage->size) {
        memset(stage->bytes + stage->size, 0, (size_t)size - stage->size);
        stage->size = (size_t)size;
    }
    return true;
}

static tmsize_t stage_write(thandle_t client, void *from, tmsize_t size)
{
    struct stage *stage = client;
    uint64_t end;
    if (size <= 0 || !rst_add(stage->at, (uint64_t)size, &end)) return 0;
    if (stage->block == 0) {
        if (!stage_grow(stage, end)) {
            stage->failed = true;
            return 0;
        }
        memcpy(stage->bytes + stage->at, from, (size_t)size);
    }
    stage->at = end;
    return size;
}

static tmsize_t stage_read(thandle_t client, void *to, tmsize_t size)
{
    struct stage *stage = client;
    if (size <= 0 || stage->at >= stage->size) return 0;
    size_t left = stage->size - (size_t)stage->at, got = left < (size_t)size ? left : (size_t)size;
    memcpy(to, stage->bytes + stage->at, got);
    stage->at += got;
    return (tmsize_t)got;
}

static toff_t stage_size(thandle_t client)
{
    const struct stage *stage = client;
    return stage->block ? stage->block : stage->size;
}

static toff_t stage_seek(thandle_t client, toff_t offset, int whence)
{
    struct stage *stage = client;
    uint64_t base = whence == SEEK_CUR ? stage->at : whence == SEEK_END ? stage_size(client) : 0, at;
    if (!rst_add(base, offset, &at)) return (toff_t)-1;
    stage->at = at;
    return at;
}

static bool is_tiled(const struct rst_layout *layout)
{
    return layout->tail;
}

static bool set_geometry(TIFF *handle, const struct rst_layout *layout)
{
    unsigned format = rst_type_is_float(layout->type)    ? SAMPLEFORMAT_IEEEFP
                      : rst_type_is_signed(layout->type) ? SAMPLEFORMAT_INT
                                                         : SAMPLEFORMAT_UINT;
    bool done =
        TIFFSetField(handle, TIFFTAG_IMAGEWIDTH, (uint32_t)layout->width) &&
        TIFFSetField(handle, TIFFTAG_IMAGELENGTH, (uint32_t)layout->height) &&
        TIFFSetField(handle, TIFFTAG_BITSPERSAMPLE, (unsigned)(8 * rst_type_size(layout->type))) &&
        TIFFSetField(handle, TIFFTAG_SAMPLESPERPIXEL, (unsigned)layout->bands) &&
        TIFFSetField(handle, TIFFTAG_SAMPLEFORMAT, format) &&
        TIFFSetField(handle, TIFFTAG_COMPRESSION, COMPRESSION_NONE) &&
        TIFFSetField(handle, TIFFTAG_PLANARCONFIG, layout->planes > 1 ? PLANARCONFIG_SEPARATE : PLANARCONFIG_CONTIG);
    if (!done) return false;
    if (!is_tiled(layout)) return TIFFSetField(handle, TIFFTAG_ROWSPERSTRIP, (uint32_t)layout->block_height);
    return TIFFSetField(handle, TIFFTAG_TILEWIDTH, (uint32_t)layout->block_width) &&
           TIFFSetField(handle, TIFFTAG_TILELENGTH, (uint32_t)layout->block_height);
}

/* Bytes of the blocks of a row of blocks: strips of the last row may be shorter. */
static uint64_t block_bytes(const struct rst_layout *layout, int64_t row)
{
    int64_t height = layout->block_height;
    if (!is_tiled(layout)) height = rst_min64(height, layout->height - row * layout->block_height);
    return (uint64_t)height * (uint64_t)layout->row_stride;
}

/* Puts the blocks end to end from `start` on; returns where the last one ends. */
static uint64_t place_blocks(struct rst_layout *layout, uint64_t start)
{
    int64_t columns = rst_layout_columns(layout), rows = rst_layout_rows(layout);
    uint64_t *offset = layout->offsets;
    assert(offset);
    for (int32_t plane = 0; plane < layout->planes; plane++)
        for (int64_t row = 0; row < rows; row++)
            for (int64_t column = 0; column < columns; column++, start += block_bytes(layout, row))
                *offset++ = start;
    return start;
}

/* Lets libtiff note where every block is. Its payload is never looked at, so it may be a single byte. */
static bool note_blocks(TIFF *handle, const struct rst_layout *layout, struct stage *stage)
{
    int64_t columns = rst_layout_columns(layout), rows = rst_layout_rows(layout);
    char payload = 0;
    uint32_t index = 0;
    bool done = true;
    for (int32_t plane = 0; plane < layout->planes && done; plane++)
        for (int64_t row = 0; row < rows && done; row++) {
            tmsize_t bytes = (tmsize_t)block_bytes(layout, row);
            for (int64_t column = 0; column < columns && done; column++, index++) {
                stage->block = layout->offsets[index];
                done = (is_tiled(layout) ? TIFFWriteRawTile(handle, index, &payload, bytes)
                                         : TIFFWriteRawStrip(handle, index, &payload, bytes)) == bytes;
            }
        }
    stage->block = 0;
    return done;
}

/* Writes header and directory onto a fresh stage. */
static bool write_head(const struct rst_tiff_sheet *sheet, const char *path, struct stage *stage)
{
    static const struct rst_tiff_calls calls = {stage_read, stage_write, stage_seek, stage_size};
    TIFF *handle = rst_tiff_handle_open(path, sheet->big ? "w8" : "w4", stage, &calls, 0, &stage->log);
    if (!handle) return false;
    bool done = set_geometry(handle, &sheet->layout) && rst_tiff_meta_write(handle, sheet->layout.type, &sheet->meta) &&
                note_blocks(handle, &sheet->layout, stage) && TIFFWriteDirectory(handle);
    TIFFCleanup(handle); /* unlike TIFFClose() it writes nothing more */
    return done && !stage->failed;
}

static enum rst_status fail_head(const char *path, const struct stage *stage, struct rst_error *err)
{
    if (stage->failed || !stage->log.message[0])
        return rst_fail(err, RST_E_NOMEM, "%s: no memory for its directory", path);
    return rst_fail(err, RST_E_ARGUMENT, "%s: its directory cannot be written: %s", path, stage->log.message);
}

/* Writes the directory, with all blocks placed behind it. */
static enum rst_status write_sheet(struct rst_tiff_sheet *sheet, const char *path, struct rst_error *err)
{
    uint64_t start = PAGE;
    for (int pass = 0; pass < 2; pass++) {
        struct stage stage = {0};
        sheet->length = place_blocks(&sheet->layout, start);
        if (!write_head(sheet, path, &stage)) {
            enum rst_status status = fail_head(path, &stage, err);
            free(stage.bytes);
            return status;
        }
        free(sheet->head);
        sheet->head = stage.bytes;
        sheet->head_size = stage.size;
        if (start >= stage.size && start - stage.size < PAGE) return RST_OK;
        if (!rst_align_up(stage.size, PAGE, &start)) break;
    }
    return rst_fail(err, RST_E_ARGUMENT, "%s: its directory of %zu bytes has no fixed size", path, sheet->head_size);
}

/* All of the layout but the offsets. false where a block would be too big. */
static bool set_layout(const struct rst_shape *shape, const struct rst_create_options *options,
                       struct rst_layout *layout)
{
    bool planar = options->planar && shape->bands > 1, tiled = options->tile_width > 0;
    uint64_t size = rst_type_size(shape->type), pixel = planar ? size : size * (uint64_t)shape->bands, row, block;
    *layout = (struct rst_layout){.type = shape->type,
                                  .width = shape->width,
                                  .height = shape->height,
                                  .bands = shape->bands,
                                  .block_width = tiled ? options->tile_width : shape->width,
                                  .block_height = tiled ? options->tile_height : options->strip_rows,
                                  .tail = tiled,
                                  .planes = planar ? shape->bands : 1,
                                  .pixel_stride = (ptrdiff_t)pixel,
                                  .band_stride = planar ? 0 : (ptrdiff_t)size};
    if (!rst_mul((uint64_t)layout->block_width, pixel, &row) || row > PTRDIFF_MAX) return false;
    layout->row_stride = (ptrdiff_t)row;
    if (!tiled) {
        if (layout->block_height == 0) layout->block_height = rst_max64(1, (int64_t)(STRIP_BYTES / row));
        layout->block_height = rst_min64(layout->block_height, layout->height);
        layout->strip_rows = layout->block_height;
    }
    return rst_mul(row, (uint64_t)layout->block_height, &block) && block <= PTRDIFF_MAX;
}

/* Readers add the sides of image and block in 32 bits. */
static bool sides_fit(const struct rst_layout *layout)
{
    uint64_t width = (uint64_t)layout->width, height = (uint64_t)layout->height;
    return width < UINT32_MAX && height < UINT32_MAX && (uint64_t)layout->block_height < UINT32_MAX - height &&
           (!is_tiled(layout) || (uint64_t)layout->block_width < UINT32_MAX - width);
}

/* Chooses classic or BigTIFF, and makes room for the offsets. */
static enum rst_status set_size(const char *path, struct rst_tiff_sheet *sheet, struct rst_error *err)
{
    struct rst_layout *layout = &sheet->layout;
    uint64_t columns = (uint64_t)rst_layout_columns(layout), rows = (uint64_t)rst_layout_rows(layout), count;
    if (!rst_mul(columns, rows, &count) || !rst_mul(count, (uint64_t)layout->planes, &count) || count > BLOCKS_MOST)
        return rst_fail(err, RST_E_ARGUMENT,
                        "%s: %" PRIu64 "x%" PRIu64 " blocks in %" PRId32 " planes; at most %" PRIu64
                        " are written: take larger ones",
                        path, columns, rows, layout->planes, BLOCKS_MOST);
    uint64_t pixels, most;
    if (!rst_mul(count, block_bytes(layout, 0), &pixels) || pixels > INT64_MAX / 2)
        return rst_fail(err, RST_E_ARGUMENT,
                        "%s: %" PRId64 "x%" PRId64 "x%" PRId32 " samples are more than any file holds", path,
                        layout->width, layout->height, layout->bands);
    most = pixels + count * 16 + rst_tiff_meta_bytes(&sheet->meta) + (uint64_t)layout->bands * 4 + PAGE;
    sheet->big = most > CLASSIC_MOST;
    layout->offsets = calloc((size_t)count, sizeof *layout->offsets);
    if (layout->offsets) return RST_OK;
    return rst_fail(err, RST_E_NOMEM, "%s: no memory for the offsets of %" PRIu64 " blocks", path, count);
}

enum rst_status rst_tiff_lay_out(const char *path, const struct rst_shape *shape, const struct rst_meta *meta,
                                 const struct rst_create_options *options, struct rst_tiff_sheet *sheet,
                                 struct rst_error *err)
{
    *sheet = (struct rst_tiff_sheet){0};
    if (!set_layout(shape, options, &sheet->layout))
        return rst_fail(err, RST_E_ARGUMENT,
                        "%s: blocks of %" PRId64 "x%" PRId64 " pixels of %" PRId32 " bands are too big", path,
                        sheet->layout.block_width, sheet->layout.block_height, shape->bands);
    if (!sides_fit(&sheet->layout))
        return rst_fail(err, RST_E_ARGUMENT,
                        "%s: %" PRId64 "x%" PRId64 " pixels in blocks of %" PRId64 "x%" PRId64
                        ": in a TIFF a side and a block are less than %u together",
                        path, shape->width, shape->height, sheet->layout.block_width, sheet->layout.block_height,
                        UINT32_MAX);
    enum rst_status status = rst_tiff_meta_fit(shape, meta, &sheet->meta, err);
    if (status == RST_OK) status = set_size(path, sheet, err);
    if (status == RST_OK) status = write_sheet(sheet, path, err);
    if (status != RST_OK) rst_tiff_sheet_clear(sheet);
    return status;
}

void rst_tiff_sheet_clear(struct rst_tiff_sheet *sheet)
{
    free(sheet->head);
    rst_layout_clear(&sheet->layout);
    rst_meta_clear(&sheet->meta);
    *sheet = (struct rst_tiff_sheet){0};
}

enum rst_status rst_tiff_create(const char *path, const struct rst_shape *shape, const struct rst_meta *meta,
                                const struct rst_create_options *options, struct rst_raster **out,
                                struct rst_error *err)
{
    struct rst_tiff_sheet sheet;
    RST_TRY(rst_tiff_lay_out(path, shape, meta, options, &sheet, err));
    if (!sheet.layout.tail) rst_layout_merge(&sheet.layout);
    struct rst_new_file file = {.format = rst_codec_tiff.name,
                                .layout = &sheet.layout,
                                .meta = &sheet.meta,
                                .head = sheet.head,
                                .head_size = sheet.head_size,
                                .length = sheet.length};
    enum rst_status status = rst_new_file(path, &file, options, out, err);
    rst_tiff_sheet_clear(&sheet);
    return status;
}
