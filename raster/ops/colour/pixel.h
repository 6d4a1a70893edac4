/* What the operations on whole pixels share: the colours of a pixel of the result depend on the samples of the same
 * pixel of the input alone, and bands behind the colours ride along. All of them are a kernel over a packed row, and
 * what differs is made ready once per run by the operation's prepare.
 *
 * struct rst_pixels is what such a prepare makes; rst_pixels_begin, _row and _finish are then the class's own. Nodata
 * is handled there, around the kernel, which never looks for it.
 */
#ifndef RASTER_OPS_COLOUR_PIXEL_H
#define RASTER_OPS_COLOUR_PIXEL_H

#include <stddef.h>
#include <stdint.h>

#include "raster/ops/common/isa.h"

struct rst_pixels;

/* Computes `count` pixels. `to` may be `from`, where both have one size. */
typedef void rst_pixel_kernel(const struct rst_pixels *pixels, const void *from, void *to, size_t count);

struct rst_pixels {
    rst_pixel_kernel *kernel;
    size_t bands, out_bands;   /* samples of a pixel, before and after */
    size_t colors, out_colors; /* the first ones among them. All of the result's are missing where one is */
    int32_t alpha;             /* -1; else all samples count for themselves, and are missing where this one is */
    int32_t weights[3];        /* gray: of ten thousand */
    void *table;               /* owned */
};

/* For plan: refuses a palette. `name` is the operation's. */
RST_MUST_USE enum rst_status rst_pixels_need_no_palette(const char *name, const struct rst_shape *in,
                                                        struct rst_error *err);

/* For plan: refuses a palette, colours that are known to be neither red, green and blue nor unknown, fewer than three
 * bands, and alpha among the first three. */
RST_MUST_USE enum rst_status rst_pixels_need_rgb(const char *name, const struct rst_shape *in, struct rst_error *err);

/* The same, but for what the three colours are. */
RST_MUST_USE enum rst_status rst_pixels_need_colors(const char *name, const struct rst_shape *in,
                                                    struct rst_error *err);

/* For source_band: the first three bands are made anew, the others are those of the input. */
int32_t rst_pixels_source_band(const void *state, const struct rst_shape *in, int32_t band);

/* For prepare: three colours of three; no kernel yet, no alpha, and a table of so many bytes. RST_E_NOMEM. */
RST_MUST_USE enum rst_status rst_pixels_new(const struct rst_stage *stage, size_t table_bytes, struct rst_pixels **out,
                                            struct rst_error *err);

/* For the class. */
enum rst_status rst_pixels_begin(const void *shared, const struct rst_stage *stage, const struct rst_tile *tile,
                                 struct rst_arena *arena, struct rst_tally *tally, void **work);
void rst_pixels_row(void *work, struct rst_rows *rows, const struct rst_stage *stage, const struct rst_tile *tile,
                    int64_t y, void *to);
void rst_pixels_finish(void *shared);

#endif
