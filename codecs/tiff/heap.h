/* The memory that libtiff, and the libraries behind it, take to code a block. */
#ifndef CODECS_TIFF_HEAP_H
#define CODECS_TIFF_HEAP_H

#include "codecs/tiff/coding.h"

/* Upper estimates of what is resident of a handle that encodes, or decodes, blocks of so many bytes: its own memory and
 * what it takes for a block at work, but neither the samples nor the compressed bytes. `scheme` is TIFF's number. */
uint64_t rst_tiff_heap_encoding(const struct rst_tiff_coding *coding, uint64_t bytes);
uint64_t rst_tiff_heap_decoding(unsigned scheme, uint64_t bytes);

#endif
