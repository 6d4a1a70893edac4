/* A range of a file, read or written whole: a system call may stop short of it, or be interrupted. */
#ifndef CODECS_RANGE_H
#define CODECS_RANGE_H

#include <stddef.h>
#include <stdint.h>

/* Both return 0, or the system's error. *got is how many bytes there were: less than `size` where the file ends before,
 * or an error came between. */
int rst_range_read(int descriptor, uint64_t at, void *to, size_t size, size_t *got);
int rst_range_write(int descriptor, uint64_t at, const void *from, size_t size);

#endif
