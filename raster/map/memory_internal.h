/* The system's accounts of memory, wherever they stand. Private to this folder (and to its tests). */
#ifndef RASTER_MAP_MEMORY_INTERNAL_H
#define RASTER_MAP_MEMORY_INTERNAL_H

#include <stdbool.h>

#include "raster/map/memory.h"

/* rst_memory_resident(), rst_memory_spare() and rst_memory_usage() with `root` before every path that they read: "" for
 * the system's own. */
struct rst_resident rst_memory_resident_under(const char *root);
uint64_t rst_memory_spare_under(const char *root);
struct rst_usage rst_memory_usage_under(const char *root);

/* What the memory cgroups of this process leave, of either version; UINT64_MAX where none has a limit. */
uint64_t rst_cgroup_spare(const char *root);

/* The number behind `key` in a file of "key number" lines, where the number is alone or followed by a unit, which is
 * not looked at. False, and *number as it was, where there is none. */
bool rst_memory_field(const char *path, const char *key, uint64_t *number);

#endif
