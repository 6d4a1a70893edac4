/* A view: a strided window of samples. A transparent value that owns nothing and is never freed; it borrows from
 * whatever its `data` points into, and is invalid once that is closed or resized.
 *
 * Sample (x, y, band) lies at data + x * pixel_stride + y * row_stride + band * band_stride. Strides are in bytes and
 * may be negative; samples need not be aligned. Cropping, flipping, transposing, rotating, picking bands and
 * subsampling only change these numbers: no pixel is copied. All functions here may be called from any thread.
 */
#ifndef RASTER_IMAGE_VIEW_H
#define RASTER_IMAGE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "raster/base/status.h"
#include "raster/base/type.h"

RST_BEGIN

/* A window in pixels: columns x ... x + width - 1, rows y ... y + height - 1. */
struct rst_rect {
    int64_t x, y, width, height;
};

struct rst_view {
    void *data; /* of the sample at column 0, row 0, band 0 */
    enum rst_type type;
    int64_t width, height;
    int32_t bands;
    ptrdiff_t pixel_stride, row_stride, band_stride;
};

/* A view over packed pixels, bands interleaved by pixel, rows end to end. */
RST_API struct rst_view rst_view_packed(void *data, enum rst_type type, int64_t width, int64_t height, int32_t bands);

/* The address of a sample. Nothing is checked. */
static inline void *rst_view_at(const struct rst_view *view, int64_t x, int64_t y, int32_t band)
{
    return (char *)view->data + x * view->pixel_stride + y * view->row_stride + band * view->band_stride;
}

/* The part of the view inside `window`; RST_E_ARGUMENT, with both sizes, where it does not lie inside. */
RST_API RST_MUST_USE enum rst_status rst_view_crop(struct rst_view *view, struct rst_rect window,
                                                   struct rst_error *err);

RST_API struct rst_view rst_view_flip_horizontal(struct rst_view view);           /* left becomes right */
RST_API struct rst_view rst_view_flip_vertical(struct rst_view view);             /* top becomes bottom */
RST_API struct rst_view rst_view_transpose(struct rst_view view);                 /* rows become columns */
RST_API struct rst_view rst_view_rotate(struct rst_view view, int quarter_turns); /* clockwise; any integer */

/* Band list[i] becomes band i, count of them. Bands may be reordered; as strides are regular the list must be an
 * arithmetic progression (0 2; 2 1 0; 1; 0 0): anything else is RST_E_UNSUPPORTED and needs a copy. */
RST_API RST_MUST_USE enum rst_status rst_view_bands(struct rst_view *view, const int32_t *list, int32_t count,
                                                    struct rst_error *err);

/* Every step_x-th column and step_y-th row, from the first on; sizes round up. Steps are 1 or more. */
RST_API RST_MUST_USE enum rst_status rst_view_subsample(struct rst_view *view, int64_t step_x, int64_t step_y,
                                                        struct rst_error *err);

/* Copies samples between views of one type and shape that do not overlap; RST_E_ARGUMENT otherwise. With `swap` the
 * bytes of every sample are reversed on the way. Alignment does not matter. */
RST_API RST_MUST_USE enum rst_status rst_view_copy(const struct rst_view *to, const struct rst_view *from, bool swap,
                                                   struct rst_error *err);

RST_END

#endif
