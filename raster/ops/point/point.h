/* What the point operations share: a sample of the result depends on the same sample of the input alone, so all of them
 * are a kernel over a packed row, and what differs is made ready once per run by the operation's prepare.
 *
 * struct rst_point is what such a prepare makes; rst_point_begin, _row and _finish are then the class's own. Nodata is
 * handled there, around the kernel, which never looks for it.
 */
#ifndef RASTER_OPS_POINT_POINT_H
#define RASTER_OPS_POINT_POINT_H

#include <stddef.h>
#include <stdint.h>

#include "raster/ops/common/isa.h"

struct rst_point;

/* Computes `count` samples. `to` may be `from`, where both types have one size. */
typedef void rst_point_kernel(const struct rst_point *point, const void *from, void *to, size_t count);

struct rst_point {
    rst_point_kernel *kernel;
    double scale, offset;       /* linear */
    double exponent;            /* power */
    union rst_sample low, high; /* clamp; threshold: the two results */
    union rst_sample limit;     /* threshold: above it `high`, else `low` */
    void *table;                /* lookup: a sample for every bit pattern of the input; flip_bits: the pattern */
    size_t table_bytes;
    size_t unit;       /* bytes of a sample */
    int32_t kept_band; /* a band whose samples stay as they are, or -1; flip_bits has it in its pattern, and this is for
                          rows that hold one band of several */
};

/* Kernels by type. */
struct rst_point_kernels {
    rst_point_kernel *linear[RST_TYPE_COUNT];
    rst_point_kernel *power[RST_TYPE_COUNT];
    rst_point_kernel *clamp[RST_TYPE_COUNT];
    rst_point_kernel *threshold[RST_TYPE_COUNT];
    rst_point_kernel *lookup[RST_TYPE_COUNT]; /* NULL for types of more than 16 bits */
    rst_point_kernel *flip_bits;              /* any type */
};

RST_KERNEL_TABLES(struct rst_point_kernels, rst_point_kernels)

/* For prepare: a struct that is zero but for unit, kept_band (-1) and a table of so many bytes. RST_E_NOMEM. */
RST_MUST_USE enum rst_status rst_point_new(const struct rst_stage *stage, size_t table_bytes, struct rst_point **out,
                                           struct rst_error *err);

/* For prepare: bytes of a table with a sample for every bit pattern of the type; 0 for types of more than 16 bits. */
size_t rst_point_table_bytes(enum rst_type type);

/* For prepare, with a table of that size: runs the kernel once over every sample that there is, and makes a lookup of
 * it. Does nothing where there is no table. */
void rst_point_tabulate(struct rst_point *point, const struct rst_stage *stage);

/* For the class. */
enum rst_status rst_point_begin(const void *shared, const struct rst_stage *stage, const struct rst_tile *tile,
                                struct rst_arena *arena, struct rst_tally *tally, void **work);
void rst_point_row(void *work, struct rst_rows *rows, const struct rst_stage *stage, const struct rst_tile *tile,
                   int64_t y, void *to);
void rst_point_finish(void *shared);

#endif
