/* Copying samples between views of any strides.
 *
 * A view has three axes: columns, rows, bands. Their order does not matter to a copy, so the loops are put in the order
 * that suits the strides: axes along which both sides are packed melt into one run of bytes, which is a memcpy; of the
 * rest the one with the smallest strides is walked innermost. Where the innermost axis takes large steps on one side (a
 * transposition), it is cut into pieces, so that the cache lines it touches are still there when the next line needs
 * them.
 *
 * Samples need not be aligned: every load and store goes through memcpy, which compilers turn into a plain move.
 */
#include "raster/image/copy.h"

#include <string.h>

#include "raster/base/size.h"

enum {
    SHORT_RUN = 16,   /* bytes: a run not longer than this is not worth a memcpy */
    SHORT_LINE = 8,   /* samples: a line not longer than this is not worth a loop of its own */
    FAR_STEP = 256,   /* bytes: from this stride on each sample of a line costs a cache line */
    PIECE_LENGTH = 16 /* samples of such a line walked before the next line */
};

struct axis {
    int64_t count;
    ptrdiff_t to, from;
};

typedef void line_function(char *restrict to, ptrdiff_t to_step, const char *restrict from, ptrdiff_t from_step,
                           int64_t count);

/* One line of samples of `bits`, each going through `turn`. The packed loop is spelled out, as only constant strides
 * are vectorised. */
#define DEFINE_LINE(name, bits, turn)                                                                                  \
    static void name(char *restrict to, ptrdiff_t to_step, const char *restrict from, ptrdiff_t from_step,             \
                     int64_t count)                                                                                    \
    {                                                                                                                  \
        const ptrdiff_t size = (bits) / 8;                                                                             \
        uint##bits##_t sample;                                                                                         \
        if (to_step == size && from_step == size) {                                                                    \
            for (int64_t i = 0; i < count; i++) {                                                                      \
                memcpy(&sample, from + i * size, sizeof sample);                                                       \
                sample = turn(sample);                                                                                 \
                memcpy(to + i * size, &sample, sizeof sample);                                                         \
            }                                                                                                          \
            return;                                                                                                    \
        }                                                                                                              \
        for (int64_t i = 0; i < count; i++) {                                                                          \
            memcpy(&sample, from + i * from_step, sizeof sample);                                                      \
            sample = turn(sample);                                                                                     \
            memcpy(to + i * to_step, &sample, sizeof sample);                                                          \
        }                                                                                                              \
    }

#define KEEP(sample) (sample)

DEFINE_LINE(keep_8, 8, KEEP)
DEFINE_LINE(keep_16, 16, KEEP)
DEFINE_LINE(keep_32, 32, KEEP)
DEFINE_LINE(keep_64, 64, KEEP)
DEFINE_LINE(swap_16, 16, __builtin_bswap16)
DEFINE_LINE(swap_32, 32, __builtin_bswap32)
DEFINE_LINE(swap_64, 64, __builtin_bswap64)

static line_function *line_of(size_t size, bool swap)
{
    switch (size) {
    case 2:
        return swap ? swap_16 : keep_16;
    case 4:
        return swap ? swap_32 : keep_32;
    case 8:
        return swap ? swap_64 : keep_64;
    default:
        return keep_8;
    }
}

static ptrdiff_t magnitude(ptrdiff_t stride)
{
    return stride < 0 ? -stride : stride;
}

/* Whether `a` belongs inside `b`: by the smaller of its two strides, then by that of the destination. */
static bool goes_inside(const struct axis *a, const struct axis *b)
{
    ptrdiff_t least_a = rst_min64(magnitude(a->to), magnitude(a->from));
    ptrdiff_t least_b = rst_min64(magnitude(b->to), magnitude(b->from));
    if (least_a != least_b) return least_a < least_b;
    return magnitude(a->to) < magnitude(b->to);
}

