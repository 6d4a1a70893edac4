/* The kernels of moving minima and maxima, once per pixel type: the extreme of a few rows, sample by sample. Rows of
 * one image below each other, and one row shifted against itself, are the same to them. */
#include "raster/ops/morph/extreme_kernels.h"

#include <string.h>

#define RST_TEMPLATE "raster/ops/morph/extreme_tmpl.h"
#include "raster/ops/common/each_type.h"

#define OF_ENTRY(UPPER, name, keys)                                                                                    \
    [RST_##UPPER] = {[2] = name##_of_2_##keys, [3] = name##_of_3_##keys, [4] = name##_of_4_##keys},
#define OF_ENTRIES(name)                                                                                               \
    {                                                                                                                  \
        OF_ENTRY(U8, name, u8)                                                                                         \
        OF_ENTRY(I8, name, i8)                                                                                         \
        OF_ENTRY(U16, name, u16)                                                                                       \
        OF_ENTRY(I16, name, i16)                                                                                       \
        OF_ENTRY(U32, name, u32)                                                                                       \
        OF_ENTRY(I32, name, i32)                                                                                       \
        OF_ENTRY(U64, name, u64)                                                                                       \
        OF_ENTRY(I64, name, i64)                                                                                       \
        OF_ENTRY(F32, name, i32)                                                                                       \
        OF_ENTRY(F64, name, i64)                                                                                       \
    }
#define LEAST_ADMIT(UPPER, lower, ctype) [RST_##UPPER] = least_admit_##lower,
#define GREATEST_ADMIT(UPPER, lower, ctype) [RST_##UPPER] = greatest_admit_##lower,

extern const struct rst_extreme_kernels RST_KERNELS(rst_extreme_kernels);
const struct rst_extreme_kernels RST_KERNELS(rst_extreme_kernels) = {
    .of = {[RST_LEAST] = OF_ENTRIES(least), [RST_GREATEST] = OF_ENTRIES(greatest)},
    .admit = {[RST_LEAST] = {RST_TYPES(LEAST_ADMIT)}, [RST_GREATEST] = {RST_TYPES(GREATEST_ADMIT)}},
    .release = {[RST_LEAST] = {[RST_F32] = least_release_f32, [RST_F64] = least_release_f64},
                [RST_GREATEST] = {[RST_F32] = greatest_release_f32, [RST_F64] = greatest_release_f64}},
};
