/* Laying out a new TIFF: its blocks, classic or BigTIFF, and, where they are
 * not compressed, every offset.
 *
 * Uncompressed: header and directory first, then, from a page boundary on, the
 * pixels end to end. As pixels come after the directory, its size must be known
 * first: it is written twice, and does not depend on the offsets that it lists.
 *
 * Compressed: pixels lie in scratch until they are encoded, tiles as they are,
 * strips as one block. The directory comes last. A classic TIFF is made only of
 * what fits one even where compression gains nothing.
 */
#include "codecs/tiff/create.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/codec.h"
#include "codecs/tiff/encode.h"
#include "codecs/tiff/meta.h"
#include "raster/base/size.h"

enum {
    PAGE = 4096,            /* pixels start at a multiple of it */
    STRIP_BYTES = 256 << 10 /* a strip is not longer, unless its one row is */
};
#define BLOCKS_MOST (UINT64_C(1) << 26) /* a directory of 1 GiB */

static bool is_tiled(const struct rst_layout *layout)
{
    return layout->tail;
}

/* Puts the blocks end to end from `start` on; returns where the last one ends.
 */
static uint64_t place_blocks(struct rst_layout *layout, uint64_t start)
{
    int64_t columns = rst_layout_columns(layout), rows = rst_layout_rows(layout);
    uint64_t *offset = layout->offsets;
    assert(offset);
    for (int32_t plane = 0; plane < layout->planes; plane++)
        for (int64_t row = 0; row < rows; row++)
            for (int64_t column = 0; column < columns; column++, start += rst_tiff_block_bytes(layout, row))
                *offset++ = start;
    return start;
}

/* Writes the directory, with all blocks placed behind it. */
static enum rst_status write_head(struct rst_tiff_sheet *sheet, const char *path, struct rst_error *err)
{
    uint64_t start = PAGE;
    for (int pass = 0; pass < 2; pass++) {
        struct rst_tiff_directory directory;
        sheet->length = place_blocks(&sheet->layout, start);
        RST_TRY(rst_tiff_sheet_write(sheet, path, 0, &directory, err));
        free(sheet->head);
        sheet->head = directory.bytes;
        sheet->head_size = directory.size;
        if (start >= directory.size && start - directory.size < PAGE) return RST_OK;
        if (!rst_align_up(directory.size, PAGE, &start)) break;
    }
    return rst_fail(err, RST_E_ARGUMENT, "%s: its directory of %zu bytes has no fixed size", path, sheet->head_size);
}

/* Rows of a strip: those asked for, or as many as a strip of the usual size
 * has. */
static int64_t strip_rows(const struct rst_layout *layout, int64_t asked, int64_t unit)
{
    int64_t rows = asked ? asked : rst_max64(1, STRIP_BYTES / layout->row_stride);
    if (rows >= layout->height) return layout->height;
    return rst_min64((rows + unit - 1) / unit * unit, layout->height);
}

