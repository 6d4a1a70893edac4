/* What of an image's metadata a TIFF can hold. Whatever rst_tiff_meta_fit() leaves is written, and read back the same.
 */
#include "codecs/tiff/meta.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/tiff/exif.h"
#include "codecs/tiff/tags.h"
#include "raster/image/items.h"

const struct rst_tiff_text rst_tiff_texts[RST_TIFF_TEXTS] = {
    {"DocumentName", 269}, {"Make", 271},   {"Model", 272},        {"Software", 305},
    {"DateTime", 306},     {"Artist", 315}, {"HostComputer", 316}, {"Copyright", 33432}};

bool rst_tiff_resolution_fits(double resolution)
{
    return isfinite(resolution) && resolution > 0 && resolution <= UINT32_MAX;
}

static const struct rst_item *item_of(const struct rst_meta *meta, const char *key)
{
    for (size_t i = 0; i < meta->item_count; i++) {
        const struct rst_item *item = &meta->items[i];
        if (item->band < 0 && !item->role && rst_item_is_plain(item) && strcmp(item->key, key) == 0 && *item->value)
            return item;
    }
    return NULL;
}

void rst_tiff_text_items(const struct rst_meta *meta, const struct rst_item *items[RST_TIFF_TEXTS])
{
    for (int i = 0; i < RST_TIFF_TEXTS; i++)
        items[i] = item_of(meta, rst_tiff_texts[i].key);
}

static bool has_system(const struct rst_geo *geo)
{
    struct rst_geo keys = *geo;
    keys.wkt = NULL;
    const struct rst_meta meta = {.geo = keys};
    return rst_meta_fields(&meta, 1) & RST_META_CRS;
}

/* Bands that the photometric interpretation itself gives a meaning to. */
static size_t color_bands(int photometric)
{
    switch (photometric) {
    case RST_PHOTOMETRIC_RGB:
    case PHOTOMETRIC_YCBCR:
    case PHOTOMETRIC_CIELAB:
    case PHOTOMETRIC_ICCLAB:
    case PHOTOMETRIC_ITULAB:
        return 3;
    case PHOTOMETRIC_SEPARATED:
        return 4;
    default:
        return 1;
    }
}

/* Whether the colour map is one for samples of this shape. */
static bool map_fits(const struct rst_shape *shape, const struct rst_meta *meta)
{
    if (!meta->color_map || (shape->type != RST_U8 && shape->type != RST_U16)) return false;
    return meta->color_map_count == (size_t)3 << (8 * rst_type_size(shape->type));
}

static int photometric_for(const struct rst_shape *shape, const struct rst_meta *meta)
{
    int told = meta->photometric;
    bool usable = told != RST_PHOTOMETRIC_UNKNOWN && color_bands(told) <= (size_t)shape->bands;
    if (told == RST_PHOTOMETRIC_PALETTE && !map_fits(shape, meta)) return RST_PHOTOMETRIC_BLACK_IS_ZERO;
    if (usable && told >= RST_PHOTOMETRIC_WHITE_IS_ZERO && told <= UINT16_MAX) return told;
    bool colors = shape->bands >= 3 && (shape->type == RST_U8 || shape->type == RST_U16);
    return colors ? RST_PHOTOMETRIC_RGB : RST_PHOTOMETRIC_BLACK_IS_ZERO;
}

/* As many extra samples as there are bands beyond the colours. They describe the last bands, so where their number
 * changes they stay lined up at the end. */
static bool fit_extras(const struct rst_shape *shape, struct rst_meta *meta)
{
    size_t bands = (size_t)shape->bands, colors = color_bands(meta->photometric), have = meta->extra_sample_count;
    size_t want = bands - colors, kept = have < want ? have : want;
    uint16_t *kinds = want > 0 ? calloc(want, sizeof *kinds) : NULL;
    if (want > 0 && !kinds) return false;
    for (size_t i = 1; meta->extra_samples && i <= kept; i++)
        if (meta->extra_samples[have - i] <= RST_EXTRA_UNASSOCIATED_ALPHA)
            kinds[want - i] = meta->extra_samples[have - i];
    free(meta->extra_samples);
    meta->extra_samples = kinds;
    meta->extra_sample_count = want;
    return true;
}

/* A system that is known by its text alone gets keys, where the text has a code. */
static bool fit_system(struct rst_geo *geo)
{
    enum rst_status status = RST_OK;
    if (!geo->wkt) return true;
    int code = rst_geo_epsg(geo);
    if (!has_system(geo) && code > 0) status = rst_geo_set_epsg(geo, code, NULL);
    free(geo->wkt);
    geo->wkt = NULL;
    return status != RST_E_NOMEM;
}

