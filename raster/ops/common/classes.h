/* The classes of the library's own operations, each defined in the file of its family; table.c lists them. */
#ifndef RASTER_OPS_COMMON_CLASSES_H
#define RASTER_OPS_COMMON_CLASSES_H

#include "raster/sweep/op.h"

/* A sample from the same sample. */
extern const struct rst_op_class rst_invert_class;
extern const struct rst_op_class rst_linear_class;
extern const struct rst_op_class rst_gamma_class;
extern const struct rst_op_class rst_clamp_class;
extern const struct rst_op_class rst_threshold_class;
extern const struct rst_op_class rst_lut_class;
extern const struct rst_op_class rst_cast_class;
extern const struct rst_op_class rst_scale_class;
extern const struct rst_op_class rst_equalize_class;
extern const struct rst_op_class rst_match_class;
extern const struct rst_op_class rst_reclassify_class;

/* A sample from its neighbourhood. */
extern const struct rst_op_class rst_conv_class;
extern const struct rst_op_class rst_box_class;
extern const struct rst_op_class rst_gaussblur_class;
extern const struct rst_op_class rst_sharpen_class;
extern const struct rst_op_class rst_unsharp_class;
extern const struct rst_op_class rst_bilateral_class;
extern const struct rst_op_class rst_sobel_class;
extern const struct rst_op_class rst_scharr_class;
extern const struct rst_op_class rst_prewitt_class;
extern const struct rst_op_class rst_laplacian_class;
extern const struct rst_op_class rst_log_class;
extern const struct rst_op_class rst_canny_class;
extern const struct rst_op_class rst_median_class;
extern const struct rst_op_class rst_rank_class;
extern const struct rst_op_class rst_despeckle_class;
extern const struct rst_op_class rst_erode_class;
extern const struct rst_op_class rst_dilate_class;
extern const struct rst_op_class rst_open_class;
extern const struct rst_op_class rst_close_class;
extern const struct rst_op_class rst_tophat_class;
extern const struct rst_op_class rst_blackhat_class;
extern const struct rst_op_class rst_gradient_class;

/* A sample from the histogram, or a statistic, of what is around it. */
extern const struct rst_op_class rst_clahe_class;
extern const struct rst_op_class rst_focal_class;

/* Other bands. */
extern const struct rst_op_class rst_bands_class;

/* A sample from those of several images. */
extern const struct rst_op_class rst_calc_class;
extern const struct rst_op_class rst_blend_class;
extern const struct rst_op_class rst_mask_class;

/* Colours from the colours of the same pixel. */
extern const struct rst_op_class rst_gray_class;
extern const struct rst_op_class rst_palette_class;
extern const struct rst_op_class rst_premultiply_class;
extern const struct rst_op_class rst_unpremultiply_class;
extern const struct rst_op_class rst_srgb2linear_class;
extern const struct rst_op_class rst_linear2srgb_class;
extern const struct rst_op_class rst_rgb2hsv_class;
extern const struct rst_op_class rst_hsv2rgb_class;
extern const struct rst_op_class rst_rgb2lab_class;
extern const struct rst_op_class rst_lab2rgb_class;

/* Another grid of pixels. */
extern const struct rst_op_class rst_crop_class;
extern const struct rst_op_class rst_flip_class;
extern const struct rst_op_class rst_rotate_class;
extern const struct rst_op_class rst_transpose_class;
extern const struct rst_op_class rst_shrink_class;

#endif
