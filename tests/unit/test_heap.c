/* The memory that coders tell they take is not less than what they do take. */
#define _GNU_SOURCE 1
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codecs/codecs.h"
#include "raster/image/hold.h"
#include "raster/raster.h"
#include "tests/support/files.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define HEAP_IS_OTHER 1 /* it does not count, or counts its own, too */
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__)
#define HEAP_IS_OTHER 1
#endif
#ifndef HEAP_IS_OTHER
#define HEAP_IS_OTHER 0
#endif

enum { SIDE = 768 };

/* Bytes that malloc() has given out. */
static int64_t heap(void)
{
#if HEAP_IS_OTHER
    return 0;
#else
    struct mallinfo2 now = mallinfo2();
    return (int64_t)(now.uordblks + now.hblkhd);
#endif
}

/* zstd and lzma set aside much more than they touch. */
static int64_t anonymous(void)
{
    return (int64_t)rst_memory_resident().anonymous;
}

static int64_t taken(bool touched)
{
    return touched ? anonymous() : heap();
}

static void paint(const struct rst_view *view, uint32_t mask)
{
    uint32_t random = 1;
    for (int64_t y = 0; y < view->height; y++)
        for (int64_t x = 0; x < view->width; x++)
            for (int32_t band = 0; band < view->bands; band++) {
                random = random * 1664525 + 1013904223;
                double value = (double)((x / 5 + y / 3 + band * 40) % 200) + (double)(random >> 24 & mask);
                union rst_sample sample = rst_sample_from_double(value, view->type);
                memcpy(rst_view_at(view, x, y, band), &sample, rst_type_size(view->type));
            }
}

struct job {
    const char *name;
    enum rst_type type;
    int32_t bands;
    bool touched;
    uint32_t noise;
    struct rst_create_options options;
};

/* Encodes all of an image with one worker, which stays; and decodes it with another one. */
static void check(const struct job *job, void *pixels)
{
    enum { COUNTING = 1 << 20 }; /* the kernel counts in batches */
    const struct rst_shape shape = {
        .type = job->type, .width = SIDE, .height = SIDE, .bands = job->bands, .alpha = -1, .opacity = -1};
    struct rst_view view = rst_view_packed(pixels, job->type, SIDE, SIDE, job->bands);
    struct rst_raster *raster = NULL;
    struct rst_create_options options = job->options;
    const char *path = files_path(job->name);
    options.overwrite = true;
    paint(&view, job->noise);
    struct rst_error err = {0};
    if (rst_create(path, &shape, NULL, &options, &raster, &err)) fail_msg("%s", err.message);
    assert_int_equal(rst_raster_write(raster, 0, 0, 0, &view, NULL), RST_OK);
    int64_t told = (int64_t)rst_raster_coder_bytes(raster, 1, 1), slack = job->touched ? COUNTING : 0;
    int64_t before = taken(job->touched);
    bool did = true;
    rst_raster_finish(raster, SIDE, 0, 0);
    while (did)
        assert_int_equal(rst_raster_encode_next(raster, &did, NULL), RST_OK);
    assert_true(told > 0);
    assert_true(taken(job->touched) - before <= told + slack);
    assert_int_equal(rst_commit(raster, NULL), RST_OK);
    rst_close(&raster);

    assert_int_equal(rst_open(path, RST_READ, NULL, &raster, NULL), RST_OK);
    told = (int64_t)rst_raster_coder_bytes(raster, 1, 1);
    before = taken(job->touched);
    assert_int_equal(rst_raster_read(raster, 0, 0, NULL, &view, NULL), RST_OK);
    assert_true(told > 0);
    assert_true(taken(job->touched) - before <= told + slack);
    rst_close(&raster);
}

#define TILES .tile_width = 256, .tile_height = 256
#define STRIPS .strip_rows = 128

