/* The kernels of weighted averages, for every type. */
#include <stddef.h>
#include <stdint.h>

#include "raster/ops/isa.h"
#include "raster/ops/weighted.h"

#define PIXEL uint8_t
#define NAME u8
#include "raster/ops/weighted_tmpl.h"

#define PIXEL int8_t
#define NAME i8
#include "raster/ops/weighted_tmpl.h"

#define PIXEL uint16_t
#define NAME u16
#include "raster/ops/weighted_tmpl.h"

#define PIXEL int16_t
#define NAME i16
#include "raster/ops/weighted_tmpl.h"

#define PIXEL uint32_t
#define NAME u32
#include "raster/ops/weighted_tmpl.h"

#define PIXEL int32_t
#define NAME i32
#include "raster/ops/weighted_tmpl.h"

#define PIXEL uint64_t
#define NAME u64
#include "raster/ops/weighted_tmpl.h"

#define PIXEL int64_t
#define NAME i64
#include "raster/ops/weighted_tmpl.h"

#define PIXEL float
#define NAME f32
#include "raster/ops/weighted_tmpl.h"

#define PIXEL double
#define NAME f64
#include "raster/ops/weighted_tmpl.h"

#define ADD_PRESENT(UPPER, lower, ctype) add_present_##lower,
#define ADD_OPAQUE(UPPER, lower, ctype) add_opaque_##lower,
#define FACTORS(UPPER, lower, ctype) factors_##lower,

extern const struct rst_weighted_kernels RST_KERNELS(rst_weighted_kernels);
const struct rst_weighted_kernels RST_KERNELS(rst_weighted_kernels) = {
    .add_present = {RST_TYPES(ADD_PRESENT)},
    .add_opaque = {RST_TYPES(ADD_OPAQUE)},
    .factors = {RST_TYPES(FACTORS)},
};
