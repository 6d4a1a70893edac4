/* The list of terms. What is added is looked for first, so that a part that is written twice is computed once; and what
 * has numbers for arguments is computed now, by the baseline's kernels, which give what all others would. */
#include "raster/ops/calc/expression.h"

#include <stdlib.h>
#include <string.h>

void rst_expression_free(struct rst_expression **expression)
{
    if (!*expression) return;
    free((*expression)->terms);
    free(*expression);
    *expression = NULL;
}

/* Of two numbers the bits count: 0.0 is not -0.0. */
static bool same_number(double a, double b)
{
    return (union rst_sample){.f64 = a}.u64 == (union rst_sample){.f64 = b}.u64;
}

static bool same_term(const struct rst_term *a, const struct rst_term *b)
{
    return a->kind == b->kind && a->raster == b->raster && a->band == b->band &&
           memcmp(a->args, b->args, sizeof a->args) == 0 && same_number(a->number, b->number);
}

static enum rst_status store(struct rst_expression *expression, const struct rst_term *term, int32_t *index,
                             struct rst_error *err)
{
    for (int32_t i = 0; i < expression->count; i++)
        if (same_term(&expression->terms[i], term)) {
            *index = i;
            return RST_OK;
        }
    if (expression->count == RST_EXPRESSION_TERMS)
        return rst_fail(err, RST_E_ARGUMENT, "an expression of more than %d terms", RST_EXPRESSION_TERMS);
    if (expression->count == expression->room) {
        int32_t room = expression->room ? 2 * expression->room : 16;
        struct rst_term *terms = realloc(expression->terms, (size_t)room * sizeof *terms);
        if (!terms) return rst_fail(err, RST_E_NOMEM, "no memory for an expression of %d terms", (int)room);
        expression->terms = terms;
        expression->room = room;
    }
    *index = expression->count;
    expression->terms[expression->count++] = *term;
    return RST_OK;
}

static bool is_number(const struct rst_expression *expression, int32_t index)
{
    return index >= 0 && expression->terms[index].kind == RST_TERM_NUMBER;
}

static struct rst_term folded(const struct rst_expression *expression, const struct rst_term *term, int arguments)
{
    struct rst_term number = {.kind = RST_TERM_NUMBER, .args = {-1, -1, -1}};
    const double *args[3] = {NULL, NULL, NULL};
    for (int i = 0; i < arguments; i++)
        args[i] = &expression->terms[term->args[i]].number;
    rst_term_compute(rst_term_kernels_of(RST_ISA_BASE), term->kind, args, &number.number, 1);
    return number;
}

enum rst_status rst_expression_add(struct rst_expression *expression, const struct rst_term *term, int32_t *index,
                                   struct rst_error *err)
{
    const int arguments = rst_term_arguments(term->kind);
    bool numbers = arguments > 0;
    for (int i = 0; i < arguments; i++)
        numbers = numbers && is_number(expression, term->args[i]);
    if (numbers) {
        struct rst_term number = folded(expression, term, arguments);
        return store(expression, &number, index, err);
    }
    if (term->kind == RST_TERM_POWER && is_number(expression, term->args[1]) &&
        expression->terms[term->args[1]].number == 2) {
        const struct rst_term square = {.kind = RST_TERM_MULTIPLY, .args = {term->args[0], term->args[0], -1}};
        return store(expression, &square, index, err);
    }
    return store(expression, term, index, err);
}