static void coders_tell_enough(void **unused)
{
    (void)unused;
    static const struct job jobs[] = {
        {"packbits.tif", RST_U8, 3, false, 255, {.compression = RST_COMPRESSION_PACKBITS, TILES}},
        {"lzw.tif", RST_U8, 3, false, 255, {.compression = RST_COMPRESSION_LZW, TILES}},
        {"lzw_strips.tif", RST_U16, 1, false, 255, {.compression = RST_COMPRESSION_LZW, STRIPS}},
        {"deflate.tif", RST_U8, 3, false, 255, {.compression = RST_COMPRESSION_DEFLATE, TILES}},
        {"deflate_strips.tif", RST_F32, 3, false, 255, {.compression = RST_COMPRESSION_DEFLATE, STRIPS}},
        {"deflate_best.tif", RST_U8, 3, false, 7, {.compression = RST_COMPRESSION_DEFLATE, .level = 12, TILES}},
        {"deflate_big.tif",
         RST_U16,
         1,
         false,
         255,
         {.compression = RST_COMPRESSION_DEFLATE, .byte_order = RST_ORDER_BIG, STRIPS}},
        {"zstd.tif", RST_U8, 3, true, 7, {.compression = RST_COMPRESSION_ZSTD, TILES}},
        {"zstd_low.tif", RST_U8, 3, true, 255, {.compression = RST_COMPRESSION_ZSTD, .level = 3, STRIPS}},
        {"lzma.tif", RST_U8, 3, true, 7, {.compression = RST_COMPRESSION_LZMA, TILES}},
        {"lzma_low.tif", RST_U8, 1, true, 255, {.compression = RST_COMPRESSION_LZMA, .level = 1, STRIPS}},
        {"jpeg.tif", RST_U8, 3, false, 255, {.compression = RST_COMPRESSION_JPEG, .quality = 100, TILES}},
        {"jpeg_strips.tif", RST_U8, 1, false, 7, {.compression = RST_COMPRESSION_JPEG, STRIPS}},
        {"webp.tif", RST_U8, 3, false, 255, {.compression = RST_COMPRESSION_WEBP, .quality = 90, TILES}},
        {"lerc.tif", RST_U8, 3, false, 255, {.compression = RST_COMPRESSION_LERC, TILES}},
        {"lerc_strips.tif", RST_F32, 1, false, 255, {.compression = RST_COMPRESSION_LERC, STRIPS}},
        {"noise.png", RST_U8, 3, false, 255, {0}},
        {"smooth.png", RST_U16, 3, false, 1, {.level = 9}},
    };
    if (HEAP_IS_OTHER) skip();
    unsigned there = rst_format_compressions("TIFF", true);
    void *pixels = malloc((size_t)SIDE * SIDE * 16);
    assert_non_null(pixels);
    for (size_t i = 0; i < sizeof jobs / sizeof jobs[0]; i++) {
        enum rst_compression compression = jobs[i].options.compression;
        if (compression == RST_COMPRESSION_DEFAULT || (there >> compression & 1)) check(&jobs[i], pixels);
    }
    free(pixels);
}

/* More threads take more, a longer ring does, too; a stream has one worker. */
static void more_takes_more(void **unused)
{
    (void)unused;
    const struct rst_shape shape = {
        .type = RST_U8, .width = SIDE, .height = SIDE, .bands = 1, .alpha = -1, .opacity = -1};
    struct rst_create_options options = {.compression = RST_COMPRESSION_DEFLATE, TILES};
    const char *path = files_path("more.tif");
    struct rst_raster *raster = NULL;
    assert_int_equal(rst_create(path, &shape, NULL, &options, &raster, NULL), RST_OK);
    uint64_t one = rst_raster_coder_bytes(raster, 1, 1);
    assert_true(rst_raster_coder_bytes(raster, 2, 1) > one + (1 << 20));
    assert_true(rst_raster_coder_bytes(raster, 1, 4) >= one + (uint64_t)3 * 256 * 256);
    assert_int_equal(rst_raster_coder_bytes(raster, 100, 100), rst_raster_coder_bytes(raster, 9, 9)); /* of 9 tiles */
    assert_int_equal(rst_commit(raster, NULL), RST_OK);
    rst_close(&raster);
    assert_int_equal(rst_open(path, RST_READ, NULL, &raster, NULL), RST_OK);
    assert_int_equal(rst_raster_coder_bytes(raster, 3, 0), 3 * rst_raster_coder_bytes(raster, 1, 0));
    rst_close(&raster);

    path = files_path("more.png");
    assert_int_equal(rst_create(path, &shape, NULL, NULL, &raster, NULL), RST_OK);
    assert_int_equal(rst_commit(raster, NULL), RST_OK);
    rst_close(&raster);
    assert_int_equal(rst_open(path, RST_READ, NULL, &raster, NULL), RST_OK);
    assert_int_equal(rst_raster_coder_bytes(raster, 3, 0), rst_raster_coder_bytes(raster, 1, 0));
    rst_close(&raster);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(coders_tell_enough),
        cmocka_unit_test(more_takes_more),
    };
    return cmocka_run_group_tests(tests, files_setup, files_teardown);
}
