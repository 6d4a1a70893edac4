/* The overlay: edits of a private mapping that are kept in a file, because memory is too small for them.
 *
 * A scratch file, without a name and sparse, lies over the mapped one, byte k over byte k. Piece by piece, what the
 * mapping shows is copied into it, and the scratch is mapped over the same addresses, shared: from then on a store is a
 * dirty page of the scratch, which the kernel can write out and let go of, where a private copy would stay in memory.
 *
 * Pieces begin at multiples of their size in the file, so that neighbours become one mapping again, and no page belongs
 * to two. Invariants: a piece is marked only while its addresses show the scratch, and its space is reserved before it
 * is mapped; what is copied and not yet on the disk is bounded, however long the range is. The kernel's own reading
 * ahead, some MiB for each touch of what is not in memory, is kept off: where there is an overlay, memory is short.
 */
#define _GNU_SOURCE 1
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "raster/map/map_internal.h"
#include "raster/map/space.h"

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif

/* Pieces of one call that are not yet being written, and those that are not yet let go of. */
enum { WRITTEN_BEHIND = 4, DROPPED_BEHIND = 8 };

struct rst_overlay {
    int file;             /* the scratch */
    uint64_t start, end;  /* what is mapped, in the file: whole pages */
    pthread_mutex_t lock; /* held while a piece is moved */
    uint64_t count;
    atomic_bool moved[]; /* [piece, from the one that holds `start` on] */
};

/* A run of bytes of the file, in whole pages. */
struct run {
    uint64_t from, bytes;
};

static struct run run_of(const struct rst_overlay *overlay, uint64_t piece, uint64_t count)
{
    uint64_t from = (overlay->start / RST_OVERLAY_PIECE + piece) * RST_OVERLAY_PIECE;
    uint64_t end = from + count * RST_OVERLAY_PIECE;

    if (from < overlay->start) from = overlay->start;
    if (end > overlay->end) end = overlay->end;
    return (struct run){from, end - from};
}

/* The piece that a byte of the mapping is in. */
static uint64_t piece_at(const struct rst_map *map, const struct rst_overlay *overlay, uint64_t byte)
{
    return (map->offset + byte) / RST_OVERLAY_PIECE - overlay->start / RST_OVERLAY_PIECE;
}

static unsigned char *address_of(const struct rst_map *map, const struct rst_overlay *overlay, struct run run)
{
    return map->base + (run.from - overlay->start);
}

void rst_overlay_free(struct rst_overlay *overlay)
{
    if (!overlay) return;
    pthread_mutex_destroy(&overlay->lock);
    close(overlay->file);
    free(overlay);
}

static enum rst_status make_overlay(const struct rst_map *map, const char *directory, struct rst_overlay **out,
                                    struct rst_error *err)
{
    uint64_t start = map->offset - (uint64_t)(map->data - map->base), end = start + map->span;
    uint64_t count = (end - 1) / RST_OVERLAY_PIECE - start / RST_OVERLAY_PIECE + 1;
    struct rst_overlay *overlay = calloc(1, sizeof *overlay + (size_t)count * sizeof overlay->moved[0]);
    enum rst_status status;

    if (!overlay) return rst_fail(err, RST_E_NOMEM, "%s: no memory to move its edits to scratch", map->path);
    overlay->start = start;
    overlay->end = end;
    overlay->count = count;
    status = rst_scratch_open(directory, &overlay->file, err);
    if (status != RST_OK) {
        free(overlay);
        return status;
    }
    pthread_mutex_init(&overlay->lock, NULL);
    *out = overlay;
    return RST_OK;
}

/* The mapping's overlay, made by whoever comes first. */
static enum rst_status overlay_of(struct rst_map *map, const char *directory, struct rst_overlay **out,
                                  struct rst_error *err)
{
    struct rst_overlay *made = NULL;

    *out = atomic_load(&map->overlay);
    if (*out) return RST_OK;
    RST_TRY(make_overlay(map, directory, &made, err));
    if (atomic_compare_exchange_strong(&map->overlay, out, made))
        *out = made;
    else
        rst_overlay_free(made);
    return RST_OK;
}

/* Nothing but the piece is read. All of this is advice: where it fails, pwrite does without. */
static void bring_in(unsigned char *start, size_t bytes)
{
    (void)madvise(start, bytes, MADV_WILLNEED);
    (void)madvise(start, bytes, MADV_RANDOM);
    (void)madvise(start, bytes, MADV_POPULATE_READ);
}

/* pwrite answers EFAULT where a touch would be SIGBUS. */
static enum rst_status copy_run(const struct rst_map *map, const struct rst_overlay *overlay, struct run run,
                                struct rst_error *err)
{
    unsigned char *from = address_of(map, overlay, run);
    uint64_t done = 0;

    bring_in(from, (size_t)run.bytes);
    while (done < run.bytes) {
        ssize_t put = pwrite(overlay->file, from + done, (size_t)(run.bytes - done), (off_t)(run.from + done));
        if (put > 0) {
            done += (uint64_t)put;
        } else if (put == 0 || errno != EINTR) {
            int error = put == 0 ? EIO : errno;
            RST_TRY(rst_map_check_length(map, 0, map->length, err));
            return rst_fail_errno(err, error == EFAULT ? EIO : error,
                                  "%s: moving bytes %" PRIu64 " to %" PRIu64 " to a scratch file", map->path, run.from,
                                  run.from + run.bytes);
        }
    }
    return RST_OK;
}

