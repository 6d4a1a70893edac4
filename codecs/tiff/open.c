/* Opening a TIFF: what a directory says, as a layout.
 *
 * libtiff is asked for the numbers and closed again; pixels are reached through the mapping alone where they lie in the
 * file as they are, and through a decoder where they do not. The number of blocks is checked against the file's length
 * before their offsets are read, and the offsets against it before they are used.
 */
#include "codecs/codec.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>

#include "codecs/range.h"
#include "codecs/tiff/chain.h"
#include "codecs/tiff/create.h"
#include "codecs/tiff/decode.h"
#include "codecs/tiff/edit.h"
#include "codecs/tiff/ifd.h"
#include "codecs/tiff/image.h"
#include "codecs/tiff/file.h"
#include "codecs/tiff/meta.h"
#include "codecs/tiff/survey.h"
#include "raster/base/size.h"

/* All of the layout but the offsets, of pixels that lie in the file. */
static enum rst_status lay_out(const struct rst_tiff_file *file, const struct rst_tiff_image *image,
                               struct rst_layout *layout, struct rst_error *err)
{
    bool planar = rst_tiff_image_is_planar(image);
    enum rst_type type = rst_tiff_image_type(image);
    uint64_t size = rst_type_size(type), pixel = planar ? size : size * image->bands, row;
    if (!rst_mul(image->block_width, pixel, &row) || row > PTRDIFF_MAX)
        return rst_fail(err, RST_E_FORMAT, "%s: rows of %u pixels of %" PRIu64 " bytes", file->path, image->block_width,
                        pixel);
    *layout = (struct rst_layout){.type = type,
                                  .width = image->width,
                                  .height = image->height,
                                  .bands = image->bands,
                                  .block_width = image->block_width,
                                  .block_height = image->block_height,
                                  .tail = image->tiled,
                                  .planes = planar ? image->bands : 1,
                                  .pixel_stride = (ptrdiff_t)pixel,
                                  .row_stride = (ptrdiff_t)row,
                                  .band_stride = planar ? 0 : (ptrdiff_t)size,
                                  .swapped = size > 1 && TIFFIsByteSwapped(file->handle),
                                  .strip_rows = image->tiled ? 0 : image->block_height};
    return RST_OK;
}

/* Makes it that of decoded pixels: tiles as they are, strips as one block, plane after plane. */
static enum rst_status lay_out_decoded(const struct rst_tiff_file *file, struct rst_layout *layout,
                                       struct rst_error *err)
{
    uint64_t plane;
    layout->swapped = false;
    if (layout->tail) return RST_OK;
    if (!rst_mul((uint64_t)layout->row_stride, (uint64_t)layout->height, &plane) || plane > PTRDIFF_MAX)
        return rst_fail(err, RST_E_FORMAT, "%s: %" PRId64 " rows of %td bytes", file->path, layout->height,
                        layout->row_stride);
    if (layout->planes > 1) layout->band_stride = (ptrdiff_t)plane;
    layout->block_height = layout->height;
    layout->planes = 1;
    return RST_OK;
}

/* A colour map of fewer than 2^8 or 2^16 colours is filled up with black: the samples take a type that has as many. */
static enum rst_status fill_color_map(const struct rst_tiff_file *file, enum rst_type type, struct rst_meta *meta,
                                      struct rst_error *err)
{
    size_t each = meta->color_map_count / 3, full = rst_type_size(type) == 1 ? 256 : 65536;
    if (each == 0 || each >= full || rst_type_size(type) > 2) return RST_OK;
    uint16_t *map = calloc(3 * full, sizeof *map);
    if (!map) return rst_fail(err, RST_E_NOMEM, "%s: no memory for its colour map", file->path);
    for (size_t i = 0; i < 3; i++)
        memcpy(map + i * full, meta->color_map + i * each, each * sizeof *map);
    free(meta->color_map);
    meta->color_map = map;
    meta->color_map_count = 3 * full;
    return RST_OK;
}

/* What is different of pixels that are not mapped as they are. XYZ, which SGILog is decoded to, has no code of its own.
 */
static enum rst_status adapt_meta(const struct rst_tiff_file *file, const struct rst_tiff_image *image,
                                  enum rst_type type, struct rst_meta *meta, struct rst_error *err)
{
    if (image->to_rgb) meta->photometric = RST_PHOTOMETRIC_RGB;
    if (image->photometric == PHOTOMETRIC_LOGL) meta->photometric = RST_PHOTOMETRIC_BLACK_IS_ZERO;
    if (image->photometric == PHOTOMETRIC_LOGLUV) meta->photometric = RST_PHOTOMETRIC_UNKNOWN;
    if (image->bits < 8 * rst_type_size(type) && !rst_type_is_float(type))
        for (int i = 0; i < image->bands && i < 4; i++)
            meta->significant_bits[i] = (uint8_t)image->bits;
    return fill_color_map(file, type, meta, err);
}

