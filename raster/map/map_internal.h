/* What a mapping is made of. Private to this folder (and to its tests). */
#ifndef RASTER_MAP_MAP_INTERNAL_H
#define RASTER_MAP_MAP_INTERNAL_H

#include <unistd.h>

#include "raster/map/map.h"

struct rst_map {
    unsigned char *base; /* page aligned; NULL while nothing is mapped (length 0) */
    size_t span;         /* bytes mapped from base on */
    unsigned char *data; /* base + offset % page size; NULL with base */
    uint64_t length;
    uint64_t offset;
    enum rst_mode mode;          /* SHARED for anonymous memory: its stores need no write-back */
    int descriptor;              /* -1 for anonymous memory */
    bool writable;               /* the descriptor was opened for writing */
    bool sparse;                 /* scratch whose space is not reserved */
    struct rst_patches *patches; /* of a patchwork; else NULL */
    char path[];
};

/* A run of whole pages. */
struct rst_pages {
    unsigned char *start;
    size_t bytes;
};

static inline size_t rst_page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

struct rst_patches;
void rst_patches_free(struct rst_patches *patches); /* takes NULL */

/* Maps map->length bytes at map->offset of its file; what was mapped before is forgotten, not unmapped. On failure the
 * map is as before. */
RST_MUST_USE enum rst_status rst_map_attach(struct rst_map *map, uint64_t length, struct rst_error *err);

/* Proves that a caller's range lies in the mapping, and turns length 0 into "to the end". */
RST_MUST_USE enum rst_status rst_map_range(const struct rst_map *map, uint64_t from, uint64_t *length,
                                           struct rst_error *err);

/* RST_E_TRUNCATED where the file has become shorter than a range that was mapped. */
RST_MUST_USE enum rst_status rst_map_check_length(const struct rst_map *map, uint64_t from, uint64_t length,
                                                  struct rst_error *err);

/* rst_map_write_back() with the file to look for private pages in; where it cannot be read, pages are compared. */
RST_MUST_USE enum rst_status rst_map_write_back_by(struct rst_map *map, const char *pagemap, bool sync, uint64_t *bytes,
                                                   struct rst_error *err);

/* A new unlinked file in `directory`, by O_TMPFILE or by mkstemp and unlink; -1 and errno where that fails. */
int rst_scratch_tmpfile(const char *directory);
int rst_scratch_unlinked(const char *directory);

#endif
