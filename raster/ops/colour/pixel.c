/* The run of an operation on whole pixels: a row is got, the kernel goes over all of it, and where the image has nodata
 * the samples that are missing are put back. A colour is made of several samples: where one of them is missing, there
 * is no colour. As input and output may be the same memory, the mask is made before the kernel runs. */
#include "raster/ops/colour/pixel.h"

#include <stdlib.h>

#include "raster/image/meta.h"
#include "raster/ops/common/nodata.h"

enum { SEPARATED = 5, YCBCR = 6, CIELAB = 8, ICCLAB = 9, ITULAB = 10 }; /* TIFF's photometric interpretations */

struct pixel_work {
    const struct rst_pixels *pixels;
    struct rst_tally *tally;
    uint8_t *mask, *missing; /* of the samples before and after; NULL where the result has no nodata */
};

enum rst_status rst_pixels_need_no_palette(const char *name, const struct rst_shape *in, struct rst_error *err)
{
    if (!in->palette) return RST_OK;
    return rst_fail(err, RST_E_ARGUMENT,
                    "%s wants colours, and these samples are indices into a colour map: palette expands it", name);
}

enum rst_status rst_pixels_need_colors(const char *name, const struct rst_shape *in, struct rst_error *err)
{
    RST_TRY(rst_pixels_need_no_palette(name, in, err));
    if (in->bands < 3)
        return rst_fail(err, RST_E_ARGUMENT, "%s wants three bands of colour, and the image has %d", name,
                        (int)in->bands);
    if (in->opacity >= 0 && in->opacity < 3)
        return rst_fail(err, RST_E_ARGUMENT, "%s wants three bands of colour first, and band %d is alpha", name,
                        (int)in->opacity + 1);
    return RST_OK;
}

enum rst_status rst_pixels_need_rgb(const char *name, const struct rst_shape *in, struct rst_error *err)
{
    const char *colors = NULL;
    RST_TRY(rst_pixels_need_colors(name, in, err));
    switch (in->colors.photometric) {
    case SEPARATED:
        colors = "inks (CMYK)";
        break;
    case YCBCR:
        colors = "YCbCr";
        break;
    case CIELAB:
    case ICCLAB:
    case ITULAB:
        colors = "L*a*b*";
        break;
    default:
        return RST_OK;
    }
    return rst_fail(err, RST_E_ARGUMENT, "%s wants red, green and blue, and the image says that its bands are %s", name,
                    colors);
}

int32_t rst_pixels_source_band(const void *state, const struct rst_shape *in, int32_t band)
{
    (void)state, (void)in;
    return band < 3 ? -1 : band;
}

enum rst_status rst_pixels_new(const struct rst_stage *stage, size_t table_bytes, struct rst_pixels **out,
                               struct rst_error *err)
{
    struct rst_pixels *pixels = calloc(1, sizeof *pixels);
    void *table = table_bytes ? malloc(table_bytes) : NULL;
    if (!pixels || (table_bytes && !table)) {
        free(table);
        free(pixels);
        return rst_fail(err, RST_E_NOMEM, "no memory for a table of %zu bytes", table_bytes);
    }
    pixels->bands = (size_t)stage->in.bands;
    pixels->out_bands = (size_t)stage->out.bands;
    pixels->colors = pixels->out_colors = 3;
    pixels->alpha = -1;
    pixels->table = table;
    *out = pixels;
    return RST_OK;
}

void rst_pixels_finish(void *shared)
{
    struct rst_pixels *pixels = shared;
    free(pixels->table);
    free(pixels);
}

enum rst_status rst_pixels_begin(const void *shared, const struct rst_stage *stage, const struct rst_tile *tile,
                                 struct rst_arena *arena, struct rst_tally *tally, void **work)
{
    struct pixel_work *mine = rst_arena_get(arena, sizeof *mine);
    if (!mine) return RST_E_NOMEM;
    *mine = (struct pixel_work){.pixels = shared, .tally = tally};
    if (stage->out.has_nodata) {
        size_t count = (size_t)tile->out.width;
        mine->mask = rst_arena_get(arena, count * mine->pixels->bands);
        mine->missing = rst_arena_get(arena, count * mine->pixels->out_bands);
        if (!mine->mask || !mine->missing) return RST_E_NOMEM;
    }
    *work = mine;
    return RST_OK;
}

/* Which samples of the result are missing, from those of the input that are. */
static void spread_colors(const struct rst_pixels *pixels, const uint8_t *mask, uint8_t *missing, size_t count)
{
    for (size_t i = 0; i < count; i++, mask += pixels->bands, missing += pixels->out_bands) {
        uint8_t any = 0;
        for (size_t b = 0; b < pixels->colors; b++)
            any |= mask[b];
        for (size_t b = 0; b < pixels->out_colors; b++)
            missing[b] = any;
        for (size_t b = pixels->out_colors; b < pixels->out_bands; b++)
            missing[b] = mask[pixels->colors + (b - pixels->out_colors)];
    }
}

static void spread_alpha(const struct rst_pixels *pixels, const uint8_t *mask, uint8_t *missing, size_t count)
{
    for (size_t i = 0; i < count; i++, mask += pixels->bands, missing += pixels->bands)
        for (size_t b = 0; b < pixels->bands; b++)
            missing[b] = mask[b] | mask[pixels->alpha];
}

void rst_pixels_row(void *work, struct rst_rows *rows, const struct rst_stage *stage, const struct rst_tile *tile,
                    int64_t y, void *to)
{
    const struct pixel_work *mine = work;
    const struct rst_pixels *pixels = mine->pixels;
    const void *from = rst_rows_get(rows, y);
    size_t count = (size_t)tile->out.width;
    if (!mine->mask) {
        pixels->kernel(pixels, from, to, count);
        return;
    }
    (void)rst_nodata_mask(stage, from, count * pixels->bands, mine->mask);
    if (pixels->alpha < 0)
        spread_colors(pixels, mine->mask, mine->missing, count);
    else
        spread_alpha(pixels, mine->mask, mine->missing, count);
    pixels->kernel(pixels, from, to, count);
    rst_tally_collisions(mine->tally, rst_nodata_restore(stage, to, count * pixels->out_bands, mine->missing, NULL));
}
