/* The classes of the library's own operations, each defined in the file of its family; table.c lists them. */
#ifndef RASTER_OPS_CLASSES_H
#define RASTER_OPS_CLASSES_H

#include "raster/sweep/op.h"

/* A sample from the same sample. */
extern const struct rst_op_class rst_invert_class;
extern const struct rst_op_class rst_linear_class;
extern const struct rst_op_class rst_gamma_class;
extern const struct rst_op_class rst_clamp_class;
extern const struct rst_op_class rst_threshold_class;
extern const struct rst_op_class rst_lut_class;
extern const struct rst_op_class rst_cast_class;

/* A sample from its neighbourhood. */
extern const struct rst_op_class rst_conv_class;
extern const struct rst_op_class rst_box_class;
extern const struct rst_op_class rst_gaussblur_class;
extern const struct rst_op_class rst_sharpen_class;
extern const struct rst_op_class rst_sobel_class;

/* Other bands. */
extern const struct rst_op_class rst_bands_class;

/* Another grid of pixels. */
extern const struct rst_op_class rst_crop_class;
extern const struct rst_op_class rst_flip_class;
extern const struct rst_op_class rst_rotate_class;
extern const struct rst_op_class rst_transpose_class;
extern const struct rst_op_class rst_shrink_class;

#endif
