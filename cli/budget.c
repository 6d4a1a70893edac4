/* The budget of the process. The library is told what is left of it when a run starts: it counts what it adds, and we
 * count the rest, which is what the process holds by then (its libraries, what opening the files took) and the part of
 * the program that the run will bring in by running it.
 *
 * A run that is refused is told by the library what it lacks, in its own numbers. The user needs the number to type. It
 * is found by asking the library again, and rounded up, since what the process holds is not the same each time. */
#include "cli/budget.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/size.h"

/* Code and tables of the program and its libraries that a run may page in: text comes in ranges of 64 KiB, also around
 * the pages that are wanted. Measured on small images, with all operations, from and into all compressions, it was up
 * to 1.2 MiB; the rest is for what the kernel counts late. */
#define PROGRAM_BYTES (UINT64_C(2) << 20)

/* What the program holds is rounded up to this, since it is a little more or less each time: a run is to be cut just as
 * its dry run was. */
#define HELD_STEP (UINT64_C(4) << 20)
#define JITTER_BYTES (UINT64_C(512) << 10)

/* Sizes to ask for are named in this. */
#define ROUND_BYTES (UINT64_C(1) << 20)

static const char variable[] = "RASTER_MAX_MEMORY";

enum rst_status budget_read(const struct options *options, struct budget *budget, struct rst_error *err)
{
    const char *value = getenv(variable);
    *budget = (struct budget){0};
    if (options_has(options, OPTION_MAX_MEMORY)) {
        *budget = (struct budget){.name = "--max-memory", .asked = options->max_memory};
        return RST_OK;
    }
    if (value == NULL || *value == '\0') return RST_OK;
    budget->name = variable;
    return size_parse(variable, value, &budget->asked, err);
}

void budget_start(struct budget *budget)
{
    struct rst_resident now = rst_memory_resident();
    uint64_t bytes = now.anonymous + now.file + now.shared + PROGRAM_BYTES;
    budget->held = (bytes + HELD_STEP - 1) / HELD_STEP * HELD_STEP;
    budget->wanted = (bytes + JITTER_BYTES + HELD_STEP - 1) / HELD_STEP * HELD_STEP;
}

uint64_t budget_of_run(const struct budget *budget)
{
    if (budget->name == NULL) return 0;
    return budget->asked > budget->held ? budget->asked - budget->held : 1;
}

/* The least number of bytes that fits, up to ROUND_BYTES too many; 0 where none does. */
static uint64_t find_least(bool (*fits)(void *user, uint64_t bytes), void *user)
{
    uint64_t low = 0, high = ROUND_BYTES;
    while (!fits(user, high)) {
        if (high > INT64_MAX / 2) return 0;
        low = high;
        high *= 2;
    }
    while (high - low > ROUND_BYTES / 8) {
        uint64_t middle = low + (high - low) / 2;
        if (fits(user, middle))
            high = middle;
        else
            low = middle;
    }
    return high;
}

enum rst_status budget_refuse(const struct budget *budget, const char *command,
                              bool (*fits)(void *user, uint64_t bytes), void *user, struct rst_error *err)
{
    char run[32], held[32], asked[32];
    uint64_t least = find_least(fits, user);
    if (least == 0) return RST_OK;
    uint64_t whole = (least + budget->wanted + ROUND_BYTES - 1) / ROUND_BYTES;
    return rst_fail(
        err, RST_E_ARGUMENT,
        "%s: %s is too little for this '%s', which needs %lluM: %s for the run, and %s for the program itself",
        budget->name, size_format(budget->asked, asked, sizeof asked), command, (unsigned long long)whole,
        size_format(least, run, sizeof run), size_format(budget->wanted, held, sizeof held));
}
