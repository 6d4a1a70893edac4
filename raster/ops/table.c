/* The table of operations. Command line, help and JSON schema are made from what stands here; a new operation is one
 * more line. */
#include "raster/ops/ops.h"

#include <string.h>

#include "raster/ops/classes.h"

static const struct rst_op_class *const classes[] = {
    &rst_invert_class,  &rst_linear_class,    &rst_gamma_class,  &rst_clamp_class, &rst_threshold_class,
    &rst_lut_class,     &rst_cast_class,      &rst_conv_class,   &rst_box_class,   &rst_gaussblur_class,
    &rst_sharpen_class, &rst_sobel_class,     &rst_bands_class,  &rst_crop_class,  &rst_flip_class,
    &rst_rotate_class,  &rst_transpose_class, &rst_shrink_class,
};

int rst_ops_count(void)
{
    return (int)(sizeof classes / sizeof *classes);
}

const struct rst_op_class *rst_ops_at(int index)
{
    return index >= 0 && index < rst_ops_count() ? classes[index] : NULL;
}

const struct rst_op_class *rst_ops_find(const char *name)
{
    for (int i = 0; i < rst_ops_count(); i++)
        if (strcmp(classes[i]->name, name) == 0) return classes[i];
    return NULL;
}
