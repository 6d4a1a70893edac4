/* Comparing metadata, field by field, as a reader of the two files would understand them: what one format leaves out
 * because it goes without saying, and what it can only write in its own way, are no differences. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/compare.h"

static bool same_bytes(const void *a, size_t a_size, const void *b, size_t b_size)
{
    return a_size == b_size && (a_size == 0 || memcmp(a, b, a_size) == 0);
}

/* No text is as good as an empty one. */
static bool same_text(const char *a, const char *b)
{
    return strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0;
}

static bool near(double a, double b, double part)
{
    return a == b || fabs(a - b) <= part * fmax(fabs(a), fabs(b));
}

static bool same_numbers(const double *a, size_t a_count, const double *b, size_t b_count)
{
    if (a_count != b_count) return false;
    for (size_t i = 0; i < a_count; i++)
        if (a[i] != b[i]) return false;
    return true;
}

/* Sums of scale and offset round differently when a format splits them in another way. */
static bool same_transform(const struct rst_geo *a, const struct rst_geo *b)
{
    struct rst_affine first, second;
    bool has = rst_geo_transform(a, &first);
    if (has != rst_geo_transform(b, &second)) return false;
    for (int i = 0; has && i < 6; i++)
        if (!near(first.m[i], second.m[i], 1e-12)) return false;
    return true;
}

/* A code says it all; without one, the keys or the text have to be the same. */
static bool same_system(const struct rst_geo *a, const struct rst_geo *b)
{
    int code = rst_geo_epsg(a);
    if (code != 0 || rst_geo_epsg(b) != 0) return code == rst_geo_epsg(b);
    return same_bytes(a->keys, a->key_count * sizeof *a->keys, b->keys, b->key_count * sizeof *b->keys) &&
           same_numbers(a->key_doubles, a->key_double_count, b->key_doubles, b->key_double_count) &&
           same_text(a->key_ascii, b->key_ascii) && same_text(a->wkt, b->wkt);
}

static unsigned geo_fields(const struct rst_geo *a, const struct rst_geo *b, unsigned said)
{
    unsigned fields = 0;
    if (!same_transform(a, b)) fields |= RST_META_TRANSFORM;
    if ((said & RST_META_TIEPOINTS) &&
        !same_numbers(a->tiepoints, a->tiepoint_numbers, b->tiepoints, b->tiepoint_numbers))
        fields |= RST_META_TIEPOINTS;
    if ((said & RST_META_CRS) && !same_system(a, b)) fields |= RST_META_CRS;
    if (!same_numbers(a->rpc, a->rpc_count, b->rpc, b->rpc_count)) fields |= RST_META_RPC;
    return fields;
}

/* What is unknown may be anything that goes without saying. */
static bool same_colors(const struct rst_meta *a, const struct rst_meta *b, unsigned said)
{
    if (a->photometric == b->photometric) return true;
    bool both = a->photometric != RST_PHOTOMETRIC_UNKNOWN && b->photometric != RST_PHOTOMETRIC_UNKNOWN;
    return !both && !(said & RST_META_COLORS);
}

static bool same_alpha(const struct rst_meta *a, const struct rst_meta *b, int32_t bands)
{
    return rst_meta_alpha(a, bands, true) == rst_meta_alpha(b, bands, true) &&
           rst_meta_alpha(a, bands, false) == rst_meta_alpha(b, bands, false);
}

static bool same_gamma(const struct rst_meta *a, const struct rst_meta *b)
{
    return a->gamma == b->gamma && a->srgb_intent == b->srgb_intent &&
           same_numbers(a->chromaticities, 8, b->chromaticities, 8);
}

static bool same_background(const struct rst_meta *a, const struct rst_meta *b)
{
    if (a->has_background != b->has_background) return false;
    return !a->has_background || memcmp(a->background, b->background, sizeof a->background) == 0;
}

static unsigned color_fields(const struct rst_meta *a, const struct rst_meta *b, int32_t bands, unsigned said)
{
    unsigned fields = 0;
    size_t entry = sizeof *a->color_map;
    if (!same_colors(a, b, said)) fields |= RST_META_COLORS;
    if (!same_alpha(a, b, bands)) fields |= RST_META_ALPHA;
    if (!same_bytes(a->color_map, a->color_map_count * entry, b->color_map, b->color_map_count * entry))
        fields |= RST_META_COLOR_MAP;
    if (!same_bytes(a->icc, a->icc_size, b->icc, b->icc_size)) fields |= RST_META_ICC;
    if (!same_gamma(a, b)) fields |= RST_META_GAMMA;
    if (memcmp(a->significant_bits, b->significant_bits, sizeof a->significant_bits) != 0) fields |= RST_META_BITS;
    if (!same_background(a, b)) fields |= RST_META_BACKGROUND;
    return fields;
}

