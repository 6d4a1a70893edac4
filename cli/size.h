/* Sizes in bytes, as people write and read them. */
#ifndef CLI_SIZE_H
#define CLI_SIZE_H

#include <stddef.h>
#include <stdint.h>

#include "raster/raster.h"

/* Reads a whole number from 1 on with K, M, G or T for powers of 1024 behind it, which B or iB may follow: 64M, 64MiB
 * and 67108864 are the same. RST_E_ARGUMENT names `name`, the option or variable that has the text. */
RST_MUST_USE enum rst_status size_parse(const char *name, const char *text, uint64_t *bytes, struct rst_error *err);

/* "64.0 MiB"; up to 1023 "512 bytes". Returns buffer, for which 32 bytes are enough. */
char *size_format(uint64_t bytes, char *buffer, size_t size);

/* "64.0 MiB (67108864 bytes)", and "512 bytes". 64 bytes are enough. */
char *size_format_exact(uint64_t bytes, char *buffer, size_t size);

#endif
