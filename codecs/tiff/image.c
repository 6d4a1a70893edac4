/* Reading a directory's numbers, and judging what can be done with the pixels.
 *
 * Everything that is decoded ends as one of our types in this machine's byte order. Some codecs can be asked for that:
 * libtiff then shows the directory as it would be for the samples that it hands out.
 */
#include "codecs/tiff/image.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "raster/base/size.h"
#include "raster/image/layout.h"

/* JPEG knows best how to make RGB of its own YCbCr. SGILog and two kinds of PixarLog hold what only the codec can read;
 * what it makes of them is chosen here. */
static void choose_output(TIFF *handle, uint16_t compression)
{
    uint16_t bits = 0;
    if (!TIFFIsCODECConfigured(compression)) return;
    TIFFGetFieldDefaulted(handle, TIFFTAG_BITSPERSAMPLE, &bits);
    if (compression == COMPRESSION_JPEG) TIFFSetField(handle, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    if (compression == COMPRESSION_SGILOG || compression == COMPRESSION_SGILOG24)
        TIFFSetField(handle, TIFFTAG_SGILOGDATAFMT, SGILOGDATAFMT_FLOAT);
    if (compression == COMPRESSION_PIXARLOG && bits == 11)
        TIFFSetField(handle, TIFFTAG_PIXARLOGDATAFMT, PIXARLOGDATAFMT_11BITLOG);
    if (compression == COMPRESSION_PIXARLOG && bits == 12)
        TIFFSetField(handle, TIFFTAG_PIXARLOGDATAFMT, PIXARLOGDATAFMT_12BITPICIO);
}

static bool is_factor(unsigned subsampling)
{
    return subsampling == 1 || subsampling == 2 || subsampling == 4;
}

static enum rst_status check(const struct rst_tiff_file *file, const struct rst_tiff_image *image,
                             struct rst_error *err)
{
    if (image->width == 0 || image->height == 0 || image->bands == 0 || image->bits == 0)
        return rst_fail(err, RST_E_FORMAT, "%s: an image of %ux%u pixels, %u bands of %u bits", file->path,
                        image->width, image->height, image->bands, image->bits);
    if (image->block_width == 0 || image->block_height == 0)
        return rst_fail(err, RST_E_FORMAT, "%s: %s of %ux%u pixels", file->path, image->tiled ? "tiles" : "strips",
                        image->block_width, image->block_height);
    if (image->to_rgb && (!is_factor(image->subsampling[0]) || !is_factor(image->subsampling[1])))
        return rst_fail(err, RST_E_FORMAT, "%s: YCbCr with one colour for %ux%u pixels", file->path,
                        image->subsampling[0], image->subsampling[1]);
    return RST_OK;
}

static bool is_subsampled(const struct rst_tiff_image *image)
{
    return image->photometric == PHOTOMETRIC_YCBCR && (image->subsampling[0] != 1 || image->subsampling[1] != 1);
}

/* YCbCr that comes out of the decoder, or of the clusters it is stored in, as RGB. Where each pixel has its own colour
 * and nothing has to be undone, samples are handed out as they are stored. */
static bool becomes_rgb(const struct rst_tiff_image *image)
{
    if (image->photometric != PHOTOMETRIC_YCBCR || image->bands != 3 || image->planar != PLANARCONFIG_CONTIG ||
        image->bits != 8)
        return false;
    return image->compression == COMPRESSION_JPEG || image->compression == COMPRESSION_OJPEG || is_subsampled(image);
}

enum rst_status rst_tiff_image_read(const struct rst_tiff_file *file, struct rst_tiff_image *image,
                                    struct rst_error *err)
{
    TIFF *tiff = file->handle;
    *image = (struct rst_tiff_image){.depth = 1, .tiled = TIFFIsTiled(tiff) != 0};
    TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &image->compression);
    choose_output(tiff, image->compression);
    TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &image->width);
    TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &image->height);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_IMAGEDEPTH, &image->depth);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &image->bands);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &image->bits);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &image->format);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &image->planar);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_FILLORDER, &image->fill_order);
    TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &image->photometric);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_YCBCRSUBSAMPLING, &image->subsampling[0], &image->subsampling[1]);
    if (image->tiled) {
        TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &image->block_width);
        TIFFGetField(tiff, TIFFTAG_TILELENGTH, &image->block_height);
    } else {
        image->block_width = image->width;
        TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &image->block_height);
        if (image->block_height > image->height) image->block_height = image->height;
    }
    image->to_rgb = becomes_rgb(image);
    return check(file, image, err);
}

bool rst_tiff_image_same(const struct rst_tiff_image *a, const struct rst_tiff_image *b)
{
    return a->width == b->width && a->height == b->height && a->depth == b->depth && a->block_width == b->block_width &&
           a->block_height == b->block_height && a->bands == b->bands && a->bits == b->bits && a->format == b->format &&
           a->compression == b->compression && a->photometric == b->photometric && a->planar == b->planar &&
           a->fill_order == b->fill_order && a->subsampling[0] == b->subsampling[0] &&
           a->subsampling[1] == b->subsampling[1] && a->tiled == b->tiled && a->to_rgb == b->to_rgb;
}

