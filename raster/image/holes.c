/* Sparse outputs: a file whose space is reserved where something is stored, and not before.
 *
 * A store into a hole of a mapped file is a signal where the disk is full, so every piece of the file gets its space
 * before the first store to it, by a call that can fail. A bit per piece tells which have it; bits are set under the
 * lock and read without. Zeros are not stored to a piece without space, which is what keeps the file sparse; a piece
 * with space may hold older samples, and takes zeros like anything else.
 *
 * Rows are looked at piece by piece, so that one bright pixel in a very wide row does not fill the row. Pieces begin
 * where the first block does (but for the last bits of a page), so that TIFF tiles of 64 KiB, and multiples of it, lie
 * in pieces of their own.
 */
#define _GNU_SOURCE 1
#include "raster/image/holes.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "raster/base/size.h"
#include "raster/image/copy.h"

#define PIECE (UINT64_C(64) << 10)

enum { WORD_BITS = 64 };

struct rst_holes {
    struct rst_map *map;
    uint64_t shift; /* piece i is bytes i * PIECE - shift ... of the file */
    uint64_t count; /* of pieces */
    _Atomic uint64_t *filled;
    pthread_mutex_t lock; /* held where bits are set */
};

enum rst_status rst_holes_open(struct rst_map *map, const struct rst_layout *layout, struct rst_holes **out,
                               struct rst_error *err)
{
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), start = layout->offsets[0] / page * page;
    struct rst_holes *holes = calloc(1, sizeof *holes);
    *out = NULL;
    if (!holes) return rst_fail(err, RST_E_NOMEM, "%s: no memory to keep it sparse", rst_map_path(map));
    holes->map = map;
    holes->shift = (PIECE - start % PIECE) % PIECE;
    holes->count = (rst_map_length(map) + holes->shift) / PIECE + 1;
    pthread_mutex_init(&holes->lock, NULL);
    uint64_t words = holes->count / WORD_BITS + 1;
    if (words <= SIZE_MAX / sizeof *holes->filled) holes->filled = calloc((size_t)words, sizeof *holes->filled);
    if (holes->filled) {
        *out = holes;
        return RST_OK;
    }
    uint64_t count = holes->count;
    rst_holes_close(&holes);
    return rst_fail(err, RST_E_NOMEM, "%s: no memory for %" PRIu64 " pieces of a sparse file", rst_map_path(map),
                    count);
}

void rst_holes_close(struct rst_holes **holes)
{
    if (!*holes) return;
    pthread_mutex_destroy(&(*holes)->lock);
    free((void *)(*holes)->filled);
    free(*holes);
    *holes = NULL;
}

static bool is_filled(const struct rst_holes *holes, uint64_t piece)
{
    uint64_t word = atomic_load_explicit(&holes->filled[piece / WORD_BITS], memory_order_acquire);
    return word >> piece % WORD_BITS & 1;
}

static uint64_t piece_of(const struct rst_holes *holes, uint64_t at)
{
    return (at + holes->shift) / PIECE;
}

/* First byte, and the one after the last, of a piece; both lie in the file. */
static uint64_t piece_start(const struct rst_holes *holes, uint64_t piece)
{
    return piece == 0 ? 0 : piece * PIECE - holes->shift;
}

static uint64_t piece_end(const struct rst_holes *holes, uint64_t piece)
{
    uint64_t end = (piece + 1) * PIECE - holes->shift, length = rst_map_length(holes->map);
    return end < length ? end : length;
}

/* Reserves the space of pieces that follow each other, and have none. Called with the lock. */
static enum rst_status fill_pieces(struct rst_holes *holes, uint64_t first, uint64_t last, struct rst_error *err)
{
    uint64_t from = piece_start(holes, first);
    RST_TRY(rst_map_reserve(holes->map, from, piece_end(holes, last) - from, err));
    for (uint64_t i = first; i <= last; i++)
        atomic_fetch_or_explicit(&holes->filled[i / WORD_BITS], UINT64_C(1) << i % WORD_BITS, memory_order_release);
    return RST_OK;
}

enum rst_status rst_holes_fill(struct rst_holes *holes, uint64_t from, uint64_t length, struct rst_error *err)
{
    enum rst_status status = RST_OK;
    if (length == 0) return RST_OK;
    uint64_t last = piece_of(holes, from + length - 1);
    pthread_mutex_lock(&holes->lock);
    for (uint64_t i = piece_of(holes, from); i <= last && status == RST_OK; i++) {
        uint64_t first = i;
        while (i <= last && !is_filled(holes, i))
            i++;
        if (i > first) status = fill_pieces(holes, first, i - 1, err);
    }
    pthread_mutex_unlock(&holes->lock);
    return status;
}

