/* Colours in other numbers against their definitions, on all types. On integers of 8 and 16 bits hues, gray and the
 * curves must be the nearest number itself. */
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

static bool is_small(enum rst_type type)
{
    return rst_type_size(type) <= 2;
}

/* What double leaves of a number of this size. */
static long double slack_of(enum rst_type type, long double size)
{
    return (rst_type_size(type) == 8 ? 1e-14L : 4e-12L) * fmaxl(colour_full(type), fabsl(size));
}

static long double largest(const long double *in)
{
    return fmaxl(fabsl(in[0]), fmaxl(fabsl(in[1]), fabsl(in[2])));
}

static long double circle_of(enum rst_type type)
{
    return rst_type_is_float(type) ? 360 : colour_full(type) + 1;
}

/* ---- hue, saturation, value ---- */

static void define_to_hsv(const struct colour_case *self, const struct rst_shape *shape, const long double *in,
                          struct colour_sample *out)
{
    const long double full = colour_full(shape->type), circle = circle_of(shape->type), r = in[0], g = in[1], b = in[2];
    long double value = fmaxl(r, fmaxl(g, b)), span = value - fminl(r, fminl(g, b)), hue = 0, saturation = 0;
    (void)self;
    if (span != 0)
        hue = value == r ? (g - b) / span : value == g ? (2 * span + (b - r)) / span : (4 * span + (r - g)) / span;
    if (hue < 0) hue = value == r ? (6 * span + (g - b)) / span : hue + 6;
    if (value != 0 && span != 0) saturation = full * span / value;
    if (isnan(r) || isnan(g) || isnan(b)) hue = saturation = value = NAN;
    const bool open = isinf(r) || isinf(g) || isinf(b);
    out[0] =
        (struct colour_sample){circle * hue / 6, slack_of(shape->type, circle), circle, open, is_small(shape->type)};
    out[1] = (struct colour_sample){saturation, slack_of(shape->type, saturation), 0, open, is_small(shape->type)};
    out[2] = (struct colour_sample){value, slack_of(shape->type, 0), 0, open, is_small(shape->type)};
}

static void define_from_hsv(const struct colour_case *self, const struct rst_shape *shape, const long double *in,
                            struct colour_sample *out)
{
    const long double full = colour_full(shape->type), circle = circle_of(shape->type), s = in[1], v = in[2];
    const long double turns = in[0] / circle, hue = 6 * (in[0] - circle * floorl(turns));
    (void)self;
    for (int i = 0; i < 3; i++) {
        long double place = fmodl((long double)(5 - 2 * i) * circle + hue, 6 * circle);
        long double distance = fminl(fmaxl(fminl(place, 4 * circle - place), 0), circle);
        long double value = v * (full * circle - s * distance) / (full * circle);
        if (isnan(in[0])) value = NAN;
        out[i] = (struct colour_sample){value, slack_of(shape->type, v) * (1 + fabsl(s / full)) * (1 + fabsl(turns)), 0,
                                        isinf(s) || isinf(v) || fabsl(turns) > 0x1p40L, is_small(shape->type)};
    }
}

/* ---- L*a*b* ---- */

static const long double matrix[3][3] = {
    {0.4124L, 0.3576L, 0.1805L}, {0.2126L, 0.7152L, 0.0722L}, {0.0193L, 0.1192L, 0.9505L}};

static long double expanded(long double x)
{
    if (x < 0) return -expanded(-x);
    return x <= 0.04045L ? x / 12.92L : powl((x + 0.055L) / 1.055L, 2.4L);
}

static long double compressed(long double x)
{
    if (x < 0) return -compressed(-x);
    return x <= 0.0031308L ? x * 12.92L : 1.055L * powl(x, 1 / 2.4L) - 0.055L;
}

