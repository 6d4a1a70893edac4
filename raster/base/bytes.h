/* Bytes that grow: what an encoder makes, a chunk of a file, a blob of metadata. A zeroed struct is empty. */
#ifndef RASTER_BASE_BYTES_H
#define RASTER_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "raster/base/export.h"

RST_BEGIN

struct rst_bytes {
    unsigned char *data; /* owned */
    size_t size, capacity;
};

/* Room for `more` bytes behind the last: their address, to be filled by the caller who then adds to size. NULL where
 * there is no memory; what was there stays. */
RST_API void *rst_bytes_room(struct rst_bytes *bytes, size_t more);

/* false where there is no memory; what was there stays. */
RST_API RST_MUST_USE bool rst_bytes_append(struct rst_bytes *bytes, const void *from, size_t size);

/* Frees and zeroes. */
RST_API void rst_bytes_clear(struct rst_bytes *bytes);

RST_END

#endif
