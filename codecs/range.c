/* The loops around pread and pwrite. Messages are the callers': they know what the bytes were. */
#define _GNU_SOURCE 1
#include "codecs/range.h"

#include <errno.h>
#include <unistd.h>

int rst_range_read(int descriptor, uint64_t at, void *to, size_t size, size_t *got)
{
    for (*got = 0; *got < size;) {
        ssize_t more = pread(descriptor, (char *)to + *got, size - *got, (off_t)(at + *got));
        if (more < 0 && errno == EINTR) continue;
        if (more < 0) return errno;
        if (more == 0) break;
        *got += (size_t)more;
    }
    return 0;
}

int rst_range_write(int descriptor, uint64_t at, const void *from, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t put = pwrite(descriptor, (const char *)from + done, size - done, (off_t)(at + done));
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return errno;
        if (put == 0) return EIO; /* or this would not end */
        done += (size_t)put;
    }
    return 0;
}
