/* Files of samples behind, or beside, a header that the test spells out: the noise of layouts.h at places that the test
 * reckons itself. */
#ifndef TESTS_SUPPORT_FORMATS_H
#define TESTS_SUPPORT_FORMATS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codecs/codecs.h"
#include "raster/raster.h"
#include "tests/support/files.h"
#include "tests/support/layouts.h"
#include "tests/support/tiffs.h"

static const bool formats_machine_is_big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;

/* Where samples go: sample (x, y, band) at from + x * pixel + y * row + band * plane. */
struct formats_form {
    enum rst_type type;
    int64_t width, height;
    int32_t bands;
    int64_t from, pixel, row, plane;
    bool big;
    size_t length; /* of the whole file */
};

static inline struct formats_form formats_form(enum rst_type type, int64_t width, int64_t height, int32_t bands,
                                               enum rst_interleave interleave, bool big, size_t from)
{
    int64_t size = (int64_t)rst_type_size(type);
    struct formats_form form = {.type = type,
                                .width = width,
                                .height = height,
                                .bands = bands,
                                .from = (int64_t)from,
                                .pixel = interleave == RST_BIP ? size * bands : size,
                                .row = interleave == RST_BSQ ? size * width : size * width * bands,
                                .big = big};
    form.plane = interleave == RST_BIP ? size : interleave == RST_BIL ? size * width : size * width * height;
    form.length = from + (size_t)(size * width * height * bands);
    return form;
}

/* Writes a file: `head`, then the noise where the form says, 0xA5 between. Returns its path. */
static inline char *formats_write(const char *name, const void *head, size_t head_size, const struct formats_form *form,
                                  uint64_t seed)
{
    char *path = files_path(name);
    size_t size = rst_type_size(form->type);
    unsigned char *bytes = malloc(form->length);
    assert_non_null(bytes);
    memset(bytes, 0xA5, form->length);
    if (head_size) memcpy(bytes, head, head_size);
    for (int64_t y = 0; y < form->height; y++)
        for (int64_t x = 0; x < form->width; x++)
            for (int32_t band = 0; band < form->bands; band++) {
                union rst_sample sample = layout_noise(seed, form->type, x, y, band);
                int64_t at = form->from + x * form->pixel + y * form->row + band * form->plane;
                assert_true(at >= (int64_t)head_size && (size_t)at + size <= form->length);
                for (size_t i = 0; i < size; i++)
                    bytes[(size_t)at + i] = sample.bytes[form->big == formats_machine_is_big ? i : size - 1 - i];
            }
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, form->length, file), form->length);
    assert_int_equal(fclose(file), 0);
    free(bytes);
    return path;
}

