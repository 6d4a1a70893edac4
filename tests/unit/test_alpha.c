/* premultiply and unpremultiply against their definitions: on integers the nearest number itself, in whole numbers. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/colours.h"
#include "tests/support/layouts.h"
#include "tests/support/neighbours.h"
#include "tests/support/oprun.h"

/* a * b / c of whole numbers to nearest, ties to even; b >= 0, c > 0. */
static long double divided(long double a, long double b, long double c)
{
    const unsigned __int128 product = (unsigned __int128)fabsl(a) * (unsigned __int128)b;
    unsigned __int128 divisor = (unsigned __int128)c, down = product / divisor, rest = product % divisor;
    if (rest > divisor - rest || (rest == divisor - rest && down % 2 != 0)) down++;
    return copysignl((long double)down, a);
}

static void define(const struct colour_case *self, const struct rst_shape *shape, const long double *in,
                   struct colour_sample *out)
{
    const bool divide = *self->text == 'u';
    const long double full = colour_full(shape->type), alpha = in[shape->opacity] < 0 ? 0 : in[shape->opacity];
    for (int32_t b = 0; b < shape->bands; b++) {
        long double value = divide ? alpha == 0 ? 0 : in[b] / alpha : in[b] * alpha;
        if (b == shape->opacity) {
            value = in[b];
        } else if (!rst_type_is_float(shape->type)) {
            value = 0;
            if (!divide) value = divided(in[b], alpha, full);
            if (divide && alpha > 0) value = divided(in[b], full, alpha);
        }
        out[b] = (struct colour_sample){.value = value, .exact = !rst_type_is_float(shape->type)};
    }
}

static const struct colour_case premultiply = {"premultiply", 0, 0, true, true, define},
                                unpremultiply = {"unpremultiply", 0, 0, true, true, define};

static void test_premultiply(void **state)
{
    (void)state;
    colour_check_all(&premultiply, 2, true);
    colour_check_all(&premultiply, 4, true);
}

/* The same images, said to be of the other kind. */
static void test_unpremultiply(void **state)
{
    uint64_t random = layout_seed();
    int turn = 0;
    (void)state;
    for (enum rst_type type = 0; type < RST_TYPE_COUNT; type++)
        for (int32_t bands = 2; bands < 6; bands++)
            for (int fill = 0; fill < COLOUR_FILLS; fill++, turn++) {
                struct rst_shape shape = {.type = type,
                                          .width = 1 + 33 * (turn % 5),
                                          .height = 3,
                                          .bands = bands,
                                          .alpha = -1,
                                          .opacity = turn % 7 ? bands - 1 : turn % bands,
                                          .has_nodata = turn % 2};
                shape.nodata = rst_sample_from_double(rst_type_is_float(type) && turn % 3 ? NAN : 7, type);
                void *pixels = colour_pixels(&shape, fill, &random);
                colour_check(&unpremultiply, &shape, pixels);
                free(pixels);
            }
}

/* All bytes of colour and alpha, of both kinds of them. */
static void test_all_bytes(void **state)
{
    uint8_t *pixels = malloc(65536 * 4);
    (void)state;
    assert_non_null(pixels);
    for (int type = RST_U8; type <= RST_I8; type++)
        for (int32_t bands = 2; bands <= 4; bands += 2) {
            struct rst_shape shape = {
                .type = (enum rst_type)type, .width = 256, .height = 256, .bands = bands, .alpha = -1};
            shape.opacity = bands - 1;
            for (int i = 0; i < 65536; i++) {
                uint8_t *pixel = pixels + (size_t)i * (size_t)bands;
                memset(pixel, i / 256, (size_t)bands - 1);
                if (bands == 4) pixel[1] = (uint8_t)(i / 256 * 7 + 3);
                pixel[bands - 1] = (uint8_t)i;
            }
            colour_check(&unpremultiply, &shape, pixels);
            shape.alpha = shape.opacity;
            colour_check(&premultiply, &shape, pixels);
        }
    free(pixels);
}

