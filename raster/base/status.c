/* Status texts, and the one place that fills a `struct rst_error`.
 *
 * The text of an error is made whole first and shortened afterwards: the numbers and the reason stand at its end, the
 * path at its start, so what does not fit into 255 bytes is taken out of the middle. Invariant: a stored message is one
 * line, ends in a nil byte, and is never replaced by a later one.
 */
#define _GNU_SOURCE 1
#include "raster/base/status.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* Room for the longest path (4096) and a sentence. */
enum { TEXT_SIZE = 4608, HEAD_KEPT = 88 };

static const char *const status_texts[RST_STATUS_COUNT] = {
    [RST_OK] = "no error",
    [RST_E_ARGUMENT] = "bad argument",
    [RST_E_NOMEM] = "out of memory",
    [RST_E_IO] = "input or output failed",
    [RST_E_NOSPACE] = "no space left",
    [RST_E_NOTFOUND] = "file not found",
    [RST_E_EXISTS] = "file exists",
    [RST_E_LOCKED] = "locked by another process",
    [RST_E_FORMAT] = "malformed file",
    [RST_E_UNSUPPORTED] = "not supported",
    [RST_E_TRUNCATED] = "file too short",
    [RST_E_READONLY] = "read-only",
    [RST_E_CANCELLED] = "cancelled",
};

const char *rst_status_text(enum rst_status status)
{
    int index = (int)status;
    return index >= 0 && index < RST_STATUS_COUNT ? status_texts[index] : "unknown status";
}

/* Inside a UTF-8 character, where a text must not be cut. */
static int is_continuation(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

static void store(struct rst_error *err, enum rst_status status, const char *text)
{
    static const char gap[] = "...";
    const size_t room = sizeof err->message - 1;
    size_t length = strlen(text);

    if (length <= room) {
        memcpy(err->message, text, length + 1);
    } else {
        size_t head = HEAD_KEPT, tail = length - (room - (sizeof gap - 1) - HEAD_KEPT);
        while (head > 0 && is_continuation(text[head]))
            head--;
        while (is_continuation(text[tail]))
            tail++;
        memcpy(err->message, text, head);
        memcpy(err->message + head, gap, sizeof gap - 1);
        memcpy(err->message + head + sizeof gap - 1, text + tail, length - tail + 1);
    }
    for (char *c = err->message; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7F) *c = '?';
    err->status = status;
}

enum rst_status rst_fail(struct rst_error *err, enum rst_status status, const char *format, ...)
{
    assert(status != RST_OK);
    if (err && err->status == RST_OK) {
        char text[TEXT_SIZE];
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(text, sizeof text, format, arguments);
        va_end(arguments);
        store(err, status, text);
    }
    return status;
}

static enum rst_status status_of_errno(int error)
{
    switch (error) {
    case ENOSPC:
    case EDQUOT:
        return RST_E_NOSPACE;
    case ENOMEM:
        return RST_E_NOMEM;
    case ENOENT:
        return RST_E_NOTFOUND;
    default:
        return RST_E_IO;
    }
}

enum rst_status rst_fail_errno(struct rst_error *err, int error, const char *format, ...)
{
    enum rst_status status = status_of_errno(error);

    if (err && err->status == RST_OK) {
        char text[TEXT_SIZE], reason[128];
        const char *phrase = strerror_r(error, reason, sizeof reason);
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(text, sizeof text - sizeof reason - 2, format, arguments);
        va_end(arguments);
        size_t length = strlen(text);
        snprintf(text + length, sizeof text - length, ": %s", phrase);
        store(err, status, text);
    }
    return status;
}