bool rst_tiff_image_is_planar(const struct rst_tiff_image *image)
{
    return image->planar == PLANARCONFIG_SEPARATE && image->bands > 1;
}

enum rst_type rst_tiff_image_type(const struct rst_tiff_image *image)
{
    static const enum rst_type types[3][4] = {
        {RST_U8, RST_U16, RST_U32, RST_U64}, {RST_I8, RST_I16, RST_I32, RST_I64}, {RST_F32, RST_F32, RST_F32, RST_F64}};
    unsigned bits = image->bits, size = bits <= 8 ? 0 : bits <= 16 ? 1 : bits <= 32 ? 2 : 3;
    switch (image->format) {
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

static enum rst_tiff_packing packing_of(const struct rst_tiff_image *image)
{
    unsigned bits = image->bits;
    switch (image->format) {
    case SAMPLEFORMAT_COMPLEXINT:
    case SAMPLEFORMAT_COMPLEXIEEEFP:
        return RST_TIFF_UNKNOWN;
    case SAMPLEFORMAT_IEEEFP:
        if (bits == 16) return RST_TIFF_HALVES;
        if (bits == 24) return RST_TIFF_FLOATS24;
        return bits == 32 || bits == 64 ? RST_TIFF_WHOLE : RST_TIFF_UNKNOWN;
    default:
        if (bits == 8 || bits == 16 || bits == 32 || bits == 64) return RST_TIFF_WHOLE;
        if (bits == 24) return RST_TIFF_TRIPLES;
        return bits < 32 ? RST_TIFF_BITS : RST_TIFF_UNKNOWN;
    }
}

/* Why samples of this kind cannot be used where they lie; false where they can. */
static bool tell_samples(const struct rst_tiff_image *image, enum rst_tiff_packing packing, char *reason)
{
    unsigned bits = image->bits, format = image->format;
    if (format == SAMPLEFORMAT_COMPLEXINT || format == SAMPLEFORMAT_COMPLEXIEEEFP)
        snprintf(reason, RST_TIFF_REASON_SIZE, "complex samples of %u bits", bits);
    else if (packing == RST_TIFF_WHOLE)
        return false;
    else if (format == SAMPLEFORMAT_IEEEFP)
        snprintf(reason, RST_TIFF_REASON_SIZE, "%u-bit floating point", bits);
    else
        snprintf(reason, RST_TIFF_REASON_SIZE, "packed samples of %u bit%s", bits, bits == 1 ? "" : "s");
    return true;
}

static void tell_compression(uint16_t compression, char *reason)
{
    const TIFFCodec *codec = TIFFFindCODEC(compression);
    if (!codec)
        snprintf(reason, RST_TIFF_REASON_SIZE, "compressed (scheme %u), which this libtiff does not know", compression);
    else
        snprintf(reason, RST_TIFF_REASON_SIZE, "compressed (%s)%s", codec->name,
                 TIFFIsCODECConfigured(compression) ? "" : ", which this libtiff was built without");
}

/* What cannot be decoded, though libtiff may have a codec for it. Of PixarLog that does not interleave three or four
 * bands libtiff 4.5 lets the end of a row spoil the start of the next. */
static bool tell_hopeless(const struct rst_tiff_image *image, enum rst_tiff_packing packing, char *reason)
{
    bool chunky = image->planar == PLANARCONFIG_CONTIG, subsampled = is_subsampled(image);
    bool jpeg = image->compression == COMPRESSION_JPEG || image->compression == COMPRESSION_OJPEG;
    if (image->depth > 1)
        snprintf(reason, RST_TIFF_REASON_SIZE, "a volume of %u slices", image->depth);
    else if (packing == RST_TIFF_UNKNOWN)
        tell_samples(image, packing, reason);
    else if (subsampled && chunky && image->bands == 3 && image->bits != 8)
        snprintf(reason, RST_TIFF_REASON_SIZE, "subsampled YCbCr (%ux%u) of %u bits", image->subsampling[0],
                 image->subsampling[1], image->bits);
    else if (subsampled && !chunky && jpeg)
        snprintf(reason, RST_TIFF_REASON_SIZE, "compressed (JPEG), with subsampled YCbCr in separate planes");
    else if (image->compression == COMPRESSION_PIXARLOG && (!chunky || image->bands < 3 || image->bands > 4))
        snprintf(reason, RST_TIFF_REASON_SIZE, "compressed (PixarLog) with other than 3 or 4 bands together");
    else
        return false;
    return true;
}

bool rst_tiff_image_unmapped(const struct rst_tiff_image *image, char *reason, struct rst_tiff_samples *samples)
{
    uint16_t compression = image->compression;
    bool clusters = image->to_rgb && compression != COMPRESSION_JPEG;
    *samples = (struct rst_tiff_samples){.packing = packing_of(image),
                                         .bits = image->bits,
                                         .bands = rst_tiff_image_is_planar(image) ? 1 : image->bands,
                                         .is_signed = image->format == SAMPLEFORMAT_INT,
                                         .across = clusters ? image->subsampling[0] : 1,
                                         .down = clusters ? image->subsampling[1] : 1};
    if (tell_hopeless(image, samples->packing, reason)) {
        samples->packing = RST_TIFF_UNKNOWN;
        return true;
    }
    bool told = true;
    if (compression != COMPRESSION_NONE)
        tell_compression(compression, reason);
    else if (clusters)
        snprintf(reason, RST_TIFF_REASON_SIZE, "subsampled YCbCr (%ux%u)", samples->across, samples->down);
    else if (tell_samples(image, samples->packing, reason))
        told = true;
    else if (image->fill_order == FILLORDER_LSB2MSB)
        snprintf(reason, RST_TIFF_REASON_SIZE, "bits of each byte in reverse order (FillOrder 2)");
    else
        told = false;
    if (clusters) samples->packing = RST_TIFF_CLUSTERS;
    if (!TIFFIsCODECConfigured(compression)) samples->packing = RST_TIFF_UNKNOWN;
    return told;
}

/* The number of blocks, which the file must be long enough to list: an offset takes two bytes at least. (libtiff makes
 * up to a million more than are listed.) */
static enum rst_status count_blocks(const struct rst_tiff_file *file, const struct rst_tiff_image *image,
                                    struct rst_tiff_blocks *blocks, struct rst_error *err)
{
    enum { MADE_UP = 1000000 };
    blocks->columns = (image->width - 1) / image->block_width + UINT64_C(1);
    blocks->rows = (image->height - 1) / image->block_height + UINT64_C(1);
    blocks->planes = rst_tiff_image_is_planar(image) ? image->bands : 1;
    if (!rst_mul(blocks->columns, blocks->rows, &blocks->count) ||
        !rst_mul(blocks->count, blocks->planes, &blocks->count) || blocks->count > UINT32_MAX ||
        blocks->count / 2 > file->length + MADE_UP)
        return rst_fail(err, RST_E_FORMAT,
                        "%s: %" PRIu64 "x%" PRIu64 " blocks in %" PRIu64 " planes are more than its %" PRIu64
                        " bytes can list",
                        file->path, blocks->columns, blocks->rows, blocks->planes, file->length);
    uint32_t listed = image->tiled ? TIFFNumberOfTiles(file->handle) : TIFFNumberOfStrips(file->handle);
    if (blocks->count != listed)
        return rst_fail(err, RST_E_FORMAT, "%s: geometry asks for %" PRIu64 " blocks, the directory lists %u",
                        file->path, blocks->count, listed);
    return RST_OK;
}

/* The arrays that say where the blocks are, owned by the handle; NULL where they cannot be had. */
static const uint64_t *block_numbers(TIFF *handle, uint32_t tile_tag, uint32_t strip_tag)
{
    const uint64_t *numbers = NULL;
    return TIFFGetField(handle, TIFFIsTiled(handle) ? tile_tag : strip_tag, &numbers) ? numbers : NULL;
}

void rst_tiff_blocks_touch(const struct rst_tiff_file *file)
{
    block_numbers(file->handle, TIFFTAG_TILEOFFSETS, TIFFTAG_STRIPOFFSETS);
    block_numbers(file->handle, TIFFTAG_TILEBYTECOUNTS, TIFFTAG_STRIPBYTECOUNTS);
}

enum rst_status rst_tiff_blocks_read(const struct rst_tiff_file *file, const struct rst_tiff_image *image,
                                     bool with_bytes, struct rst_tiff_blocks *blocks, struct rst_error *err)
{
    *blocks = (struct rst_tiff_blocks){0};
    RST_TRY(count_blocks(file, image, blocks, err));
    if (image->compression == COMPRESSION_OJPEG) return RST_OK;
    const uint64_t *offsets = block_numbers(file->handle, TIFFTAG_TILEOFFSETS, TIFFTAG_STRIPOFFSETS);
    if (!offsets) return rst_tiff_file_fail(file, "the offsets of its blocks cannot be read", err);
    const uint64_t *bytes = block_numbers(file->handle, TIFFTAG_TILEBYTECOUNTS, TIFFTAG_STRIPBYTECOUNTS);
    if (with_bytes && !bytes) return rst_tiff_file_fail(file, "the byte counts of its blocks cannot be read", err);

    size_t size = (size_t)blocks->count * sizeof *offsets;
    blocks->offsets = malloc(size);
    if (with_bytes) blocks->bytes = malloc(size);
    if (!blocks->offsets || (with_bytes && !blocks->bytes)) {
        rst_tiff_blocks_clear(blocks);
        return rst_fail(err, RST_E_NOMEM, "%s: no memory for the offsets of its blocks", file->path);
    }
    for (uint64_t i = 0; i < blocks->count; i++)
        blocks->offsets[i] = offsets[i] == 0 && (!bytes || bytes[i] == 0) ? RST_NO_BLOCK : offsets[i];
    if (with_bytes) memcpy(blocks->bytes, bytes, size);
    return RST_OK;
}

void rst_tiff_blocks_clear(struct rst_tiff_blocks *blocks)
{
    free(blocks->offsets);
    free(blocks->bytes);
    *blocks = (struct rst_tiff_blocks){0};
}