/* A file system that cannot do that keeps the space until the overlay is closed. */
static void give_back(const struct rst_overlay *overlay, struct run run)
{
    (void)fallocate(overlay->file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)run.from, (off_t)run.bytes);
}

static enum rst_status move_run(const struct rst_map *map, const struct rst_overlay *overlay, struct run run,
                                struct rst_error *err)
{
    enum rst_status status = rst_space_reserve(overlay->file, "scratch file", run.from, run.bytes, err);

    if (status != RST_OK) return status;
    status = copy_run(map, overlay, run, err);
    /* What was mapped there goes with its pages, those of the file and private copies. */
    if (status == RST_OK && mmap(address_of(map, overlay, run), (size_t)run.bytes, PROT_READ | PROT_WRITE,
                                 MAP_SHARED | MAP_FIXED, overlay->file, (off_t)run.from) == MAP_FAILED)
        status = rst_fail_errno(err, errno, "%s: mapping scratch over bytes %" PRIu64 " to %" PRIu64, map->path,
                                run.from, run.from + run.bytes);
    if (status != RST_OK)
        give_back(overlay, run);
    else
        (void)madvise(address_of(map, overlay, run), (size_t)run.bytes, MADV_RANDOM);
    return status;
}

static enum rst_status move_piece(const struct rst_map *map, struct rst_overlay *overlay, uint64_t piece,
                                  struct rst_error *err)
{
    enum rst_status status = RST_OK;

    if (atomic_load(&overlay->moved[piece])) return RST_OK;
    pthread_mutex_lock(&overlay->lock);
    if (!atomic_load(&overlay->moved[piece])) {
        status = move_run(map, overlay, run_of(overlay, piece, 1), err);
        if (status == RST_OK) atomic_store(&overlay->moved[piece], true);
    }
    pthread_mutex_unlock(&overlay->lock);
    return status;
}

/* A long range is moved through memory, not into it. */
static enum rst_status write_behind(const struct rst_overlay *overlay, uint64_t first, uint64_t piece,
                                    struct rst_error *err)
{
    struct run run;

    if (piece - first >= WRITTEN_BEHIND) {
        run = run_of(overlay, piece - WRITTEN_BEHIND, 1);
        RST_TRY(rst_file_write_out(overlay->file, "scratch file", run.from, run.bytes, false, err));
    }
    if (piece - first >= DROPPED_BEHIND) {
        run = run_of(overlay, piece - DROPPED_BEHIND, 1);
        RST_TRY(rst_file_write_out(overlay->file, "scratch file", run.from, run.bytes, true, err));
    }
    return RST_OK;
}

enum rst_status rst_map_overlay(struct rst_map *map, uint64_t from, uint64_t length, const char *directory,
                                struct rst_error *err)
{
    struct rst_overlay *overlay;

    RST_TRY(rst_map_range(map, from, &length, err));
    if (map->mode != RST_PRIVATE || length == 0) return RST_OK;
    RST_TRY(rst_map_check_length(map, from, length, err));
    RST_TRY(overlay_of(map, directory, &overlay, err));
    assert(overlay);
    uint64_t first = piece_at(map, overlay, from), last = piece_at(map, overlay, from + length - 1);
    for (uint64_t piece = first; piece <= last; piece++) {
        if (atomic_load(&overlay->moved[piece])) continue;
        RST_TRY(move_piece(map, overlay, piece, err));
        RST_TRY(write_behind(overlay, first, piece, err));
    }
    return RST_OK;
}

bool rst_overlay_next_part(const struct rst_map *map, uint64_t *from, uint64_t end, struct rst_part *part)
{
    const struct rst_overlay *overlay = atomic_load(&map->overlay);

    if (!overlay) return false;
    uint64_t piece = piece_at(map, overlay, *from), last = piece_at(map, overlay, end - 1), count = 1;
    while (piece <= last && !atomic_load(&overlay->moved[piece]))
        piece++;
    if (piece > last) return false;
    while (piece + count <= last && atomic_load(&overlay->moved[piece + count]))
        count++;
    struct run run = run_of(overlay, piece, count);
    uint64_t run_end = run.from + run.bytes - map->offset;
    part->descriptor = overlay->file;
    part->from = run.from > map->offset + *from ? run.from - map->offset : *from;
    part->length = (run_end < end ? run_end : end) - part->from;
    *from = part->from + part->length;
    return true;
}

void rst_overlay_undo(struct rst_map *map)
{
    struct rst_overlay *overlay = atomic_load(&map->overlay);

    for (uint64_t piece = 0, count; overlay && piece < overlay->count; piece += count) {
        count = 1;
        if (!atomic_load(&overlay->moved[piece])) continue;
        while (piece + count < overlay->count && atomic_load(&overlay->moved[piece + count]))
            count++;
        struct run run = run_of(overlay, piece, count);
        /* Where the process is out of mappings the scratch stays, and shows the same. */
        if (mmap(address_of(map, overlay, run), (size_t)run.bytes, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_NORESERVE | MAP_FIXED, map->descriptor, (off_t)run.from) == MAP_FAILED)
            continue;
        for (uint64_t i = 0; i < count; i++)
            atomic_store(&overlay->moved[piece + i], false);
        give_back(overlay, run);
    }
}
