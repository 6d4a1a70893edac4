/* The three kernels of one pixel type T and one kind of sum ACC.
 *
 * Parameters: T and NAME from each_type.h; ACC, WIDE and ACC_NAME as in conv_sum_tmpl.h, which end here.
 * FINISH(finish, sums, n, to) of the pair must be there, as finish_<NAME>_<ACC_NAME>.
 */
#define MODE(name) RST_PASTE(name, RST_PASTE(NAME, ACC_NAME))

#define SRC T
#define SUM MODE
#include "raster/ops/smooth/conv_sum_tmpl.h"
#undef SUM
#undef SRC

static void MODE(direct)(const struct rst_conv_finish *finish, const struct rst_conv_pass *pass,
                         const void *const *sources, size_t n, void *to)
{
    ACC sums[RST_CONV_BLOCK];
    for (size_t at = 0; at < n; at += RST_CONV_BLOCK) {
        size_t count = n - at < RST_CONV_BLOCK ? n - at : RST_CONV_BLOCK;
        MODE(add)(sums, count, finish->start.ACC_NAME, pass, sources, at);
        MODE(finish)(finish, sums, count, (T *)to + at);
    }
}

static void MODE(down)(const struct rst_conv_finish *finish, const struct rst_conv_pass *pass,
                       const void *const *sources, size_t n, void *to)
{
    (void)finish;
    for (size_t at = 0; at < n; at += RST_CONV_BLOCK)
        MODE(add)((ACC *)to + at, n - at < RST_CONV_BLOCK ? n - at : RST_CONV_BLOCK, 0, pass, sources, at);
}

static void MODE(across)(const struct rst_conv_finish *finish, const struct rst_conv_pass *pass,
                         const void *const *sources, size_t n, void *to)
{
    ACC sums[RST_CONV_BLOCK];
    for (size_t at = 0; at < n; at += RST_CONV_BLOCK) {
        size_t count = n - at < RST_CONV_BLOCK ? n - at : RST_CONV_BLOCK;
        RST_PASTE(add_sums, ACC_NAME)(sums, count, finish->start.ACC_NAME, pass, sources, at);
        MODE(finish)(finish, sums, count, (T *)to + at);
    }
}

#undef MODE
#undef ACC
#undef WIDE
#undef ACC_NAME