/* The axes longer than one, innermost first; the rest of the three are of length 1. Returns how many are longer. */
static int sort_axes(const struct rst_view *to, const struct rst_view *from, struct axis axes[3])
{
    const struct axis all[3] = {{to->width, to->pixel_stride, from->pixel_stride},
                                {to->bands, to->band_stride, from->band_stride},
                                {to->height, to->row_stride, from->row_stride}};
    int used = 0;
    for (int i = 0; i < 3; i++) {
        if (all[i].count == 1) continue;
        int at = used++;
        for (; at > 0 && goes_inside(&all[i], &axes[at - 1]); at--)
            axes[at] = axes[at - 1];
        axes[at] = all[i];
    }
    for (int i = used; i < 3; i++)
        axes[i] = (struct axis){1, 0, 0};
    return used;
}

/* Melts the axes along which both sides are packed into axis 0. Returns the bytes of one run. */
static int64_t melt(struct axis axes[3], int used, ptrdiff_t size)
{
    int64_t run = size;
    int melted = 0;
    while (melted < used && axes[melted].to == run && axes[melted].from == run)
        run *= axes[melted++].count;
    if (melted < 2) return run;
    axes[0].count = run / size;
    for (int i = 1; i < 3; i++) {
        int source = i + melted - 1;
        axes[i] = source < 3 ? axes[source] : (struct axis){1, 0, 0};
    }
    return run;
}

/* A short line (three bands of a pixel) must not be the innermost loop while there is a longer one. */
static void lengthen(struct axis axes[3])
{
    int longest = axes[2].count > axes[1].count ? 2 : 1;
    if (axes[0].count >= SHORT_LINE || axes[longest].count <= axes[0].count) return;
    struct axis inner = axes[longest];
    if (longest == 2) axes[2] = axes[1];
    axes[1] = axes[0];
    axes[0] = inner;
}

static void copy_runs(const struct axis axes[3], size_t run, char *to, const char *from)
{
    for (int64_t k = 0; k < axes[2].count; k++)
        for (int64_t j = 0; j < axes[1].count; j++)
            memcpy(to + k * axes[2].to + j * axes[1].to, from + k * axes[2].from + j * axes[1].from, run);
}

static void copy_lines(const struct axis axes[3], line_function *line, char *to, const char *from)
{
    const struct axis inner = axes[0];
    bool far = magnitude(inner.to) >= FAR_STEP || magnitude(inner.from) >= FAR_STEP;
    int64_t piece = far ? PIECE_LENGTH : inner.count;
    for (int64_t k = 0; k < axes[2].count; k++)
        for (int64_t i = 0; i < inner.count; i += piece)
            for (int64_t j = 0; j < axes[1].count; j++)
                line(to + k * axes[2].to + j * axes[1].to + i * inner.to, inner.to,
                     from + k * axes[2].from + j * axes[1].from + i * inner.from, inner.from,
                     rst_min64(piece, inner.count - i));
}

/* True where each row of both views is one run of bytes in the same order: the common case, told apart cheaply. */
static bool rows_are_runs(const struct rst_view *to, const struct rst_view *from, ptrdiff_t size)
{
    if (to->pixel_stride != from->pixel_stride || to->pixel_stride != size * to->bands) return false;
    return to->bands == 1 || (to->band_stride == size && from->band_stride == size);
}

void rst_copy_samples(const struct rst_view *to, const struct rst_view *from, bool swap)
{
    ptrdiff_t size = (ptrdiff_t)rst_type_size(to->type);
    if (to->width <= 0 || to->height <= 0 || to->bands <= 0) return;
    if (size == 1) swap = false;
    if (!swap && rows_are_runs(to, from, size)) {
        size_t run = (size_t)(to->width * to->pixel_stride);
        for (int64_t y = 0; y < to->height; y++)
            memcpy((char *)to->data + y * to->row_stride, (const char *)from->data + y * from->row_stride, run);
        return;
    }

    struct axis axes[3];
    int used = sort_axes(to, from, axes);
    int64_t run = melt(axes, used, size);
    if (!swap && run > SHORT_RUN) {
        copy_runs(axes, (size_t)run, to->data, from->data);
    } else {
        lengthen(axes);
        copy_lines(axes, line_of((size_t)size, swap), to->data, from->data);
    }
}

void rst_copy_fill(const struct rst_view *to, union rst_sample value)
{
    struct rst_view from = *to;
    from.data = value.bytes;
    from.pixel_stride = from.row_stride = from.band_stride = 0;
    rst_copy_samples(to, &from, false);
}
