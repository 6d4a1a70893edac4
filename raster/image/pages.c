/* A window of a raster, as runs of bytes of its file.
 *
 * What is done to pages costs a system call per run, so runs that follow each other are gathered into one: tiles that
 * lie side by side, and whole rows where a window takes at least half of each, or little is between its parts. A
 * narrower window is walked row by row, so that a window of a huge raster does not pull in the rest.
 *
 * The kernel maps more than it is asked for: the whole of the piece of page cache, of 2 MiB at most, that a page lies
 * in, and its neighbours in a range of 64 KiB. What is let go of and counted is therefore rounded to such ranges; else
 * their pages would stay behind. */
#include "raster/image/pages.h"

#include <string.h>
#include <sys/stat.h>

#include "raster/base/size.h"
#include "raster/image/drain.h"
#include "raster/image/handle.h"
#include "raster/image/hold.h"
#include "raster/image/lazy.h"

#define AROUND (UINT64_C(64) << 10)
#define PIECE (UINT64_C(2) << 20)

enum deed { FORESEE, POPULATE_READ, POPULATE_WRITE, OVERLAY, RELEASE, WRITE, FINISH, COUNT, LOOK };

struct walk {
    const struct rst_raster *raster;
    enum deed deed;
    uint64_t from, to;           /* gathered */
    uint64_t counted;            /* COUNT: bytes, but for those of ... */
    uint64_t span_from, span_to; /* ... the last span */
    bool blank;                  /* LOOK: so far */
    const char *directory;       /* OVERLAY: of its scratch */
    struct rst_error *err;
};

/* A run, rounded to what comes with it: pieces are aligned in the file, ranges in memory. */
static void widen(const struct walk *walk, uint64_t *from, uint64_t *to)
{
    struct rst_map *map = walk->raster->map;
    uint64_t shift = (uintptr_t)rst_map_data(map) % AROUND, length = rst_map_length(map);
    uint64_t first = (*from / PIECE * PIECE + shift) / AROUND * AROUND;
    uint64_t last = (*to + PIECE - 1) / PIECE * PIECE + shift;
    last = (last + AROUND - 1) / AROUND * AROUND - shift;
    *from = first > shift ? first - shift : 0;
    *to = last < length ? last : length;
}

/* The pieces that a span of bytes can touch, wherever it starts. */
static uint64_t most_touched(const struct walk *walk)
{
    uint64_t bytes = (walk->span_to - walk->span_from + PIECE - 1) / PIECE * PIECE + PIECE;
    uint64_t length = rst_map_length(walk->raster->map) + AROUND;
    if (walk->span_to == walk->span_from) return 0;
    return bytes < length ? bytes : length;
}

/* Counts a run; those that lie close to each other share pieces, and make one span. */
static void count(struct walk *walk, uint64_t from, uint64_t to)
{
    if (walk->span_to > 0 && from >= walk->span_from && from < walk->span_to + PIECE) {
        walk->span_to = to > walk->span_to ? to : walk->span_to;
        return;
    }
    walk->counted += most_touched(walk);
    walk->span_from = from;
    walk->span_to = to;
}

/* Does what is to be done to the bytes gathered so far. */
static enum rst_status act(struct walk *walk)
{
    struct rst_map *map = walk->raster->map;
    uint64_t from = walk->from, to = walk->to;
    walk->from = walk->to = 0;
    if (from == to) return RST_OK;
    switch (walk->deed) {
    case FORESEE:
        return rst_map_advise(map, from, to - from, RST_WILLNEED, walk->err);
    case POPULATE_READ:
        return rst_map_ensure(map, from, to - from, walk->err);
    case POPULATE_WRITE:
        return rst_map_populate(map, from, to - from, true, walk->err);
    case OVERLAY:
        return rst_map_overlay(map, from, to - from, walk->directory, walk->err);
    case RELEASE:
        widen(walk, &from, &to);
        return rst_map_release(map, from, to - from, walk->err);
    case WRITE:
        return rst_map_flush(map, from, to - from, false, walk->err);
    case FINISH:
        return rst_map_drop(map, from, to - from, walk->err);
    case COUNT:
        count(walk, from, to);
        break;
    case LOOK:
        walk->blank = walk->blank && rst_map_is_hole(map, from, to - from);
        break;
    }
    return RST_OK;
}