static inline char *formats_text(const char *name, const char *text)
{
    char *path = files_path(name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    return path;
}

static inline struct rst_raster *formats_open(const char *path, enum rst_mode mode, const char *format)
{
    struct rst_raster *raster = NULL;
    struct rst_error err = {0};
    if (rst_open(path, mode, NULL, &raster, &err) != RST_OK) fail_msg("%s", err.message);
    assert_string_equal(rst_raster_format(raster), format);
    return raster;
}

/* The file is refused with this status, and a message that names it and has these words. */
static inline void formats_refused(const char *path, enum rst_status status, const char *words)
{
    struct rst_raster *raster = NULL;
    struct rst_error err = {0};
    enum rst_status have = rst_open(path, RST_READ, NULL, &raster, &err);
    if (have != status || !strstr(err.message, words) || !strstr(err.message, files_folder))
        fail_msg("status %d, \"%s\", not status %d with \"%s\"", have, err.message, status, words);
    assert_null(raster);
}

static inline void formats_assert_same(const char *a, const char *b)
{
    size_t length_a, length_b;
    unsigned char *bytes_a = files_read(a, &length_a), *bytes_b = files_read(b, &length_b);
    assert_non_null(bytes_a);
    assert_non_null(bytes_b);
    assert_int_equal(length_a, length_b);
    assert_memory_equal(bytes_a, bytes_b, length_a);
    free(bytes_a);
    free(bytes_b);
}

static inline void formats_assert_text(const char *path, const char *text)
{
    size_t length;
    char *have = (char *)files_read(path, &length);
    if (!have) fail_msg("%s is not there", path);
    have[length] = '\0';
    assert_string_equal(have, text);
    free(have);
}

static inline struct rst_shape formats_shape(enum rst_type type, int64_t width, int64_t height, int32_t bands)
{
    return (struct rst_shape){
        .type = type, .width = width, .height = height, .bands = bands, .alpha = -1, .opacity = -1};
}

/* Creates the file, fills it with noise, commits and closes it. */
static inline void formats_create(const char *path, const struct rst_shape *shape, const struct rst_meta *meta,
                                  const struct rst_create_options *options, uint64_t seed)
{
    struct rst_raster *raster = NULL;
    struct rst_error err = {0};
    if (rst_create(path, shape, meta, options, &raster, &err) != RST_OK) fail_msg("%s", err.message);
    assert_null(rst_raster_unmapped(raster));
    tiffs_fill_raster(raster, seed);
    if (rst_commit(raster, &err) != RST_OK) fail_msg("%s", err.message);
    rst_close(&raster);
}

static inline void formats_not_created(const char *path, const struct rst_shape *shape,
                                       const struct rst_create_options *options, const char *words)
{
    struct rst_raster *raster = NULL;
    struct rst_error err = {0};
    assert_int_equal(rst_create(path, shape, NULL, options, &raster, &err), RST_E_ARGUMENT);
    if (!strstr(err.message, words)) fail_msg("\"%s\" does not say \"%s\"", err.message, words);
    assert_null(raster);
    assert_int_equal(files_length(path), -1);
}

/* Runs a pipeline on the file in place. */
static inline void formats_run(const char *path, const char *text)
{
    struct rst_raster *raster = NULL;
    struct rst_pipeline *pipeline = NULL;
    struct rst_error err = {0};
    struct rst_run_options options = {.threads = 2};
    if (rst_open(path, RST_SHARED, NULL, &raster, &err) || rst_pipeline_parse(text, &pipeline, &err) ||
        rst_run(pipeline, raster, raster, &options, &err) || rst_commit(raster, &err))
        fail_msg("%s", err.message);
    rst_pipeline_free(&pipeline);
    rst_close(&raster);
}

/* Runs a pipeline from one file into another, whose format its name tells. */
static inline void formats_run_to(const char *from, const char *text, const char *to)
{
    struct rst_raster *in = NULL, *out = NULL;
    struct rst_pipeline *pipeline = NULL;
    struct rst_error err = {0};
    struct rst_run_options options = {.threads = 2};
    struct rst_create_options create = {.overwrite = true};
    if (rst_open(from, RST_READ, NULL, &in, &err) || rst_pipeline_parse(text, &pipeline, &err) ||
        rst_create_like(to, in, pipeline, &create, &out, &err) || rst_run(pipeline, in, out, &options, &err) ||
        rst_commit(out, &err))
        fail_msg("%s: %s", text, err.message);
    rst_pipeline_free(&pipeline);
    rst_close(&out);
    rst_close(&in);
}

/* Two files hold the same samples, whatever their formats. */
static inline void formats_assert_same_samples(const char *path_a, const char *path_b)
{
    struct rst_raster *a = NULL, *b = NULL;
    struct rst_error err = {0};
    if (rst_open(path_a, RST_READ, NULL, &a, &err) || rst_open(path_b, RST_READ, NULL, &b, &err))
        fail_msg("%s", err.message);
    struct rst_shape shape = rst_raster_shape(a);
    size_t size = (size_t)(shape.width * shape.height * shape.bands) * rst_type_size(shape.type);
    void *pixels_a = layout_pixels(a), *pixels_b = layout_pixels(b);
    assert_int_equal(rst_raster_shape(b).type, shape.type);
    assert_memory_equal(pixels_a, pixels_b, size);
    free(pixels_a);
    free(pixels_b);
    rst_close(&a);
    rst_close(&b);
}

static inline void formats_assert_transform(const struct rst_raster *raster, const double want[6])
{
    struct rst_affine map;
    assert_true(rst_geo_transform(&rst_raster_meta(raster)->geo, &map));
    for (int i = 0; i < 6; i++) {
        double gap = map.m[i] - want[i];
        if (gap > 1e-9 || gap < -1e-9)
            fail_msg("number %d of the geotransform is %.17g, not %.17g", i, map.m[i], want[i]);
    }
}

#endif
