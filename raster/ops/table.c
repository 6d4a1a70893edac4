/* The operations in the order of the manual, group by group. Command line, help and JSON schema are made from what
 * stands here; a new operation is one more line. */
#include "raster/ops/ops.h"

#include <string.h>

#include "raster/ops/common/classes.h"

struct entry {
    const struct rst_op_class *kind;
    const char *group;
};

/* clang-format off */
static const struct entry table[] = {

    /* samples, one by one */
    {&rst_invert_class, "samples, one by one"},
    {&rst_linear_class, "samples, one by one"},
    {&rst_gamma_class, "samples, one by one"},
    {&rst_clamp_class, "samples, one by one"},
    {&rst_threshold_class, "samples, one by one"},
    {&rst_lut_class, "samples, one by one"},
    {&rst_cast_class, "samples, one by one"},
    {&rst_scale_class, "samples, one by one"},
    {&rst_reclassify_class, "samples, one by one"},

    /* bands, and several images */
    {&rst_bands_class, "bands, and several images"},
    {&rst_calc_class, "bands, and several images"},
    {&rst_blend_class, "bands, and several images"},
    {&rst_mask_class, "bands, and several images"},

    /* colours */
    {&rst_gray_class, "colours"},
    {&rst_palette_class, "colours"},
    {&rst_premultiply_class, "colours"},
    {&rst_unpremultiply_class, "colours"},
    {&rst_srgb2linear_class, "colours"},
    {&rst_linear2srgb_class, "colours"},
    {&rst_rgb2hsv_class, "colours"},
    {&rst_hsv2rgb_class, "colours"},
    {&rst_rgb2lab_class, "colours"},
    {&rst_lab2rgb_class, "colours"},

    /* histograms */
    {&rst_equalize_class, "histograms"},
    {&rst_match_class, "histograms"},
    {&rst_clahe_class, "histograms"},

    /* smoothing and sharpening */
    {&rst_conv_class, "smoothing and sharpening"},
    {&rst_box_class, "smoothing and sharpening"},
    {&rst_gaussblur_class, "smoothing and sharpening"},
    {&rst_bilateral_class, "smoothing and sharpening"},
    {&rst_sharpen_class, "smoothing and sharpening"},
    {&rst_unsharp_class, "smoothing and sharpening"},

    /* ranks and statistics of neighbourhoods */
    {&rst_focal_class, "ranks and statistics of neighbourhoods"},
    {&rst_median_class, "ranks and statistics of neighbourhoods"},
    {&rst_rank_class, "ranks and statistics of neighbourhoods"},
    {&rst_despeckle_class, "ranks and statistics of neighbourhoods"},

    /* morphology */
    {&rst_erode_class, "morphology"},
    {&rst_dilate_class, "morphology"},
    {&rst_open_class, "morphology"},
    {&rst_close_class, "morphology"},
    {&rst_tophat_class, "morphology"},
    {&rst_blackhat_class, "morphology"},
    {&rst_gradient_class, "morphology"},

    /* edges */
    {&rst_sobel_class, "edges"},
    {&rst_scharr_class, "edges"},
    {&rst_prewitt_class, "edges"},
    {&rst_laplacian_class, "edges"},
    {&rst_log_class, "edges"},
    {&rst_canny_class, "edges"},

    /* the grid of pixels */
    {&rst_crop_class, "the grid of pixels"},
    {&rst_flip_class, "the grid of pixels"},
    {&rst_rotate_class, "the grid of pixels"},
    {&rst_transpose_class, "the grid of pixels"},
    {&rst_shrink_class, "the grid of pixels"},
};
/* clang-format on */

int rst_ops_count(void)
{
    return (int)(sizeof table / sizeof *table);
}

const struct rst_op_class *rst_ops_at(int index)
{
    return index >= 0 && index < rst_ops_count() ? table[index].kind : NULL;
}

const char *rst_ops_group(int index)
{
    return index >= 0 && index < rst_ops_count() ? table[index].group : NULL;
}

const struct rst_op_class *rst_ops_find(const char *name)
{
    for (int i = 0; i < rst_ops_count(); i++)
        if (strcmp(table[i].kind->name, name) == 0) return table[i].kind;
    return NULL;
}
