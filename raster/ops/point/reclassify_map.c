/* Reading a map of classes, and finding the samples that its entries name.
 *
 * Ends of ranges stay text until the type of the samples is known, and are then read as samples of it: so a range of
 * 64-bit integers is exact, and "0.7" means the float that is written so. Samples are turned into whole numbers that
 * keep their order, in which a half-open range has a first and a last one, whatever the type. */
#include "raster/ops/point/reclassify_map.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "raster/ops/common/keys.h"

#define LONGEST_NUMBER 63
#define EXACT 9007199254740992.0 /* doubles tell whole numbers up to here apart */

/* ---- reading ---- */

struct reader {
    struct rst_class_map *map;
    char *at; /* in map->words */
    struct rst_error *err;
};

static int column_of(const struct reader *reader, const char *at)
{
    return (int)(at - reader->map->words) + 1;
}

static enum rst_status refuse(const struct reader *reader, const char *at, const char *wanted)
{
    const char *text = reader->map->text + (at - reader->map->words);
    int length = (int)strcspn(text, ",");
    return rst_fail(reader->err, RST_E_ARGUMENT, "reclassify --map: column %d, '%.*s': %s", column_of(reader, at),
                    length < 40 ? length : 40, text, wanted);
}

static void skip_blanks(struct reader *reader)
{
    reader->at += strspn(reader->at, " \t\r\n");
}

static size_t digits(const char *text)
{
    return strspn(text, "0123456789");
}

/* The length of the number that the text starts with, 0 for none: "-1.5e-3", ".5", "inf", "nan". */
static size_t number_length(const char *text)
{
    size_t sign = *text == '-' || *text == '+', at = sign;
    if (strncmp(text + at, "inf", 3) == 0) return at + 3;
    if (strncmp(text, "nan", 3) == 0) return 3;
    size_t whole = digits(text + at), fraction = 0;
    at += whole;
    if (text[at] == '.') {
        fraction = digits(text + at + 1);
        at += 1 + fraction;
    }
    if (whole + fraction == 0) return 0;
    if (text[at] == 'e' || text[at] == 'E') {
        size_t mark = at + 1 + (text[at + 1] == '-' || text[at + 1] == '+'), power = digits(text + mark);
        if (power > 0) at = mark + power;
    }
    return at <= LONGEST_NUMBER ? at : 0;
}

/* A number and the letter behind it, which is overwritten with the end of the number. */
static enum rst_status take_number(struct reader *reader, const char **number, double *value, char *next)
{
    skip_blanks(reader);
    char *start = reader->at;
    union rst_sample sample;
    size_t length = number_length(start);
    if (length == 0) return refuse(reader, start, "a number should stand here");
    reader->at += length;
    skip_blanks(reader);
    *next = *reader->at;
    if (*next) reader->at++;
    start[length] = '\0';
    if (!rst_sample_parse(start, RST_F64, &sample)) return refuse(reader, start, "a number beyond those of doubles");
    *number = start;
    *value = sample.f64;
    return RST_OK;
}

/* The word, and what ends it: "else=", "nan=". */
static bool take_word(struct reader *reader, const char *word, char end)
{
    size_t length = strlen(word),
           blanks = strspn(reader->at + length * (strncmp(reader->at, word, length) == 0), " \t\r\n");
    if (strncmp(reader->at, word, length) != 0 || reader->at[length + blanks] != end) return false;
    reader->at += length + blanks + (end != '\0');
    return true;
}

static enum rst_status take_range(struct reader *reader, struct rst_class_entry *entry)
{
    char *start = reader->at, next = '\0';
    RST_TRY(take_number(reader, &entry->low, &entry->from, &next));
    entry->kind = RST_CLASS_VALUE;
    entry->high = entry->low;
    entry->below = entry->from;
    if (next == '-') {
        entry->kind = RST_CLASS_RANGE;
        RST_TRY(take_number(reader, &entry->high, &entry->below, &next));
        bool same = entry->from == entry->below && fabs(entry->from) < EXACT;
        if (same || !(entry->from <= entry->below))
            return refuse(reader, start, "no range, whose lower end must be below the upper one");
    }
    if (next != '=') return refuse(reader, start, "'=' and the result are missing: 0-10=1, 25=7, nan=0 or else=0");
    return RST_OK;
}

