/* Rasters that are decoded: opened, read whole, refused. */
#ifndef TESTS_SUPPORT_DECODED_H
#define TESTS_SUPPORT_DECODED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codecs/codecs.h"
#include "tests/support/files.h"
#include "tests/support/layouts.h"

static inline struct rst_raster *decoded_open(const char *path, const struct rst_open_options *options)
{
    struct rst_raster *raster = NULL;
    struct rst_error err = {0};
    if (rst_open(path, RST_READ, options, &raster, &err) != RST_OK) fail_msg("%s", err.message);
    return raster;
}

/* All pixels, packed; to be freed. */
static inline void *decoded_pixels(const struct rst_raster *raster)
{
    struct rst_shape shape = rst_raster_shape(raster);
    struct rst_error err = {0};
    void *pixels = malloc((size_t)(shape.width * shape.height) * (size_t)shape.bands * rst_type_size(shape.type));
    assert_non_null(pixels);
    struct rst_view view = rst_view_packed(pixels, shape.type, shape.width, shape.height, shape.bands);
    if (rst_raster_read(raster, 0, 0, NULL, &view, &err) != RST_OK) fail_msg("%s", err.message);
    return pixels;
}

/* A sample of packed pixels of a type of up to 32 bits. */
static inline double decoded_sample(enum rst_type type, const void *pixels, size_t index)
{
    switch (type) {
    case RST_U8:
        return ((const uint8_t *)pixels)[index];
    case RST_I8:
        return ((const int8_t *)pixels)[index];
    case RST_U16:
        return ((const uint16_t *)pixels)[index];
    case RST_I16:
        return ((const int16_t *)pixels)[index];
    case RST_U32:
        return ((const uint32_t *)pixels)[index];
    case RST_I32:
        return ((const int32_t *)pixels)[index];
    default:
        return (double)((const float *)pixels)[index];
    }
}

/* Reading the pixel at x, y fails, and says the words and the path. */
static inline void decoded_assert_unreadable(const struct rst_raster *raster, int64_t x, int64_t y,
                                             enum rst_status status, const char *words)
{
    struct rst_shape shape = rst_raster_shape(raster);
    struct rst_error err = {0};
    double pixel[16];
    struct rst_view view = rst_view_packed(pixel, shape.type, 1, 1, shape.bands);
    enum rst_status got = rst_raster_read(raster, x, y, NULL, &view, &err);
    if (got != status) fail_msg("status %d, not %d: %s", got, status, err.message);
    if (!strstr(err.message, words)) fail_msg("\"%s\" does not say \"%s\"", err.message, words);
    assert_non_null(strstr(err.message, rst_raster_path(raster)));
}

/* Whatever bytes of the file are changed, opening and reading end with pixels or a reason. */
static inline void decoded_survives(const char *path, uint64_t random, int rounds)
{
    size_t length;
    unsigned char *bytes = files_read(path, &length);
    if (!bytes || length == 0) abort();
    int descriptor = open(path, O_RDWR | O_CLOEXEC);
    for (int round = 0; round < rounds; round++) {
        unsigned char value = (unsigned char)(layout_random(&random) >> layout_random(&random) % 8);
        assert_int_equal(pwrite(descriptor, &value, 1, (off_t)(layout_random(&random) % length)), 1);
        struct rst_raster *raster = NULL;
        struct rst_error err = {0};
        if (rst_open(path, RST_READ, NULL, &raster, &err) == RST_OK) {
            struct rst_shape shape = rst_raster_shape(raster);
            double pixels[8];
            struct rst_view view = rst_view_packed(pixels, shape.type, shape.width < 8 ? shape.width : 8, 1, 1);
            for (int64_t y = 0; y < 40 && y < shape.height; y += 5)
                if (rst_raster_read_bands(raster, 0, y, 0, NULL, &view, &err) != RST_OK)
                    assert_true(err.message[0] != '\0');
        } else {
            assert_null(raster);
            assert_true(err.message[0] != '\0');
        }
        rst_close(&raster);
        if (round % 4 == 3) assert_int_equal(pwrite(descriptor, bytes, length, 0), (ssize_t)length);
    }
    close(descriptor);
    free(bytes);
}

#endif
