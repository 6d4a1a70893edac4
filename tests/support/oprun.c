/* Pixels in memory become a scratch raster, the executor runs over it, and the result is read back: what is tested is
 * what a user's call does. */
#include "tests/support/oprun.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "raster/ops/ops.h"

/* Thousands of small files are made here: in memory where that is to be had, for a busy disk takes a while over each.
 */
static enum rst_status scratch(const struct rst_shape *shape, struct rst_raster **raster, struct rst_error *err)
{
    return rst_raster_scratch(shape, access("/dev/shm", W_OK) == 0 ? "/dev/shm" : NULL, raster, err);
}

size_t oprun_bytes(const struct rst_shape *shape)
{
    return (size_t)shape->width * (size_t)shape->height * (size_t)shape->bands * rst_type_size(shape->type);
}

static struct rst_view view_of(const struct rst_shape *shape, const void *pixels)
{
    return rst_view_packed((void *)(uintptr_t)pixels, shape->type, shape->width, shape->height, shape->bands);
}

static enum rst_status load(const struct rst_shape *shape, const void *pixels, struct rst_raster **raster,
                            struct rst_error *err)
{
    struct rst_view view = view_of(shape, pixels);
    RST_TRY(scratch(shape, raster, err));
    return rst_raster_write(*raster, 0, 0, 0, &view, err);
}

struct rst_raster *oprun_raster(const struct rst_shape *shape, const void *pixels)
{
    struct rst_error err = {0};
    struct rst_raster *raster = NULL;
    if (load(shape, pixels, &raster, &err)) fail_msg("%s", err.message);
    return raster;
}

static enum rst_status run(const struct rst_pipeline *pipeline, struct rst_raster *in, struct rst_raster *out,
                           const struct rst_shape *shape, const struct rst_run_options *options, void *result,
                           struct rst_error *err)
{
    const struct rst_run_options one = {.threads = 1};
    struct rst_view view = view_of(shape, result);
    RST_TRY(rst_run(pipeline, in, out, options ? options : &one, err));
    return rst_raster_read(out, 0, 0, NULL, &view, err);
}

enum rst_status oprun(const char *pipeline_text, const struct rst_shape *in, const void *pixels,
                      struct rst_run_options *options, void *result, struct rst_shape *out_shape, struct rst_error *err)
{
    struct rst_pipeline *pipeline = NULL;
    struct rst_raster *from = NULL, *to = NULL;
    struct rst_shape shape = {0};
    enum rst_status status = rst_pipeline_parse(pipeline_text, &pipeline, err);
    if (!status) status = rst_pipeline_plan(pipeline, in, options ? options->window : NULL, &shape, NULL, err);
    if (!status && result) {
        status = load(in, pixels, &from, err);
        if (!status) status = scratch(&shape, &to, err);
        if (!status) status = run(pipeline, from, to, &shape, options, result, err);
    }
    if (!status && out_shape) *out_shape = shape;
    rst_close(&to);
    rst_close(&from);
    rst_pipeline_free(&pipeline);
    return status;
}

enum rst_status oprun_in_place(const char *pipeline_text, const struct rst_shape *in, void *pixels,
                               struct rst_run_options *options, struct rst_error *err)
{
    struct rst_pipeline *pipeline = NULL;
    struct rst_raster *raster = NULL;
    enum rst_status status = rst_pipeline_parse(pipeline_text, &pipeline, err);
    if (!status) status = load(in, pixels, &raster, err);
    if (!status) status = run(pipeline, raster, raster, in, options, pixels, err);
    rst_close(&raster);
    rst_pipeline_free(&pipeline);
    return status;
}

void oprun_refuses(const char *const *pipelines, size_t count)
{
    const struct rst_shape shape = {.type = RST_U8, .width = 4, .height = 4, .bands = 1, .alpha = -1, .opacity = -1};
    const unsigned char pixels[16] = {0};
    unsigned char result[16];
    for (size_t i = 0; i < count; i++) {
        struct rst_error err = {0};
        enum rst_status status = oprun(pipelines[i], &shape, pixels, NULL, result, NULL, &err);
        if (status != RST_E_ARGUMENT || !err.message[0]) fail_msg("'%s' is not refused: %d", pipelines[i], status);
    }
}

void oprun_refuses_beside(const char *pipeline, const struct rst_shape *in, const struct rst_shape *beside,
                          const char *words)
{
    static const uint8_t nothing[64];
    struct rst_raster *other = oprun_raster(beside, nothing);
    struct rst_run_options options = {.threads = 1, .others = &other, .other_count = 1};
    struct rst_error err = {0};
    uint8_t result[64];
    assert_true(oprun_bytes(in) <= sizeof nothing && oprun_bytes(beside) <= sizeof nothing);
    assert_int_equal(oprun(pipeline, in, nothing, &options, result, NULL, &err), RST_E_ARGUMENT);
    if (!strstr(err.message, words)) fail_msg("%s", err.message);
    rst_close(&other);
}