static void ranges(enum rst_type type, long double *light, long double *chroma, long double *neutral)
{
    long double full = colour_full(type);
    *light = full / 100;
    *chroma = (full + 1) / 128;
    *neutral = 0;
    if (rst_type_is_float(type)) *light = *chroma = 1;
    if (rst_type_is_signed(type)) return;
    *chroma = (full + 1) / 256;
    *light = 2.55L * *chroma;
    *neutral = (full + 1) / 2;
}

static long double lab_slack(enum rst_type type, long double size)
{
    return rst_type_size(type) == 1 ? 0.002L : 40 * slack_of(type, size);
}

static void define_to_lab(const struct colour_case *self, const struct rst_shape *shape, const long double *in,
                          struct colour_sample *out)
{
    long double linear[3], f[3], light, chroma, neutral, size = 0;
    (void)self;
    ranges(shape->type, &light, &chroma, &neutral);
    for (int i = 0; i < 3; i++)
        linear[i] = expanded(in[i] / colour_full(shape->type));
    for (int i = 0; i < 3; i++) {
        long double share = 0, white = matrix[i][0] + matrix[i][1] + matrix[i][2], sum = 0;
        for (int k = 0; k < 3; k++) {
            share += matrix[i][k] * linear[k] / white;
            sum += fabsl(matrix[i][k] * linear[k]);
        }
        f[i] = share > 216.0L / 24389 ? cbrtl(share) : share * 841 / 108 + 4.0L / 29;
        if (isnan(share)) f[i] = NAN;
        size = fmaxl(size, sum * 8);
    }
    size = chroma * 500 * fmaxl(1, size);
    out[0] = (struct colour_sample){light * (116 * f[1] - 16), lab_slack(shape->type, size), 0, false, false};
    out[1] =
        (struct colour_sample){chroma * 500 * (f[0] - f[1]) + neutral, lab_slack(shape->type, size), 0, false, false};
    out[2] =
        (struct colour_sample){chroma * 200 * (f[1] - f[2]) + neutral, lab_slack(shape->type, size), 0, false, false};
    for (int i = 0; i < 3; i++)
        out[i].open = isinf(linear[0]) || isinf(linear[1]) || isinf(linear[2]);
}

/* By Cramer's rule. */
static void solve(const long double xyz[3], long double rgb[3])
{
    long double m[3][3], whole = 0;
    for (int column = -1; column < 3; column++) {
        memcpy(m, matrix, sizeof m);
        for (int i = 0; i < 3 && column >= 0; i++)
            m[i][column] = xyz[i];
        long double det = 0;
        for (int i = 0; i < 3; i++)
            det += m[0][i] * (m[1][(i + 1) % 3] * m[2][(i + 2) % 3] - m[1][(i + 2) % 3] * m[2][(i + 1) % 3]);
        if (column < 0)
            whole = det;
        else
            rgb[column] = det / whole;
    }
}

static void define_from_lab(const struct colour_case *self, const struct rst_shape *shape, const long double *in,
                            struct colour_sample *out)
{
    long double light, chroma, neutral, xyz[3], rgb[3], size = 1;
    const long double full = colour_full(shape->type);
    (void)self;
    ranges(shape->type, &light, &chroma, &neutral);
    const long double y = (in[0] / light + 16) / 116, a = (in[1] - neutral) / chroma, b = (in[2] - neutral) / chroma;
    const long double f[3] = {y + a / 500, y, y - b / 200};
    for (int i = 0; i < 3; i++) {
        long double white = matrix[i][0] + matrix[i][1] + matrix[i][2];
        xyz[i] = white * (f[i] > 6.0L / 29 ? f[i] * f[i] * f[i] : (f[i] - 4.0L / 29) * 108 / 841);
        size = fmaxl(size, fabsl(xyz[i]));
    }
    solve(xyz, rgb);
    for (int i = 0; i < 3; i++) {
        /* what is left of a difference of great numbers goes through the steep curve */
        long double off = 1e-13L * size, value = compressed(rgb[i]);
        long double slack = fmaxl(fabsl(compressed(rgb[i] + off) - value), fabsl(compressed(rgb[i] - off) - value));
        out[i] = (struct colour_sample){full * value, lab_slack(shape->type, 0) + full * slack, 0, false, false};
        out[i].open = isinf(in[0]) || isinf(in[1]) || isinf(in[2]) || isinf(value);
    }
}

