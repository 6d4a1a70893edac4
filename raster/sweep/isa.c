/* The instruction set is chosen once per run: the best one that both this build and this machine have, capped by the
 * caller's option and by RASTER_ISA, so that every set can be tested on one machine. */
#include "raster/sweep/isa.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[RST_ISA_COUNT] = {"auto", "base", "v3", "v4"};

const char *rst_isa_name(enum rst_isa isa)
{
    return (unsigned)isa < RST_ISA_COUNT ? names[isa] : "?";
}

static enum rst_isa machine_isa(void)
{
#ifdef RST_X86_ISAS
    __builtin_cpu_init();
    bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
              __builtin_cpu_supports("bmi2");
    bool v4 = v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
              __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
              __builtin_cpu_supports("avx512vl");
    return v4 ? RST_ISA_V4 : v3 ? RST_ISA_V3 : RST_ISA_BASE;
#else
    return RST_ISA_BASE;
#endif
}

/* RST_ISA_AUTO where the variable is not set, RST_ISA_COUNT where it names no set. */
static enum rst_isa environment_isa(void)
{
    const char *text = getenv("RASTER_ISA");
    if (!text || !*text) return RST_ISA_AUTO;
    for (int isa = RST_ISA_AUTO; isa < RST_ISA_COUNT; isa++)
        if (!strcmp(text, names[isa])) return (enum rst_isa)isa;
    return RST_ISA_COUNT;
}

enum rst_isa rst_isa_best(void)
{
    enum rst_isa best = machine_isa(), cap = environment_isa();
    return cap != RST_ISA_AUTO && cap < best ? cap : best;
}

enum rst_status rst_isa_choose(enum rst_isa most, enum rst_isa *isa, struct rst_error *err)
{
    if (environment_isa() == RST_ISA_COUNT)
        return rst_fail(err, RST_E_ARGUMENT, "RASTER_ISA is '%s': it may be auto, base, v3 or v4",
                        getenv("RASTER_ISA"));
    if ((unsigned)most >= RST_ISA_COUNT)
        return rst_fail(err, RST_E_ARGUMENT, "options name instruction set %d of %d", (int)most, RST_ISA_COUNT);
    *isa = rst_isa_best();
    if (most != RST_ISA_AUTO && most < *isa) *isa = most;
    return RST_OK;
}