/* The images inside this one, in the order that they are listed. */
static size_t sub_images(TIFF *handle, const uint64_t **offsets)
{
    uint16_t count = 0;
    return TIFFGetField(handle, TIFFTAG_SUBIFD, &count, offsets) && *offsets ? count : 0;
}

static enum rst_status sub_image_offset(const struct rst_tiff_file *file, int number, uint64_t *offset,
                                        struct rst_error *err)
{
    const uint64_t *offsets = NULL;
    size_t count = sub_images(file->handle, &offsets);
    if (number < 1 || (size_t)number > count)
        return rst_fail(err, RST_E_ARGUMENT, "%s: there is no sub-image %d: the page has %zu, counted from 1",
                        file->path, number, count);
    *offset = offsets[number - 1];
    if (*offset >= 8 && *offset < file->length) return RST_OK;
    return rst_fail(err, RST_E_TRUNCATED,
                    "%s: the directory of sub-image %d is at byte %" PRIu64 ", the file has %" PRIu64 " bytes",
                    file->path, number, *offset, file->length);
}

static bool read_bytes(void *user, uint64_t at, void *to, size_t size)
{
    const struct rst_tiff_file *file = user;
    size_t got;
    return rst_range_read(file->descriptor, at, to, size, &got) == 0 && got == size;
}

/* The kind that SubfileType tells, which NewSubfileType has replaced, and libtiff hides. */
static unsigned older_kind(struct rst_tiff_file *file, const struct rst_tiff_chain *chain, uint64_t offset)
{
    struct rst_tiff_input input = {.read = read_bytes, .user = file, .length = file->length};
    struct rst_tiff_ifd ifd;
    input.form = (struct rst_tiff_form){.big = chain->big, .big_endian = chain->big_endian};
    if (rst_tiff_ifd_read(&input, offset, &ifd) != RST_OK) return 0;
    const struct rst_tiff_entry *entry = rst_tiff_ifd_find(&ifd, TIFFTAG_OSUBFILETYPE);
    uint64_t told = entry && entry->type == RST_TIFF_SHORT ? rst_tiff_get(entry->field, 2, chain->big_endian) : 0;
    rst_tiff_ifd_clear(&ifd);
    return told == OFILETYPE_REDUCEDIMAGE ? RST_IMAGE_OVERVIEW : told == OFILETYPE_PAGE ? RST_IMAGE_PAGE : 0;
}

/* What the image is to the others. */
static unsigned kind_of(struct rst_tiff_file *file, const struct rst_tiff_chain *chain, uint64_t offset)
{
    uint32_t kind = 0;
    if (!TIFFGetField(file->handle, TIFFTAG_SUBFILETYPE, &kind)) return older_kind(file, chain, offset);
    return kind & (RST_IMAGE_OVERVIEW | RST_IMAGE_PAGE | RST_IMAGE_MASK);
}

/* Everything that the directory of an image tells, gathered while libtiff's handle is open. */
struct page {
    struct rst_tiff_file file;
    struct rst_tiff_ranges touched;
    uint64_t offset; /* of the directory */
    struct rst_layout layout;
    struct rst_meta meta;
    bool unmapped;
    char reason[RST_TIFF_REASON_SIZE];
    struct rst_decoder decoder;
};

static enum rst_status find_page(struct page *page, const struct rst_tiff_chain *chain,
                                 const struct rst_open_options *options, struct rst_error *err)
{
    page->offset = chain->offsets[options->page];
    RST_TRY(rst_tiff_file_open(&page->file, chain, page->offset, err));
    if (options->sub_image == 0) return RST_OK;
    RST_TRY(sub_image_offset(&page->file, options->sub_image, &page->offset, err));
    rst_tiff_file_close(&page->file);
    return rst_tiff_file_open(&page->file, chain, page->offset, err);
}

static enum rst_status read_meta(struct page *page, const struct rst_tiff_chain *chain, struct rst_error *err)
{
    const uint64_t *offsets;
    RST_TRY(rst_tiff_meta_read(page->file.handle, page->layout.type, &page->meta, err));
    page->meta.kind = kind_of(&page->file, chain, page->offset);
    page->meta.sub_images = (int)sub_images(page->file.handle, &offsets);
    return RST_OK;
}