/* What blurring and shrinking do by themselves with such alpha. */
static void test_pipeline(void **state)
{
    struct rst_shape shape = {.type = RST_F64, .width = 31, .height = 23, .bands = 4, .alpha = 3, .opacity = 3}, out;
    struct rst_run_options one = {.threads = 1};
    uint64_t random = layout_seed();
    double *pixels = colour_pixels(&shape, 1, &random);
    double *want = neighbour_run("shrink --factor 2", &shape, pixels, &one, NULL);
    double *got = neighbour_run("premultiply ! shrink --factor 2 ! unpremultiply", &shape, pixels, &one, &out);
    (void)state;
    assert_int_equal(out.alpha, 3);
    for (size_t i = 0; i < oprun_bytes(&out) / sizeof *got; i++)
        if (!(fabs(got[i] - want[i]) < 1e-12)) fail_msg("sample %zu: %.17g instead of %.17g", i, got[i], want[i]);
    free(got);
    free(want);
    free(pixels);
}

static void test_in_place(void **state)
{
    struct rst_shape shape = {.type = RST_U16, .width = 37, .height = 9, .bands = 4, .alpha = 3, .opacity = 3};
    struct rst_run_options options = {.threads = 2, .tile_width = 9, .tile_height = 4};
    const char *both = "premultiply ! unpremultiply";
    uint64_t random = layout_seed();
    struct rst_error err = {0};
    void *pixels = colour_pixels(&shape, 0, &random);
    void *want = neighbour_run(both, &shape, pixels, &options, NULL);
    (void)state;
    assert_int_equal(oprun_in_place("premultiply", &shape, pixels, &options, &err), RST_E_ARGUMENT);
    assert_non_null(strstr(err.message, "its alpha is unassociated"));
    if (oprun_in_place(both, &shape, pixels, &options, &err)) fail_msg("%s", err.message);
    assert_memory_equal(pixels, want, oprun_bytes(&shape));
    free(want);
    free(pixels);
}

static void refused(const char *text, int32_t bands, int32_t alpha, int32_t opacity, bool palette, const char *words)
{
    struct rst_shape shape = {.type = RST_U8, .width = 4, .height = 4, .bands = bands, .alpha = alpha};
    struct rst_error err = {0};
    shape.opacity = opacity;
    shape.palette = palette;
    assert_int_equal(oprun(text, &shape, NULL, NULL, NULL, NULL, &err), RST_E_ARGUMENT);
    if (!strstr(err.message, words)) fail_msg("%s: '%s' lacks '%s'", text, err.message, words);
}

static void test_refusals(void **state)
{
    struct rst_shape shape = {.type = RST_U8, .width = 1, .height = 1, .bands = 4, .alpha = 3, .opacity = 3};
    struct rst_run_options ignore = {.threads = 1, .alpha = RST_ALPHA_IGNORE};
    const uint8_t pixel[4] = {0};
    uint8_t result[4];
    struct rst_error err = {0};
    (void)state;
    refused("premultiply", 3, -1, -1, false, "no band of it");
    refused("premultiply", 4, -1, 3, false, "associated");
    refused("premultiply", 2, 1, 1, true, "colour map");
    refused("premultiply", 1, 0, 0, false, "alpha alone");
    refused("premultiply ! premultiply", 4, 3, 3, false, "multiplied already");
    refused("unpremultiply", 4, -1, -1, false, "no band of it");
    refused("unpremultiply", 4, 3, 3, false, "not multiplied");
    refused("unpremultiply", 2, -1, 1, true, "colour map");
    assert_int_equal(oprun("premultiply", &shape, pixel, &ignore, result, NULL, &err), RST_E_ARGUMENT);
    assert_non_null(strstr(err.message, "ignored"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_premultiply), cmocka_unit_test(test_unpremultiply), cmocka_unit_test(test_all_bytes),
        cmocka_unit_test(test_pipeline),    cmocka_unit_test(test_in_place),      cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, neighbour_setup, NULL);
}
