/* The least or the greatest sample of a window that moves over an image, at a cost that for squares and crosses does
 * not grow with the window: what erosion and dilation, and everything made of them, are.
 *
 * Minimum and maximum are exact, and do not depend on the order in which samples are looked at. What makes that true of
 * floats as well: NaN is passed over, unless there is nothing else in the window, when the result is the quiet NaN;
 * and -0.0 is less than 0.0. Missing samples are passed over too; a missing sample stays as it is.
 */
#ifndef RASTER_OPS_MORPH_EXTREME_H
#define RASTER_OPS_MORPH_EXTREME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "raster/sweep/op.h"

enum rst_extreme_kind { RST_LEAST, RST_GREATEST };

enum rst_window_shape {
    RST_WINDOW_SQUARE, /* all pixels: |dx| <= across, |dy| <= down */
    RST_WINDOW_DISK,   /* (dx / across)^2 + (dy / down)^2 <= 1: centres of pixels in the ellipse */
    RST_WINDOW_CROSS   /* dx = 0 or dy = 0 */
};

enum { RST_WINDOW_DISK_MOST = 511 }; /* the most that a disk may be wide or high */

/* A window of 2 across + 1 times 2 down + 1 pixels, around its own pixel. */
struct rst_window {
    enum rst_window_shape shape;
    int32_t across, down;
    int16_t half[RST_WINDOW_DISK_MOST / 2 + 1]; /* of a disk: how far row dy = 0 ... down reaches to either side */
};

/* width and height are odd. */
void rst_window_set(struct rst_window *window, enum rst_window_shape shape, int64_t width, int64_t height);

/* For need(): the pixels that the windows of all of `out` cover. */
struct rst_rect rst_window_around(const struct rst_window *window, struct rst_rect out);

/* Row y of the image around, one that some window covers: `user` tells where it comes from. The first sample is that of
 * column out.x - across. Valid while as many further rows are asked for as rst_extreme_hold() says. */
typedef const void *rst_extreme_source(void *user, int64_t y);

/* How many rows of the source have to stay valid: the last ones asked for. For stage->hold, where it feeds this alone.
 */
int32_t rst_extreme_hold(const struct rst_window *window, const struct rst_stage *stage);

/* At work on one tile. */
struct rst_extreme;

/* For begin(). `out` is what is to be computed, of an image of stage->in's type and nodata, stage->bands samples per
 * pixel. window and stage are borrowed. NULL where the arena has no memory left. */
struct rst_extreme *rst_extreme_new(const struct rst_window *window, enum rst_extreme_kind kind,
                                    const struct rst_stage *stage, struct rst_rect out, struct rst_arena *arena);

/* The same for a square, of rows that have the columns inside the image alone, such as rst_rows_get_inside() gives: the
 * first sample is that of column out.x - across, or 0 where that is greater. The border rule, which is not RST_WRAP, is
 * applied to what columns have come to. */
struct rst_extreme *rst_extreme_new_inside(const struct rst_window *window, enum rst_extreme_kind kind,
                                           const struct rst_stage *stage, struct rst_rect out, struct rst_arena *arena);

/* For row(): row y of out, in the image's type, to `to`. Rows from top to bottom are quick, others are possible. */
void rst_extreme_row(struct rst_extreme *extreme, rst_extreme_source *source, void *user, int64_t y, void *to);

#endif