/* ---- gray, and the curves ---- */

static void define_gray(const struct colour_case *self, const struct rst_shape *shape, const long double *in,
                        struct colour_sample *out)
{
    static const int weights[2][3] = {{2126, 7152, 722}, {2990, 5870, 1140}};
    const int *w = weights[strstr(self->text, "601") != NULL];
    if (rst_type_is_float(shape->type)) {
        long double value = (w[0] * in[0] + w[1] * in[1] + w[2] * in[2]) / 10000;
        out[0] = (struct colour_sample){value, slack_of(shape->type, largest(in)), 0, false, false};
        return;
    }
    __int128 sum = 0, whole, down;
    for (int i = 0; i < 3; i++)
        sum += (__int128)w[i] * (__int128)in[i];
    whole = sum / 10000;
    down = sum < whole * 10000 ? whole - 1 : whole; /* sum is in 10000 * (down ... down + 1) */
    __int128 rest = sum - down * 10000;
    if (rest > 5000 || (rest == 5000 && down % 2 != 0)) down++;
    out[0] = (struct colour_sample){(long double)down, 0, 0, false, true};
}

static void define_curve(const struct colour_case *self, const struct rst_shape *shape, const long double *in,
                         struct colour_sample *out)
{
    const long double full = colour_full(shape->type);
    for (int i = 0; i < 3; i++) {
        long double x = in[i] / full, value = full * (strncmp(self->text, "srgb", 4) ? compressed(x) : expanded(x));
        out[i] = (struct colour_sample){value, slack_of(shape->type, value), 0, false, is_small(shape->type)};
    }
}

static const struct colour_case to_hsv = {"rgb2hsv", 3, 3, false, false, define_to_hsv},
                                from_hsv = {"hsv2rgb", 3, 3, false, false, define_from_hsv},
                                to_lab = {"rgb2lab", 3, 3, false, false, define_to_lab},
                                from_lab = {"lab2rgb", 3, 3, false, false, define_from_lab},
                                gray_709 = {"gray", 3, 1, false, false, define_gray},
                                gray_601 = {"gray --standard 601", 3, 1, false, false, define_gray},
                                expand = {"srgb2linear", 3, 3, true, false, define_curve},
                                compress = {"linear2srgb", 3, 3, true, false, define_curve};

static void test_hsv(void **state)
{
    (void)state;
    colour_check_all(&to_hsv, 3, false);
    colour_check_all(&from_hsv, 3, false);
}

static void test_lab(void **state)
{
    (void)state;
    colour_check_all(&to_lab, 3, false);
    colour_check_all(&from_lab, 3, false);
}

static void test_gray(void **state)
{
    (void)state;
    colour_check_all(&gray_709, 3, false);
    colour_check_all(&gray_601, 3, false);
}

static void test_curves(void **state)
{
    (void)state;
    colour_check_all(&expand, 3, false);
    colour_check_all(&compress, 3, false);
}

/* All samples of 8 and 16 bits, in an image of one band, and as one of three. */
static void test_curve_tables(void **state)
{
    static const struct colour_case one[] = {{"srgb2linear", 1, 1, true, false, define_curve},
                                             {"linear2srgb", 1, 1, true, false, define_curve}};
    uint16_t *pixels = malloc(65536 * sizeof *pixels);
    (void)state;
    assert_non_null(pixels);
    for (int type = RST_U8; type <= RST_I16; type++) {
        struct rst_shape shape = {
            .type = (enum rst_type)type, .width = 256, .height = 1, .bands = 1, .alpha = -1, .opacity = -1};
        if (rst_type_size(shape.type) == 2) shape.height = 256;
        for (int i = 0; i < 65536; i++)
            if (rst_type_size(shape.type) == 1)
                ((uint8_t *)pixels)[i] = (uint8_t)i;
            else
                pixels[i] = (uint16_t)i;
        for (int i = 0; i < 2; i++)
            colour_check(&one[i], &shape, pixels);
    }
    free(pixels);
}

