/* TIFFs for tests, written and read by libtiff alone: the noise of layouts.h in every form that a file can have. */
#ifndef TESTS_SUPPORT_TIFFS_H
#define TESTS_SUPPORT_TIFFS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <tiffio.h>

#include "raster/base/size.h"
#include "raster/image/raster.h"
#include "tests/support/layouts.h"

struct tiffs_form {
    enum rst_type type;
    uint32_t width, height;
    uint16_t bands;
    bool planar;
    uint32_t tile_width, tile_height; /* 0: strips */
    uint32_t strip_rows;
    const char *mode;                            /* of TIFFOpen(): "wl" "wb" "w8l" "w8b" */
    uint16_t compression, predictor, fill_order; /* tags; 0: not set */
};

static inline void tiffs_set_form(TIFF *tiff, const struct tiffs_form *form)
{
    int format = rst_type_is_float(form->type)    ? SAMPLEFORMAT_IEEEFP
                 : rst_type_is_signed(form->type) ? SAMPLEFORMAT_INT
                                                  : SAMPLEFORMAT_UINT;
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, form->width);
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, form->height);
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, (int)form->bands);
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, (int)(8 * rst_type_size(form->type)));
    TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, format);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
    if (form->bands > 1) {
        uint16_t *extras = calloc(form->bands, sizeof *extras);
        assert_non_null(extras);
        TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, form->bands - 1, extras);
        free(extras);
    }
    TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, form->planar ? PLANARCONFIG_SEPARATE : PLANARCONFIG_CONTIG);
    if (form->compression) TIFFSetField(tiff, TIFFTAG_COMPRESSION, (int)form->compression);
    if (form->predictor) TIFFSetField(tiff, TIFFTAG_PREDICTOR, (int)form->predictor);
    if (form->fill_order) TIFFSetField(tiff, TIFFTAG_FILLORDER, (int)form->fill_order);
    if (form->tile_width) {
        TIFFSetField(tiff, TIFFTAG_TILEWIDTH, form->tile_width);
        TIFFSetField(tiff, TIFFTAG_TILELENGTH, form->tile_height);
    } else {
        TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, form->strip_rows);
    }
}

/* Where block `index` (as libtiff counts) stands in the image. */
struct tiffs_block {
    uint32_t x, y, width, height; /* the padding of tiles included */
    uint16_t band, bands;
};

static inline struct tiffs_block tiffs_block_at(const struct tiffs_form *form, uint32_t index)
{
    uint32_t width = form->tile_width ? form->tile_width : form->width;
    uint32_t height = form->tile_width ? form->tile_height : form->strip_rows;
    uint32_t columns = (form->width - 1) / width + 1, rows = (form->height - 1) / height + 1;
    struct tiffs_block block = {.x = index % columns * width,
                                .y = index / columns % rows * height,
                                .width = width,
                                .height = height,
                                .band = (uint16_t)(index / columns / rows),
                                .bands = form->planar ? 1 : form->bands};
    if (!form->tile_width && block.height > form->height - block.y) block.height = form->height - block.y;
    return block;
}

static inline uint32_t tiffs_block_count(const struct tiffs_form *form)
{
    uint32_t width = form->tile_width ? form->tile_width : form->width;
    uint32_t height = form->tile_width ? form->tile_height : form->strip_rows;
    return ((form->width - 1) / width + 1) * ((form->height - 1) / height + 1) * (form->planar ? form->bands : 1);
}

static inline size_t tiffs_block_size(const struct tiffs_form *form, const struct tiffs_block *block)
{
    return (size_t)block->width * block->height * block->bands * rst_type_size(form->type);
}

static inline void tiffs_fill(const struct tiffs_form *form, const struct tiffs_block *block, uint64_t seed, char *to)
{
    size_t size = rst_type_size(form->type);
    for (uint32_t y = 0; y < block->height; y++)
        for (uint32_t x = 0; x < block->width; x++)
            for (uint16_t band = 0; band < block->bands; band++, to += size) {
                union rst_sample sample =
                    layout_noise(seed, form->type, block->x + x, block->y + y, block->band + band);
                memcpy(to, &sample, size);
            }
}

