/* What a mapping is made of. Private to this folder (and to its tests). */
#ifndef RASTER_MAP_MAP_INTERNAL_H
#define RASTER_MAP_MAP_INTERNAL_H

#include <stdatomic.h>
#include <unistd.h>

#include "raster/map/map.h"

struct rst_overlay;
struct rst_patches;

struct rst_map {
    unsigned char *base; /* page aligned; NULL while nothing is mapped (length 0) */
    size_t span;         /* bytes mapped from base on */
    unsigned char *data; /* base + offset % page size; NULL with base */
    uint64_t length;
    uint64_t offset;
    enum rst_mode mode;                    /* SHARED for anonymous memory: its stores need no write-back */
    int descriptor;                        /* -1 for anonymous memory */
    bool writable;                         /* the descriptor was opened for writing */
    uid_t owner;                           /* of the file, as it was opened; of scratch and memory the caller */
    bool sparse;                           /* scratch whose space is not reserved */
    struct rst_patches *patches;           /* of a patchwork; else NULL */
    _Atomic(struct rst_overlay *) overlay; /* of a PRIVATE mapping; NULL until a range is moved */
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

void rst_patches_free(struct rst_patches *patches); /* takes NULL */

/* Maps map->length bytes at map->offset of its file; what was mapped before is forgotten, not unmapped. On failure the
 * map is as before. */
RST_MUST_USE enum rst_status rst_map_attach(struct rst_map *map, uint64_t length, struct rst_error *err);

/* Proves that a caller's range lies in the mapping, and turns length 0 into "to the end". */
RST_MUST_USE enum rst_status rst_map_range(const struct rst_map *map, uint64_t from, uint64_t *length,
                                           struct rst_error *err);

/* The pages that lie wholly in a range (INWARD), or that hold any of its bytes. A mapping's own end counts as a page's
 * end: nobody else looks at the rest of that page through this mapping. */
enum rst_rounding { RST_INWARD, RST_OUTWARD };
struct rst_pages rst_map_pages(const struct rst_map *map, uint64_t from, uint64_t length, enum rst_rounding rounding);

/* A part of a mapping whose pages are those of a file: what is stored to them is in the page cache, and the mapping can
 * let go of them. The bytes from `from` on are those from map->offset + from on in the file. */
struct rst_part {
    uint64_t from, length;
    int descriptor;
};

/* The first such part of the range from *from to `end`, which *from moves behind; false where there is no more. None in
 * anonymous memory, in a patchwork, and in a PRIVATE mapping outside of its overlay. */
bool rst_map_next_part(const struct rst_map *map, uint64_t *from, uint64_t end, struct rst_part *part);

/* Starts the writing of a file's pages; with `finish`, waits for it and lets go of them in the page cache. File systems
 * that cannot do that are no error. `path` is for messages. */
RST_MUST_USE enum rst_status rst_file_write_out(int descriptor, const char *path, uint64_t from, uint64_t bytes,
                                                bool finish, struct rst_error *err);

/* What of a PRIVATE mapping lies in scratch: whole pieces, from multiples of RST_OVERLAY_PIECE in the file on. */
#define RST_OVERLAY_PIECE (UINT64_C(2) << 20)
bool rst_overlay_next_part(const struct rst_map *map, uint64_t *from, uint64_t end, struct rst_part *part);
void rst_overlay_undo(struct rst_map *map);         /* the file is mapped again; what the scratch had more is lost */
void rst_overlay_free(struct rst_overlay *overlay); /* takes NULL */

/* RST_E_TRUNCATED where the file has become shorter than a range that was mapped. */
RST_MUST_USE enum rst_status rst_map_check_length(const struct rst_map *map, uint64_t from, uint64_t length,
                                                  struct rst_error *err);

/* rst_map_write_back() with the file to look for private pages in; where it cannot be read, pages are compared. */
RST_MUST_USE enum rst_status rst_map_write_back_by(struct rst_map *map, const char *pagemap, bool sync, uint64_t *bytes,
                                                   struct rst_error *err);

/* A new unlinked file in `directory`, or where rst_map_scratch() would make it. */
RST_MUST_USE enum rst_status rst_scratch_open(const char *directory, int *descriptor, struct rst_error *err);

/* The same by O_TMPFILE or by mkstemp and unlink; -1 and errno where that fails. */
int rst_scratch_tmpfile(const char *directory);
int rst_scratch_unlinked(const char *directory);

#endif
