/* Metadata of an image that is made of some bands of another: what is said of single bands goes with them, and what is
 * said of all of them together (the photometric interpretation, a colour map, an ICC profile) stays while it is true.
 */
#include <stdlib.h>
#include <string.h>

#include "raster/image/items.h"

/* What the bands of an image show together. */
struct colors {
    int photometric;
    int32_t count; /* of the bands that it speaks of: the first ones */
};

static int32_t extra_bands(const struct rst_meta *meta, int32_t bands)
{
    size_t count = meta->extra_samples ? meta->extra_sample_count : 0;
    return count < (size_t)bands ? (int32_t)count : bands;
}

static struct colors colors_of(const struct rst_meta *meta, int32_t bands)
{
    switch (meta->photometric) {
    case RST_PHOTOMETRIC_BLACK_IS_ZERO:
    case RST_PHOTOMETRIC_WHITE_IS_ZERO:
    case RST_PHOTOMETRIC_PALETTE:
        return (struct colors){meta->photometric, 1};
    case RST_PHOTOMETRIC_RGB:
        return (struct colors){meta->photometric, bands < 3 ? bands : 3};
    default:
        return (struct colors){meta->photometric, bands - extra_bands(meta, bands)};
    }
}

/* Whether the result starts with `count` bands, each of them one of the first `among`. */
static bool starts_with(const int32_t *list, int32_t picked, int32_t count, int32_t among)
{
    if (picked < count) return false;
    for (int32_t i = 0; i < count; i++)
        if (list[i] >= among) return false;
    return true;
}

static bool is_start(const int32_t *list, int32_t picked, int32_t count)
{
    if (picked < count) return false;
    for (int32_t i = 0; i < count; i++)
        if (list[i] != i) return false;
    return true;
}

static struct colors picked_colors(struct colors from, const int32_t *list, int32_t count)
{
    int32_t leading = 0;
    switch (from.photometric) {
    case RST_PHOTOMETRIC_UNKNOWN:
        while (leading < count && list[leading] < from.count)
            leading++;
        return (struct colors){RST_PHOTOMETRIC_UNKNOWN, leading > 0 ? leading : 1};
    case RST_PHOTOMETRIC_RGB:
        if (starts_with(list, count, 3, from.count)) return from;
        break;
    case RST_PHOTOMETRIC_BLACK_IS_ZERO:
        if (starts_with(list, count, 3, 1)) return (struct colors){RST_PHOTOMETRIC_RGB, 3};
        break;
    default:
        if (is_start(list, count, from.count)) return from;
    }
    return (struct colors){RST_PHOTOMETRIC_BLACK_IS_ZERO, 1};
}

/* Bands behind the colours are what they were; a second alpha is not told apart from any other band. */
static enum rst_status pick_extras(struct rst_meta *meta, int32_t bands, int32_t colors, const int32_t *list,
                                   int32_t count, struct rst_error *err)
{
    int32_t first = bands - extra_bands(meta, bands);
    uint16_t *kinds = NULL;
    if (count > colors) {
        kinds = calloc((size_t)(count - colors), sizeof *kinds);
        if (!kinds) return rst_fail(err, RST_E_NOMEM, "no memory for the kinds of %d bands", (int)(count - colors));
    }
    bool has_alpha = false;
    for (int32_t i = colors; i < count; i++) {
        uint16_t kind = RST_EXTRA_UNSPECIFIED;
        if (list[i] >= first) kind = meta->extra_samples[meta->extra_sample_count - (size_t)(bands - list[i])];
        bool alpha = kind == RST_EXTRA_ASSOCIATED_ALPHA || kind == RST_EXTRA_UNASSOCIATED_ALPHA;
        kinds[i - colors] = alpha && has_alpha ? RST_EXTRA_UNSPECIFIED : kind;
        has_alpha |= alpha;
    }
    free(meta->extra_samples);
    meta->extra_samples = kinds;
    meta->extra_sample_count = kinds ? (size_t)(count - colors) : 0;
    return RST_OK;
}

