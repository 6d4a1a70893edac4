/* Disk space: reserved before it is mapped, because a store into a hole of a full disk is a signal and not an error.
 * Private to this folder (and to its tests). */
#ifndef RASTER_MAP_SPACE_H
#define RASTER_MAP_SPACE_H

#include <stdint.h>

#include "raster/base/status.h"

/* Bytes that an unprivileged writer may still store in the descriptor's file system; UINT64_MAX where it does not say.
 */
uint64_t rst_space_free(int descriptor);

/* Reserves `length` bytes of the file from `offset` on, and grows the file to hold them. On failure the file has the
 * length it had; RST_E_NOSPACE names the bytes wanted and the bytes free. `path` is for messages. */
RST_MUST_USE enum rst_status rst_space_reserve(int descriptor, const char *path, uint64_t offset, uint64_t length,
                                               struct rst_error *err);

#endif
