/* The memory that the whole process may hold, as the user names it, and the part of it that is left for a run. */
#ifndef CLI_BUDGET_H
#define CLI_BUDGET_H

#include "cli/options.h"

struct budget {
    const char *name; /* "--max-memory" or "RASTER_MAX_MEMORY"; NULL: nobody asked, and the system's limits count */
    uint64_t asked;   /* bytes resident, of the whole process; 0: nobody asked */
    uint64_t held;    /* of them, what the process holds without the run: budget_start() */
    uint64_t wanted;  /* as much as that, or what it may be the next time */
};

/* Reads the option or, without it, the variable. RST_E_ARGUMENT for a variable that has no size. */
RST_MUST_USE enum rst_status budget_read(const struct options *options, struct budget *budget, struct rst_error *err);

/* Looks at what the process holds now, all files being open: to be called when the run is about to start. */
void budget_start(struct budget *budget);

/* What the run may hold beside: at least 1; 0 where nobody asked. */
uint64_t budget_of_run(const struct budget *budget);

/* For a run that was refused: RST_E_ARGUMENT with the least size that would do, found by trying. `fits` tells whether a
 * run would be taken with so many bytes. RST_OK where no size would do: it was refused for another reason. */
RST_MUST_USE enum rst_status budget_refuse(const struct budget *budget, const char *command,
                                           bool (*fits)(void *user, uint64_t bytes), void *user, struct rst_error *err);

#endif
