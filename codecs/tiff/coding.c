/* Compressions of a TIFF, and the settings that go with each.
 *
 * A setting that means nothing to the compression is refused, not passed over. What libtiff would only find out at the
 * first block (types, sizes) is checked here, so that it is said before a file is made.
 */
#include "codecs/tiff/coding.h"

#include <inttypes.h>
#include <math.h>

#include "codecs/codec.h"
#include "raster/base/size.h"

enum {
    JPEG_SIDE = 65535,
    JPEG_ROWS = 16, /* of a block that two rows of colour come from */
    JPEG_QUALITY = 75,
    WEBP_SIDE = 16383,
    QUALITY_MOST = 100,
    BLOCK_MOST = 1 << 30 /* bytes; the libraries behind libtiff count in 32 bits */
};

static const struct {
    uint16_t scheme;
    int levels; /* from 1 on; 0: there are none */
    bool predicts, has_quality;
} kinds[RST_COMPRESSION_COUNT] = {
    [RST_COMPRESSION_NONE] = {COMPRESSION_NONE, 0, false, false},
    [RST_COMPRESSION_PACKBITS] = {COMPRESSION_PACKBITS, 0, false, false},
    [RST_COMPRESSION_LZW] = {COMPRESSION_LZW, 0, true, false},
    [RST_COMPRESSION_DEFLATE] = {COMPRESSION_ADOBE_DEFLATE, 12, true, false},
    [RST_COMPRESSION_ZSTD] = {COMPRESSION_ZSTD, 22, true, false},
    [RST_COMPRESSION_LZMA] = {COMPRESSION_LZMA, 9, true, false},
    [RST_COMPRESSION_JPEG] = {COMPRESSION_JPEG, 0, false, true},
    [RST_COMPRESSION_WEBP] = {COMPRESSION_WEBP, 0, false, true},
    [RST_COMPRESSION_LERC] = {COMPRESSION_LERC, 0, false, false},
};

unsigned rst_tiff_coding_scheme(enum rst_compression compression)
{
    return kinds[compression].scheme;
}

int64_t rst_tiff_coding_row_unit(enum rst_compression compression)
{
    return compression == RST_COMPRESSION_JPEG ? JPEG_ROWS : 1;
}

uint64_t rst_tiff_coding_most(const struct rst_tiff_coding *coding, uint64_t bytes, uint64_t rows)
{
    switch (coding->compression) {
    case RST_COMPRESSION_NONE:
        return bytes;
    case RST_COMPRESSION_PACKBITS: /* a byte more for every 128 of a row */
        return bytes + bytes / 64 + rows;
    case RST_COMPRESSION_LZW: /* codes of 9 to 12 bits for single bytes */
        return bytes + bytes / 2 + 64;
    case RST_COMPRESSION_JPEG: /* noise at quality 100, and tables */
        return bytes + bytes / 2 + 1024;
    case RST_COMPRESSION_WEBP:
    case RST_COMPRESSION_LERC:
        return bytes + bytes / 8 + 1024;
    default:
        return bytes + bytes / 64 + 256;
    }
}

static enum rst_status check_compression(const char *path, enum rst_compression compression, struct rst_error *err)
{
    if ((unsigned)compression >= RST_COMPRESSION_COUNT)
        return rst_fail(err, RST_E_ARGUMENT, "%s: there is no compression %u", path, (unsigned)compression);
    if (compression != RST_COMPRESSION_NONE && !TIFFIsCODECConfigured(kinds[compression].scheme))
        return rst_fail(err, RST_E_UNSUPPORTED, "%s: libtiff was built without %s", path,
                        rst_compression_name(compression));
    return RST_OK;
}

