/* The shape of the units of work decides how fast a pass runs, and nothing else: never what it computes.
 *
 * Point operations take whole rows, about a MiB at a time, so that memory is walked in one direction. Kernels with a
 * halo take column strips, the wider the fewer rows are looked at together: their rings of rows stay in the
 * second-level cache, and a strip is wide enough that hardly any page of the output is shared by two strips. Strips are
 * as tall as the band, since every strip computes the rows of its halo anew; their number is a multiple of the threads
 * where there are several.
 * What turns the image takes blocks. Lower bands, and smaller units, are made where memory is short. */
#include "raster/sweep/cut.h"

#include "raster/base/size.h"

#define POINT_BYTES (INT64_C(1) << 20)
#define RING_BYTES (INT64_C(192) << 10)
#define STRIP_BYTES (INT64_C(16) << 10)
#define LEAST_STRIP_BYTES (INT64_C(8) << 10)
#define BUFFER_BYTES (INT64_C(8) << 20)
#define HELD_BYTES (INT64_C(8) << 20)
#define TURNED_BYTES (INT64_C(1) << 20)
#define BAND_ROWS 256

static int64_t divide_up(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

static int64_t round_up(int64_t a, int64_t unit)
{
    return divide_up(a, unit) * unit;
}

/* The side of the square blocks in which an image is turned: a power of two, for they stay in the second-level cache,
 * and runs of a few hundred pixels are read and written. */
static int64_t turned_side(const struct rst_cut_request *request)
{
    int64_t side = 16;
    while (4 * side * side * (int64_t)request->pixel <= TURNED_BYTES)
        side *= 2;
    return side;
}

static int64_t wanted_width(const struct rst_cut_request *request)
{
    int64_t pixel = (int64_t)request->pixel, halo = request->halo.left + request->halo.right;
    if (request->turned) return turned_side(request);
    int64_t ring = RING_BYTES / (request->halo.up + request->halo.down + 2);
    int64_t wanted = (request->pointwise ? POINT_BYTES : rst_max64(STRIP_BYTES, ring)) / pixel;
    if (request->small && request->block_height > 0)
        wanted = rst_min64(wanted, POINT_BYTES / (pixel * request->block_height));
    return rst_max64(wanted, 2 * halo);
}

static int64_t choose_width(const struct rst_cut_request *request)
{
    int64_t row = request->target.width, pixel = (int64_t)request->pixel;
    int64_t wanted = rst_min64(wanted_width(request), row);
    int64_t count = divide_up(row, rst_max64(wanted, 1));
    int64_t even = round_up(count, request->threads);
    if (!request->pointwise && count > 1 && even > count && divide_up(row, even) * pixel >= LEAST_STRIP_BYTES)
        count = even;
    int64_t width = divide_up(row, count);
    if (request->block_width > 0 && request->block_width < row) width = round_up(width, request->block_width);
    return rst_min64(width, row);
}

/* Bands held in a buffer are as tall as the buffer allows; the others are tall against their halo, but leave every
 * thread several units. */
static int64_t choose_height(const struct rst_cut_request *request, int64_t width)
{
    int64_t rows = request->target.height, halo = request->halo.up + request->halo.down;
    int64_t row_bytes = request->target.width * (int64_t)request->pixel * request->groups;
    int64_t most = request->most_rows > 0 ? request->most_rows : INT64_MAX;
    if (request->buffered) return rst_min64(rst_clamp64(BUFFER_BYTES / row_bytes - halo, 16, 1024), most);
    int64_t height = BAND_ROWS;
    if (request->turned)
        height = turned_side(request);
    else if (request->pointwise)
        height = rst_max64(1, POINT_BYTES / rst_max64(1, width * (int64_t)request->pixel));
    else
        height = rst_clamp64(4 * halo, BAND_ROWS, rst_max64(2048, 2 * halo));
    if (request->held) height = rst_min64(height, rst_max64(HELD_BYTES / row_bytes, halo + 16));
    int64_t fair = divide_up(rows * divide_up(request->target.width, width), (int64_t)4 * request->threads);
    height = rst_min64(height, rst_max64(fair, rst_max64(8, halo)));
    height = rst_min64(height, most);
    if (request->block_height > 0 && request->block_height < rows) height = round_up(height, request->block_height);
    return height;
}

struct rst_cut rst_cut_make(const struct rst_cut_request *request)
{
    struct rst_cut cut = {.target = request->target, .groups = request->groups, .block_height = request->block_height};
    cut.tile_width = request->tile_width > 0 ? request->tile_width : choose_width(request);
    cut.tile_width = rst_clamp64(cut.tile_width, 1, request->target.width);
    cut.band_height = request->tile_height > 0 ? request->tile_height : choose_height(request, cut.tile_width);
    cut.band_height = rst_clamp64(cut.band_height, 1, request->target.height);
    cut.tile_count = divide_up(request->target.width, cut.tile_width);
    cut.band_count = divide_up(request->target.height, cut.band_height);
    cut.band_units = cut.tile_count * cut.groups;
    cut.units = cut.band_units * cut.band_count;
    return cut;
}

struct rst_rect rst_cut_band(const struct rst_cut *cut, int64_t band)
{
    int64_t y = band * cut->band_height;
    return (struct rst_rect){cut->target.x, cut->target.y + y, cut->target.width,
                             rst_min64(cut->band_height, cut->target.height - y)};
}

struct rst_rect rst_cut_unit(const struct rst_cut *cut, int64_t unit, int32_t *group)
{
    struct rst_rect rect = rst_cut_band(cut, unit / cut->band_units);
    int64_t in_band = unit % cut->band_units, x = in_band % cut->tile_count * cut->tile_width;
    *group = (int32_t)(in_band / cut->tile_count);
    rect.x += x;
    rect.width = rst_min64(cut->tile_width, cut->target.width - x);
    return rect;
}
