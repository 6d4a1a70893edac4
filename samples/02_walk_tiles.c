/* 2. Walking the blocks of a raster without copying a pixel.
 *
 *     02_walk_tiles [FILE]
 *
 * A raster is a grid of equal blocks: the tiles of a tiled TIFF, or one block for a raw file. rst_raster_block() hands
 * out a view straight into the mapping. This program finds the mean of every block, and of the whole, of u8 and u16
 * images; it ends with a check against rst_raster_read(), which knows nothing of blocks.
 */
#include <stdio.h>

#include "samples/input.h"

/* Strides come from the view, so this works for any layout. Samples in a file may lie at odd addresses: memcpy() is the
 * way to fetch them. */
static double sum_view(const struct rst_view *view)
{
    double sum = 0;
    size_t size = rst_type_size(view->type);
    for (int64_t y = 0; y < view->height; y++)
        for (int64_t x = 0; x < view->width; x++)
            for (int32_t band = 0; band < view->bands; band++) {
                union rst_sample sample = {0};
                memcpy(&sample, rst_view_at(view, x, y, band), size);
                sum += rst_sample_to_double(sample, view->type);
            }
    return sum;
}

static enum rst_status sum_blocks(const struct rst_raster *raster, double *sum, struct rst_error *err)
{
    const struct rst_layout *layout = rst_raster_layout(raster);
    *sum = 0;
    for (int32_t plane = 0; plane < layout->planes; plane++)
        for (int64_t row = 0; row < rst_layout_rows(layout); row++)
            for (int64_t column = 0; column < rst_layout_columns(layout); column++) {
                struct rst_view view;
                struct rst_rect place;
                RST_TRY(rst_raster_block(raster, plane, column, row, &view, &place, err));
                double part = sum_view(&view);
                printf("block at (%lld, %lld), %lld x %lld: mean %.3f\n", (long long)place.x, (long long)place.y,
                       (long long)place.width, (long long)place.height,
                       part / (double)(view.width * view.height * view.bands));
                *sum += part;
            }
    return RST_OK;
}

/* The same from copies of single rows. */
static enum rst_status sum_rows(const struct rst_raster *raster, double *sum, struct rst_error *err)
{
    struct rst_shape shape = rst_raster_shape(raster);
    void *row = malloc((size_t)shape.width * (size_t)shape.bands * rst_type_size(shape.type));
    if (row == NULL) return rst_fail(err, RST_E_NOMEM, "out of memory");
    struct rst_view view = rst_view_packed(row, shape.type, shape.width, 1, shape.bands);
    enum rst_status status = RST_OK;
    *sum = 0;
    for (int64_t y = 0; y < shape.height && status == RST_OK; y++) {
        status = rst_raster_read(raster, 0, y, NULL, &view, err);
        if (status == RST_OK) *sum += sum_view(&view);
    }
    free(row);
    return status;
}

static enum rst_status walk(const char *path, struct rst_error *err)
{
    struct rst_raster *raster = NULL;
    double by_blocks = 0, by_rows = 0;
    RST_TRY(rst_open(path, RST_READ, NULL, &raster, err));
    struct rst_shape shape = rst_raster_shape(raster);
    enum rst_status status = RST_OK;
    if (shape.type != RST_U8 && shape.type != RST_U16) /* whose sums are exact in a double, in any order */
        status = rst_fail(err, RST_E_UNSUPPORTED, "%s: this sample wants u8 or u16", path);
    if (status == RST_OK) status = sum_blocks(raster, &by_blocks, err);
    if (status == RST_OK) status = sum_rows(raster, &by_rows, err);
    if (status == RST_OK)
        printf("the whole: mean %.3f\n", by_blocks / ((double)shape.width * (double)shape.height * shape.bands));
    if (status == RST_OK && by_blocks != by_rows)
        status = rst_fail(err, RST_E_FORMAT, "%s: blocks sum up to %.0f, rows to %.0f", path, by_blocks, by_rows);
    rst_close(&raster);
    return status;
}

int main(int argc, char **argv)
{
    struct rst_error err = {0};
    struct input input;
    enum rst_status status = input_find(&input, argc, argv, 128, &err);
    if (status == RST_OK) status = walk(input.path, &err);
    if (status != RST_OK) fprintf(stderr, "%s\n", err.message);
    input_remove(&input);
    return status == RST_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