static enum rst_status read_mapped(struct page *page, const struct rst_tiff_image *image,
                                   const struct rst_tiff_chain *chain, bool will_write, struct rst_error *err)
{
    struct rst_tiff_blocks blocks;
    RST_TRY(rst_tiff_blocks_read(&page->file, image, false, &blocks, err));
    page->layout.offsets = blocks.offsets;
    return will_write ? rst_tiff_survey(&page->file, chain, page->offset, &page->meta.overviews, err) : RST_OK;
}

static enum rst_status read_page(struct page *page, const struct rst_tiff_chain *chain, const struct rst_source *source,
                                 struct rst_error *err)
{
    struct rst_tiff_image image;
    struct rst_tiff_samples samples;
    bool will_write = source->mode != RST_READ;
    if (will_write) page->file.touched = &page->touched;
    RST_TRY(find_page(page, chain, source->options, err));
    RST_TRY(rst_tiff_image_read(&page->file, &image, err));
    RST_TRY(lay_out(&page->file, &image, &page->layout, err));
    RST_TRY(read_meta(page, chain, err));
    page->unmapped = rst_tiff_image_unmapped(&image, page->reason, &samples);
    if (!page->unmapped) return read_mapped(page, &image, chain, will_write, err);
    RST_TRY(lay_out_decoded(&page->file, &page->layout, err));
    RST_TRY(adapt_meta(&page->file, &image, page->layout.type, &page->meta, err));
    if (samples.packing == RST_TIFF_UNKNOWN || source->options->headers_only) return RST_OK;
    return rst_tiff_decoder_make(&page->file, chain, page->offset, &image, &samples, &page->meta, &page->decoder, err);
}

static enum rst_status open_page(struct rst_source *source, const struct rst_tiff_chain *chain, struct rst_raster **out,
                                 struct rst_error *err)
{
    struct page page = {.file = {.path = source->path,
                                 .descriptor = rst_map_descriptor(source->map),
                                 .length = rst_map_length(source->map)}};
    enum rst_status status = read_page(&page, chain, source, err);
    rst_tiff_file_close(&page.file);
    if (status == RST_OK) {
        struct rst_source_parts parts = {.format = rst_codec_tiff.name,
                                         .layout = &page.layout,
                                         .meta = &page.meta,
                                         .unmapped = page.unmapped ? page.reason : NULL,
                                         .decoder = page.decoder,
                                         .reserved = (const uint64_t(*)[2])page.touched.list,
                                         .reserved_count = page.touched.count,
                                         .merge = !page.layout.tail};
        status = rst_source_raster(source, &parts, out, err);
    }
    rst_tiff_ranges_clear(&page.touched);
    rst_layout_clear(&page.layout);
    rst_meta_clear(&page.meta);
    return status;
}

/* The first page is found without a look at the others, unless something may be written. */
static enum rst_status open_tiff(struct rst_source *source, struct rst_raster **out, struct rst_error *err)
{
    int page = source->options->page;
    bool first_only = page == 0 && source->mode == RST_READ;
    struct rst_tiff_chain chain;
    RST_TRY(rst_tiff_chain_read(rst_map_descriptor(source->map), rst_map_length(source->map), source->path, first_only,
                                &chain, err));
    enum rst_status status =
        page >= 0 && (size_t)page < chain.count
            ? open_page(source, &chain, out, err)
            : rst_fail(err, RST_E_ARGUMENT, "%s: there is no page %d: the file has %zu, counted from 0", source->path,
                       page, chain.count);
    rst_tiff_chain_clear(&chain);
    return status;
}

static bool probe(const struct rst_source *source)
{
    return rst_tiff_is(source->head, source->head_size);
}

static enum rst_status count_pages(const struct rst_source *source, int *count, struct rst_error *err)
{
    struct rst_tiff_chain chain;
    RST_TRY(rst_tiff_chain_read(rst_map_descriptor(source->map), rst_map_length(source->map), source->path, false,
                                &chain, err));
    *count = (int)chain.count;
    rst_tiff_chain_clear(&chain);
    return RST_OK;
}

const struct rst_codec rst_codec_tiff = {
    .name = "TIFF",
    .extensions = "tif tiff btf",
    .notes = "every type, in any number of bands; samples of other sizes and subsampled YCbCr are read too",
    .probe = probe,
    .open = open_tiff,
    .count_pages = count_pages,
    .keeps = rst_tiff_keeps,
    .compressions = rst_tiff_compressions,
    .edit = rst_tiff_edit,
    .create = rst_tiff_create};
