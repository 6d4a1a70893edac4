/* Point operations whose curve differs from band to band, found by a survey: stretching, equalising, matching, and
 * thresholds. What differs is made ready once per run by the operation's prepare; rst_curves_begin, _row and _finish
 * are then the class's own. Nodata is handled there, around the kernels, and so are bands that are left alone.
 */
#ifndef RASTER_OPS_CONTRAST_CURVES_H
#define RASTER_OPS_CONTRAST_CURVES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "raster/ops/common/isa.h"
#include "raster/ops/survey/ruler.h"

/* What a band's samples become. */
struct rst_curve {
    bool kept; /* a sample stays what it is; of a stage that keeps the type */

    /* line: low and what is below becomes to_low, high and what is above to_high; NaN stays, or becomes 0 */
    double low, high, to_low, to_high;

    /* limit: what is greater becomes rst_curves.above, all else `below`, NaN too */
    union rst_sample limit, below;

    /* table: what a sample becomes that lies in part i of the ruler, or has value i where the type has 8 or 16 bits (as
     * bits: -1 is the last); in the type of the result. */
    struct rst_ruler ruler;
};

/* Some samples of a row, from the first pixel of the row on. */
struct rst_curves;
typedef void rst_curves_kernel(const struct rst_curves *curves, int32_t band, size_t step, const void *from, void *to,
                               size_t width);

struct rst_curves {
    struct rst_curve *of; /* [bands] */
    int32_t bands;        /* of the image */
    union rst_sample above;
    char *tables; /* [bands] of table_bytes */
    size_t table_bytes;
    int32_t parts; /* of the rulers, and the samples of a table */

    /* Made by the functions below. */
    rst_curves_kernel *kernel;
    const struct rst_curves_kernels *kernels;
    enum rst_type in, out;
    size_t lap;     /* samples of a pattern */
    void *patterns; /* parameters repeated as samples lie in a row: of rows of all bands one, else one for each band */
    size_t pattern_bytes; /* of one */
    bool any_kept;
};

/* A line in a pattern. */
struct rst_curve_line {
    double low, high, pre, start, scale, to_low, to_high;
};

struct rst_curves_kernels {
    void (*load[RST_TYPE_COUNT])(const void *from, double *to, size_t count);
    void (*store[RST_TYPE_COUNT])(const double *from, void *to, size_t count);
    void (*line)(const struct rst_curve_line *lines, double *samples, size_t count);
    rst_curves_kernel *limit[RST_TYPE_COUNT];
    rst_curves_kernel *parts[RST_TYPE_COUNT]; /* NULL for types of 8 and 16 bits */
    rst_curves_kernel *lookup[2][4];          /* by the logarithm of bytes of a sample, before and after */
};

RST_KERNEL_TABLES(struct rst_curves_kernels, rst_curves_kernels)

/* For prepare: all curves zero, and room for tables of so many samples of the result's type (0: none). RST_E_NOMEM. */
RST_MUST_USE enum rst_status rst_curves_new(const struct rst_stage *stage, int32_t parts, struct rst_curves **out,
                                            struct rst_error *err);

/* For prepare, once all curves are filled in: chooses the kernel. RST_E_NOMEM; the curves are then for the caller to
 * free with rst_curves_finish(). */
RST_MUST_USE enum rst_status rst_curves_use_lines(struct rst_curves *curves, const struct rst_stage *stage,
                                                  struct rst_error *err);
RST_MUST_USE enum rst_status rst_curves_use_limits(struct rst_curves *curves, const struct rst_stage *stage,
                                                   struct rst_error *err);
void rst_curves_use_tables(struct rst_curves *curves, const struct rst_stage *stage);

/* The table of a band, and its sample i. */
void rst_curves_put(struct rst_curves *curves, int32_t band, int32_t i, union rst_sample sample);

/* For the class. */
enum rst_status rst_curves_begin(const void *shared, const struct rst_stage *stage, const struct rst_tile *tile,
                                 struct rst_arena *arena, struct rst_tally *tally, void **work);
void rst_curves_row(void *work, struct rst_rows *rows, const struct rst_stage *stage, const struct rst_tile *tile,
                    int64_t y, void *to);
void rst_curves_finish(void *shared);

#endif
