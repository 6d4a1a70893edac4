/* Patchwork: scratch that is as long as an image and as large as what is in use of it.
 *
 * The address space of the whole image is set aside, without access. The scratch file behind it is a row of slots; a
 * piece of the address space is given a slot while it is in use. A slot that becomes free is used again, with the
 * memory that it has: taking pages from the system, cleared, and finding them a place on the disk, costs more than
 * decoding does. Only what lies idle beyond a few slots is given back at once.
 *
 * A store outside of a piece in use is a fault, never a change of another piece: addresses are not kept mapped after
 * their slot went elsewhere.
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "raster/base/size.h"
#include "raster/map/map_internal.h"
#include "raster/map/space.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

#define NO_SLOT UINT32_MAX

enum { IDLE_MOST = 16 }; /* slots kept with their memory, unless told otherwise */

struct rst_patches {
    uint64_t piece;  /* bytes */
    uint64_t count;  /* of pieces */
    uint32_t *slots; /* [piece] its slot in the file, or NO_SLOT */
    uint32_t *idle;  /* free slots, the first idle_warm of them with memory and space */
    uint32_t idle_count, idle_warm;
    uint32_t idle_most; /* of the warm ones */
    uint32_t made;      /* slots that the file has */
    pthread_mutex_t lock;
};

void rst_patches_free(struct rst_patches *patches)
{
    if (!patches) return;
    pthread_mutex_destroy(&patches->lock);
    free(patches->slots);
    free(patches->idle);
    free(patches);
}

static struct rst_patches *new_patches(uint64_t length, uint64_t piece)
{
    struct rst_patches *patches = calloc(1, sizeof *patches);
    uint64_t count = (length + piece - 1) / piece;
    if (!patches) return NULL;
    pthread_mutex_init(&patches->lock, NULL);
    patches->piece = piece;
    patches->count = count;
    patches->idle_most = IDLE_MOST;
    bool fits = count < NO_SLOT && count <= SIZE_MAX / sizeof *patches->slots;
    patches->slots = fits ? malloc((size_t)(count + 1) * sizeof *patches->slots) : NULL;
    patches->idle = fits ? malloc((size_t)(count + 1) * sizeof *patches->idle) : NULL;
    if (!patches->slots || !patches->idle) {
        rst_patches_free(patches);
        return NULL;
    }
    for (uint64_t i = 0; i < count; i++)
        patches->slots[i] = NO_SLOT;
    return patches;
}

/* Sets aside addresses, from a multiple of the piece on, so that a piece can be one large page. */
static enum rst_status set_aside(struct rst_map *map, uint64_t length, uint64_t piece, struct rst_error *err)
{
    uint64_t span;
    if (!rst_align_up(length, piece, &span) || !rst_add(span, piece, &span) || span > PTRDIFF_MAX)
        return rst_fail(err, RST_E_NOMEM, "%s: %" PRIu64 " bytes are more than can be mapped", map->path, length);
    void *base = mmap(NULL, (size_t)span, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED)
        return rst_fail_errno(err, errno, "%s: setting aside %" PRIu64 " bytes of addresses", map->path, length);
    map->base = base;
    map->span = (size_t)span;
    map->data = (unsigned char *)(((uintptr_t)base + piece - 1) & ~(uintptr_t)(piece - 1));
    map->length = length;
    return RST_OK;
}

enum rst_status rst_map_patchwork(const char *directory, uint64_t length, uint64_t piece, struct rst_map **out,
                                  struct rst_error *err)
{
    struct rst_map *map = NULL;
    *out = NULL;
    if (piece < rst_page_size() || (piece & (piece - 1)) != 0)
        return rst_fail(err, RST_E_ARGUMENT, "pieces of %" PRIu64 " bytes: a power of two from %zu on is wanted", piece,
                        rst_page_size());
    RST_TRY(rst_map_scratch(directory, 0, true, &map, err));
    enum rst_status status = RST_OK;
    map->patches = new_patches(length, piece);
    if (!map->patches) status = rst_fail(err, RST_E_NOMEM, "no memory for the pieces of %" PRIu64 " bytes", length);
    if (status == RST_OK) status = set_aside(map, length, piece, err);
    if (status == RST_OK)
        *out = map;
    else
        rst_map_close(&map);
    return status;
}

