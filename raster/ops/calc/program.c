/* Terms become instructions in the order in which they stand, which is one in which they can be computed. A register is
 * free again when the last term that reads it has been computed, whose own result may go there already. */
#include "raster/ops/calc/program.h"

#include <stdlib.h>
#include <string.h>

/* What is needed while registers are given out. */
struct allotment {
    int32_t *last_use; /* by term: the last one that reads it; the number of terms for the result */
    int32_t *place;    /* by term: its register */
    int32_t *free;     /* a stack of registers */
    int32_t free_count;
};

void rst_program_free(struct rst_program **program)
{
    if (!*program) return;
    free((*program)->list);
    free((*program)->numbers);
    free(*program);
    *program = NULL;
}

static void find_last_uses(const struct rst_expression *expression, struct allotment *allotment)
{
    for (int32_t i = 0; i < expression->count; i++)
        for (int k = 0; k < 3 && expression->terms[i].used; k++)
            if (expression->terms[i].args[k] >= 0) allotment->last_use[expression->terms[i].args[k]] = i;
    allotment->last_use[expression->result] = expression->count;
}

static void place_numbers(struct rst_program *program, const struct rst_expression *expression,
                          struct allotment *allotment)
{
    for (int32_t i = 0; i < expression->count; i++)
        if (expression->terms[i].used && expression->terms[i].kind == RST_TERM_NUMBER) {
            allotment->place[i] = program->number_count;
            program->numbers[program->number_count++] = expression->terms[i].number;
        }
    program->registers = program->number_count;
}

static void place_term(struct rst_program *program, const struct rst_expression *expression, int32_t index,
                       struct allotment *allotment)
{
    const struct rst_term *term = &expression->terms[index];
    struct rst_instruction *instruction = &program->list[program->count++];
    *instruction = (struct rst_instruction){.kind = term->kind, .raster = term->raster, .band = term->band};
    for (int k = 0; k < rst_term_arguments(term->kind); k++) {
        int32_t argument = term->args[k];
        instruction->args[k] = allotment->place[argument];
        if (allotment->last_use[argument] != index || expression->terms[argument].kind == RST_TERM_NUMBER) continue;
        allotment->free[allotment->free_count++] = allotment->place[argument];
        allotment->last_use[argument] = -1; /* it may be an argument twice */
    }
    instruction->to = allotment->free_count ? allotment->free[--allotment->free_count] : program->registers++;
    allotment->place[index] = instruction->to;
}

enum rst_status rst_program_new(const struct rst_expression *expression, struct rst_program **out,
                                struct rst_error *err)
{
    const size_t count = (size_t)expression->count;
    struct rst_program *program = calloc(1, sizeof *program);
    int32_t *lists = calloc(3 * count, sizeof *lists);
    if (program) {
        program->list = calloc(count, sizeof *program->list);
        program->numbers = calloc(count, sizeof *program->numbers);
    }
    if (!program || !lists || !program->list || !program->numbers) {
        free(lists);
        rst_program_free(&program);
        return rst_fail(err, RST_E_NOMEM, "no memory for an expression of %zu terms", count);
    }
    struct allotment allotment = {lists, lists + count, lists + 2 * count, 0};
    find_last_uses(expression, &allotment);
    place_numbers(program, expression, &allotment);
    for (int32_t i = 0; i < expression->count; i++)
        if (expression->terms[i].used && expression->terms[i].kind != RST_TERM_NUMBER)
            place_term(program, expression, i, &allotment);
    program->result = allotment.place[expression->result];
    free(lists);
    *out = program;
    return RST_OK;
}

size_t rst_program_room(const struct rst_program *program)
{
    return (size_t)program->registers * RST_PROGRAM_BLOCK;
}

static double *register_at(double *registers, int32_t index)
{
    return registers + (size_t)index * RST_PROGRAM_BLOCK;
}

void rst_program_fill(const struct rst_program *program, double *registers)
{
    for (int32_t i = 0; i < program->number_count; i++)
        for (size_t k = 0; k < RST_PROGRAM_BLOCK; k++)
            register_at(registers, i)[k] = program->numbers[i];
}

static void load(const struct rst_instruction *instruction, const struct rst_term_kernels *kernels,
                 const struct rst_block *block, double *to)
{
    const struct rst_operand *operand = &block->operands[instruction->raster];
    int32_t band = instruction->band >= 0 ? instruction->band : operand->single >= 0 ? operand->single : block->band;
    size_t sample = block->start * operand->stride + (size_t)band;
    kernels->load[operand->type](operand->row + sample * operand->size, operand->stride, to, block->count);
}

const double *rst_program_run(const struct rst_program *program, const struct rst_term_kernels *kernels,
                              const struct rst_block *block, double *registers)
{
    for (int32_t i = 0; i < program->count; i++) {
        const struct rst_instruction *instruction = &program->list[i];
        double *to = register_at(registers, instruction->to);
        const double *args[3];
        for (int k = 0; k < 3; k++)
            args[k] = register_at(registers, instruction->args[k]);
        switch (instruction->kind) {
        case RST_TERM_SAMPLE:
            load(instruction, kernels, block, to);
            break;
        case RST_TERM_X:
            for (size_t k = 0; k < block->count; k++)
                to[k] = block->x + (double)k;
            break;
        case RST_TERM_Y:
            for (size_t k = 0; k < block->count; k++)
                to[k] = block->y;
            break;
        default:
            rst_term_compute(kernels, instruction->kind, args, to, block->count);
            break;
        }
    }
    return register_at(registers, program->result);
}