/* PNG has whole pixels per metre, TIFF fractions of 32 bits. */
static bool same_resolution(const struct rst_meta *a, const struct rst_meta *b)
{
    enum { INCH = 2, CENTIMETRE = 3 };
    double a_unit = a->resolution_unit == INCH ? 2.54 : 1, b_unit = b->resolution_unit == INCH ? 2.54 : 1;
    bool a_is_length = a->resolution_unit == INCH || a->resolution_unit == CENTIMETRE;
    bool b_is_length = b->resolution_unit == INCH || b->resolution_unit == CENTIMETRE;
    return a_is_length == b_is_length && near(a->resolution_x / a_unit, b->resolution_x / b_unit, 2e-4) &&
           near(a->resolution_y / a_unit, b->resolution_y / b_unit, 2e-4);
}

static int order_texts(const char *a, const char *b)
{
    return strcmp(a != NULL ? a : "", b != NULL ? b : "");
}

static int order_items(const void *first, const void *second)
{
    const struct rst_item *a = *(const struct rst_item *const *)first, *b = *(const struct rst_item *const *)second;
    if (a->band != b->band) return a->band < b->band ? -1 : 1;
    int order = order_texts(a->domain, b->domain);
    if (order == 0) order = order_texts(a->key, b->key);
    if (order == 0) order = order_texts(a->role, b->role);
    return order != 0 ? order : order_texts(a->value, b->value);
}

static void sort_items(const struct rst_meta *meta, const struct rst_item **items)
{
    for (size_t i = 0; i < meta->item_count; i++)
        items[i] = &meta->items[i];
    qsort(items, meta->item_count, sizeof *items, order_items);
}

/* The order of items says nothing. */
static enum rst_status compare_items(const struct rst_meta *a, const struct rst_meta *b, bool *same,
                                     struct rst_error *err)
{
    size_t count = a->item_count;
    *same = count == b->item_count;
    if (!*same || count == 0) return RST_OK;
    const struct rst_item **items = calloc(2 * count, sizeof *items);
    if (items == NULL) return rst_fail(err, RST_E_NOMEM, "no memory for %zu items of text", 2 * count);
    sort_items(a, items);
    sort_items(b, items + count);
    for (size_t i = 0; *same && i < count; i++)
        *same = order_items(&items[i], &items[count + i]) == 0;
    free(items);
    return RST_OK;
}

static const char *band_name(const struct rst_meta *meta, int32_t band)
{
    return (size_t)band < meta->band_name_count ? meta->band_names[band] : NULL;
}

static bool same_band_names(const struct rst_meta *a, const struct rst_meta *b, int32_t bands)
{
    for (int32_t i = 0; i < bands; i++)
        if (!same_text(band_name(a, i), band_name(b, i))) return false;
    return true;
}

static bool same_nodata(const struct rst_meta *a, const struct rst_meta *b, enum rst_type type)
{
    if (a->has_nodata != b->has_nodata) return false;
    return !a->has_nodata || rst_sample_equal(a->nodata, b->nodata, type);
}

static int orientation(const struct rst_meta *meta)
{
    return meta->orientation > 1 ? meta->orientation : 1;
}

enum rst_status compare_meta(const struct rst_meta *a, const struct rst_meta *b, int32_t bands, enum rst_type type,
                             unsigned *fields, struct rst_error *err)
{
    unsigned said = rst_meta_fields(a, bands) | rst_meta_fields(b, bands);
    bool same_items;
    RST_TRY(compare_items(a, b, &same_items, err));
    *fields = geo_fields(&a->geo, &b->geo, said) | color_fields(a, b, bands, said);
    if (!same_nodata(a, b, type)) *fields |= RST_META_NODATA;
    if (!same_resolution(a, b)) *fields |= RST_META_RESOLUTION;
    if (orientation(a) != orientation(b)) *fields |= RST_META_ORIENTATION;
    if (!same_items || !same_text(a->description, b->description)) *fields |= RST_META_TEXT;
    if (!same_band_names(a, b, bands)) *fields |= RST_META_BAND_NAMES;
    if (!same_bytes(a->xmp, a->xmp_size, b->xmp, b->xmp_size)) *fields |= RST_META_XMP;
    if (!same_bytes(a->exif, a->exif_size, b->exif, b->exif_size)) *fields |= RST_META_EXIF;
    return RST_OK;
}