/* All of the layout but the offsets. false where a block would be too big. */
static bool set_layout(const struct rst_shape *shape, const struct rst_create_options *options,
                       const struct rst_tiff_coding *coding, struct rst_layout *layout)
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
                                  .swapped = coding->swapped && size > 1,
                                  .planes = planar ? shape->bands : 1,
                                  .pixel_stride = (ptrdiff_t)pixel,
                                  .band_stride = planar ? 0 : (ptrdiff_t)size};
    if (!rst_mul((uint64_t)layout->block_width, pixel, &row) || row > PTRDIFF_MAX) return false;
    layout->row_stride = (ptrdiff_t)row;
    if (!tiled) {
        layout->block_height = strip_rows(layout, options->strip_rows, rst_tiff_coding_row_unit(coding->compression));
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

static enum rst_status choose_layout(const char *path, const struct rst_shape *shape,
                                     const struct rst_create_options *options, struct rst_tiff_sheet *sheet,
                                     struct rst_error *err)
{
    struct rst_layout *layout = &sheet->layout;
    if (!set_layout(shape, options, &sheet->coding, layout))
        return rst_fail(err, RST_E_ARGUMENT,
                        "%s: blocks of %" PRId64 "x%" PRId64 " pixels of %" PRId32 " bands are too big", path,
                        layout->block_width, layout->block_height, shape->bands);
    if (!sides_fit(layout))
        return rst_fail(err, RST_E_ARGUMENT,
                        "%s: %" PRId64 "x%" PRId64 " pixels in blocks of %" PRId64 "x%" PRId64
                        ": in a TIFF a side and a block are less than %u together",
                        path, shape->width, shape->height, layout->block_width, layout->block_height, UINT32_MAX);
    if (sheet->coding.compression == RST_COMPRESSION_NONE) return RST_OK;
    return rst_tiff_coding_check_block(path, &sheet->coding, layout, err);
}

/* The number of blocks; 0 where it is too large. */
static uint64_t count_blocks(const struct rst_layout *layout)
{
    uint64_t columns = (uint64_t)rst_layout_columns(layout), rows = (uint64_t)rst_layout_rows(layout), count;
    bool fits = rst_mul(columns, rows, &count) && rst_mul(count, (uint64_t)layout->planes, &count);
    return fits && count <= BLOCKS_MOST ? count : 0;
}

/* Chooses classic or BigTIFF. */
static enum rst_status choose_size(const char *path, struct rst_tiff_sheet *sheet, uint64_t count,
                                   enum rst_big_tiff asked, struct rst_error *err)
{
    const struct rst_layout *layout = &sheet->layout;
    uint64_t block = rst_tiff_block_bytes(layout, 0), most, pixels;
    uint64_t coded = rst_tiff_coding_most(&sheet->coding, block, (uint64_t)layout->block_height);
    if (!rst_mul(count, block, &pixels) || pixels > INT64_MAX / 2 || !rst_mul(count, coded, &most) ||
        most > INT64_MAX / 2)
        return rst_fail(err, RST_E_ARGUMENT,
                        "%s: %" PRId64 "x%" PRId64 "x%" PRId32 " samples are more than any file holds", path,
                        layout->width, layout->height, layout->bands);
    most += rst_tiff_directory_most(sheet, count) + PAGE;
    sheet->big = asked == RST_BIG_TIFF_ALWAYS || (asked == RST_BIG_TIFF_AUTO && most > RST_TIFF_CLASSIC_MOST);
    if ((unsigned)asked > RST_BIG_TIFF_ALWAYS)
        return rst_fail(err, RST_E_ARGUMENT, "%s: there is no kind %u of BigTIFF", path, (unsigned)asked);
    if (sheet->big || most <= RST_TIFF_CLASSIC_MOST) return RST_OK;
    return rst_fail(err, RST_E_ARGUMENT,
                    "%s: it may become %" PRIu64 " bytes long; without BigTIFF a file ends at %" PRIu64, path, most,
                    RST_TIFF_CLASSIC_MOST);
}

static enum rst_status make_room(const char *path, struct rst_tiff_sheet *sheet, uint64_t count, struct rst_error *err)
{
    bool is_coded = sheet->coding.compression != RST_COMPRESSION_NONE;
    sheet->layout.offsets = calloc((size_t)count, sizeof *sheet->layout.offsets);
    if (is_coded) sheet->sizes = calloc((size_t)count, sizeof *sheet->sizes);
    if (sheet->layout.offsets && (sheet->sizes || !is_coded)) return RST_OK;
    return rst_fail(err, RST_E_NOMEM, "%s: no memory for the offsets of %" PRIu64 " blocks", path, count);
}

static enum rst_status lay_out(const char *path, const struct rst_shape *shape, const struct rst_meta *meta,
                               const struct rst_create_options *options, struct rst_tiff_sheet *sheet,
                               struct rst_error *err)
{
    if ((unsigned)options->byte_order > RST_ORDER_BIG)
        return rst_fail(err, RST_E_ARGUMENT, "%s: there is no byte order %u", path, (unsigned)options->byte_order);
    RST_TRY(rst_tiff_meta_fit(shape, meta, &sheet->meta, err));
    RST_TRY(rst_tiff_coding_choose(path, shape, &sheet->meta, options, &sheet->coding, err));
    RST_TRY(choose_layout(path, shape, options, sheet, err));
    uint64_t count = count_blocks(&sheet->layout);
    if (count == 0)
        return rst_fail(err, RST_E_ARGUMENT,
                        "%s: %" PRId64 "x%" PRId64 " blocks in %" PRId32 " planes; at most %" PRIu64
                        " are written: take larger ones",
                        path, rst_layout_columns(&sheet->layout), rst_layout_rows(&sheet->layout), sheet->layout.planes,
                        BLOCKS_MOST);
    RST_TRY(choose_size(path, sheet, count, options->big_tiff, err));
    RST_TRY(make_room(path, sheet, count, err));
    return sheet->coding.compression == RST_COMPRESSION_NONE ? write_head(sheet, path, err) : RST_OK;
}

enum rst_status rst_tiff_lay_out(const char *path, const struct rst_shape *shape, const struct rst_meta *meta,
                                 const struct rst_create_options *options, struct rst_tiff_sheet *sheet,
                                 struct rst_error *err)
{
    *sheet = (struct rst_tiff_sheet){0};
    enum rst_status status = lay_out(path, shape, meta, options, sheet, err);
    if (status != RST_OK) rst_tiff_sheet_clear(sheet);
    return status;
}

static enum rst_status create_mapped(const char *path, struct rst_tiff_sheet *sheet,
                                     const struct rst_create_options *options, struct rst_raster **out,
                                     struct rst_error *err)
{
    if (!sheet->layout.tail) rst_layout_merge(&sheet->layout);
    struct rst_new_file file = {.format = rst_codec_tiff.name,
                                .layout = &sheet->layout,
                                .meta = &sheet->meta,
                                .head = sheet->head,
                                .head_size = sheet->head_size,
                                .length = sheet->length};
    return rst_new_file(path, &file, options, out, err);
}

/* The layout of the pixels before they are encoded, in this machine's byte
 * order: strips are one block, of planes that follow each other. */
static enum rst_status lay_out_scratch(const char *path, const struct rst_layout *coded, struct rst_layout *scratch,
                                       struct rst_error *err)
{
    uint64_t plane, all;
    *scratch = *coded;
    scratch->offsets = NULL;
    scratch->swapped = false;
    if (is_tiled(coded)) return RST_OK;
    if (!rst_mul((uint64_t)coded->row_stride, (uint64_t)coded->height, &plane) ||
        !rst_mul(plane, (uint64_t)coded->planes, &all) || all > PTRDIFF_MAX)
        return rst_fail(err, RST_E_ARGUMENT,
                        "%s: %" PRId64 "x%" PRId64 "x%" PRId32 " samples are more than any file holds", path,
                        coded->width, coded->height, coded->bands);
    scratch->block_height = coded->height;
    if (coded->planes > 1) scratch->band_stride = (ptrdiff_t)plane;
    scratch->planes = 1;
    return RST_OK;
}

static enum rst_status create_coded(const char *path, struct rst_tiff_sheet *sheet,
                                    const struct rst_create_options *options, struct rst_raster **out,
                                    struct rst_error *err)
{
    struct rst_layout scratch;
    struct rst_meta meta = sheet->meta; /* borrowed from the encoder, which takes the sheet's */
    RST_TRY(lay_out_scratch(path, &sheet->layout, &scratch, err));
    struct rst_coded_file file = {.format = rst_codec_tiff.name,
                                  .how = rst_compression_name(sheet->coding.compression),
                                  .layout = &scratch,
                                  .meta = &meta};
    RST_TRY(rst_tiff_encoder(path, sheet, &file.encoder, err));
    return rst_new_coded_file(path, &file, options, out, err);
}

enum rst_status rst_tiff_create(const char *path, const struct rst_shape *shape, const struct rst_meta *meta,
                                const struct rst_create_options *options, struct rst_raster **out,
                                struct rst_error *err)
{
    struct rst_tiff_sheet sheet;
    RST_TRY(rst_tiff_lay_out(path, shape, meta, options, &sheet, err));
    enum rst_status status = sheet.coding.compression == RST_COMPRESSION_NONE
                                 ? create_mapped(path, &sheet, options, out, err)
                                 : create_coded(path, &sheet, options, out, err);
    rst_tiff_sheet_clear(&sheet);
    return status;
}
