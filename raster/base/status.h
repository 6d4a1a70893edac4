/* Status codes and the diagnostic buffer that every fallible function takes last.
 *
 * A function returns RST_OK (0) or the reason it failed. Where the caller passes a `struct rst_error`, the first
 * message stored in it wins: what failed first is what the user reads, later consequences are dropped. Start with
 * `struct rst_error err = {0};`. Passing NULL is always allowed. The library never prints and never exits.
 */
#ifndef RASTER_BASE_STATUS_H
#define RASTER_BASE_STATUS_H

#include "raster/base/export.h"

RST_BEGIN

enum rst_status {
    RST_OK = 0,
    RST_E_ARGUMENT,    /* an argument or parameter is out of its range */
    RST_E_NOMEM,       /* memory could not be had */
    RST_E_IO,          /* a system call failed; the message has errno's text */
    RST_E_NOSPACE,     /* the file system or the quota is full */
    RST_E_NOTFOUND,    /* no such file */
    RST_E_EXISTS,      /* the output exists and may not be replaced */
    RST_E_LOCKED,      /* another process holds a lock */
    RST_E_FORMAT,      /* the file breaks the rules of its format */
    RST_E_UNSUPPORTED, /* the file or request is valid, and not handled */
    RST_E_TRUNCATED,   /* the file is shorter than its geometry says */
    RST_E_READONLY,    /* the mapping or raster may not be written */
    RST_E_CANCELLED,   /* the caller's flag was raised */
    RST_STATUS_COUNT
};

struct rst_error {
    enum rst_status status; /* RST_OK while empty */
    char message[256];      /* one line, no newline: names the file, the place and the number */
};

/* A short fixed English phrase for a status: "out of memory". Never NULL. Any thread. */
RST_API const char *rst_status_text(enum rst_status status);

/* Stores the message in *err unless err is NULL or already holds one (the first message wins; a longer text is cut),
 * and returns `status`, so that a failing function ends in `return rst_fail(err, RST_E_FORMAT, "%s: ...", path)`. */
RST_API enum rst_status rst_fail(struct rst_error *err, enum rst_status status, const char *format, ...)
    RST_PRINTF(3, 4);

/* The same for a failed system call: the message ends in ": " and strerror(error). ENOSPC and EDQUOT give
 * RST_E_NOSPACE, ENOMEM gives RST_E_NOMEM, ENOENT RST_E_NOTFOUND, all else RST_E_IO. */
RST_API enum rst_status rst_fail_errno(struct rst_error *err, int error, const char *format, ...) RST_PRINTF(3, 4);

/* Leaves the calling function with the status of `call` where that is not RST_OK. */
#define RST_TRY(call)                                                                                                  \
    do {                                                                                                               \
        enum rst_status rst_try_status_ = (call);                                                                      \
        if (rst_try_status_ != RST_OK) return rst_try_status_;                                                         \
    } while (0)

RST_END

#endif
