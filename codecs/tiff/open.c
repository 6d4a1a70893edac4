/* Opening a TIFF: what a directory says, as a layout.
 *
 * libtiff is asked for the numbers and closed again; pixels are reached through the mapping alone. What cannot be
 * mapped is told with the reason, so that it can still be described. The number of blocks is checked against the file's
 * length before their offsets are read, and the offsets against it before they are used.
 */
#include "codecs/codec.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>

#include "codecs/tiff_chain.h"
#include "codecs/tiff_create.h"
#include "codecs/tiff_file.h"
#include "codecs/tiff_meta.h"
#include "raster/base/size.h"

/* The fields of a directory that geometry depends on. */
struct directory {
    uint32_t width, height, depth;
    uint32_t block_width, block_height;
    uint16_t bands, bits, format, compression, photometric, planar, fill_order;
    uint16_t subsampling[2];
    bool tiled;
};

enum { REASON_SIZE = 64 };

static enum rst_status read_directory(const struct rst_tiff_file *file, struct directory *directory,
                                      struct rst_error *err)
{
    TIFF *tiff = file->handle;
    *directory = (struct directory){.depth = 1, .tiled = TIFFIsTiled(tiff) != 0};
    TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &directory->width);
    TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &directory->height);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_IMAGEDEPTH, &directory->depth);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &directory->bands);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &directory->bits);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &directory->format);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &directory->compression);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &directory->planar);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_FILLORDER, &directory->fill_order);
    TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &directory->photometric);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_YCBCRSUBSAMPLING, &directory->subsampling[0], &directory->subsampling[1]);
    if (directory->tiled) {
        TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &directory->block_width);
        TIFFGetField(tiff, TIFFTAG_TILELENGTH, &directory->block_height);
    } else {
        directory->block_width = directory->width;
        TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &directory->block_height);
        if (directory->block_height > directory->height) directory->block_height = directory->height;
    }
    if (directory->width == 0 || directory->height == 0 || directory->bands == 0 || directory->bits == 0)
        return rst_fail(err, RST_E_FORMAT, "%s: an image of %ux%u pixels, %u bands of %u bits", file->path,
                        directory->width, directory->height, directory->bands, directory->bits);
    if (directory->block_width == 0 || directory->block_height == 0)
        return rst_fail(err, RST_E_FORMAT, "%s: %s of %ux%u pixels", file->path, directory->tiled ? "tiles" : "strips",
                        directory->block_width, directory->block_height);
    return RST_OK;
}

static bool is_whole(unsigned bits)
{
    return bits == 8 || bits == 16 || bits == 32 || bits == 64;
}

/* The type of a sample; of one that is packed or odd, the type that would hold it. */
static enum rst_type type_of(const struct directory *directory)
{
    static const enum rst_type types[3][4] = {
        {RST_U8, RST_U16, RST_U32, RST_U64}, {RST_I8, RST_I16, RST_I32, RST_I64}, {RST_F32, RST_F32, RST_F32, RST_F64}};
    unsigned bits = directory->bits, size = bits <= 8 ? 0 : bits <= 16 ? 1 : bits <= 32 ? 2 : 3;
    switch (directory->format) {
    case SAMPLEFORMAT_INT:
    case SAMPLEFORMAT_COMPLEXINT:
        return types[1][size];
    case SAMPLEFORMAT_IEEEFP:
    case SAMPLEFORMAT_COMPLEXIEEEFP:
        return types[2][size];
    default:
        return types[0][size];
    }
}

/* Why samples of this kind cannot be used where they lie; false where they can. */
static bool tell_samples(const struct directory *directory, char *reason)
{
    unsigned bits = directory->bits, format = directory->format;
    if (format == SAMPLEFORMAT_COMPLEXINT || format == SAMPLEFORMAT_COMPLEXIEEEFP)
        snprintf(reason, REASON_SIZE, "complex samples of %u bits", bits);
    else if (format == SAMPLEFORMAT_IEEEFP && bits != 32 && bits != 64)
        snprintf(reason, REASON_SIZE, "%u-bit floating point", bits);
    else if (!is_whole(bits))
        snprintf(reason, REASON_SIZE, "packed samples of %u bit%s", bits, bits == 1 ? "" : "s");
    else
        return false;
    return true;
}