static enum rst_status take_result(struct reader *reader, struct rst_class_entry *entry)
{
    double value;
    char next = '\0';
    skip_blanks(reader);
    char *start = reader->at;
    entry->result_column = column_of(reader, start);
    if (take_word(reader, "keep", ',')) {
        reader->at--;
        return RST_OK;
    }
    if (take_word(reader, "keep", '\0')) return RST_OK;
    RST_TRY(take_number(reader, &entry->result, &value, &next));
    if (next && next != ',') return refuse(reader, start, "the result should be a number or 'keep', and then ','");
    if (next) reader->at--; /* where the comma was */
    return RST_OK;
}

static enum rst_status take_entry(struct reader *reader, struct rst_class_entry *entry)
{
    skip_blanks(reader);
    char *start = reader->at;
    entry->column = column_of(reader, start);
    if (take_word(reader, "else", '='))
        entry->kind = RST_CLASS_ELSE;
    else if (take_word(reader, "nan", '='))
        entry->kind = RST_CLASS_NAN;
    else
        RST_TRY(take_range(reader, entry));
    RST_TRY(take_result(reader, entry));
    entry->length = (int)(reader->at - start);
    return RST_OK;
}

/* ---- entries that exclude each other ---- */

static enum rst_status refuse_both(const struct rst_class_map *map, const struct rst_class_entry *a,
                                   const struct rst_class_entry *b, struct rst_error *err)
{
    if (a > b) { /* as they stand in the text */
        const struct rst_class_entry *swapped = a;
        a = b;
        b = swapped;
    }
    return rst_fail(err, RST_E_ARGUMENT, "reclassify --map: column %d, '%.*s', and column %d, '%.*s', overlap",
                    a->column, a->length < 40 ? a->length : 40, map->text + a->column - 1, b->column,
                    b->length < 40 ? b->length : 40, map->text + b->column - 1);
}

static int by_low(const void *left, const void *right)
{
    const struct rst_class_entry *a = *(const struct rst_class_entry *const *)left;
    const struct rst_class_entry *b = *(const struct rst_class_entry *const *)right;
    if (a->from != b->from) return a->from < b->from ? -1 : 1;
    return a < b ? -1 : a > b;
}

/* Doubles keep the order of what they are rounded from: where they overlap, the numbers do. What rounding hides is
 * found in the samples' own type. */
static enum rst_status check_overlaps(const struct rst_class_map *map, struct rst_error *err)
{
    const struct rst_class_entry **sorted = calloc((size_t)map->count + 1, sizeof *sorted), *only[2] = {NULL, NULL};
    if (!sorted) return rst_fail(err, RST_E_NOMEM, "reclassify: no memory for its map");
    enum rst_status status = RST_OK;
    int count = 0;
    for (int i = 0; status == RST_OK && i < map->count; i++) {
        const struct rst_class_entry *entry = &map->entries[i];
        if (entry->kind == RST_CLASS_RANGE || entry->kind == RST_CLASS_VALUE) {
            sorted[count++] = entry;
            continue;
        }
        const struct rst_class_entry **first = &only[entry->kind == RST_CLASS_ELSE];
        if (*first) status = refuse_both(map, *first, entry, err);
        *first = entry;
    }
    if (status == RST_OK) qsort(sorted, (size_t)count, sizeof(const struct rst_class_entry *), by_low);
    for (int i = 1; status == RST_OK && i < count; i++)
        if (sorted[i]->from < sorted[i - 1]->below) status = refuse_both(map, sorted[i - 1], sorted[i], err);
    free(sorted);
    return status;
}

enum rst_status rst_class_map_read(const char *text, struct rst_class_map *map, struct rst_error *err)
{
    size_t length = strlen(text), most = 1;
    for (const char *at = text; *at; at++)
        most += *at == ',';
    *map = (struct rst_class_map){
        .text = strdup(text), .words = strdup(text), .entries = calloc(most, sizeof *map->entries)};
    if (!map->text || !map->words || !map->entries || length > INT32_MAX)
        return rst_fail(err, RST_E_NOMEM, "reclassify: no memory for a map of %zu letters", length);
    struct reader reader = {map, map->words, err};
    for (;;) {
        RST_TRY(take_entry(&reader, &map->entries[map->count++]));
        if (reader.at == map->words + length) break;
        reader.at++; /* the comma */
    }
    return check_overlaps(map, err);
}

