/* Opening files in tests. */
#ifndef TESTS_SUPPORT_OPENS_H
#define TESTS_SUPPORT_OPENS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "codecs/codecs.h"

static inline struct rst_raster *opens(const char *path, enum rst_mode mode, const struct rst_open_options *options)
{
    struct rst_raster *raster = NULL;
    struct rst_error err = {0};
    if (rst_open(path, mode, options, &raster, &err) != RST_OK) fail_msg("%s", err.message);
    return raster;
}

/* Opening fails with that status, hands out nothing and says the words. */
static inline void opens_not(const char *path, enum rst_mode mode, const struct rst_open_options *options,
                             enum rst_status status, const char *words)
{
    struct rst_raster *raster = NULL;
    struct rst_error err = {0};
    enum rst_status got = rst_open(path, mode, options, &raster, &err);
    if (got != status) fail_msg("%s: status %d, not %d: %s", path, got, status, err.message);
    assert_null(raster);
    assert_int_equal(err.status, status);
    if (!strstr(err.message, words)) fail_msg("\"%s\" does not say \"%s\"", err.message, words);
}

#endif