static bool all_filled(const struct rst_holes *holes, uint64_t first, uint64_t last)
{
    for (uint64_t i = first; i <= last; i++)
        if (!is_filled(holes, i)) return false;
    return true;
}

/* Bytes are all zero where the first one is, and each equals the one before it. */
static bool is_zero(const char *bytes, size_t size)
{
    return bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0;
}

/* Whether `count` pixels of a row are all zero bytes. */
static bool are_zero(const struct rst_view *row, int64_t x, int64_t count)
{
    ptrdiff_t size = (ptrdiff_t)rst_type_size(row->type);
    bool packed = row->pixel_stride == size * row->bands && (row->bands == 1 || row->band_stride == size);
    if (packed) return is_zero(rst_view_at(row, x, 0, 0), (size_t)(count * size * row->bands));
    for (int64_t i = 0; i < count; i++)
        for (int32_t band = 0; band < row->bands; band++)
            if (!is_zero(rst_view_at(row, x + i, 0, band), (size_t)size)) return false;
    return true;
}

/* Zeros for a run of bytes, where there is space for them. */
static void clear_filled(struct rst_holes *holes, uint64_t from, uint64_t length)
{
    uint64_t last = piece_of(holes, from + length - 1);
    for (uint64_t i = piece_of(holes, from); i <= last; i++) {
        uint64_t start = piece_start(holes, i), end = piece_end(holes, i);
        if (start < from) start = from;
        if (end > from + length) end = from + length;
        if (is_filled(holes, i)) memset((char *)rst_map_data(holes->map) + start, 0, (size_t)(end - start));
    }
}

/* Pixels of a row, and where in the file the first of them goes. They lie in one piece, or are one pixel. */
struct run {
    uint64_t at, length;
    int64_t x, count;
};

static enum rst_status store_run(struct rst_holes *holes, const struct run *run, const struct rst_view *to,
                                 const struct rst_view *from, bool swap, struct rst_error *err)
{
    uint64_t first = piece_of(holes, run->at), last = piece_of(holes, run->at + run->length - 1);
    if (!all_filled(holes, first, last)) {
        if (are_zero(from, run->x, run->count)) {
            if (first < last) clear_filled(holes, run->at, run->length);
            return RST_OK;
        }
        RST_TRY(rst_holes_fill(holes, run->at, run->length, err));
    }
    struct rst_view there = *to, here = *from;
    there.data = rst_view_at(to, run->x, 0, 0);
    here.data = rst_view_at(from, run->x, 0, 0);
    there.width = here.width = run->count;
    rst_copy_samples(&there, &here, swap);
    return RST_OK;
}

/* A row of pixels whose bands lie side by side, cut where pieces end. */
static enum rst_status store_row(struct rst_holes *holes, const struct rst_view *to, const struct rst_view *from,
                                 bool swap, struct rst_error *err)
{
    const char *start = rst_map_data(holes->map);
    uint64_t pixel = rst_type_size(to->type) * (uint64_t)to->bands;
    for (int64_t x = 0, count; x < to->width; x += count) {
        uint64_t at = (uint64_t)((const char *)rst_view_at(to, x, 0, 0) - start);
        uint64_t end = piece_end(holes, piece_of(holes, at));
        count = 1;
        if (to->pixel_stride > 0 && at + pixel <= end)
            count = rst_min64((int64_t)((end - at - pixel) / (uint64_t)to->pixel_stride) + 1, to->width - x);
        struct run run = {at, (uint64_t)((count - 1) * to->pixel_stride) + pixel, x, count};
        RST_TRY(store_run(holes, &run, to, from, swap, err));
    }
    return RST_OK;
}

enum rst_status rst_holes_store(struct rst_holes *holes, const struct rst_view *to, const struct rst_view *from,
                                bool swap, struct rst_error *err)
{
    bool together = to->bands == 1 || to->band_stride == (ptrdiff_t)rst_type_size(to->type);
    int32_t turns = together ? 1 : to->bands;
    struct rst_view there = *to, here = *from;
    there.height = here.height = 1;
    if (!together) there.bands = here.bands = 1;
    for (int64_t y = 0; y < to->height; y++)
        for (int32_t band = 0; band < turns; band++) {
            there.data = rst_view_at(to, 0, y, band);
            here.data = rst_view_at(from, 0, y, band);
            RST_TRY(store_row(holes, &there, &here, swap, err));
        }
    return RST_OK;
}