static enum rst_status check_settings(const char *path, enum rst_compression compression,
                                      const struct rst_create_options *options, struct rst_error *err)
{
    const char *name = rst_compression_name(compression);
    int levels = kinds[compression].levels;
    bool predicts = options->predictor == RST_PREDICTOR_HORIZONTAL || options->predictor == RST_PREDICTOR_FLOAT;
    if (options->level != 0 && levels == 0)
        return rst_fail(err, RST_E_ARGUMENT, "%s: level %d: compression %s has no levels; deflate, zstd and lzma have",
                        path, options->level, name);
    if (options->level < 0 || options->level > levels)
        return rst_fail(err, RST_E_ARGUMENT, "%s: level %d: those of %s go from 1 to %d", path, options->level, name,
                        levels);
    if (options->quality != 0 && !kinds[compression].has_quality)
        return rst_fail(err, RST_E_ARGUMENT, "%s: quality %d: compression %s has none; jpeg and webp have", path,
                        options->quality, name);
    if (options->quality < 0 || options->quality > QUALITY_MOST)
        return rst_fail(err, RST_E_ARGUMENT, "%s: quality %d: it goes from 1 to %d", path, options->quality,
                        QUALITY_MOST);
    if (options->max_error != 0 && compression != RST_COMPRESSION_LERC)
        return rst_fail(err, RST_E_ARGUMENT, "%s: error of up to %g: compression %s has no such bound; lerc has", path,
                        options->max_error, name);
    if (!(options->max_error >= 0 && isfinite(options->max_error)))
        return rst_fail(err, RST_E_ARGUMENT, "%s: error of up to %g: it is a number not below 0", path,
                        options->max_error);
    if ((unsigned)options->predictor > RST_PREDICTOR_FLOAT)
        return rst_fail(err, RST_E_ARGUMENT, "%s: there is no predictor %u", path, (unsigned)options->predictor);
    if (predicts && !kinds[compression].predicts)
        return rst_fail(err, RST_E_ARGUMENT, "%s: compression %s has no predictor; lzw, deflate, zstd and lzma have",
                        path, name);
    return RST_OK;
}

static enum rst_status choose_predictor(const char *path, enum rst_type type, enum rst_predictor asked,
                                        struct rst_tiff_coding *coding, struct rst_error *err)
{
    bool is_float = rst_type_is_float(type);
    coding->predictor = asked;
    if (asked == RST_PREDICTOR_AUTO) {
        coding->predictor = is_float ? RST_PREDICTOR_FLOAT : RST_PREDICTOR_HORIZONTAL;
        if (!kinds[coding->compression].predicts) coding->predictor = RST_PREDICTOR_NONE;
    }
    if (coding->predictor == RST_PREDICTOR_FLOAT && !is_float)
        return rst_fail(err, RST_E_ARGUMENT, "%s: the predictor for floating point does not go with %s samples", path,
                        rst_type_name(type));
    if (coding->predictor == RST_PREDICTOR_HORIZONTAL && is_float)
        return rst_fail(err, RST_E_ARGUMENT, "%s: the horizontal predictor does not go with %s samples", path,
                        rst_type_name(type));
    return RST_OK;
}

/* What a compression does not take of types, bands and colours. */
static enum rst_status check_samples(const char *path, const struct rst_shape *shape, const struct rst_meta *meta,
                                     bool planar, const struct rst_tiff_coding *coding, struct rst_error *err)
{
    enum rst_compression compression = coding->compression;
    int32_t bands = shape->bands;
    bool chunky_bytes = shape->type == RST_U8 && !planar;
    bool wide = shape->type == RST_U64 || shape->type == RST_I64;
    if (compression == RST_COMPRESSION_JPEG && (!chunky_bytes || (bands != 1 && bands != 3)))
        return rst_fail(err, RST_E_UNSUPPORTED,
                        "%s: jpeg takes 1 or 3 bands of u8, interleaved; this is %" PRId32 " of %s%s", path, bands,
                        rst_type_name(shape->type), planar ? ", in planes" : "");
    if (compression == RST_COMPRESSION_JPEG && meta->photometric == RST_PHOTOMETRIC_PALETTE)
        return rst_fail(err, RST_E_UNSUPPORTED, "%s: jpeg would change the indices of a palette image", path);
    if (compression == RST_COMPRESSION_WEBP && (!chunky_bytes || (bands != 3 && bands != 4)))
        return rst_fail(err, RST_E_UNSUPPORTED,
                        "%s: webp takes 3 or 4 bands of u8, interleaved; this is %" PRId32 " of %s%s", path, bands,
                        rst_type_name(shape->type), planar ? ", in planes" : "");
    if (compression == RST_COMPRESSION_LERC && wide)
        return rst_fail(err, RST_E_UNSUPPORTED, "%s: lerc takes no %s samples", path, rst_type_name(shape->type));
    if (compression == RST_COMPRESSION_LERC && coding->swapped && rst_type_size(shape->type) > 1)
        return rst_fail(err, RST_E_UNSUPPORTED,
                        "%s: lerc in the other byte order than this machine's: readers would get it wrong", path);
    return RST_OK;
}

