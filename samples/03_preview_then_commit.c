/* 3. Trying a filter on a file before deciding to keep it.
 *
 *     03_preview_then_commit [FILE [--commit]]
 *
 * A raster opened RST_PRIVATE is copy on write: filters run in place in it, and the file keeps its bytes. Only the
 * pages that a filter changed take memory. rst_commit() writes them back; rst_close() without it forgets them. Without
 * --commit a file of yours is left as it is; the image made for the occasion is always committed.
 */
#include <math.h>
#include <stdio.h>

#include "samples/input.h"

/* The mean of the middle row, all bands: enough to see a change. */
static enum rst_status mean_of_middle(const struct rst_raster *raster, double *mean, struct rst_error *err)
{
    struct rst_shape shape = rst_raster_shape(raster);
    size_t count = (size_t)shape.width * (size_t)shape.bands, size = rst_type_size(shape.type);
    unsigned char *row = malloc(count * size);
    if (row == NULL) return rst_fail(err, RST_E_NOMEM, "out of memory");
    struct rst_view view = rst_view_packed(row, shape.type, shape.width, 1, shape.bands);
    enum rst_status status = rst_raster_read(raster, 0, shape.height / 2, NULL, &view, err);
    *mean = 0;
    for (size_t i = 0; status == RST_OK && i < count; i++) {
        union rst_sample sample = {0};
        memcpy(&sample, row + i * size, size);
        *mean += rst_sample_to_double(sample, shape.type) / (double)count;
    }
    free(row);
    return status;
}

/* What another program sees: the file, opened afresh. */
static enum rst_status mean_in_file(const char *path, double *mean, struct rst_error *err)
{
    struct rst_raster *raster = NULL;
    RST_TRY(rst_open(path, RST_READ, NULL, &raster, err));
    enum rst_status status = mean_of_middle(raster, mean, err);
    rst_close(&raster);
    return status;
}

static bool same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static enum rst_status preview(struct rst_raster *raster, const struct rst_pipeline *pipeline, bool commit,
                               struct rst_error *err)
{
    const char *path = rst_raster_path(raster);
    double before = 0, edited = 0, file = 0;
    RST_TRY(mean_of_middle(raster, &before, err));

    /* The same raster as input and output: in place. */
    RST_TRY(rst_run(pipeline, raster, raster, NULL, err));
    RST_TRY(mean_of_middle(raster, &edited, err));
    RST_TRY(mean_in_file(path, &file, err));
    printf("before %.2f; after the filter %.2f, and still %.2f in the file\n", before, edited, file);
    if (!same(file, before)) return rst_fail(err, RST_E_FORMAT, "%s: the preview has changed the file", path);
    if (!commit) return RST_OK;

    RST_TRY(rst_commit(raster, err));
    RST_TRY(mean_in_file(path, &file, err));
    printf("committed: %.2f in the file\n", file);
    if (!same(file, edited)) return rst_fail(err, RST_E_FORMAT, "%s: the commit has not reached the file", path);
    return RST_OK;
}

int main(int argc, char **argv)
{
    struct rst_error err = {0};
    struct rst_raster *raster = NULL;
    struct rst_pipeline *pipeline = NULL;
    struct input input;
    bool commit = argc < 2 || (argc > 2 && strcmp(argv[2], "--commit") == 0);

    enum rst_status status = input_find(&input, argc, argv, 0, &err);
    if (status == RST_OK) status = rst_open(input.path, RST_PRIVATE, NULL, &raster, &err);
    if (status == RST_OK) status = rst_pipeline_parse("gaussblur --sigma 2 ! invert", &pipeline, &err);
    if (status == RST_OK) status = preview(raster, pipeline, commit, &err);
    if (status != RST_OK) fprintf(stderr, "%s\n", err.message);

    rst_pipeline_free(&pipeline);
    rst_close(&raster);
    input_remove(&input);
    return status == RST_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