static enum rst_status gather(struct walk *walk, uint64_t from, uint64_t length)
{
    if (walk->to != from) {
        RST_TRY(act(walk));
        walk->from = from;
    }
    walk->to = from + length;
    return RST_OK;
}

static int64_t size_of(ptrdiff_t stride)
{
    return stride < 0 ? -stride : stride;
}

/* How far before the first of `count` places the lowest one lies: below 0 where a stride goes backwards. */
static int64_t lowest(int64_t places, ptrdiff_t stride)
{
    return stride < 0 ? (places - 1) * stride : 0;
}

/* Gaps between the parts of rows that make no difference: what would come, or go, with the parts anyway. Pages to be
 * written are brought in on purpose alone. */
static int64_t spanned(enum deed deed)
{
    switch (deed) {
    case POPULATE_WRITE:
    case OVERLAY:
    case LOOK:
        return 0;
    case FORESEE:
    case POPULATE_READ:
        return AROUND;
    case RELEASE:
    case WRITE:
    case FINISH:
    case COUNT:
        break;
    }
    return PIECE;
}

/* A window of one block, in bytes of the mapping from the block's first sample on. */
static enum rst_status walk_block(struct walk *walk, uint64_t first, struct rst_rect part)
{
    const struct rst_layout *layout = &walk->raster->layout;
    int64_t in_block = layout->planes == 1 ? layout->bands : 1;
    int64_t row_step = size_of(layout->row_stride), band_step = size_of(layout->band_stride);
    bool apart = band_step > row_step; /* bands one after another, each a whole image */
    int64_t runs = apart ? in_block : 1;
    int64_t row_bytes = (part.width - 1) * size_of(layout->pixel_stride) + (int64_t)rst_type_size(layout->type);
    if (!apart) row_bytes += (in_block - 1) * band_step;
    int64_t gap = row_step - row_bytes;
    bool whole = gap <= row_bytes || gap < spanned(walk->deed);
    int64_t start = part.y * layout->row_stride + lowest(part.height, layout->row_stride) +
                    part.x * layout->pixel_stride + lowest(part.width, layout->pixel_stride) +
                    (apart ? 0 : lowest(in_block, layout->band_stride));
    for (int64_t run = 0; run < runs; run++) {
        uint64_t at = first + (uint64_t)(start + run * layout->band_stride);
        if (whole) {
            RST_TRY(gather(walk, at, (uint64_t)((part.height - 1) * row_step + row_bytes)));
            continue;
        }
        for (int64_t y = 0; y < part.height; y++)
            RST_TRY(gather(walk, at + (uint64_t)(y * row_step), (uint64_t)row_bytes));
    }
    return RST_OK;
}

static struct rst_rect clip(struct rst_rect window, struct rst_rect to)
{
    int64_t x = rst_max64(window.x, to.x), y = rst_max64(window.y, to.y);
    int64_t right = rst_min64(window.x + window.width, to.x + to.width);
    int64_t lower = rst_min64(window.y + window.height, to.y + to.height);
    return (struct rst_rect){x, y, right - x, lower - y};
}

/* A block that is not stored reads as nodata, else as zeros. */
static bool reads_as_zeros(const struct rst_raster *raster)
{
    static const union rst_sample zero;
    size_t size = rst_type_size(raster->layout.type);
    return !raster->meta.has_nodata || memcmp(&raster->meta.nodata, &zero, size) == 0;
}

