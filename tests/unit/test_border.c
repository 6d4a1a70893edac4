/* Border rules against what they say: an image is laid out copy by copy, one step at a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "raster/image/border.h"
#include "raster/image/run.h"

/* Walks from the edge outwards one step at a time, turning or jumping where the rule does. */
static int64_t walk(int64_t at, int64_t size, enum rst_border_rule rule)
{
    int64_t place = at < 0 ? 0 : size - 1, direction = at < 0 ? -1 : 1;
    int64_t steps = at < 0 ? -at : at - (size - 1);
    if (at >= 0 && at < size) return at;
    if (rule == RST_CONSTANT) return -1;
    for (; steps > 0; steps--) {
        int64_t next = place + direction;
        if (next >= 0 && next < size) {
            place = next;
        } else if (rule == RST_REPLICATE || (rule == RST_REFLECT101 && size == 1)) {
            continue;
        } else if (rule == RST_WRAP) {
            place = next < 0 ? size - 1 : 0;
        } else {
            direction = -direction;
            if (rule == RST_REFLECT101) place += direction;
        }
    }
    return place;
}

static void index_is_a_walk(void **unused)
{
    (void)unused;
    for (int rule = RST_REPLICATE; rule <= RST_CONSTANT; rule++)
        for (int64_t size = 1; size <= 7; size++)
            for (int64_t at = -40; at <= 40; at++)
                assert_int_equal(rst_border_index(at, size, (enum rst_border_rule)rule),
                                 walk(at, size, (enum rst_border_rule)rule));
}

/* The pictures in the header. */
static void index_matches_the_pictures(void **unused)
{
    (void)unused;
    static const char image[] = "abcd";
    static const char *const pictures[] = {"aaaabcdddd", "cbaabcddcb", "dcbabcdcba", "bcdabcdabc", "vvvabcdvvv"};
    for (int rule = RST_REPLICATE; rule <= RST_CONSTANT; rule++)
        for (int64_t at = -3; at < 7; at++) {
            int64_t index = rst_border_index(at, 4, (enum rst_border_rule)rule);
            assert_int_equal(index < 0 ? 'v' : image[index], pictures[rule][at + 3]);
        }
}

static void runs_are_indices_in_a_row(void **unused)
{
    (void)unused;
    for (int rule = RST_REPLICATE; rule <= RST_CONSTANT; rule++)
        for (int64_t size = 1; size <= 6; size++)
            for (int64_t at = -30; at <= 30; at++) {
                struct rst_run run = rst_border_run(at, size, 9, (enum rst_border_rule)rule);
                assert_in_range(run.length, 1, 9);
                for (int64_t i = 0; i < run.length; i++)
                    assert_int_equal(run.source + run.step * i, walk(at + i, size, (enum rst_border_rule)rule));
            }
}

static void far_out_does_not_overflow(void **unused)
{
    (void)unused;
    static const int64_t sizes[] = {1, 2, 1000003, INT64_C(1) << 40, INT64_MAX};
    static const int64_t places[] = {INT64_MIN, INT64_MIN + 1, -1, INT64_MAX - 1, INT64_MAX};
    for (int rule = RST_REPLICATE; rule < RST_CONSTANT; rule++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
            for (size_t p = 0; p < sizeof places / sizeof *places; p++) {
                struct rst_run run = rst_border_run(places[p], sizes[s], 1, (enum rst_border_rule)rule);
                assert_true(run.source >= 0 && run.source < sizes[s]);
                assert_int_equal(run.length, 1);
            }
    assert_int_equal(rst_border_index(INT64_MAX, 10, RST_WRAP), INT64_MAX % 10);
    assert_int_equal(rst_border_index(INT64_MIN, 10, RST_WRAP), 2); /* -...5808 modulo 10 */
    assert_int_equal(rst_border_index(-1, INT64_MAX, RST_REFLECT), 0);
    assert_int_equal(rst_border_index(-1, INT64_MAX, RST_REFLECT101), 1);
}

static void names_are_parsed(void **unused)
{
    (void)unused;
    static const char *const names[] = {"replicate", "reflect", "reflect101", "wrap"};
    struct rst_border border;
    for (int rule = 0; rule < 4; rule++) {
        border = (struct rst_border){RST_CONSTANT, 9};
        assert_int_equal(rst_border_parse(names[rule], &border, NULL), RST_OK);
        assert_int_equal(border.rule, rule);
        assert_true(border.value == 0);
    }
    assert_int_equal(rst_border_parse("constant:-2.5", &border, NULL), RST_OK);
    assert_int_equal(border.rule, RST_CONSTANT);
    assert_true(border.value == -2.5);

    static const char *const bad[] = {"", "mirror", "constant", "constant:", "constant:1x", "wrap ", "Wrap"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct rst_error err = {0};
        assert_int_equal(rst_border_parse(bad[i], &border, &err), RST_E_ARGUMENT);
        assert_non_null(strstr(err.message, bad[i]));
        assert_non_null(strstr(err.message, "reflect101"));
        assert_non_null(strstr(err.message, "constant:V"));
    }
    assert_int_equal(border.rule, RST_CONSTANT); /* untouched by what failed */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(index_is_a_walk),           cmocka_unit_test(index_matches_the_pictures),
        cmocka_unit_test(runs_are_indices_in_a_row), cmocka_unit_test(far_out_does_not_overflow),
        cmocka_unit_test(names_are_parsed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