void rst_class_map_clear(struct rst_class_map *map)
{
    free(map->entries);
    free(map->words);
    free(map->text);
    *map = (struct rst_class_map){0};
}

const struct rst_class_entry *rst_class_map_find(const struct rst_class_map *map, enum rst_class_kind kind)
{
    for (int i = 0; i < map->count; i++)
        if (map->entries[i].kind == kind) return &map->entries[i];
    return NULL;
}

/* ---- what entries name ---- */

/* A number that is not whole, or no sample: the key of the least integer above it; false where there is none. */
static bool integer_above(const char *text, double value, enum rst_type type, uint64_t *key)
{
    char part[LONGEST_NUMBER + 2];
    union rst_sample sample;
    bool negative = *text == '-';
    size_t whole = strcspn(text, ".");
    double least = rst_sample_to_double(rst_key_sample(0, type), type);
    *key = 0;
    if (isinf(value)) return negative;
    if (strpbrk(text, "eE")) { /* as a double */
        *key = rst_key_of(rst_sample_from_double(ceil(value), type), type);
        return value <= least || ceil(value) < ldexp(1, 8 * (int)rst_type_size(type) - rst_type_is_signed(type));
    }
    snprintf(part, sizeof part, "%.*s", (int)whole, text);
    if (digits(part + (*part == '-' || *part == '+')) == 0) snprintf(part, sizeof part, "%s", "0");
    if (!rst_sample_parse(part, type, &sample)) return negative;
    *key = rst_key_of(sample, type) + !negative;
    return negative || *key != 0;
}

/* The key of the least sample that is not below the number; false where there is none. */
static bool least_key(const char *text, double value, enum rst_type type, uint64_t *key)
{
    union rst_sample sample;
    bool is_sample = rst_sample_parse(text, type, &sample);
    if (!rst_type_is_float(type)) {
        if (!is_sample) return integer_above(text, value, type, key) && *key <= rst_key_greatest(type);
        *key = rst_key_of(sample, type);
        return true;
    }
    if (!is_sample) { /* beyond all finite ones */
        sample = rst_sample_from_double(value < 0 ? -(double)INFINITY : (double)INFINITY, type);
        *key = rst_key_of(sample, type) + (value < 0);
        return true;
    }
    *key = rst_key_of(sample, type);
    return true;
}

static uint64_t last_key(enum rst_type type)
{
    if (!rst_type_is_float(type)) return rst_key_greatest(type);
    return rst_key_of(rst_sample_from_double((double)INFINITY, type), type);
}

static bool span_of(const struct rst_class_entry *entry, enum rst_type type, struct rst_class_span *span)
{
    union rst_sample sample;
    span->entry = entry;
    if (entry->kind == RST_CLASS_VALUE) {
        if (!rst_sample_parse(entry->low, type, &sample)) return false;
        span->first = span->last = rst_key_of(sample, type);
        return true;
    }
    if (!least_key(entry->low, entry->from, type, &span->first)) return false;
    if (isinf(entry->below) || !least_key(entry->high, entry->below, type, &span->last)) {
        span->last = last_key(type);
        return true;
    }
    if (span->last <= span->first) return false;
    span->last--;
    return true;
}

static int by_first(const void *left, const void *right)
{
    const struct rst_class_span *a = left, *b = right;
    if (a->first != b->first) return a->first < b->first ? -1 : 1;
    return a->entry < b->entry ? -1 : a->entry > b->entry;
}

enum rst_status rst_class_map_spans(const struct rst_class_map *map, enum rst_type type, struct rst_class_span *spans,
                                    int *count, struct rst_error *err)
{
    *count = 0;
    for (int i = 0; i < map->count; i++) {
        enum rst_class_kind kind = map->entries[i].kind;
        if (kind == RST_CLASS_RANGE || kind == RST_CLASS_VALUE)
            *count += span_of(&map->entries[i], type, &spans[*count]);
    }
    qsort(spans, (size_t)*count, sizeof *spans, by_first);
    for (int i = 1; i < *count; i++)
        if (spans[i].first <= spans[i - 1].last) return refuse_both(map, spans[i - 1].entry, spans[i].entry, err);
    return RST_OK;
}