/* Sums that are ties, of which a byte has few: all of a slice through the cube where they are thickest. */
static void test_gray_ties(void **state)
{
    enum { SIDE = 256 };
    struct rst_shape shape = {.type = RST_U8, .width = SIDE, .height = SIDE, .bands = 3, .alpha = -1, .opacity = -1};
    uint8_t *pixels = malloc(3 * SIDE * SIDE);
    int ties = 0;
    (void)state;
    assert_non_null(pixels);
    for (int third = 0; third < 256; third += 25) {
        for (int i = 0; i < SIDE * SIDE; i++) {
            uint8_t *pixel = pixels + 3 * (size_t)i;
            pixel[0] = (uint8_t)(i / SIDE);
            pixel[1] = (uint8_t)(i % SIDE);
            pixel[2] = (uint8_t)third;
            ties += (2990 * pixel[0] + 5870 * pixel[1] + 1140 * pixel[2]) % 10000 == 5000;
        }
        colour_check(&gray_601, &shape, pixels);
        colour_check(&gray_709, &shape, pixels);
    }
    assert_true(ties > 100);
    free(pixels);
}

/* Rows of every length, so that each place of a vector is its end once. */
static void test_lengths(void **state)
{
    uint64_t random = layout_seed();
    (void)state;
    for (int64_t width = 1; width < 140; width++) {
        struct rst_shape shape = {.type = RST_U8, .width = width, .height = 1, .bands = 3, .alpha = -1, .opacity = -1};
        void *pixels = colour_pixels(&shape, 0, &random);
        colour_check(&gray_709, &shape, pixels);
        colour_check(&to_hsv, &shape, pixels);
        free(pixels);
    }
}

/* There and back, by so much. */
static void check_round_trip(const char *text, enum rst_type type, double most)
{
    struct rst_shape shape = {.type = type, .width = 251, .height = 83, .bands = 3, .alpha = -1, .opacity = -1};
    uint64_t random = layout_seed();
    for (int fill = 1; fill < 3; fill++) {
        void *pixels = colour_pixels(&shape, fill, &random);
        struct rst_run_options one = {.threads = 1};
        void *result = neighbour_run(text, &shape, pixels, &one, NULL);
        for (size_t i = 0; i < oprun_bytes(&shape) / rst_type_size(type); i++) {
            double before = rst_sample_to_double(neighbour_sample(&shape, pixels, i), type);
            double after = rst_sample_to_double(neighbour_sample(&shape, result, i), type);
            if (!(fabs(before - after) <= most))
                fail_msg("%s, %s: %.17g became %.17g", text, rst_type_name(type), before, after);
        }
        free(result);
        free(pixels);
    }
}

static void test_round_trips(void **state)
{
    (void)state;
    check_round_trip("rgb2hsv ! hsv2rgb", RST_U8, 4);
    check_round_trip("rgb2hsv ! hsv2rgb", RST_U16, 4);
    check_round_trip("rgb2hsv ! hsv2rgb", RST_F32, 1e-6);
    check_round_trip("rgb2hsv ! hsv2rgb", RST_F64, 1e-14);
    check_round_trip("rgb2lab ! lab2rgb", RST_F32, 1e-5);
    check_round_trip("rgb2lab ! lab2rgb", RST_F64, 1e-12);
    check_round_trip("srgb2linear ! linear2srgb", RST_F64, 1e-13);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hsv),          cmocka_unit_test(test_lab),         cmocka_unit_test(test_gray),
        cmocka_unit_test(test_curves),       cmocka_unit_test(test_gray_ties),   cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_curve_tables), cmocka_unit_test(test_round_trips),
    };
    return cmocka_run_group_tests(tests, neighbour_setup, NULL);
}