/* Why the pixels cannot be mapped, in REASON_SIZE bytes; false where they can. */
static bool tell_unmapped(const struct directory *directory, char *reason)
{
    if (directory->compression != COMPRESSION_NONE) {
        const TIFFCodec *codec = TIFFFindCODEC(directory->compression);
        if (codec)
            snprintf(reason, REASON_SIZE, "compressed (%s)", codec->name);
        else
            snprintf(reason, REASON_SIZE, "compressed (scheme %u)", directory->compression);
        return true;
    }
    if (tell_samples(directory, reason)) return true;
    bool subsampled = directory->photometric == PHOTOMETRIC_YCBCR && directory->planar == PLANARCONFIG_CONTIG &&
                      directory->bands == 3 && (directory->subsampling[0] != 1 || directory->subsampling[1] != 1);
    if (subsampled)
        snprintf(reason, REASON_SIZE, "subsampled YCbCr (%ux%u)", directory->subsampling[0], directory->subsampling[1]);
    else if (directory->fill_order == FILLORDER_LSB2MSB)
        snprintf(reason, REASON_SIZE, "bits of each byte in reverse order (FillOrder 2)");
    else if (directory->depth > 1)
        snprintf(reason, REASON_SIZE, "a volume of %u slices", directory->depth);
    else
        return false;
    return true;
}

/* All of the layout but the offsets. */
static enum rst_status lay_out(const struct rst_tiff_file *file, const struct directory *directory,
                               struct rst_layout *layout, struct rst_error *err)
{
    bool planar = directory->planar == PLANARCONFIG_SEPARATE && directory->bands > 1;
    enum rst_type type = type_of(directory);
    uint64_t size = rst_type_size(type), pixel = planar ? size : size * directory->bands, row;
    if (!rst_mul(directory->block_width, pixel, &row) || row > PTRDIFF_MAX)
        return rst_fail(err, RST_E_FORMAT, "%s: rows of %u pixels of %" PRIu64 " bytes", file->path,
                        directory->block_width, pixel);
    *layout = (struct rst_layout){.type = type,
                                  .width = directory->width,
                                  .height = directory->height,
                                  .bands = directory->bands,
                                  .block_width = directory->block_width,
                                  .block_height = directory->block_height,
                                  .tail = directory->tiled,
                                  .planes = planar ? directory->bands : 1,
                                  .pixel_stride = (ptrdiff_t)pixel,
                                  .row_stride = (ptrdiff_t)row,
                                  .band_stride = planar ? 0 : (ptrdiff_t)size,
                                  .swapped = size > 1 && TIFFIsByteSwapped(file->handle),
                                  .strip_rows = directory->tiled ? 0 : directory->block_height};
    return RST_OK;
}

/* The number of blocks, which the file must be long enough to list: an offset takes two bytes at least. (libtiff makes
 * up to a million more than are listed.) */
static enum rst_status count_blocks(const struct rst_tiff_file *file, const struct rst_layout *layout, uint64_t *count,
                                    struct rst_error *err)
{
    enum { MADE_UP = 1000000 };
    uint64_t columns = (uint64_t)rst_layout_columns(layout), rows = (uint64_t)rst_layout_rows(layout);
    if (!rst_mul(columns, rows, count) || !rst_mul(*count, (uint64_t)layout->planes, count) || *count > UINT32_MAX ||
        *count / 2 > file->length + MADE_UP)
        return rst_fail(err, RST_E_FORMAT,
                        "%s: %" PRIu64 "x%" PRIu64 " blocks in %" PRId32 " planes are more than its %" PRIu64
                        " bytes can list",
                        file->path, columns, rows, layout->planes, file->length);
    uint32_t listed = TIFFIsTiled(file->handle) ? TIFFNumberOfTiles(file->handle) : TIFFNumberOfStrips(file->handle);
    if (*count != listed)
        return rst_fail(err, RST_E_FORMAT, "%s: geometry asks for %" PRIu64 " blocks, the directory lists %u",
                        file->path, *count, listed);
    return RST_OK;
}

/* The arrays that say where the blocks are, owned by the handle; NULL where they cannot be had. */
static const uint64_t *block_numbers(TIFF *handle, uint32_t tile_tag, uint32_t strip_tag)
{
    const uint64_t *numbers = NULL;
    return TIFFGetField(handle, TIFFIsTiled(handle) ? tile_tag : strip_tag, &numbers) ? numbers : NULL;
}

static enum rst_status read_offsets(const struct rst_tiff_file *file, struct rst_layout *layout, struct rst_error *err)
{
    uint64_t count = 0;
    RST_TRY(count_blocks(file, layout, &count, err));
    const uint64_t *offsets = block_numbers(file->handle, TIFFTAG_TILEOFFSETS, TIFFTAG_STRIPOFFSETS);
    if (!offsets) return rst_tiff_file_fail(file, "the offsets of its blocks cannot be read", err);
    const uint64_t *bytes = block_numbers(file->handle, TIFFTAG_TILEBYTECOUNTS, TIFFTAG_STRIPBYTECOUNTS);