static enum rst_status walk_window(struct walk *walk, struct rst_rect window)
{
    const struct rst_layout *layout = &walk->raster->layout;
    int64_t columns = walk->raster->columns, rows = walk->raster->rows;
    window = clip(window, (struct rst_rect){0, 0, layout->width, layout->height});
    if (window.width <= 0 || window.height <= 0) return RST_OK;
    int64_t last_row = (window.y + window.height - 1) / layout->block_height;
    int64_t last_column = (window.x + window.width - 1) / layout->block_width;
    for (int64_t plane = 0; plane < layout->planes; plane++)
        for (int64_t row = window.y / layout->block_height; row <= last_row; row++)
            for (int64_t column = window.x / layout->block_width; column <= last_column; column++) {
                uint64_t offset = layout->offsets[(plane * rows + row) * columns + column];
                if (offset == RST_NO_BLOCK) {
                    walk->blank = walk->blank && reads_as_zeros(walk->raster);
                    continue;
                }
                struct rst_rect block = {column * layout->block_width, row * layout->block_height, layout->block_width,
                                         layout->block_height};
                struct rst_rect part = clip(window, block);
                part.x -= block.x;
                part.y -= block.y;
                RST_TRY(walk_block(walk, offset, part));
                if (walk->deed == LOOK && !walk->blank) return RST_OK;
            }
    return act(walk);
}

enum rst_status rst_raster_populate(const struct rst_raster *raster, struct rst_rect window, bool write,
                                    struct rst_error *err)
{
    struct walk walk = {.raster = raster, .deed = write ? POPULATE_WRITE : POPULATE_READ, .err = err};
    if (raster->drain) return rst_drain_room(raster->drain, window, raster->path, err);
    if (raster->lazy || !raster->map) return RST_OK;
    if (write && rst_raster_is_sparse_output(raster)) return RST_OK; /* space comes with the samples */
    return walk_window(&walk, window);
}

enum rst_status rst_raster_foresee(const struct rst_raster *raster, struct rst_rect window, struct rst_error *err)
{
    struct walk walk = {.raster = raster, .deed = FORESEE, .err = err};
    if (raster->drain || raster->lazy || !raster->map) return RST_OK;
    return walk_window(&walk, window);
}

enum rst_status rst_raster_overlay(const struct rst_raster *raster, struct rst_rect window, const char *directory,
                                   struct rst_error *err)
{
    struct walk walk = {.raster = raster, .deed = OVERLAY, .directory = directory, .err = err};
    if (!raster->map || raster->lazy || raster->drain || rst_map_mode(raster->map) != RST_PRIVATE) return RST_OK;
    return walk_window(&walk, window);
}

enum rst_status rst_raster_release(const struct rst_raster *raster, struct rst_rect window, struct rst_error *err)
{
    struct walk walk = {.raster = raster, .deed = RELEASE, .err = err};
    if (raster->lazy) rst_lazy_release(raster->lazy, window);
    if (raster->drain || raster->lazy || !raster->map) return RST_OK;
    return walk_window(&walk, window);
}

enum rst_status rst_raster_write_out(const struct rst_raster *raster, struct rst_rect window, bool finish,
                                     struct rst_error *err)
{
    struct walk walk = {.raster = raster, .deed = finish ? FINISH : WRITE, .err = err};
    if (raster->drain || raster->lazy || !raster->map) return RST_OK;
    return walk_window(&walk, window);
}

uint64_t rst_raster_footprint(const struct rst_raster *raster, struct rst_rect window)
{
    struct walk walk = {.raster = raster, .deed = COUNT};
    if (raster->lazy) return rst_lazy_footprint(raster->lazy, window);
    if (raster->drain) return rst_drain_footprint(raster->drain, window);
    if (!raster->map) return 0;
    (void)walk_window(&walk, window); /* counting does not fail */
    uint64_t bytes = walk.counted + most_touched(&walk), length = rst_map_length(raster->map) + AROUND;
    return bytes < length ? bytes : length; /* runs in descending order count pieces that they share each time */
}

bool rst_raster_has_holes(const struct rst_raster *raster)
{
    struct stat file;
    int descriptor = raster->map && !raster->lazy && !raster->drain ? rst_map_descriptor(raster->map) : -1;
    if (raster->sparse) return true;
    return descriptor >= 0 && fstat(descriptor, &file) == 0 && file.st_blocks * INT64_C(512) < file.st_size;
}

bool rst_raster_is_blank(const struct rst_raster *raster, struct rst_rect window)
{
    struct walk walk = {.raster = raster, .deed = LOOK, .blank = true};
    if (raster->drain || raster->lazy || !raster->map) return false;
    (void)walk_window(&walk, window); /* looking does not fail */
    return walk.blank;
}