/* Leaves out what no tag says; the tags for chromaticities have no sign. */
static void drop_untold(struct rst_meta *meta)
{
    bool good = true;
    for (int i = 0; i < 8; i++)
        good = good && meta->chromaticities[i] >= 0 && meta->chromaticities[i] <= 1e6;
    if (!good) memset(meta->chromaticities, 0, sizeof meta->chromaticities);
    meta->gamma = 0;
    meta->srgb_intent = 0;
    memset(meta->significant_bits, 0, sizeof meta->significant_bits);
    memset(meta->background, 0, sizeof meta->background);
    meta->has_background = false;
    if (rst_tiff_exif_keeps(meta)) return;
    free(meta->exif);
    meta->exif = NULL;
    meta->exif_size = 0;
}

enum rst_status rst_tiff_meta_fit(const struct rst_shape *shape, const struct rst_meta *from, struct rst_meta *to,
                                  struct rst_error *err)
{
    RST_TRY(rst_meta_copy(to, from, err));
    to->photometric = photometric_for(shape, from);
    if (to->photometric != RST_PHOTOMETRIC_PALETTE) {
        free(to->color_map);
        to->color_map = NULL;
        to->color_map_count = 0;
    }
    drop_untold(to);
    bool done = fit_extras(shape, to) && fit_system(&to->geo);
    if (done) return RST_OK;
    rst_meta_clear(to);
    return rst_fail(err, RST_E_NOMEM, "no memory for a copy of the metadata");
}

static bool same_resolution(const struct rst_meta *meta)
{
    return (meta->resolution_x <= 0 || rst_tiff_resolution_fits(meta->resolution_x)) &&
           (meta->resolution_y <= 0 || rst_tiff_resolution_fits(meta->resolution_y));
}

static bool same_chromaticities(const struct rst_meta *a, const struct rst_meta *b)
{
    for (int i = 0; i < 8; i++)
        if (a->chromaticities[i] != b->chromaticities[i]) return false;
    return a->gamma == b->gamma && a->srgb_intent == b->srgb_intent;
}

unsigned rst_tiff_keeps(const struct rst_shape *shape, const struct rst_meta *meta)
{
    unsigned kept = RST_META_NODATA | RST_META_TRANSFORM | RST_META_TIEPOINTS | RST_META_RPC | RST_META_ICC |
                    RST_META_TEXT | RST_META_BAND_NAMES | RST_META_XMP;
    struct rst_meta fitted;
    if (rst_tiff_meta_fit(shape, meta, &fitted, NULL) != RST_OK) return 0;
    bool told = meta->photometric != RST_PHOTOMETRIC_UNKNOWN;
    if (!told || fitted.photometric == meta->photometric) kept |= RST_META_COLORS;
    if (rst_meta_alpha(&fitted, shape->bands, true) == rst_meta_alpha(meta, shape->bands, true)) kept |= RST_META_ALPHA;
    if (fitted.color_map) kept |= RST_META_COLOR_MAP;
    if (has_system(&fitted.geo)) kept |= RST_META_CRS;
    if (same_chromaticities(&fitted, meta)) kept |= RST_META_GAMMA;
    if (same_resolution(meta)) kept |= RST_META_RESOLUTION;
    if (meta->orientation <= 8) kept |= RST_META_ORIENTATION;
    if (fitted.exif) kept |= RST_META_EXIF;
    rst_meta_clear(&fitted);
    return kept;
}

static uint64_t text_bytes(const char *text)
{
    enum { ESCAPED = 10 }; /* a quote, escaped twice */
    return text ? ESCAPED * (uint64_t)strlen(text) + 2 : 0;
}

static uint64_t item_bytes(const struct rst_meta *meta)
{
    enum { ELEMENT = 100 };
    uint64_t bytes = 0;
    for (size_t i = 0; i < meta->item_count; i++) {
        const struct rst_item *item = &meta->items[i];
        bytes += ELEMENT + text_bytes(item->key) + text_bytes(item->value) + text_bytes(item->domain) +
                 text_bytes(item->role);
    }
    for (size_t i = 0; i < meta->band_name_count; i++)
        bytes += ELEMENT + text_bytes(meta->band_names[i]);
    return bytes;
}

uint64_t rst_tiff_meta_bytes(const struct rst_meta *meta)
{
    enum { ENTRIES = 4096 }; /* of all tags, and the values that are of fixed size */
    const struct rst_geo *geo = &meta->geo;
    uint64_t doubles = (uint64_t)geo->pixel_scale_count + geo->tiepoint_numbers + geo->matrix_count +
                       geo->key_double_count + geo->rpc_count;
    uint64_t shorts = (uint64_t)meta->extra_sample_count + meta->color_map_count + geo->key_count;
    return ENTRIES + doubles * sizeof(double) + shorts * sizeof(uint16_t) + meta->icc_size + meta->xmp_size +
           text_bytes(meta->description) + text_bytes(geo->key_ascii) + item_bytes(meta) + rst_tiff_exif_bytes(meta);
}