/* Writes one page onto an open handle. */
static inline void tiffs_write_page(TIFF *tiff, const struct tiffs_form *form, uint64_t seed)
{
    tiffs_set_form(tiff, form);
    for (uint32_t i = 0; i < tiffs_block_count(form); i++) {
        struct tiffs_block block = tiffs_block_at(form, i);
        size_t size = tiffs_block_size(form, &block);
        char *bytes = malloc(size);
        assert_non_null(bytes);
        tiffs_fill(form, &block, seed, bytes);
        tmsize_t written = form->tile_width ? TIFFWriteEncodedTile(tiff, i, bytes, (tmsize_t)size)
                                            : TIFFWriteEncodedStrip(tiff, i, bytes, (tmsize_t)size);
        assert_int_equal(written, size);
        free(bytes);
    }
}

static inline void tiffs_write(const char *path, const struct tiffs_form *form, uint64_t seed)
{
    TIFF *tiff = TIFFOpen(path, form->mode);
    assert_non_null(tiff);
    tiffs_write_page(tiff, form, seed);
    TIFFClose(tiff);
}

/* The current page of the handle has the form's geometry and holds the noise, as libtiff reads it. */
static inline void tiffs_assert_page(TIFF *tiff, const struct tiffs_form *form, uint64_t seed)
{
    uint32_t width, height;
    uint16_t bands, bits;
    assert_true(TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width) && width == form->width);
    assert_true(TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height) && height == form->height);
    assert_true(TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &bands) && bands == form->bands);
    assert_true(TIFFGetField(tiff, TIFFTAG_BITSPERSAMPLE, &bits) && bits == 8 * rst_type_size(form->type));
    assert_int_equal(TIFFIsTiled(tiff) != 0, form->tile_width != 0);
    for (uint32_t i = 0; i < tiffs_block_count(form); i++) {
        struct tiffs_block block = tiffs_block_at(form, i);
        size_t size = tiffs_block_size(form, &block);
        char *have = malloc(size), *want = malloc(size);
        assert_non_null(have);
        assert_non_null(want);
        tmsize_t got = form->tile_width ? TIFFReadEncodedTile(tiff, i, have, (tmsize_t)size)
                                        : TIFFReadEncodedStrip(tiff, i, have, (tmsize_t)size);
        assert_int_equal(got, size);
        tiffs_fill(form, &block, seed, want);
        size_t sample = rst_type_size(form->type), row = size / block.height, used = row;
        if (block.width > form->width - block.x) used = (size_t)(form->width - block.x) * block.bands * sample;
        for (uint32_t y = 0; y < block.height && block.y + y < form->height; y++)
            assert_memory_equal(have + y * row, want + y * row, used);
        free(have);
        free(want);
    }
}

/* The raster holds the noise, as rst_raster_read() reads it. */
static inline void tiffs_assert_raster(const struct rst_raster *raster, uint64_t seed)
{
    struct rst_shape shape = rst_raster_shape(raster);
    size_t size = rst_type_size(shape.type), count = (size_t)(shape.width * shape.height) * (size_t)shape.bands;
    char *have = malloc(count * size), *want = malloc(count * size), *at = want;
    assert_non_null(have);
    assert_non_null(want);
    struct rst_view view = rst_view_packed(have, shape.type, shape.width, shape.height, shape.bands);
    assert_int_equal(rst_raster_read(raster, 0, 0, NULL, &view, NULL), RST_OK);
    for (int64_t y = 0; y < shape.height; y++)
        for (int64_t x = 0; x < shape.width; x++)
            for (int32_t band = 0; band < shape.bands; band++, at += size) {
                union rst_sample sample = layout_noise(seed, shape.type, x, y, band);
                memcpy(at, &sample, size);
            }
    assert_memory_equal(have, want, count * size);
    free(have);
    free(want);
}

/* Fills the raster with the noise through rst_raster_write(). */
static inline void tiffs_fill_raster(struct rst_raster *raster, uint64_t seed)
{
    struct rst_shape shape = rst_raster_shape(raster);
    struct tiffs_form form = {.type = shape.type};
    struct tiffs_block block = {
        .width = (uint32_t)shape.width, .height = (uint32_t)shape.height, .bands = (uint16_t)shape.bands};
    char *bytes = malloc(tiffs_block_size(&form, &block));
    assert_non_null(bytes);
    tiffs_fill(&form, &block, seed, bytes);
    struct rst_view view = rst_view_packed(bytes, shape.type, shape.width, shape.height, shape.bands);
    assert_int_equal(rst_raster_write(raster, 0, 0, 0, &view, NULL), RST_OK);
    free(bytes);
}

#endif
