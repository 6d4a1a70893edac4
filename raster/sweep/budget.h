/* The memory of a pass: what it will hold resident, and how it is cut and run so that this stays within the limit.
 *
 * Where everything fits, nothing is done. Else pages are let go of behind the pass: band by band, as long as a few
 * whole bands fit, or unit by unit, where rows are so long, or blocks so large, that they do not. In the second case
 * rows of a unit that lie far apart in the file are moved by system call, and never become resident at all.
 */
#ifndef RASTER_SWEEP_BUDGET_H
#define RASTER_SWEEP_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#include "raster/base/status.h"
#include "raster/sweep/cut.h"
#include "raster/sweep/meter.h"

struct rst_budget {
    uint64_t limit;   /* of the run */
    bool bounded;     /* pages are let go of */
    bool by_unit;     /* after every unit; else after every band */
    bool forgets;     /* decoded cells are kept for the units in work alone */
    bool scarce;      /* the machine, or the cgroup, has little: what was read leaves the page cache, too */
    bool tiny;        /* ... so little, or read in such short pieces, that the kernel's own readahead is too much: the
                         pass reads ahead itself */
    int64_t flight;   /* bands that may have pages at one time */
    int64_t lead;     /* units that may be ahead of the first that is not done */
    int64_t open;     /* cells of an encoded output that may be in scratch at one time */
    uint64_t dirty;   /* bytes of the output that may wait in the page cache to be written */
    uint64_t arena;   /* of one thread */
    uint64_t buffers; /* of all threads, and originals */
    uint64_t pages;   /* of files and scratch, at one time */
    uint64_t others;  /* coders, stacks, tables */
    uint64_t scratch; /* on the disk */
};

struct rst_pass;

/* Makes pass->cut and pass->budget, and sets pass->threads and the ports' by_call: the fastest way that keeps to the
 * limit. RST_E_ARGUMENT with the bytes that are needed where there is none. */
enum rst_status rst_budget_settle(struct rst_pass *pass, struct rst_cut_request *request, struct rst_error *err);

#endif