    layout->offsets = malloc((size_t)count * sizeof *layout->offsets);
    if (!layout->offsets)
        return rst_fail(err, RST_E_NOMEM, "%s: no memory for the offsets of %" PRIu64 " blocks", file->path, count);
    for (uint64_t i = 0; i < count; i++)
        layout->offsets[i] = offsets[i] == 0 && (!bytes || bytes[i] == 0) ? RST_NO_BLOCK : offsets[i];
    return RST_OK;
}

static bool is_overview(TIFF *handle)
{
    uint32_t kind = 0;
    return TIFFGetField(handle, TIFFTAG_SUBFILETYPE, &kind) == 1 && (kind & FILETYPE_REDUCEDIMAGE) != 0;
}

/* Notes what the file's directories take, those of `page` having been noted as they were read, and counts the
 * overviews that follow it. Another page that cannot be read is no matter here: what of it was read is noted. */
static enum rst_status survey_directories(const struct rst_tiff_file *file, const struct rst_tiff_chain *chain,
                                          size_t page, int *overviews, struct rst_error *err)
{
    bool follows = false;
    *overviews = 0;
    for (size_t i = 0; i < chain->count; i++) {
        uint64_t bytes;
        RST_TRY(rst_tiff_chain_extent(chain, file->descriptor, i, &bytes, file->path, err));
        if (bytes <= file->length) rst_tiff_ranges_add(file->touched, chain->offsets[i], bytes);
        if (i == page) follows = !is_overview(file->handle);
        struct rst_tiff_file other = *file;
        if (i == page || rst_tiff_file_open(&other, chain, i, NULL) != RST_OK) continue;
        block_numbers(other.handle, TIFFTAG_TILEOFFSETS, TIFFTAG_STRIPOFFSETS);
        block_numbers(other.handle, TIFFTAG_TILEBYTECOUNTS, TIFFTAG_STRIPBYTECOUNTS);
        follows = follows && (i < page || is_overview(other.handle));
        *overviews += follows && i > page;
        rst_tiff_file_close(&other);
    }
    if (!file->touched->incomplete) return RST_OK;
    return rst_fail(err, RST_E_NOMEM, "%s: no memory to note what its directories take", file->path);
}

/* Everything that the directory of a page tells, gathered while libtiff's handle is open. */
struct page {
    struct rst_tiff_file file;
    struct rst_tiff_ranges touched;
    struct rst_layout layout;
    struct rst_meta meta;
    bool unmapped;
    char reason[REASON_SIZE];
};

static enum rst_status read_page(struct page *page, const struct rst_tiff_chain *chain, size_t index, bool will_write,
                                 struct rst_error *err)
{
    struct directory directory;
    if (will_write) page->file.touched = &page->touched;
    RST_TRY(rst_tiff_file_open(&page->file, chain, index, err));
    RST_TRY(read_directory(&page->file, &directory, err));
    RST_TRY(lay_out(&page->file, &directory, &page->layout, err));
    RST_TRY(rst_tiff_meta_read(page->file.handle, page->layout.type, &page->meta, err));
    page->unmapped = tell_unmapped(&directory, page->reason);
    if (page->unmapped) return RST_OK;
    RST_TRY(read_offsets(&page->file, &page->layout, err));
    return will_write ? survey_directories(&page->file, chain, index, &page->meta.overviews, err) : RST_OK;
}

static enum rst_status open_page(struct rst_source *source, const struct rst_tiff_chain *chain, size_t index,
                                 struct rst_raster **out, struct rst_error *err)
{
    struct page page = {.file = {.path = source->path,
                                 .descriptor = rst_map_descriptor(source->map),
                                 .length = rst_map_length(source->map)}};
    enum rst_status status = read_page(&page, chain, index, source->mode != RST_READ, err);
    rst_tiff_file_close(&page.file);
    if (status == RST_OK) {
        struct rst_source_parts parts = {.format = rst_codec_tiff.name,
                                         .layout = &page.layout,
                                         .meta = &page.meta,
                                         .unmapped = page.unmapped ? page.reason : NULL,
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
            ? open_page(source, &chain, (size_t)page, out, err)
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

const struct rst_codec rst_codec_tiff = {.name = "TIFF",
                                         .extensions = "tif tiff btf",
                                         .probe = probe,
                                         .open = open_tiff,
                                         .count_pages = count_pages,
                                         .create = rst_tiff_create};
