/* Percentiles, by counting. Samples become keys, unsigned numbers in the same order. A round counts how many keys have
 * which next bits; from that follows in which of these buckets a wanted sample lies, by its place in the order alone,
 * and what its place is among those in the bucket. The next round looks only into such buckets, all of them at once,
 * until all bits are known: the sample itself. Types of 8 and 16 bits are done after one round.
 *
 * How many bits are taken in a round follows from the room for counts, which is fixed, and the number of buckets: 16 in
 * the first round and mostly in all. Order of merging does not matter, for only counts are merged. */
#include "raster/ops/survey/percentile.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "raster/ops/common/keys.h"
#include "raster/ops/survey/counts.h"
#include "raster/ops/survey/percentile_kernels.h"

enum { MOST_BITS = 16 };
#define LEAST_ROOM ((size_t)1 << MOST_BITS)

/* Counts of all bands, where that is not less than LEAST_ROOM for each. */
#define COMMON_ROOM ((size_t)1 << 20)

/* A sample that is looked for. */
struct quest {
    uint64_t rank;   /* its place among the samples of its bucket */
    uint64_t prefix; /* the first bits of its key, as far as they are known: its bucket */
    int32_t bucket;  /* which of the group's */
};

/* What the rounds carry on. */
struct search {
    int known, bits; /* of the keys: known before the round, and found by it */
};

/* The samples that percentiles are of: a band's, or all of them. */
struct group {
    uint64_t valid;
    int32_t buckets;
};

/* How an accumulator is laid out. Behind a struct rst_percentiles and a struct search there are arrays. */
struct plan {
    const struct rst_percentile_settings *settings;
    bool narrow;    /* counted value by value */
    int32_t groups; /* one per band, or one */
    int32_t quests; /* of a group: two for each percentile */
    size_t room;    /* counts of a group */
    size_t step;    /* from group to group: one more, for samples that are not valid */
    size_t group_at, percentile_at, quest_at, prefix_at, counts_at, bytes;
};

static struct plan plan_of(const struct rst_reduction *reduction, const struct rst_shape *shape)
{
    struct plan plan = {.settings = reduction->settings};
    size_t groups, count;
    assert(plan.settings && plan.settings->count > 0 && plan.settings->count <= RST_PERCENTILE_MOST);
    plan.narrow = rst_counts_values(shape->type) > 0;
    plan.groups = plan.settings->joint ? 1 : shape->bands;
    plan.quests = 2 * plan.settings->count;
    groups = (size_t)plan.groups;
    count = (size_t)plan.settings->count;
    plan.room = LEAST_ROOM;
    while (plan.room < 4 * LEAST_ROOM && plan.room < count * LEAST_ROOM && 2 * plan.room * groups <= COMMON_ROOM)
        plan.room *= 2;
    plan.step = plan.room + 1;
    plan.group_at = sizeof(struct rst_percentiles) + sizeof(struct search);
    plan.percentile_at = plan.group_at + groups * sizeof(struct group);
    plan.quest_at = plan.percentile_at + groups * count * sizeof(struct rst_percentile);
    plan.prefix_at = plan.quest_at + groups * 2 * count * sizeof(struct quest);
    plan.counts_at = plan.prefix_at + groups * 2 * count * sizeof(uint64_t);
    plan.bytes = plan.counts_at + (plan.narrow ? rst_counts_bytes(shape) : groups * plan.step * sizeof(uint64_t));
    return plan;
}

/* Whether a band's samples count. */
static bool is_seen(const struct plan *plan, const struct rst_shape *shape, int32_t band)
{
    return !plan->settings->joint || shape->bands == 1 || band != shape->opacity;
}

static void *at(const void *accumulator, size_t offset)
{
    return (char *)accumulator + offset;
}

static struct search *search_of(const void *accumulator)
{
    return at(accumulator, sizeof(struct rst_percentiles));
}

