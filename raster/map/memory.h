/* Memory as the system counts it: what this process holds, and what the machine, or the cgroup that the process is in,
 * has to spare. */
#ifndef RASTER_MAP_MEMORY_H
#define RASTER_MAP_MEMORY_H

#include <stdint.h>

#include "raster/base/status.h"

RST_BEGIN

/* Bytes resident now: of anonymous memory, of mapped files, of shared memory (which tmpfs is). All 0 where the system
 * does not say. The kernel counts in batches: each may be some 100 KiB off per processor. */
struct rst_resident {
    uint64_t anonymous, file, shared;
};
RST_API struct rst_resident rst_memory_resident(void);

/* Bytes that this process can come to hold beside what it holds now, without harm to others: the machine's available
 * memory or, where that is less, what the limits of its cgroups (v1 or v2, all the way up) leave, whose page cache
 * counts as free. Read anew at each call. UINT64_MAX where nobody knows. */
RST_API uint64_t rst_memory_spare(void);

/* What the process has cost so far: differences of two calls tell what came between. */
struct rst_usage {
    int64_t minor_faults, major_faults;
    uint64_t disk_read, disk_written; /* bytes that went to or from the disk, not counting the page cache; 0: unknown */
};
RST_API struct rst_usage rst_memory_usage(void);

RST_END

#endif
