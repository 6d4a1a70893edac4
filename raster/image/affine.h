/* An affine map of the plane: how the pixel coordinates of a result relate to those of its source.
 *
 * Coordinates are those of areas: pixel (0, 0) covers 0 ... 1 in both directions, its centre is (0.5, 0.5).
 *     x_source = m[0] * x + m[1] * y + m[2]
 *     y_source = m[3] * x + m[4] * y + m[5]
 */
#ifndef RASTER_IMAGE_AFFINE_H
#define RASTER_IMAGE_AFFINE_H

#include <stdbool.h>

#include "raster/base/export.h"

RST_BEGIN

struct rst_affine {
    double m[6];
};

#define RST_AFFINE_IDENTITY ((struct rst_affine){{1, 0, 0, 0, 1, 0}})

/* First `inner`, then `outer`: the result maps x to outer(inner(x)). */
RST_API struct rst_affine rst_affine_compose(struct rst_affine outer, struct rst_affine inner);

/* false, *out untouched, where the map cannot be inverted. */
RST_API bool rst_affine_invert(struct rst_affine map, struct rst_affine *out);

RST_API bool rst_affine_is_identity(struct rst_affine map);

RST_END

#endif