static struct group *group_of(const struct plan *plan, const void *accumulator, int32_t group)
{
    return (struct group *)at(accumulator, plan->group_at) + group;
}

static struct quest *quests_of(const struct plan *plan, const void *accumulator, int32_t group)
{
    return (struct quest *)at(accumulator, plan->quest_at) + (size_t)group * (size_t)plan->quests;
}

static uint64_t *prefixes_of(const struct plan *plan, const void *accumulator, int32_t group)
{
    return (uint64_t *)at(accumulator, plan->prefix_at) + (size_t)group * (size_t)plan->quests;
}

static uint64_t *counts_of(const struct plan *plan, const void *accumulator, int32_t group)
{
    return (uint64_t *)at(accumulator, plan->counts_at) + (size_t)group * plan->step;
}

static struct rst_percentile *percentiles_of(const struct plan *plan, const void *accumulator, int32_t group)
{
    return (struct rst_percentile *)at(accumulator, plan->percentile_at) +
           (size_t)group * (size_t)plan->settings->count;
}

static const struct group *groups_of(const struct rst_percentiles *percentiles)
{
    return at(percentiles, sizeof *percentiles + sizeof(struct search));
}

uint64_t rst_percentiles_valid(const struct rst_percentiles *percentiles, int32_t band)
{
    return groups_of(percentiles)[band].valid;
}

const struct rst_percentile *rst_percentiles_of(const struct rst_percentiles *percentiles, int32_t band)
{
    const struct group *end = groups_of(percentiles) + percentiles->bands;
    return (const struct rst_percentile *)(const void *)end + (size_t)band * (size_t)percentiles->count;
}

static int key_bits(enum rst_type type)
{
    return 8 * (int)rst_type_size(type);
}

/* How many bits a round can take where there are so many buckets. */
static int bits_for(const struct plan *plan, int32_t buckets, int left)
{
    int bits = 0;
    while (bits < MOST_BITS && bits < left && ((size_t)buckets << (bits + 1)) <= plan->room)
        bits++;
    return bits;
}

static size_t percentile_size(const struct rst_reduction *reduction, const struct rst_shape *shape)
{
    return plan_of(reduction, shape).bytes;
}

static void percentile_start(const struct rst_reduction *reduction, const struct rst_shape *shape, enum rst_isa isa,
                             void *accumulator, const void *before)
{
    struct plan plan = plan_of(reduction, shape);
    (void)isa;
    if (before) {
        memcpy(accumulator, before, plan.counts_at);
        return;
    }
    *(struct rst_percentiles *)accumulator = (struct rst_percentiles){plan.groups, plan.settings->count};
    *search_of(accumulator) = (struct search){.bits = MOST_BITS};
    for (int32_t group = 0; group < plan.groups; group++)
        group_of(&plan, accumulator, group)->buckets = 1;
}

static void percentile_row(const struct rst_reduction *reduction, const struct rst_shape *shape, enum rst_isa isa,
                           void *accumulator, const struct rst_run_of_pixels *run)
{
    const struct plan plan = plan_of(reduction, shape);
    const struct search *search = search_of(accumulator);
    bool gaps = shape->has_nodata && !isnan(rst_sample_to_double(shape->nodata, shape->type));
    if (plan.narrow) {
        rst_counts_row(at(accumulator, plan.counts_at), shape, isa, run->samples, run->width);
        return;
    }
    for (int32_t band = 0; band < shape->bands; band++) {
        int32_t group = plan.settings->joint ? 0 : band;
        const struct rst_percentile_search look = {.known = search->known,
                                                   .bits = search->bits,
                                                   .count = group_of(&plan, accumulator, group)->buckets,
                                                   .prefixes = prefixes_of(&plan, accumulator, group)};
        if (!is_seen(&plan, shape, band)) continue;
        const char *samples = (const char *)run->samples + (size_t)band * rst_type_size(shape->type);
        rst_percentile_kernels_of(isa)->count[shape->type](samples, (size_t)run->width, (size_t)shape->bands,
                                                           gaps ? &shape->nodata : NULL, &look,
                                                           counts_of(&plan, accumulator, group));
    }
}

