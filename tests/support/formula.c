/* What every form comes to is said here once more, in plain C. */
#include "tests/support/formula.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/layouts.h"
#include "tests/support/neighbours.h"

/* X(how it is written, how many arguments, what it is of a, b and c) */
#define FORMS(X)                                                                                                       \
    X("(%s + %s)", 2, a + b)                                                                                           \
    X("(%s - %s)", 2, a - b)                                                                                           \
    X("(%s * %s)", 2, a *b)                                                                                            \
    X("(%s / %s)", 2, a / b)                                                                                           \
    X("(%s %% %s)", 2, fmod(a, b))                                                                                     \
    X("pow(%s, %s + 0.5)", 2, pow(a, b + 0.5))                                                                         \
    X("((%s) ** 2)", 1, pow(a, 2))                                                                                     \
    X("(%s < %s)", 2, a < b)                                                                                           \
    X("(%s <= %s)", 2, a <= b)                                                                                         \
    X("(%s > %s)", 2, a > b)                                                                                           \
    X("(%s >= %s)", 2, a >= b)                                                                                         \
    X("(%s == %s)", 2, a == b)                                                                                         \
    X("(%s != %s)", 2, a != b)                                                                                         \
    X("(%s && %s)", 2, a != 0 && b != 0)                                                                               \
    X("(%s || %s)", 2, a != 0 || b != 0)                                                                               \
    X("(!%s)", 1, a == 0)                                                                                              \
    X("(-%s)", 1, -a)                                                                                                  \
    X("(%s ? %s : %s)", 3, a != 0 ? b : c)                                                                             \
    X("min(%s, %s)", 2, least(a, b))                                                                                   \
    X("max(%s, %s)", 2, -least(-a, -b))                                                                                \
    X("clamp(%s, %s, %s)", 3, least(-least(-a, -b), c))                                                                \
    X("abs(%s)", 1, fabs(a))                                                                                           \
    X("sqrt(%s)", 1, sqrt(a))                                                                                          \
    X("floor(%s)", 1, floor(a))                                                                                        \
    X("ceil(%s)", 1, ceil(a))                                                                                          \
    X("round(%s)", 1, nearbyint(a))                                                                                    \
    X("isnan(%s)", 1, isnan(a))                                                                                        \
    X("exp(%s)", 1, exp(a))                                                                                            \
    X("log(%s)", 1, log(a))                                                                                            \
    X("sin(%s)", 1, sin(a))                                                                                            \
    X("atan2(%s, %s)", 2, atan2(a, b))

static const struct form {
    const char *text;
    int count;
} forms[] = {
#define FORM_ROW(text, count, value) {text, count},
    FORMS(FORM_ROW)
#undef FORM_ROW
};
#define FORM_COUNT (sizeof forms / sizeof *forms)

static double least(double a, double b)
{
    if (isnan(a) || isnan(b)) return (double)NAN;
    return a < b ? a : b;
}

static double value_of(size_t form, double a, double b, double c)
{
    size_t at = 0;
#define FORM_VALUE(text, count, value)                                                                                 \
    if (at++ == form) return value;
    FORMS(FORM_VALUE)
#undef FORM_VALUE
    abort();
}

static bool is_form(const struct formula *formula)
{
    return !strchr("nsxy", formula->kind);
}

static size_t form_of(const struct formula *formula)
{
    return (size_t)(formula->kind - 'A');
}

/* A number, a sample or a place: "nnxy" has the letters of those that are no sample. */
static void draw_leaf(struct formula *leaf, uint64_t luck, const struct formula_image *images, bool whole)
{
    static const double numbers[] = {0, 1, 2.5, 0.1, 100, 3};
    leaf->kind = luck >> 8 & 3 ? 's' : "nnxy"[luck >> 10 & 3];
    leaf->number = numbers[(luck >> 16) % (sizeof numbers / sizeof *numbers)];
    leaf->image = (int)((luck >> 24) % FORMULA_IMAGES);
    leaf->band = (int)((luck >> 32) % (uint64_t)images[leaf->image].shape.bands);
    if (whole && (luck >> 40 & 1)) leaf->band = -1;
}

