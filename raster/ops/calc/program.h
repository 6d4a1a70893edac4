/* An expression made ready to run: a list of instructions over registers, each of which is a block of doubles. A block
 * is so short that the registers stay in the core's first cache, and so long that calling the kernels costs next to
 * nothing.
 */
#ifndef RASTER_OPS_CALC_PROGRAM_H
#define RASTER_OPS_CALC_PROGRAM_H

#include <stddef.h>
#include <stdint.h>

#include "raster/ops/calc/expression.h"

#define RST_PROGRAM_BLOCK 512

struct rst_instruction {
    enum rst_term_kind kind;
    int32_t to, args[3];  /* registers; those that are not there are 0 */
    int32_t raster, band; /* of a sample */
};

struct rst_program {
    struct rst_instruction *list;
    int32_t count;
    double *numbers; /* registers 0 ... number_count - 1 hold them, always */
    int32_t number_count;
    int32_t registers;
    int32_t result; /* the register that has it in the end */
};

/* RST_E_NOMEM. The expression is not needed afterwards. */
RST_MUST_USE enum rst_status rst_program_new(const struct rst_expression *expression, struct rst_program **out,
                                             struct rst_error *err);
void rst_program_free(struct rst_program **program);

/* Where a block's samples are. */
struct rst_operand {
    const char *row; /* of the tile; the first band of the first pixel */
    enum rst_type type;
    size_t size;    /* of a sample */
    size_t stride;  /* samples from pixel to pixel */
    int32_t single; /* the band that stands for every one: 0, or -1 where each stands for itself */
};

struct rst_block {
    const struct rst_operand *operands; /* by raster */
    int32_t band;                       /* of samples that are taken band by band */
    size_t start, count;                /* pixels of the row; count is at most RST_PROGRAM_BLOCK */
    double x, y;                        /* of the first pixel */
};

/* Room for the registers, in doubles; and the writing of the numbers into it, once. */
size_t rst_program_room(const struct rst_program *program);
void rst_program_fill(const struct rst_program *program, double *registers);

/* Runs all instructions, and returns the result: block->count numbers among the registers. */
const double *rst_program_run(const struct rst_program *program, const struct rst_term_kernels *kernels,
                              const struct rst_block *block, double *registers);

#endif