static void percentile_merge(const struct rst_reduction *reduction, const struct rst_shape *shape, void *accumulator,
                             const void *more)
{
    struct plan plan = plan_of(reduction, shape);
    if (plan.narrow) {
        rst_counts_merge(at(accumulator, plan.counts_at), shape, at(more, plan.counts_at));
        return;
    }
    uint64_t *counts = counts_of(&plan, accumulator, 0);
    const uint64_t *others = counts_of(&plan, more, 0);
    for (size_t i = 0; i < (size_t)plan.groups * plan.step; i++)
        counts[i] += others[i];
}

/* The neighbours of the place p / 100 * (valid - 1), and how far it lies between them. */
static double place_of(double percent, uint64_t valid, uint64_t *low, uint64_t *high)
{
    double place = percent / 100 * (double)(valid - 1);
    *low = (uint64_t)floor(place);
    if (*low > valid - 1) *low = valid - 1; /* of more than 2^53 samples */
    *high = *low + (place > (double)*low && *low < valid - 1);
    return *high > *low ? place - (double)*low : 0;
}

/* After the first round, which has counted all samples. */
static void begin_quests(const struct plan *plan, void *accumulator, int32_t group, const uint64_t *counts,
                         size_t buckets)
{
    struct quest *pair = quests_of(plan, accumulator, group);
    struct group *of = group_of(plan, accumulator, group);
    for (size_t i = 0; i < buckets; i++)
        of->valid += counts[i];
    for (int32_t i = 0; i < plan->settings->count && of->valid > 0; i++, pair += 2)
        (void)place_of(plan->settings->percents[i], of->valid, &pair[0].rank, &pair[1].rank);
}

/* Where among the `size` buckets that its own is divided into the sample lies. */
static void follow(struct quest *quest, const uint64_t *counts, size_t size)
{
    size_t i = 0;
    for (; i + 1 < size && quest->rank >= counts[i]; i++)
        quest->rank -= counts[i];
    quest->prefix = quest->prefix * size + i;
}

/* The buckets of the next round: each of them once. */
static void gather_buckets(const struct plan *plan, void *accumulator, int32_t group)
{
    struct quest *quests = quests_of(plan, accumulator, group);
    uint64_t *prefixes = prefixes_of(plan, accumulator, group);
    int32_t count = 0;
    for (int32_t i = 0; i < plan->quests; i++) {
        int32_t bucket = 0;
        while (bucket < count && prefixes[bucket] != quests[i].prefix)
            bucket++;
        if (bucket == count) prefixes[count++] = quests[i].prefix;
        quests[i].bucket = bucket;
    }
    group_of(plan, accumulator, group)->buckets = count;
}

/* From the nearer end, so that the end itself comes out exactly. */
static double between(double low, double high, double part)
{
    if (low == high) return low;
    return part < 0.5 ? low + (high - low) * part : high - (high - low) * (1 - part);
}

static void make_values(const struct plan *plan, const struct rst_shape *shape, void *accumulator, int32_t group)
{
    const struct quest *pair = quests_of(plan, accumulator, group);
    struct rst_percentile *to = percentiles_of(plan, accumulator, group);
    uint64_t valid = group_of(plan, accumulator, group)->valid, low, high;
    for (int32_t i = 0; i < plan->settings->count; i++, pair += 2) {
        to[i] = (struct rst_percentile){.value = NAN};
        if (valid == 0) continue;
        to[i].low = rst_key_sample(pair[0].prefix, shape->type);
        to[i].high = rst_key_sample(pair[1].prefix, shape->type);
        double part = place_of(plan->settings->percents[i], valid, &low, &high);
        double value =
            between(rst_sample_to_double(to[i].low, shape->type), rst_sample_to_double(to[i].high, shape->type), part);
        to[i].value = isnan(value) ? NAN : value;
    }
}