static void pick_background(struct rst_meta *meta, struct colors from, struct colors to, const int32_t *list)
{
    uint16_t old[3];
    if (!meta->has_background) return;
    memcpy(old, meta->background, sizeof old);
    bool known = from.photometric == to.photometric || to.count == 1 || to.count == 3;
    for (int32_t i = 0; known && i < 3; i++) {
        int32_t band = list[i < to.count ? i : 0];
        known = band >= 0 && band < from.count && band < 3;
        if (known) meta->background[i] = old[band];
    }
    if (known) return;
    meta->has_background = false;
    memset(meta->background, 0, sizeof meta->background);
}

static void pick_bits(struct rst_meta *meta, const int32_t *list, int32_t count)
{
    enum { MOST = sizeof meta->significant_bits };
    uint8_t old[MOST];
    memcpy(old, meta->significant_bits, MOST);
    for (int32_t i = 0; i < MOST; i++)
        meta->significant_bits[i] = i < count && list[i] >= 0 && list[i] < MOST ? old[list[i]] : 0;
}

static enum rst_status append_items(struct rst_meta *to, const struct rst_meta *from, int32_t old_band, int32_t band,
                                    struct rst_error *err)
{
    for (size_t i = 0; i < from->item_count; i++) {
        struct rst_item item = from->items[i];
        if (item.band != old_band) continue;
        item.band = band;
        RST_TRY(rst_meta_append(to, &item, err));
    }
    return RST_OK;
}

static bool has_band_items(const struct rst_meta *meta)
{
    for (size_t i = 0; i < meta->item_count; i++)
        if (meta->items[i].band >= 0) return true;
    return false;
}

static enum rst_status copy_texts(struct rst_meta *to, const struct rst_meta *from, const int32_t *list, int32_t count,
                                  struct rst_error *err)
{
    RST_TRY(append_items(to, from, -1, -1, err));
    bool items = has_band_items(from);
    for (int32_t i = 0; i < count; i++) {
        if (list[i] < 0) continue; /* made anew */
        const char *name = (size_t)list[i] < from->band_name_count ? from->band_names[list[i]] : NULL;
        if (name) RST_TRY(rst_meta_name_band(to, i, name, err));
        if (items) RST_TRY(append_items(to, from, list[i], i, err));
    }
    return RST_OK;
}

static enum rst_status pick_texts(struct rst_meta *meta, const int32_t *list, int32_t count, struct rst_error *err)
{
    struct rst_meta made = {0};
    if (!has_band_items(meta) && meta->band_name_count == 0) return RST_OK;
    enum rst_status status = copy_texts(&made, meta, list, count, err);
    if (status != RST_OK) {
        rst_meta_clear(&made);
        return status;
    }
    rst_meta_clear_items(meta);
    rst_meta_clear_band_names(meta);
    meta->items = made.items;
    meta->item_count = made.item_count;
    meta->band_names = made.band_names;
    meta->band_name_count = made.band_name_count;
    return RST_OK;
}

/* A profile is made for one kind of colours, a colour map for indices. */
static void drop_foreign(struct rst_meta *meta)
{
    free(meta->icc);
    meta->icc = NULL;
    meta->icc_size = 0;
    free(meta->color_map);
    meta->color_map = NULL;
    meta->color_map_count = 0;
}

static enum rst_status pick(struct rst_meta *meta, int32_t bands, struct colors to, const int32_t *list, int32_t count,
                            struct rst_error *err)
{
    struct colors from = colors_of(meta, bands);
    RST_TRY(pick_texts(meta, list, count, err));
    RST_TRY(pick_extras(meta, bands, to.count, list, count, err));
    pick_background(meta, from, to, list);
    pick_bits(meta, list, count);
    if (to.photometric != from.photometric) drop_foreign(meta);
    meta->photometric = to.photometric;
    return RST_OK;
}

enum rst_status rst_meta_pick_bands(struct rst_meta *meta, int32_t bands, const int32_t *list, int32_t count,
                                    struct rst_error *err)
{
    return pick(meta, bands, picked_colors(colors_of(meta, bands), list, count), list, count, err);
}

enum rst_status rst_meta_make_bands(struct rst_meta *meta, int32_t bands, const int32_t *list, int32_t count,
                                    int photometric, struct rst_error *err)
{
    bool several = photometric > RST_PHOTOMETRIC_BLACK_IS_ZERO && photometric != RST_PHOTOMETRIC_PALETTE;
    const struct colors to = {photometric, several && count >= 3 ? 3 : 1};
    drop_foreign(meta);
    return pick(meta, bands, to, list, count, err);
}
