/* unsharp: what it is beside sharpen and gaussblur, for every type and path, and its threshold. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/average.h"
#include "tests/support/neighbours.h"
#include "tests/support/oprun.h"

static const double sigmas[] = {1, 2.5, 5, 17};

static struct rst_shape shape_of(enum rst_type type)
{
    return (struct rst_shape){.type = type, .width = 43, .height = 29, .bands = 2, .alpha = -1, .opacity = -1};
}

/* Smooth enough that differences are small ones, in part. */
static void *soft_pixels(const struct rst_shape *shape, uint64_t seed)
{
    void *noise = average_pixels(shape, AVERAGE_NOISE, seed);
    struct rst_run_options options = {.threads = 1};
    void *soft = neighbour_run("gaussblur --sigma 1", shape, noise, &options, NULL);

    free(noise);
    return soft;
}

static void no_threshold_is_sharpen(void **state)
{
    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (int s = 0; s < 4; s++)
            for (int special = 0; special < 2; special++) {
                struct rst_shape shape = shape_of(type);
                struct rst_run_options options = {.threads = 1};
                char text[100];
                if (special) shape.has_nodata = true;
                void *pixels = average_pixels(&shape, (enum average_fill)(s % 2), 3);
                snprintf(text, sizeof(text), "sharpen --sigma %g --amount 1.7", sigmas[s]);
                void *sharpened = neighbour_run(text, &shape, pixels, &options, NULL);
                snprintf(text, sizeof(text), "unsharp --sigma %g --amount 1.7", sigmas[s]);
                void *unsharp = neighbour_run_each(text, &shape, pixels, &options, NULL);
                assert_memory_equal(sharpened, unsharp, oprun_bytes(&shape));
                free(pixels);
                free(sharpened);
                free(unsharp);
            }
}

/* Against the image blurred in double: a sample is sharpened or left alone, as its difference to that says, and may be
 * either where it is as close to the threshold as the blurred image's error. */
static void threshold_leaves_low_contrast_alone(void **state)
{
    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (int s = 0; s < 4; s++) {
            struct rst_shape shape = shape_of(type), wide = shape_of(RST_F64);
            struct rst_run_options options = {.threads = 1};
            void *pixels = soft_pixels(&shape, 4);
            double range = rst_type_is_float(type) ? 2000 : ldexp(1, 8 * (int)rst_type_size(type));
            double threshold = rint(range / 24), amount = 0.8, error = range * 3e-3;
            size_t count = (size_t)(shape.width * shape.height * shape.bands), left = 0;
            double *values = malloc(count * sizeof(double));
            char text[100];
            for (size_t i = 0; i < count; i++)
                values[i] = average_value(pixels, type, i);
            snprintf(text, sizeof(text), "gaussblur --sigma %g", sigmas[s]);
            double *blurred = neighbour_run(text, &wide, values, &options, NULL);
            snprintf(text, sizeof(text), "unsharp --sigma %g --amount %g --threshold %g", sigmas[s], amount, threshold);
            void *result = neighbour_run_each(text, &shape, pixels, &options, NULL);
            for (size_t i = 0; i < count; i++) {
                double got = average_value(result, type, i), apart = values[i] - blurred[i];
                double sharp = neighbour_saturated(type, values[i] + amount * apart);
                bool alone = got == values[i], sharpened = fabs(got - sharp) <= error + 1;
                left += fabs(apart) <= threshold;
                if (fabs(apart) < threshold - error   ? alone
                    : fabs(apart) > threshold + error ? sharpened
                                                      : alone || sharpened)
                    continue;
                fail_msg("%s on %s: sample %zu is %g, of %g, blurred %g", text, rst_type_name(type), i, got, values[i],
                         blurred[i]);
            }
            assert_true(left > count / 20 && left < count);
            free(pixels);
            free(values);
            free(blurred);
            free(result);
        }
}

static void the_threshold_itself_is_left_alone(void **state)
{
    struct rst_shape shape = {.type = RST_F64, .width = 9, .height = 1, .bands = 1, .alpha = -1, .opacity = -1};
    double pixels[9] = {0, 0, 0, 0, 1, 0, 0, 0, 0};
    struct rst_run_options options = {.threads = 1};
    char text[100];

    (void)state;
    double *blurred = neighbour_run("gaussblur --sigma 1", &shape, pixels, &options, NULL);
    snprintf(text, sizeof(text), "unsharp --sigma 1 --amount 1 --threshold %.17g", pixels[4] - blurred[4]);
    double *result = neighbour_run(text, &shape, pixels, &options, NULL);
    assert_true(result[4] == 1);
    free(result);
    snprintf(text, sizeof(text), "unsharp --sigma 1 --amount 1 --threshold %.17g", (pixels[4] - blurred[4]) * 0.999);
    result = neighbour_run(text, &shape, pixels, &options, NULL);
    assert_true(result[4] > 1);
    assert_true(result[3] == 0);
    free(result);
    free(blurred);
}

static void parameters_are_checked(void **state)
{
    static const char *const wrong[] = {"unsharp --sigma 0", "unsharp --amount -1", "unsharp --threshold -1",
                                        "unsharp --radius 2"};
    (void)state;
    oprun_refuses(wrong, sizeof wrong / sizeof *wrong);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_threshold_is_sharpen),
        cmocka_unit_test(threshold_leaves_low_contrast_alone),
        cmocka_unit_test(the_threshold_itself_is_left_alone),
        cmocka_unit_test(parameters_are_checked),
    };
    return cmocka_run_group_tests(tests, neighbour_setup, NULL);
}