/* All bands that count into the first one. */
static void pool(const struct plan *plan, const struct rst_shape *shape, struct rst_counts *counts)
{
    size_t values = (size_t)rst_counts_values(shape->type);
    uint64_t *to = rst_counts_of(counts, shape, 0);
    if (!is_seen(plan, shape, 0)) memset(to, 0, values * sizeof *to);
    for (int32_t band = 1; band < shape->bands; band++)
        for (size_t i = 0; i < values && is_seen(plan, shape, band); i++)
            to[i] += rst_counts_of(counts, shape, band)[i];
}

/* All is known after one round; the key of a value is its place among the values. */
static void finish_narrow(const struct plan *plan, const struct rst_shape *shape, void *accumulator)
{
    struct rst_counts *counts = at(accumulator, plan->counts_at);
    size_t values = (size_t)rst_counts_values(shape->type);
    rst_counts_finish(counts, shape);
    if (plan->settings->joint) pool(plan, shape, counts);
    for (int32_t group = 0; group < plan->groups; group++) {
        const uint64_t *of = rst_counts_of(counts, shape, group);
        begin_quests(plan, accumulator, group, of, values);
        for (int32_t i = 0; i < plan->quests; i++)
            follow(&quests_of(plan, accumulator, group)[i], of, values);
        make_values(plan, shape, accumulator, group);
    }
    search_of(accumulator)->known = key_bits(shape->type);
}

static void percentile_finish(const struct rst_reduction *reduction, const struct rst_shape *shape, void *accumulator)
{
    const struct plan plan = plan_of(reduction, shape);
    struct search *search = search_of(accumulator);
    size_t size = (size_t)1 << search->bits;
    int32_t most = 1;
    if (plan.narrow) {
        finish_narrow(&plan, shape, accumulator);
        return;
    }
    for (int32_t group = 0; group < plan.groups; group++) {
        struct quest *quests = quests_of(&plan, accumulator, group);
        const uint64_t *counts = counts_of(&plan, accumulator, group);
        if (search->known == 0) begin_quests(&plan, accumulator, group, counts, size);
        for (int32_t i = 0; i < plan.quests; i++)
            follow(&quests[i], counts + (size_t)quests[i].bucket * size, size);
        gather_buckets(&plan, accumulator, group);
        int32_t buckets = group_of(&plan, accumulator, group)->buckets;
        most = buckets > most ? buckets : most;
    }
    search->known += search->bits;
    search->bits = bits_for(&plan, most, key_bits(shape->type) - search->known);
    for (int32_t group = 0; group < plan.groups; group++)
        make_values(&plan, shape, accumulator, group);
}

static bool percentile_again(const struct rst_reduction *reduction, const struct rst_shape *shape,
                             const void *accumulator)
{
    const struct plan plan = plan_of(reduction, shape);
    uint64_t valid = 0;
    for (int32_t group = 0; group < plan.groups; group++)
        valid += group_of(&plan, accumulator, group)->valid;
    return valid > 0 && search_of(accumulator)->known < key_bits(shape->type);
}

static int percentile_rounds(const struct rst_reduction *reduction, const struct rst_shape *shape)
{
    const struct plan plan = plan_of(reduction, shape);
    int rounds = 1;
    for (int left = key_bits(shape->type) - MOST_BITS; left > 0; rounds++)
        left -= bits_for(&plan, plan.quests, left);
    return rounds;
}

const struct rst_reduction rst_percentile_reduction = {.name = "percentiles",
                                                       .any_order = true,
                                                       .size = percentile_size,
                                                       .start = percentile_start,
                                                       .row = percentile_row,
                                                       .merge = percentile_merge,
                                                       .finish = percentile_finish,
                                                       .again = percentile_again,
                                                       .rounds = percentile_rounds};
