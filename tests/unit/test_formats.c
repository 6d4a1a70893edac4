/* Every operation, over files of every format: from a compressed file it makes what it makes from a mapped one, and
 * what it writes into a compressed file is read back the same. */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codecs/codecs.h"
#include "raster/raster.h"
#include "tests/support/files.h"
#include "tests/support/layouts.h"

/* A way to store an image. */
struct store {
    const char *name;
    struct rst_create_options options;
    bool narrow; /* u8 and u16 of 1 to 4 bands alone */
};

static const struct store stores[] = {
    {"plain.tif", {.strip_rows = 7}, false},
    {"tiles.tif", {.tile_width = 32, .tile_height = 16}, false},
    {"deflate.tif", {.compression = RST_COMPRESSION_DEFLATE, .tile_width = 16, .tile_height = 32}, false},
    {"strips.tif", {.compression = RST_COMPRESSION_DEFLATE, .strip_rows = 9}, false},
    {"planar.tif", {.compression = RST_COMPRESSION_LZW, .planar = true, .strip_rows = 5}, false},
    {"zstd.tif", {.compression = RST_COMPRESSION_ZSTD, .planar = true, .tile_width = 16, .tile_height = 16}, false},
    {"image.png", {0}, true},
    {"image.npy", {0}, false},
    {"image.pam", {0}, true},
    {"image.bil", {0}, false},
};

enum { STORES = sizeof stores / sizeof stores[0] };

/* An operation, as it is tried. */
static const struct {
    const char *name, *text;
} operations[] = {
    {"invert", "invert"},
    {"linear", "linear --scale 1.3 --offset -7"},
    {"gamma", "gamma --exponent 0.5"},
    {"clamp", "clamp --min 20 --max 200"},
    {"threshold", "threshold --value 100"},
    {"lut", "lut --table 9,8,7"},
    {"scale", "scale --percent 5,90"},
    {"equalize", "equalize"},
    {"match", "match"},
    {"cast", "cast --type u16"},
    {"reclassify", "reclassify --map '0-100=1,100-200=keep,else=7'"},
    {"gray", "gray"},
    {"palette", "palette"},
    {"premultiply", "premultiply"},
    {"unpremultiply", "unpremultiply"},
    {"srgb2linear", "srgb2linear"},
    {"linear2srgb", "linear2srgb"},
    {"rgb2hsv", "rgb2hsv"},
    {"hsv2rgb", "hsv2rgb"},
    {"rgb2lab", "rgb2lab"},
    {"lab2rgb", "lab2rgb"},
    {"clahe", "clahe --tiles 3x2"},
    {"focal", "focal --stat stddev --size 5x3"},
    {"conv", "conv --kernel '-1 -1 -1; -1 16 -1; -1 -1 -1' --divisor 8"},
    {"box", "box --radius 3"},
    {"gaussblur", "gaussblur --sigma 2"},
    {"bilateral", "bilateral --sigma-space 1 --sigma-range 60"},
    {"sharpen", "sharpen --sigma 1 --amount 0.7"},
    {"unsharp", "unsharp --sigma 1 --amount 0.7 --threshold 9"},
    {"median", "median --size 5"},
    {"rank", "rank --size 4x3 --index 2"},
    {"despeckle", "despeckle --threshold 30"},
    {"erode", "erode --size 5"},
    {"dilate", "dilate --size 7 --shape disk"},
    {"open", "open --size 3x11"},
    {"close", "close --size 5 --shape cross"},
    {"tophat", "tophat --size 9"},
    {"blackhat", "blackhat --size 3 --shape disk"},
    {"gradient", "gradient --size 3"},
    {"sobel", "sobel"},
    {"scharr", "scharr"},
    {"prewitt", "prewitt"},
    {"laplacian", "laplacian"},
    {"log", "log --sigma 1.5"},
    {"canny", "canny --low 40 --high 120"},
    {"calc", "calc --expr '(A.1 - B.2) / (A.3 + 1) + A.1 ** 0.5'"},
    {"blend", "blend --alpha 0.3"},
    {"mask", "mask --value 9"},
    {"crop", "crop --rect 5,7,80,60"},
    {"bands", "bands --pick 3,1,2"},
    {"flip", "flip --axis v"},
    {"rotate", "rotate --angle 90"},
    {"transpose", "transpose"},
    {"shrink", "shrink --factor 3"},
};

static struct rst_raster *create(const struct store *store, const struct rst_shape *shape)
{
    struct rst_create_options options = store->options;
    struct rst_raster *raster = NULL;
    struct rst_error err = {0};
    options.overwrite = true;
    if (rst_create(files_path(store->name), shape, NULL, &options, &raster, &err))
        fail_msg("%s: %s", store->name, err.message);
    return raster;
}

static struct rst_raster *reopen(const struct store *store)
{
    struct rst_raster *raster = NULL;
    struct rst_error err = {0};
    if (rst_open(files_path(store->name), RST_READ, NULL, &raster, &err)) fail_msg("%s: %s", store->name, err.message);
    return raster;
}

/* What is read beside the input is the input. */
static void run(const struct rst_pipeline *pipeline, struct rst_raster *in, struct rst_raster *out, const char *text,
                int threads)
{
    struct rst_raster *const others[] = {in, in};
    struct rst_run_options options = {.threads = threads,
                                      .tile_height = threads == 3 ? 11 : 0,
                                      .others = others,
                                      .other_count = rst_pipeline_others(pipeline, -1)};
    struct rst_error err = {0};
    if (rst_run(pipeline, in, out, &options, &err)) fail_msg("'%s': %s", text, err.message);
}

