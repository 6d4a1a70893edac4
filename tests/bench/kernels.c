/* Times one pipeline in memory: bench_kernels PIPELINE BYTES WxHxBANDS:u8 ROUNDS.
 *
 * BYTES is a file of raw samples in a file system that lies in memory; the result goes to BYTES.out beside it, whose
 * pages are all there after the first, uncounted round. Prints the milliseconds of every further round, the pages of
 * both files being mapped from one round to the next, as a matrix of another library would be.
 */
#define _GNU_SOURCE 1
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "codecs/codecs.h"
#include "raster/raster.h"

static int failed(const struct rst_error *err)
{
    fprintf(stderr, "bench_kernels: %s\n", err->message);
    return 1;
}

static double milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Makes the file that the result goes to, with all its pages, and opens it. */
static enum rst_status open_out(const char *path, const struct rst_shape *shape, struct rst_raster **out,
                                struct rst_error *err)
{
    const struct rst_raw raw = {
        .width = shape->width, .height = shape->height, .bands = shape->bands, .type = shape->type};
    const struct rst_open_options options = {.raw = &raw};
    off_t bytes = (off_t)(shape->width * shape->height * shape->bands) * (off_t)rst_type_size(shape->type);
    FILE *file = fopen(path, "wbe");
    if (!file || ftruncate(fileno(file), bytes)) return rst_fail(err, RST_E_IO, "%s: cannot be made", path);
    fclose(file);
    return rst_open(path, RST_SHARED, &options, out, err);
}

static int measure(const char *text, const char *path, const char *form, int rounds)
{
    const struct rst_run_options run = {.threads = 2};
    struct rst_error err = {0};
    struct rst_raw raw;
    const struct rst_open_options options = {.raw = &raw};
    struct rst_pipeline *pipeline = NULL;
    struct rst_raster *in = NULL, *out = NULL;
    struct rst_shape shape, result;
    char target[4096];
    snprintf(target, sizeof target, "%s.out", path);
    if (rst_raw_parse(form, &raw, &err) || rst_open(path, RST_READ, &options, &in, &err)) return failed(&err);
    shape = rst_raster_shape(in);
    if (rst_pipeline_parse(text, &pipeline, &err) || rst_pipeline_plan(pipeline, &shape, NULL, &result, NULL, &err) ||
        open_out(target, &result, &out, &err))
        return failed(&err);
    for (int i = 0; i <= rounds; i++) {
        double start = milliseconds();
        if (rst_run(pipeline, in, out, &run, &err)) return failed(&err);
        if (i > 0) printf("%.3f\n", milliseconds() - start);
    }
    rst_close(&out);
    rst_close(&in);
    rst_pipeline_free(&pipeline);
    return unlink(target) != 0;
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: %s PIPELINE BYTES WxHxBANDS:u8 ROUNDS\n", argv[0]);
        return 2;
    }
    return measure(argv[1], argv[2], argv[3], atoi(argv[4]));
}
