/* Most libraries behind libtiff do not tell what memory they need, so it was measured, for blocks of 48 KiB to 6 MiB of
 * noise and of smooth samples, with libtiff 4.5, zlib 1.2, libdeflate 1.14, zstd 1.5, liblzma 5.4, libjpeg-turbo 2.1,
 * libwebp 1.2 and LERC 4.0, and rounded up.
 *
 * What counts is memory that is touched: zstd and lzma set aside windows and trees for streams of many MiB, of which a
 * block uses as much as it is long.
 */
#include "codecs/tiff/heap.h"

#include "raster/base/size.h"

#define KIB(n) ((uint64_t)(n) << 10)
#define MIB(n) ((uint64_t)(n) << 20)

#define HANDLE KIB(48) /* libtiff's own, and zlib's or a similar one's that is made with it */

static uint64_t deflate_encoding(int level)
{
    enum { EXHAUSTIVE = 9 }; /* from here on libdeflate looks for the best way through a block */
    return level >= EXHAUSTIVE ? MIB(10) : KIB(1280);
}

static uint64_t zstd_encoding(int level, uint64_t bytes)
{
    enum { LEVELS = 22, DEFAULT_LEVEL = 9 };
    static const uint16_t tables[LEVELS + 1] = {0,  1,  1,  2,  3,  4,  4,  7,  7,   13,  25, 25,
                                                49, 33, 49, 65, 33, 49, 49, 81, 161, 321, 649};
    if (level < 1 || level > LEVELS) level = DEFAULT_LEVEL;
    return MIB(tables[level]) + bytes;
}

static uint64_t lzma_encoding(int level, uint64_t bytes)
{
    enum { LEVELS = 9, DEFAULT_LEVEL = 6, PER_BYTE = 10 }; /* two links of a tree, and the byte itself, twice */
    static const uint8_t tables[LEVELS + 1] = {0, 2, 4, 8, 9, 17, 17, 33, 65, 65};
    if (level < 1 || level > LEVELS) level = DEFAULT_LEVEL;
    return MIB(tables[level]) + PER_BYTE * bytes;
}

/* Lossless, every pixel has links to others like it, and there are up to some thousand histograms, each of some pixels.
 */
static uint64_t webp_encoding(int quality, uint64_t bytes)
{
    enum { LOSSY = 12, LINKS = 16, HISTOGRAMS = 110 }; /* for each byte */
    if (quality > 0) return LOSSY * bytes + KIB(256);
    return LINKS * bytes + (uint64_t)rst_min64((int64_t)(HISTOGRAMS * bytes), (int64_t)MIB(40)) + KIB(256);
}

uint64_t rst_tiff_heap_encoding(const struct rst_tiff_coding *coding, uint64_t bytes)
{
    uint64_t own = HANDLE + (coding->predictor != RST_PREDICTOR_NONE ? bytes : 0); /* it predicts into a copy */
    switch (coding->compression) {
    case RST_COMPRESSION_LZW:
        return own + KIB(192);
    case RST_COMPRESSION_DEFLATE:
        return own + deflate_encoding(coding->level);
    case RST_COMPRESSION_ZSTD:
        return own + zstd_encoding(coding->level, bytes);
    case RST_COMPRESSION_LZMA:
        return own + lzma_encoding(coding->level, bytes);
    case RST_COMPRESSION_JPEG:
        return own + KIB(192) + bytes;
    case RST_COMPRESSION_WEBP:
        return own + webp_encoding(coding->quality, bytes);
    case RST_COMPRESSION_LERC:
        return own + KIB(128) + 4 * bytes;
    default:
        return own;
    }
}

uint64_t rst_tiff_heap_decoding(unsigned scheme, uint64_t bytes)
{
    switch (scheme) {
    case COMPRESSION_NONE:
    case COMPRESSION_PACKBITS:
        return HANDLE;
    case COMPRESSION_LZW:
    case COMPRESSION_DEFLATE:
    case COMPRESSION_ADOBE_DEFLATE:
        return HANDLE + KIB(128);
    case COMPRESSION_ZSTD:
    case COMPRESSION_LZMA:
        return HANDLE + KIB(384) + bytes;
    case COMPRESSION_JPEG: /* a progressive one is decoded as a whole, from coefficients of 16 bits */
        return HANDLE + KIB(128) + 3 * bytes;
    case COMPRESSION_LERC:
        return HANDLE + KIB(64) + 2 * bytes;
    default: /* WebP, and what is rare */
        return HANDLE + KIB(1024) + 4 * bytes;
    }
}
