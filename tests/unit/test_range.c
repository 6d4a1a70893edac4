/* Ranges of a file: whole, or with the error and how far it came. */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "codecs/range.h"
#include "tests/support/files.h"

static void what_is_there_is_read(void **state)
{
    int descriptor = open(files_make("read", 1000), O_RDONLY | O_CLOEXEC);
    unsigned char bytes[100];
    size_t got = 77;
    (void)state;
    assert_int_equal(rst_range_read(descriptor, 850, bytes, 100, &got), 0);
    assert_int_equal(got, 100);
    for (size_t i = 0; i < got; i++)
        assert_int_equal(bytes[i], files_byte(850 + i));
    assert_int_equal(rst_range_read(descriptor, 950, bytes, 100, &got), 0);
    assert_int_equal(got, 50);
    assert_int_equal(bytes[49], files_byte(999));
    assert_int_equal(rst_range_read(descriptor, 1000, bytes, 100, &got), 0);
    assert_int_equal(got, 0);
    assert_int_equal(rst_range_read(descriptor, UINT64_MAX - 5, bytes, 100, &got), EINVAL);
    assert_int_equal(got, 0);
    close(descriptor);
    assert_int_equal(rst_range_read(descriptor, 0, bytes, 100, &got), EBADF);
}

/* A write that the limit of the file's size cuts short goes on where it stopped, to learn why. */
static int write_beyond_the_limit(void *path)
{
    static const char bytes[1000];
    int descriptor = open(path, O_RDWR | O_CLOEXEC);
    files_limit_size(1500);
    FILES_CHECK(rst_range_write(descriptor, 700, bytes, sizeof bytes) == EFBIG);
    FILES_CHECK(files_length(path) == 1500);
    return 0;
}

static void what_is_written_is_there(void **state)
{
    char *path = files_make("written", 1000), seen[5];
    int descriptor = open(path, O_RDWR | O_CLOEXEC);
    size_t got;
    (void)state;
    assert_int_equal(rst_range_write(descriptor, 998, "bytes", 5), 0);
    assert_int_equal(files_length(path), 1003);
    assert_int_equal(rst_range_read(descriptor, 998, seen, 5, &got), 0);
    assert_memory_equal(seen, "bytes", 5);
    assert_int_equal(rst_range_write(descriptor, 0, "", 0), 0);
    close(descriptor);
    assert_int_equal(rst_range_write(descriptor, 0, "bytes", 5), EBADF);
    assert_int_equal(files_in_child(write_beyond_the_limit, path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_there_is_read),
        cmocka_unit_test(what_is_written_is_there),
    };
    return cmocka_run_group_tests(tests, files_setup, files_teardown);
}