/* A slot without memory gets space; *warm where it has both already. */
static enum rst_status take_slot(struct rst_map *map, uint32_t *slot, bool *warm, struct rst_error *err)
{
    struct rst_patches *patches = map->patches;
    pthread_mutex_lock(&patches->lock);
    *warm = patches->idle_warm > 0;
    if (*warm) {
        *slot = patches->idle[--patches->idle_warm];
        patches->idle[patches->idle_warm] = patches->idle[--patches->idle_count];
    } else {
        *slot = patches->idle_count > 0 ? patches->idle[--patches->idle_count] : patches->made++;
    }
    pthread_mutex_unlock(&patches->lock);
    if (*warm) return RST_OK;
    return rst_space_reserve(map->descriptor, map->path, *slot * patches->piece, patches->piece, err);
}

/* Puts a slot among the free ones; false where it is to be given back first, and was not taken. */
static bool keep_slot(struct rst_patches *patches, uint32_t slot, bool warm)
{
    pthread_mutex_lock(&patches->lock);
    bool taken = !warm || patches->idle_warm < patches->idle_most;
    if (taken && warm) {
        patches->idle[patches->idle_count++] = patches->idle[patches->idle_warm];
        patches->idle[patches->idle_warm++] = slot;
    } else if (taken) {
        patches->idle[patches->idle_count++] = slot;
    }
    pthread_mutex_unlock(&patches->lock);
    return taken;
}

/* Memory and disk space of a slot go back to the system; a file system that cannot do that keeps them. */
static void cool_slot(struct rst_map *map, uint32_t slot)
{
    uint64_t piece = map->patches->piece;
    int flags = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
    (void)fallocate(map->descriptor, flags, (off_t)(slot * piece), (off_t)piece);
    (void)keep_slot(map->patches, slot, false);
}

static enum rst_status bring_in(unsigned char *at, size_t bytes, bool warm, const char *path, struct rst_error *err)
{
    int result;
    if (!warm) (void)madvise(at, bytes, MADV_HUGEPAGE); /* only advice */
    do
        result = madvise(at, bytes, MADV_POPULATE_WRITE);
    while (result != 0 && errno == EINTR);
    if (result == 0 || errno == EINVAL) return RST_OK; /* EINVAL: a kernel before 5.14; space is reserved in any case */
    return rst_fail_errno(err, errno == EFAULT ? EIO : errno, "%s: %zu bytes cannot be stored to", path, bytes);
}

enum rst_status rst_map_patch(struct rst_map *map, uint64_t index, struct rst_error *err)
{
    struct rst_patches *patches = map->patches;
    size_t piece = (size_t)patches->piece;
    unsigned char *at = map->data + index * piece;
    uint32_t slot;
    bool warm;
    enum rst_status status = take_slot(map, &slot, &warm, err);
    if (status == RST_OK && mmap(at, piece, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, map->descriptor,
                                 (off_t)(slot * patches->piece)) == MAP_FAILED)
        status = rst_fail_errno(err, errno, "%s: mapping %zu bytes", map->path, piece);
    if (status == RST_OK) {
        patches->slots[index] = slot;
        status = bring_in(at, piece, warm, map->path, err);
        if (status != RST_OK) rst_map_unpatch(map, index);
    } else {
        cool_slot(map, slot);
    }
    return status;
}

void rst_map_unpatch(struct rst_map *map, uint64_t index)
{
    struct rst_patches *patches = map->patches;
    size_t piece = (size_t)patches->piece;
    unsigned char *at = map->data + index * piece;
    uint32_t slot = patches->slots[index];
    patches->slots[index] = NO_SLOT;
    /* Where even this fails the process is out of mappings: the slot must not be used again under these addresses. */
    if (mmap(at, piece, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED)
        return;
    if (!keep_slot(patches, slot, true)) cool_slot(map, slot);
}

/* Gives back the memory of idle slots until `most` of them have any. */
static void cool_down_to(struct rst_map *map, uint32_t most)
{
    struct rst_patches *patches = map->patches;
    for (;;) {
        pthread_mutex_lock(&patches->lock);
        bool found = patches->idle_warm > most;
        uint32_t slot = 0;
        if (found) {
            slot = patches->idle[--patches->idle_warm];
            patches->idle[patches->idle_warm] = patches->idle[--patches->idle_count];
        }
        pthread_mutex_unlock(&patches->lock);
        if (!found) return;
        cool_slot(map, slot);
    }
}

void rst_map_trim(struct rst_map *map)
{
    cool_down_to(map, 0);
}

void rst_map_keep_idle(struct rst_map *map, uint32_t pieces)
{
    pthread_mutex_lock(&map->patches->lock);
    map->patches->idle_most = pieces;
    pthread_mutex_unlock(&map->patches->lock);
    cool_down_to(map, pieces);
}
