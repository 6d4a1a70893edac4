/* What a pass has cost, and what it will. */
#ifndef RASTER_SWEEP_REPORT_H
#define RASTER_SWEEP_REPORT_H

#include "raster/map/memory.h"
#include "raster/sweep/pass.h"

/* From when on a report counts. */
struct rst_clock {
    double seconds;
    struct rst_usage usage;
};
struct rst_clock rst_clock_start(void);

void rst_report_fill(struct rst_report *report, const struct rst_pass *pass, int threads, struct rst_clock since);
void rst_cost_fill(struct rst_cost *cost, const struct rst_pass *pass);

#endif