/* All samples, packed. */
static unsigned char *samples_of(const struct rst_raster *raster, size_t *size)
{
    struct rst_shape shape = rst_raster_shape(raster);
    *size = (size_t)(shape.width * shape.height * shape.bands) * rst_type_size(shape.type);
    unsigned char *samples = malloc(*size);
    struct rst_view view = rst_view_packed(samples, shape.type, shape.width, shape.height, shape.bands);
    assert_int_equal(rst_raster_read(raster, 0, 0, NULL, &view, NULL), RST_OK);
    return samples;
}

static void expect(const struct rst_raster *raster, const unsigned char *expected, size_t size, const char *text,
                   const char *from, const char *to)
{
    size_t got_size;
    unsigned char *got = samples_of(raster, &got_size);
    assert_int_equal(got_size, size);
    if (memcmp(got, expected, size) != 0) fail_msg("'%s' from %s to %s: other samples", text, from, to);
    free(got);
}

/* The same noise in a file of the store. */
static void fill(const struct store *store, const struct rst_shape *shape)
{
    struct rst_raster *noise = layout_make(LAYOUT_BIP, RST_READ, shape, 5), *file = create(store, shape);
    struct rst_pipeline *copy = NULL;
    assert_int_equal(rst_pipeline_new(&copy, NULL), RST_OK);
    run(copy, noise, file, "fill", 2);
    rst_pipeline_free(&copy);
    assert_int_equal(rst_commit(file, NULL), RST_OK);
    rst_close(&noise);
    rst_close(&file);
}

static bool takes(const struct store *store, const struct rst_shape *shape)
{
    return !store->narrow || (shape->type <= RST_U16 && shape->type != RST_I8 && shape->bands <= 4);
}

/* One operation, from every store, into a plain file and into every other. */
static void try_operation(const char *text, const struct rst_shape *shape)
{
    struct rst_pipeline *pipeline = NULL;
    struct rst_error err = {0};
    struct rst_shape result;
    size_t size;
    if (rst_pipeline_parse(text, &pipeline, &err)) fail_msg("'%s': %s", text, err.message);
    if (rst_pipeline_plan(pipeline, shape, NULL, &result, NULL, NULL)) { /* a table for floats; no alpha; no map */
        assert_true(shape->type == RST_F32 || strstr(text, "multiply") || strstr(text, "palette"));
        rst_pipeline_free(&pipeline);
        return;
    }
    struct rst_raster *noise = layout_make(LAYOUT_BIP, RST_READ, shape, 5), *reference = NULL;
    assert_int_equal(rst_raster_scratch(&result, NULL, &reference, NULL), RST_OK);
    run(pipeline, noise, reference, text, 1);
    unsigned char *expected = samples_of(reference, &size);
    for (int i = 0; i < STORES; i++) {
        const struct store *to = &stores[(i * 3 + 2) % STORES];
        if (!takes(&stores[i], shape)) continue;
        struct rst_raster *in = reopen(&stores[i]), *out = NULL;
        run(pipeline, in, reference, text, 3);
        expect(reference, expected, size, text, stores[i].name, "memory");
        if (takes(to, &result)) {
            struct store other = *to;
            char name[40];
            snprintf(name, sizeof name, "out-%s", to->name);
            other.name = name;
            out = create(&other, &result);
            run(pipeline, in, out, text, 2);
            assert_int_equal(rst_commit(out, NULL), RST_OK);
            rst_close(&out);
            out = reopen(&other);
            expect(out, expected, size, text, stores[i].name, name);
        }
        rst_close(&in);
        rst_close(&out);
    }
    free(expected);
    rst_close(&noise);
    rst_close(&reference);
    rst_pipeline_free(&pipeline);
}

static void every_operation_on_every_format(void **unused)
{
    static const enum rst_type types[] = {RST_U8, RST_U16, RST_F32};
    (void)unused;
    for (size_t t = 0; t < sizeof types / sizeof types[0]; t++) {
        struct rst_shape shape = {.type = types[t], .width = 101, .height = 83, .bands = 3, .alpha = -1, .opacity = -1};
        for (int i = 0; i < STORES; i++)
            if (takes(&stores[i], &shape)) fill(&stores[i], &shape);
        for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++)
            if (rst_ops_find(operations[i].name)) try_operation(operations[i].text, &shape);
    }
}

/* A new operation gets its line above. */
static void every_operation_is_tried(void **unused)
{
    (void)unused;
    for (int i = 0; i < rst_ops_count(); i++) {
        bool found = false;
        for (size_t j = 0; j < sizeof operations / sizeof operations[0]; j++)
            found |= strcmp(operations[j].name, rst_ops_at(i)->name) == 0;
        if (!found) fail_msg("'%s' is not tried", rst_ops_at(i)->name);
    }
    for (size_t j = 0; j < sizeof operations / sizeof operations[0]; j++)
        if (!rst_ops_find(operations[j].name)) fail_msg("there is no '%s'", operations[j].name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_is_tried),
        cmocka_unit_test(every_operation_on_every_format),
    };
    return cmocka_run_group_tests(tests, files_setup, files_teardown);
}
