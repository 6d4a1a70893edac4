/* Kernel files (`*_kernels.c`) are compiled once per instruction set, each time with RST_KERNEL_ISA defined as base, v3
 * or v4. They define one constant table each, named with RST_KERNELS(); the operation's own file, compiled once, lists
 * the tables with RST_KERNEL_TABLES() and picks the one of its stage's instruction set.
 *
 * Kernels never assume more than the alignment of their type, hold no state, and give the same bytes whatever the
 * instruction set: they are built with -ffp-contract=off, and no sum of floats is reordered.
 */
#ifndef RASTER_OPS_COMMON_ISA_H
#define RASTER_OPS_COMMON_ISA_H

#include "raster/sweep/op.h"

#define RST_PASTE_(a, b) a##_##b
#define RST_PASTE(a, b) RST_PASTE_(a, b)

/* In a template that each_type.h includes: static void RST_NAME(add)(...) is add_u8 ... add_f64. */
#define RST_NAME(name) RST_PASTE(name, NAME)

/* In a kernel file: const struct point_kernels RST_KERNELS(rst_point_kernels) = { ... }; */
#define RST_KERNELS(name) RST_PASTE(name, RST_KERNEL_ISA)

/* In the operation's file: RST_KERNEL_TABLES(struct point_kernels, rst_point_kernels); declares the tables and
 * defines rst_point_kernels_of(isa). */
#ifdef RST_X86_ISAS
#define RST_KERNEL_TABLES(type, name)                                                                                  \
    extern const type name##_base, name##_v3, name##_v4;                                                               \
    static inline const type *name##_of(enum rst_isa isa)                                                              \
    {                                                                                                                  \
        return isa == RST_ISA_V4 ? &name##_v4 : isa == RST_ISA_V3 ? &name##_v3 : &name##_base;                         \
    }
#else
#define RST_KERNEL_TABLES(type, name)                                                                                  \
    extern const type name##_base;                                                                                     \
    static inline const type *name##_of(enum rst_isa isa)                                                              \
    {                                                                                                                  \
        (void)isa;                                                                                                     \
        return &name##_base;                                                                                           \
    }
#endif

/* Before a loop whose iterations touch sample i alone: its output row may be its input row, or lie apart from it, and
 * it can be made vector code without a test for rows that overlap, which the same row would fail. */
#if defined(__clang__)
#define RST_ROW_LOOP _Pragma("clang loop vectorize(assume_safety)")
#pragma clang diagnostic ignored "-Wpass-failed" /* it is no fault where sanitizers forbid it */
#else
#define RST_ROW_LOOP _Pragma("GCC ivdep")
#endif

#endif
