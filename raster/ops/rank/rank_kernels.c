/* The rank filters' kernels for one instruction set.
 *
 * Counting is done after Perreault and Hebert (2007): every column of the window has a histogram of its own, which
 * moves down by one sample in and one out; the window's moves along by one column in and one out. Counts are kept
 * cumulative, in 16 coarse steps and 16 fine ones in each of these, so that a sample is counted by adding a pattern of
 * zeros and ones to 16 bytes, and a rank is found by comparing 16 counts with it. The window's fine counts are brought
 * up to date only where a rank falls among them. */
#include "raster/ops/rank/rank.h"

#include <math.h>
#include <string.h>
#if defined __AVX2__
#include <immintrin.h>
#elif defined __SSE2__
#include <emmintrin.h>
#endif

#include "raster/ops/common/isa.h"
#include "raster/ops/common/round.h"

typedef uint32_t __attribute__((may_alias)) rank_pattern32;
typedef uint64_t __attribute__((may_alias)) rank_pattern64;

enum { STEPS = 16 };

/* ---- columns ---- */

/* A sample whose four bits are k counts in all entries from k on. */
static const _Alignas(STEPS) uint8_t ramps[STEPS][STEPS] = {
    {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, {0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1},
    {0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, {0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1},
    {0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, {0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1},
    {0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, {0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1},
    {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1},
    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1},
    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1},
    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1},
};

/* 16 counts of a column, and of a window. */
typedef uint8_t column_steps __attribute__((vector_size(STEPS), may_alias));
typedef uint16_t window_steps __attribute__((vector_size(2 * STEPS), may_alias));

static inline column_steps *column_at(uint8_t *counts, size_t i)
{
    return (column_steps *)__builtin_assume_aligned(counts + i * STEPS, STEPS);
}

static inline column_steps ramp_of(unsigned bits)
{
    return *(const column_steps *)ramps[bits];
}

static void add_line(const struct rst_rank_area *area, struct rst_rank_counts *counts, size_t line)
{
    const uint8_t *values = counts->plane + line * area->wide, *missing = counts->missing + line * area->wide;
    uint8_t *coarse = counts->coarse, *fine = counts->fine;
    for (size_t x = 0; x < area->wide; x++) {
        const unsigned value = values[x];
        if (area->masks && missing[x]) continue;
        *column_at(coarse, x) += ramp_of(value >> 4);
        *column_at(fine, x * STEPS + (value >> 4)) += ramp_of(value & 15);
    }
}

static void take_line(const struct rst_rank_area *area, struct rst_rank_counts *counts, size_t line)
{
    const uint8_t *values = counts->plane + line * area->wide, *missing = counts->missing + line * area->wide;
    uint8_t *coarse = counts->coarse, *fine = counts->fine;
    for (size_t x = 0; x < area->wide; x++) {
        const unsigned value = values[x];
        if (area->masks && missing[x]) continue;
        *column_at(coarse, x) -= ramp_of(value >> 4);
        *column_at(fine, x * STEPS + (value >> 4)) -= ramp_of(value & 15);
    }
}

static void start(const struct rst_rank_area *area, struct rst_rank_counts *counts)
{
    memset(counts->coarse, 0, area->wide * STEPS);
    memset(counts->fine, 0, area->wide * STEPS * STEPS);
    for (int y = 0; y < area->height; y++)
        add_line(area, counts, (size_t)y);
}

/* One line out and one in, at once where none is missing. */
static void move(const struct rst_rank_area *area, struct rst_rank_counts *counts, size_t line)
{
    const size_t below = line - 1 + (size_t)area->height;
    if (area->masks) {
        take_line(area, counts, line - 1);
        add_line(area, counts, below);
        return;
    }
    const uint8_t *leaving = counts->plane + (line - 1) * area->wide, *entering = counts->plane + below * area->wide;
    uint8_t *coarse = counts->coarse, *fine = counts->fine;
    for (size_t x = 0; x < area->wide; x++) {
        const unsigned leaves = leaving[x], enters = entering[x];
        *column_at(coarse, x) += ramp_of(enters >> 4) - ramp_of(leaves >> 4);
        *column_at(fine, x * STEPS + (leaves >> 4)) -= ramp_of(leaves & 15);
        *column_at(fine, x * STEPS + (enters >> 4)) += ramp_of(enters & 15);
    }
}

static void mark(const struct rst_rank_area *area, struct rst_rank_counts *counts)
{
    for (size_t y = 0; y < area->high; y++)
        for (size_t x = 0; x < area->wide; x++)
            counts->missing[y * area->wide + x] = area->masks[y][area->from + x * area->step];
}

/* ---- windows ---- */

static inline const column_steps *steps_at(const uint8_t *counts, size_t i)
{
    return (const column_steps *)__builtin_assume_aligned(counts + i * STEPS, STEPS);
}

#ifdef __AVX2__ /* the compiler widens by halves */
#define WIDENED(counts, i) ((window_steps)_mm256_cvtepu8_epi16((__m128i)*steps_at(counts, i)))
#else
#define WIDENED(counts, i) __builtin_convertvector(*steps_at(counts, i), window_steps)
#endif

static inline void enter(window_steps *sums, const uint8_t *counts, size_t i)
{
    *sums += WIDENED(counts, i);
}

static inline void leave(window_steps *sums, const uint8_t *counts, size_t i)
{
    *sums -= WIDENED(counts, i);
}

/* How many of 16 counts, which grow, are not above the rank: the place of the first that is. */
static inline unsigned place_of(const uint16_t *counts, uint32_t rank)
{
    /* by saturated subtraction: 0 where a count is not above it */
#if defined __AVX2__
    const __m256i above = _mm256_subs_epu16(_mm256_load_si256((const __m256i *)counts), _mm256_set1_epi16((short)rank));
    const __m256i below = _mm256_cmpeq_epi16(above, _mm256_setzero_si256());
    return (unsigned)__builtin_ctzll(~(uint64_t)(uint32_t)_mm256_movemask_epi8(below)) / 2;
#elif defined __SSE2__
    const __m128i wanted = _mm_set1_epi16((short)rank), zero = _mm_setzero_si128();
    const __m128i low = _mm_subs_epu16(_mm_load_si128((const __m128i *)counts), wanted);
    const __m128i high = _mm_subs_epu16(_mm_load_si128((const __m128i *)counts + 1), wanted);
    const __m128i below = _mm_packs_epi16(_mm_cmpeq_epi16(low, zero), _mm_cmpeq_epi16(high, zero));
    return (unsigned)__builtin_ctz(~(unsigned)_mm_movemask_epi8(below));
#else
    unsigned n = counts[7] <= rank ? 8 : 0;
    n += counts[n + 3] <= rank ? 4 : 0;
    n += counts[n + 1] <= rank ? 2 : 0;
    n += counts[n] <= rank ? 1 : 0;
    return n;
#endif
}

/* 16 counts of a window from STEPS on; what stands before them is 0. */
struct window {
    _Alignas(32) uint16_t counts[2 * STEPS];
};

static inline void keep_counts(struct window *window, const window_steps *sums)
{
    *(window_steps *)(window->counts + STEPS) = *sums;
}

/* The fine counts of two coarse steps that follow one another, `low` the lower of them. As the window moves along, the
 * sample that is wanted mostly stays in the two, so that nothing depends on where exactly it is. */
struct pair {
    int low; /* negative: of none so far */
    window_steps sums[2];
};

static void count_window(window_steps *sums, const uint8_t *columns, size_t width)
{
    window_steps all = {0};
    for (size_t i = 0; i < width; i++)
        enter(&all, columns, i * STEPS);
    *sums = all;
}

/* Moves the pair to where coarse step `wanted` is in it. `fine` begins with the window. */
static void seat(struct pair *pair, int wanted, const uint8_t *fine, size_t width)
{
    int low = wanted < pair->low || wanted == 0 ? wanted : wanted - 1;
    bool first = true, second = true;
    if (pair->low >= 0 && low == pair->low + 1) {
        pair->sums[0] = pair->sums[1];
        first = false;
    } else if (pair->low >= 0 && low == pair->low - 1) {
        pair->sums[1] = pair->sums[0];
        second = false;
    }
    if (first) count_window(&pair->sums[0], fine + (size_t)low * STEPS, width);
    if (second) count_window(&pair->sums[1], fine + (size_t)(low + 1) * STEPS, width);
    pair->low = low;
}

static inline __attribute__((always_inline)) void
find_each(const struct rst_rank_area *area, struct rst_rank_counts *counts, const bool gaps, const bool rests)
{
    const uint8_t *coarse = counts->coarse, *fine = counts->fine;
    const size_t width = (size_t)area->width, columns = area->columns;
    const uint32_t full = (uint32_t)area->width * (uint32_t)area->height, index = area->index;
    uint8_t *restrict found = counts->found;
    uint16_t *restrict rest = counts->rest;
    struct window all = {{0}}, parts[2] = {{{0}}, {{0}}};
    struct pair pair = {.low = -1};
    window_steps sums = {0};
    for (size_t i = 0; i + 1 < width; i++)
        enter(&sums, coarse, i);
    for (size_t x = 0; x < columns; x++) {
        const uint16_t *before = all.counts + STEPS - 1; /* [k] how many samples come before coarse step k */
        uint32_t rank = index;
        enter(&sums, coarse, x + width - 1);
        keep_counts(&all, &sums);
        leave(&sums, coarse, x);
        if (pair.low >= 0)
            for (int k = 0; k < 2; k++) {
                enter(&pair.sums[k], fine, (x + width - 1) * STEPS + (size_t)(pair.low + k));
                leave(&pair.sums[k], fine, (x - 1) * STEPS + (size_t)(pair.low + k));
            }
        if (gaps) {
            const uint32_t n = before[STEPS];
            found[x] = 0;
            rest[x] = RST_RANK_NONE;
            if (n == 0) continue;
            if (n != full) rank = (uint32_t)((uint64_t)rank * (n - 1) / (full - 1));
        }
        if (pair.low < 0 || rank < before[pair.low] || rank >= before[pair.low + 2])
            seat(&pair, (int)place_of(all.counts + STEPS, rank), fine + x * STEPS * STEPS, width);
        keep_counts(&parts[0], &pair.sums[0]);
        keep_counts(&parts[1], &pair.sums[1]);
        const unsigned high = rank >= before[pair.low + 1];
        rank -= before[pair.low + (int)high];
        const unsigned low = place_of(parts[high].counts + STEPS, rank);
        found[x] = (uint8_t)(((unsigned)pair.low + high) * STEPS + low);
        if (rests) rest[x] = (uint16_t)(rank - parts[high].counts[STEPS - 1 + low]);
    }
}

static void find(const struct rst_rank_area *area, struct rst_rank_counts *counts)
{
    const bool rests = counts->keys[0] != NULL; /* bytes have no need of them */
    if (area->masks && rests)
        find_each(area, counts, true, true);
    else if (area->masks)
        find_each(area, counts, true, false);
    else if (rests)
        find_each(area, counts, false, true);
    else
        find_each(area, counts, false, false);
}

/* Of the sorted samples from `at` on, the place of the one that comes after counts->rest[x] others in the window of
 * output sample x of the line. It is there. */
static size_t rank_place(const struct rst_rank_area *area, const struct rst_rank_counts *counts, size_t x, size_t line,
                         size_t at)
{
    const uint16_t left = (uint16_t)x, top = (uint16_t)line;
    const uint16_t width = (uint16_t)area->width, height = (uint16_t)area->height;
    for (uint16_t rest = counts->rest[x];; at += RST_RANK_CHUNK) {
        const uint16_t *xs = counts->x + at, *ys = counts->y + at;
        uint16_t inside = 0;
        for (int k = 0; k < RST_RANK_CHUNK; k++)
            inside = (uint16_t)(inside + (((uint16_t)(xs[k] - left) < width) & ((uint16_t)(ys[k] - top) < height)));
        if (inside <= rest) {
            rest = (uint16_t)(rest - inside);
            continue;
        }
        for (size_t k = 0;; k++)
            if ((uint16_t)(xs[k] - left) < width && (uint16_t)(ys[k] - top) < height && rest-- == 0) return at + k;
    }
}

/* ---- by type ---- */

#define KEY uint8_t
#define NAME bytes
#define LEAST 0
#define MOST UINT8_MAX
#include "raster/ops/rank/rank_key_tmpl.h"
#define KEY int16_t
#define NAME shorts
#define LEAST INT16_MIN
#define MOST INT16_MAX
#include "raster/ops/rank/rank_key_tmpl.h"
#define KEY int32_t
#define NAME longs
#define LEAST INT32_MIN
#define MOST INT32_MAX
#include "raster/ops/rank/rank_key_tmpl.h"
#define KEY int64_t
#define NAME quads
#define LEAST INT64_MIN
#define MOST INT64_MAX
#include "raster/ops/rank/rank_key_tmpl.h"

#define RST_TEMPLATE "raster/ops/rank/rank_tmpl.h"
#include "raster/ops/common/each_type.h"

#define LOAD_ENTRY(UPPER, lower, ctype) [RST_##UPPER] = load_##lower,
#define STORE_ENTRY(UPPER, lower, ctype) [RST_##UPPER] = store_##lower,
#define MEDIAN3_ENTRY(UPPER, lower, ctype) [RST_##UPPER] = median3_##lower,
#define ORDER_ENTRY(UPPER, lower, ctype) [RST_##UPPER] = order_##lower,
#define PICK_ENTRY(UPPER, lower, ctype) [RST_##UPPER] = pick_##lower,
#define KEEP_ENTRY(UPPER, lower, ctype) [RST_##UPPER] = keep_##lower,

extern const struct rst_rank_kernels RST_KERNELS(rst_rank_kernels);
const struct rst_rank_kernels RST_KERNELS(rst_rank_kernels) = {
    .run = {run_bytes, run_shorts, run_longs, run_quads},
    .load = {RST_TYPES(LOAD_ENTRY)},
    .store = {RST_TYPES(STORE_ENTRY)},
    .median3 = {RST_TYPES(MEDIAN3_ENTRY)},
    .order = {RST_TYPES(ORDER_ENTRY)},
    .mark = mark,
    .start = start,
    .move = move,
    .find = find,
    .pick = {RST_TYPES(PICK_ENTRY)},
    .keep = {RST_TYPES(KEEP_ENTRY)},
};
