/* 1. Opening a raster, asking what it is, and reading pixels.
 *
 *     01_open_and_print [FILE]
 *
 * rst_open() maps the file: nothing is read before it is looked at, so this takes the same time for a megabyte and for
 * a terabyte. rst_raster_read() copies any window into memory of ours, whatever the file's layout or byte order.
 */
#include <stdio.h>

#include "samples/input.h"

/* Prints the sample of every band at one place. */
static enum rst_status print_pixel(const struct rst_raster *raster, int64_t x, int64_t y, struct rst_error *err)
{
    struct rst_shape shape = rst_raster_shape(raster);
    size_t size = rst_type_size(shape.type);
    unsigned char *pixel = calloc((size_t)shape.bands, size);
    if (pixel == NULL) return rst_fail(err, RST_E_NOMEM, "out of memory");

    /* A view says where samples lie: here one pixel, packed, all bands side by side. */
    struct rst_view view = rst_view_packed(pixel, shape.type, 1, 1, shape.bands);
    enum rst_status status = rst_raster_read(raster, x, y, NULL, &view, err);

    printf("pixel (%lld, %lld):", (long long)x, (long long)y);
    for (int32_t band = 0; status == RST_OK && band < shape.bands; band++) {
        union rst_sample sample = {0};
        char text[32];
        memcpy(&sample, rst_view_at(&view, 0, 0, band), size);
        printf(" %s", rst_sample_format(sample, shape.type, text, sizeof text));
    }
    printf("\n");
    free(pixel);
    return status;
}

static enum rst_status print_raster(const char *path, struct rst_error *err)
{
    struct rst_raster *raster = NULL;
    RST_TRY(rst_open(path, RST_READ, NULL, &raster, err));

    struct rst_shape shape = rst_raster_shape(raster);
    const struct rst_layout *layout = rst_raster_layout(raster);
    printf("%s: %s, %lld x %lld, %d bands of %s\n", path, rst_raster_format(raster), (long long)shape.width,
           (long long)shape.height, (int)shape.bands, rst_type_name(shape.type));
    printf("stored in %lld x %lld blocks of %lld x %lld pixels\n", (long long)rst_layout_columns(layout),
           (long long)rst_layout_rows(layout), (long long)layout->block_width, (long long)layout->block_height);

    struct rst_affine map;
    if (rst_geo_transform(&rst_raster_meta(raster)->geo, &map))
        printf("upper left corner at %.3f, %.3f\n", map.m[2], map.m[5]);

    enum rst_status status = print_pixel(raster, 0, 0, err);
    if (status == RST_OK) status = print_pixel(raster, shape.width - 1, shape.height - 1, err);
    /* Windows may reach out of the image; a border rule (replicate by default) says what is seen there. */
    if (status == RST_OK) status = print_pixel(raster, -5, -5, err);
    rst_close(&raster);
    return status;
}

int main(int argc, char **argv)
{
    struct rst_error err = {0}; /* the first message stored here stays */
    struct input input;
    enum rst_status status = input_find(&input, argc, argv, 0, &err);
    if (status == RST_OK) status = print_raster(input.path, &err);
    if (status != RST_OK) fprintf(stderr, "%s\n", err.message);
    input_remove(&input);
    return status == RST_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
