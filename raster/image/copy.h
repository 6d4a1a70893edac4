/* Moves samples between strided views, unchecked: what rst_view_copy() and the windows stand on. Private to this
 * folder. */
#ifndef RASTER_IMAGE_COPY_H
#define RASTER_IMAGE_COPY_H

#include <stdbool.h>

#include "raster/image/view.h"

/* Both views have one type and shape and share no sample; nothing is checked. A stride of `from` may be 0, which
 * spreads a sample, a column or a row. With `swap` the bytes of every sample are reversed. */
void rst_copy_samples(const struct rst_view *to, const struct rst_view *from, bool swap);

/* Sets every sample of `to`. */
void rst_copy_fill(const struct rst_view *to, union rst_sample value);

#endif
