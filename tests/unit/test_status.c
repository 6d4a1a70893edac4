/* Errors: the first message wins, is one line, and keeps both its ends where it is too long. */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "raster/base/status.h"

static void every_status_has_a_text_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < RST_STATUS_COUNT; i++) {
        assert_non_null(rst_status_text((enum rst_status)i));
        for (int j = 0; j < i; j++)
            assert_string_not_equal(rst_status_text((enum rst_status)i), rst_status_text((enum rst_status)j));
    }
    assert_non_null(rst_status_text((enum rst_status)999));
    assert_non_null(rst_status_text((enum rst_status) - 1));
}

static void the_first_message_wins(void **state)
{
    struct rst_error err = {0};
    (void)state;
    assert_int_equal(rst_fail(&err, RST_E_FORMAT, "%s: tag %d", "a.tif", 258), RST_E_FORMAT);
    assert_int_equal(rst_fail(&err, RST_E_IO, "later"), RST_E_IO);
    assert_int_equal(rst_fail_errno(&err, ENOSPC, "later"), RST_E_NOSPACE);
    assert_int_equal(err.status, RST_E_FORMAT);
    assert_string_equal(err.message, "a.tif: tag 258");
}

static void no_error_is_wanted(void **state)
{
    (void)state;
    assert_int_equal(rst_fail(NULL, RST_E_LOCKED, "x"), RST_E_LOCKED);
    assert_int_equal(rst_fail_errno(NULL, ENOENT, "x"), RST_E_NOTFOUND);
}

static void errno_becomes_status_and_text(void **state)
{
    static const struct {
        int error;
        enum rst_status status;
    } cases[] = {{ENOSPC, RST_E_NOSPACE},  {EDQUOT, RST_E_NOSPACE}, {ENOMEM, RST_E_NOMEM},
                 {ENOENT, RST_E_NOTFOUND}, {EACCES, RST_E_IO},      {EIO, RST_E_IO}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rst_error err = {0};
        char expected[256];
        snprintf(expected, sizeof expected, "f: byte 7: %s", strerror(cases[i].error));
        assert_int_equal(rst_fail_errno(&err, cases[i].error, "f: byte %d", 7), cases[i].status);
        assert_int_equal(err.status, cases[i].status);
        assert_string_equal(err.message, expected);
    }
}

static void a_long_path_leaves_the_numbers(void **state)
{
    struct rst_error err = {0};
    char path[4000];
    (void)state;
    memset(path, 'p', sizeof path - 1);
    memcpy(path, "/start/", 7);
    path[sizeof path - 1] = '\0';
    (void)rst_fail(&err, RST_E_TRUNCATED, "%s: 4711 bytes are needed, the file has 42", path);
    assert_int_equal(strlen(err.message), sizeof err.message - 1);
    assert_memory_equal(err.message, "/start/", 7);
    assert_non_null(strstr(err.message, "..."));
    assert_string_equal(strchr(err.message, ':'), ": 4711 bytes are needed, the file has 42");

    err = (struct rst_error){0};
    (void)rst_fail_errno(&err, EIO, "%s%s: byte 9", path, path);
    assert_non_null(strstr(err.message, strerror(EIO)));
}

static void a_cut_spares_utf8(void **state)
{
    (void)state;
    for (int shift = 0; shift < 4; shift++) {
        struct rst_error err = {0};
        char text[1024] = "";
        for (int i = 0; i < shift + 600; i++)
            text[i] = i < shift ? 'a' : "\xE2\x82\xAC"[(i - shift) % 3];
        (void)rst_fail(&err, RST_E_IO, "%s", text);
        const char *at = err.message + shift;
        while (strncmp(at, "\xE2\x82\xAC", 3) == 0)
            at += 3;
        assert_memory_equal(at, "...", 3);
        at += 3;
        while (strncmp(at, "\xE2\x82\xAC", 3) == 0)
            at += 3;
        assert_int_equal(*at, '\0');
    }
}

static void a_message_is_one_line(void **state)
{
    struct rst_error err = {0};
    (void)state;
    (void)rst_fail(&err, RST_E_IO, "%s: x", "a\nb\033[1m\x7F");
    assert_string_equal(err.message, "a?b?[1m?: x");
}

static enum rst_status try_twice(enum rst_status first, int *reached)
{
    RST_TRY(first);
    (*reached)++;
    return RST_OK;
}

static void try_leaves_on_failure(void **state)
{
    int reached = 0;
    (void)state;
    assert_int_equal(try_twice(RST_OK, &reached), RST_OK);
    assert_int_equal(try_twice(RST_E_NOMEM, &reached), RST_E_NOMEM);
    assert_int_equal(reached, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_a_text_of_its_own),
        cmocka_unit_test(the_first_message_wins),
        cmocka_unit_test(no_error_is_wanted),
        cmocka_unit_test(errno_becomes_status_and_text),
        cmocka_unit_test(a_long_path_leaves_the_numbers),
        cmocka_unit_test(a_cut_spares_utf8),
        cmocka_unit_test(a_message_is_one_line),
        cmocka_unit_test(try_leaves_on_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