enum rst_status rst_tiff_coding_choose(const char *path, const struct rst_shape *shape, const struct rst_meta *meta,
                                       const struct rst_create_options *options, struct rst_tiff_coding *coding,
                                       struct rst_error *err)
{
    enum rst_compression compression = options->compression;
    bool planar = options->planar && shape->bands > 1, big_endian = options->byte_order == RST_ORDER_BIG;
    if (compression == RST_COMPRESSION_DEFAULT) compression = RST_COMPRESSION_NONE;
    RST_TRY(check_compression(path, compression, err));
    RST_TRY(check_settings(path, compression, options, err));
    bool native = options->byte_order == RST_ORDER_NATIVE || big_endian == RST_BIG_ENDIAN;
    *coding = (struct rst_tiff_coding){.compression = compression,
                                       .level = options->level,
                                       .quality = options->quality,
                                       .max_error = options->max_error,
                                       .swapped = !native};
    RST_TRY(choose_predictor(path, shape->type, options->predictor, coding, err));
    RST_TRY(check_samples(path, shape, meta, planar, coding, err));
    if (compression == RST_COMPRESSION_JPEG) {
        coding->as_ycbcr = shape->bands == 3 && meta->photometric == RST_PHOTOMETRIC_RGB;
        if (coding->quality == 0) coding->quality = JPEG_QUALITY;
    }
    return RST_OK;
}

enum rst_status rst_tiff_coding_check_block(const char *path, const struct rst_tiff_coding *coding,
                                            const struct rst_layout *layout, struct rst_error *err)
{
    int64_t width = layout->block_width, height = layout->block_height;
    const char *name = rst_compression_name(coding->compression);
    int side = coding->compression == RST_COMPRESSION_JPEG   ? JPEG_SIDE
               : coding->compression == RST_COMPRESSION_WEBP ? WEBP_SIDE
                                                             : INT32_MAX;
    uint64_t bytes;
    if (width > side || height > side)
        return rst_fail(err, RST_E_ARGUMENT, "%s: %s of %" PRId64 "x%" PRId64 " pixels: their sides go up to %d in %s",
                        path, layout->tail ? "tiles" : "strips", width, height, side, name);
    if (!rst_mul((uint64_t)layout->row_stride, (uint64_t)height, &bytes) || bytes > BLOCK_MOST)
        return rst_fail(err, RST_E_ARGUMENT,
                        "%s: %s of %" PRId64 "x%" PRId64 " pixels are too big to compress: they go up to %d bytes",
                        path, layout->tail ? "tiles" : "strips", width, height, BLOCK_MOST);
    return RST_OK;
}

bool rst_tiff_coding_set(TIFF *handle, const struct rst_tiff_coding *coding)
{
    static const float full_range[6] = {0, 255, 128, 255, 128, 255};
    uint16_t photometric = 0;
    if (coding->predictor != RST_PREDICTOR_NONE &&
        !TIFFSetField(handle, TIFFTAG_PREDICTOR,
                      coding->predictor == RST_PREDICTOR_FLOAT ? PREDICTOR_FLOATINGPOINT : PREDICTOR_HORIZONTAL))
        return false;
    if (coding->as_ycbcr && (!TIFFSetField(handle, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_YCBCR) ||
                             !TIFFSetField(handle, TIFFTAG_YCBCRSUBSAMPLING, 2, 2)))
        return false;
    TIFFGetField(handle, TIFFTAG_PHOTOMETRIC, &photometric);
    /* JPEG's numbers have their full range, which is not what YCbCr in a TIFF means without this. */
    return coding->compression != RST_COMPRESSION_JPEG || photometric != PHOTOMETRIC_YCBCR ||
           TIFFSetField(handle, TIFFTAG_REFERENCEBLACKWHITE, full_range);
}

bool rst_tiff_coding_tune(TIFF *handle, const struct rst_tiff_coding *coding)
{
    int level = coding->level;
    switch (coding->compression) {
    case RST_COMPRESSION_DEFLATE:
        return level == 0 || TIFFSetField(handle, TIFFTAG_ZIPQUALITY, level);
    case RST_COMPRESSION_ZSTD:
        return level == 0 || TIFFSetField(handle, TIFFTAG_ZSTD_LEVEL, level);
    case RST_COMPRESSION_LZMA:
        return level == 0 || TIFFSetField(handle, TIFFTAG_LZMAPRESET, level);
    case RST_COMPRESSION_JPEG:
        return TIFFSetField(handle, TIFFTAG_JPEGQUALITY, coding->quality) &&
               TIFFSetField(handle, TIFFTAG_JPEGTABLESMODE, JPEGTABLESMODE_QUANT) &&
               (!coding->as_ycbcr || TIFFSetField(handle, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB));
    case RST_COMPRESSION_WEBP:
        return coding->quality == 0 ? TIFFSetField(handle, TIFFTAG_WEBP_LOSSLESS, 1)
                                    : TIFFSetField(handle, TIFFTAG_WEBP_LEVEL, coding->quality);
    case RST_COMPRESSION_LERC:
        return TIFFSetField(handle, TIFFTAG_LERC_MAXZERROR, coding->max_error);
    default:
        return true;
    }
}
