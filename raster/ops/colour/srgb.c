/* srgb2linear and linear2srgb: the curve of sRGB on every sample of colour by itself. On 8 and 16 bits it is computed
 * once for every value there is, and looked up. Where bands ride along behind the colours, these are gathered, taken
 * through the curve and put back, some pixels at a time. */
#include <stdlib.h>
#include <string.h>

#include "raster/image/meta.h"
#include "raster/ops/colour/colour.h"
#include "raster/ops/common/classes.h"

enum { SOME = 1024, MOST_COLORS = 3 }; /* pixels */

struct curve {
    struct rst_point point;   /* first: rst_point_row() takes it for one */
    rst_point_kernel *kernel; /* of single samples */
    size_t bands, colors;     /* of a pixel */
};

/* The first three bands, or the first one where there are fewer. */
static int32_t colors_of(const struct rst_shape *shape)
{
    return shape->bands < MOST_COLORS ? 1 : MOST_COLORS;
}

static enum rst_status check(const char *name, const struct rst_shape *in, struct rst_error *err)
{
    if (in->bands >= MOST_COLORS) return rst_pixels_need_rgb(name, in, err);
    RST_TRY(rst_pixels_need_no_palette(name, in, err));
    if (in->opacity == 0)
        return rst_fail(err, RST_E_ARGUMENT, "%s wants a band of gray first, and band 1 is alpha", name);
    return RST_OK;
}

/* `size` is a constant. */
static inline void gather(const char *from, char *to, size_t bands, size_t colors, size_t count, size_t size)
{
    for (size_t i = 0; i < count; i++, from += bands * size)
        for (size_t b = 0; b < colors; b++, to += size)
            memcpy(to, from + b * size, size);
}

static inline void scatter(const char *from, char *to, size_t bands, size_t colors, size_t count, size_t size)
{
    for (size_t i = 0; i < count; i++, to += bands * size)
        for (size_t b = 0; b < colors; b++, from += size)
            memcpy(to + b * size, from, size);
}

static inline void run_some(const struct curve *curve, const char *from, char *to, size_t count, size_t size)
{
    char colors[SOME * MOST_COLORS * 8] __attribute__((aligned(64)));
    colors[0] = 0; /* for gcc, which takes the kernel for one that might read what was never written */
    gather(from, colors, curve->bands, curve->colors, count, size);
    curve->kernel(&curve->point, colors, colors, count * curve->colors);
    scatter(colors, to, curve->bands, curve->colors, count, size);
}

static void run_gathered(const struct rst_point *point, const void *from, void *to, size_t samples)
{
    const struct curve *curve = (const struct curve *)point;
    const size_t size = point->unit, pixel = curve->bands * size, count = samples / curve->bands;
    if (to != from) memcpy(to, from, samples * size);
    for (size_t at = 0; at < count; at += SOME) {
        const size_t n = count - at < SOME ? count - at : SOME;
        const char *in = (const char *)from + at * pixel;
        char *out = (char *)to + at * pixel;
        switch (size) {
        case 1:
            run_some(curve, in, out, n, 1);
            break;
        case 2:
            run_some(curve, in, out, n, 2);
            break;
        case 4:
            run_some(curve, in, out, n, 4);
            break;
        default:
            run_some(curve, in, out, n, 8);
            break;
        }
    }
}

static enum rst_status prepare(bool expand, struct rst_stage *stage, void **shared, struct rst_error *err)
{
    const struct rst_colour_kernels *kernels = rst_colour_kernels_of(stage->isa);
    const enum rst_type type = stage->in.type;
    const size_t bytes = rst_point_table_bytes(type);
    struct curve *curve = calloc(1, sizeof *curve);
    void *table = bytes ? malloc(bytes) : NULL;
    if (!curve || (bytes && !table)) {
        free(table);
        free(curve);
        return rst_fail(err, RST_E_NOMEM, "no memory for a table of %zu bytes", bytes);
    }
    curve->point = (struct rst_point){.table = table,
                                      .table_bytes = bytes,
                                      .unit = rst_type_size(type),
                                      .kept_band = -1,
                                      .kernel = kernels->expand[type]};
    if (!expand) curve->point.kernel = kernels->compress[type];
    rst_point_tabulate(&curve->point, stage);
    curve->kernel = curve->point.kernel;
    curve->bands = (size_t)stage->in.bands;
    curve->colors = (size_t)colors_of(&stage->in);
    if (curve->bands > curve->colors) curve->point.kernel = run_gathered;
    *shared = curve;
    return RST_OK;
}

static enum rst_status prepare_expand(const void *state, struct rst_stage *stage, void **shared, struct rst_error *err)
{
    (void)state;
    return prepare(true, stage, shared, err);
}

static enum rst_status prepare_compress(const void *state, struct rst_stage *stage, void **shared,
                                        struct rst_error *err)
{
    (void)state;
    return prepare(false, stage, shared, err);
}

static enum rst_status plan_expand(const void *state, const struct rst_shape *in, struct rst_shape *out,
                                   struct rst_affine *to_source, struct rst_error *err)
{
    (void)state, (void)out, (void)to_source;
    return check("srgb2linear", in, err);
}

static enum rst_status plan_compress(const void *state, const struct rst_shape *in, struct rst_shape *out,
                                     struct rst_affine *to_source, struct rst_error *err)
{
    (void)state, (void)out, (void)to_source;
    return check("linear2srgb", in, err);
}

#define EXACTNESS                                                                                                      \
    "0 to the greatest value of an integer type are 0 to 1; a negative x becomes minus what -x would, and beyond 1 "   \
    "the curve goes on. 8 and 16 bits are exact, which is to say rounded to nearest; all other types are computed in " \
    "double, to 4e-12 of the result (64 bits: 1e-14), and rounded once.\n\n"                                           \
    "The first three bands are colours, or the first one of an image of one or two; bands behind them, alpha among "   \
    "them, stay as they are. Nodata samples stay nodata, NaN stays NaN. Palette images are refused."

const struct rst_op_class rst_srgb2linear_class = {
    .name = "srgb2linear",
    .summary = "make samples linear that are encoded as sRGB",
    .details = "The curve of IEC 61966-2-1: x / 12.92 up to 0.04045, ((x + 0.055) / 1.055) ^ 2.4 beyond. An integer "
               "type keeps few of the dark levels apart: cast to u16 or f32 before.\n\n" EXACTNESS,
    .example = "pipeline photo.tif out.tif cast --type f32 ! linear --scale 0.0039215686 ! srgb2linear",
    .flags = RST_OP_POINT | RST_OP_ALL_BANDS | RST_OP_COLORS,
    .plan = plan_expand,
    .prepare = prepare_expand,
    .finish = rst_point_finish,
    .begin = rst_point_begin,
    .row = rst_point_row,
};

const struct rst_op_class rst_linear2srgb_class = {
    .name = "linear2srgb",
    .summary = "encode linear samples as sRGB",
    .details = "The inverse of srgb2linear: 12.92 x up to 0.0031308, 1.055 x ^ (1 / 2.4) - 0.055 beyond.\n\n" EXACTNESS,
    .example = "linear2srgb photo.tif out.tif",
    .flags = RST_OP_POINT | RST_OP_ALL_BANDS | RST_OP_COLORS,
    .plan = plan_compress,
    .prepare = prepare_compress,
    .finish = rst_point_finish,
    .begin = rst_point_begin,
    .row = rst_point_row,
};