struct formula *formula_draw(uint64_t *seed, int depth, const struct formula_image *images, bool whole)
{
    struct formula *formula = calloc(1, sizeof *formula);
    uint64_t luck = layout_random(seed);
    if (!formula) abort();
    if (depth == 0 || luck % 8 == 0) {
        draw_leaf(formula, luck, images, whole);
        return formula;
    }
    size_t form = (luck >> 8) % FORM_COUNT;
    formula->kind = (char)('A' + form);
    for (int i = 0; i < forms[form].count; i++)
        formula->args[i] = formula_draw(seed, depth - 1, images, whole);
    return formula;
}

void formula_free(struct formula *formula)
{
    for (int i = 0; i < 3 && formula->args[i]; i++)
        formula_free(formula->args[i]);
    free(formula);
}

/* The form's text, with each %s filled in. */
static char *fill_in(const char *form, char *const args[3])
{
    size_t size = strlen(form) + 1, used = 0;
    for (int i = 0; i < 3 && args[i]; i++)
        size += strlen(args[i]);
    char *text = malloc(size);
    if (!text) abort();
    for (int next = 0; *form; form++) {
        if (*form != '%') {
            text[used++] = *form;
        } else if (*++form == '%') {
            text[used++] = '%';
        } else {
            if (next == 3 || !args[next]) abort();
            size_t length = strlen(args[next]);
            memcpy(text + used, args[next++], length);
            used += length;
        }
    }
    text[used] = '\0';
    return text;
}

char *formula_text(const struct formula *formula)
{
    char *args[3] = {NULL, NULL, NULL}, leaf[64];
    for (int i = 0; i < 3 && formula->args[i]; i++)
        args[i] = formula_text(formula->args[i]);
    if (formula->kind == 'n')
        snprintf(leaf, sizeof leaf, "%.17g", formula->number);
    else if (formula->kind != 's')
        snprintf(leaf, sizeof leaf, "%c", formula->kind);
    else if (formula->band < 0)
        snprintf(leaf, sizeof leaf, "%c", 'A' + formula->image);
    else
        snprintf(leaf, sizeof leaf, "%c.%d", 'A' + formula->image, formula->band + 1);
    char *text = fill_in(is_form(formula) ? forms[form_of(formula)].text : leaf, args);
    for (int i = 0; i < 3; i++)
        free(args[i]);
    return text;
}

bool formula_reads(const struct formula *formula, int image, bool whole)
{
    if (formula->kind == 's') return formula->image == image && (!whole || formula->band < 0);
    for (int i = 0; i < 3 && formula->args[i]; i++)
        if (formula_reads(formula->args[i], image, whole)) return true;
    return false;
}

static double sample_value(const struct formula *sample, struct formula_place *place)
{
    const struct formula_image *image = &place->images[sample->image];
    const struct rst_shape *shape = &image->shape;
    int32_t band = sample->band >= 0 ? sample->band : shape->bands == 1 ? 0 : place->band;
    size_t at = (size_t)((place->y * shape->width + place->x) * shape->bands + band);
    union rst_sample value = neighbour_sample(shape, image->pixels, at);
    if (shape->has_nodata && rst_sample_equal(value, shape->nodata, shape->type)) place->missing = true;
    return rst_sample_to_double(value, shape->type);
}

double formula_value(const struct formula *formula, struct formula_place *place)
{
    double args[3] = {0, 0, 0};
    if (formula->kind == 'n') return formula->number;
    if (formula->kind == 'x') return (double)place->x;
    if (formula->kind == 'y') return (double)place->y;
    if (formula->kind == 's') return sample_value(formula, place);
    for (int i = 0; i < 3 && formula->args[i]; i++)
        args[i] = formula_value(formula->args[i], place);
    return value_of(form_of(formula), args[0], args[1], args[2]);
}
