/* Which kinds of metadata an image has, what they are called, and what each band shows.
 *
 * A field counts where it says something that a reader without it would get wrong: an orientation of 1, or RGB for
 * three bands, does not.
 */
#include "raster/image/meta.h"

#include <stdio.h>
#include <string.h>

static const char *const names[RST_META_FIELDS] = {"nodata",
                                                   "geotransform",
                                                   "tie points",
                                                   "coordinate system",
                                                   "RPC",
                                                   "colour interpretation",
                                                   "alpha",
                                                   "colour map",
                                                   "ICC profile",
                                                   "gamma",
                                                   "resolution",
                                                   "orientation",
                                                   "text",
                                                   "band names",
                                                   "XMP",
                                                   "EXIF",
                                                   "significant bits",
                                                   "background"};

/* Codes of TIFF beyond those of enum rst_photometric. */
enum { SEPARATED = 5, YCBCR = 6, CIELAB = 8, ICCLAB = 9, ITULAB = 10 };

static bool has_keys(const struct rst_geo *geo)
{
    enum { FIRST_OF_A_SYSTEM = 1026 }; /* 1024 and 1025: kind of model, and what a pixel is */
    for (size_t at = 4; geo->keys && at + 4 <= geo->key_count; at += 4)
        if (geo->keys[at] >= FIRST_OF_A_SYSTEM) return true;
    return false;
}

static unsigned geo_fields(const struct rst_geo *geo)
{
    struct rst_affine map;
    bool placed = rst_geo_transform(geo, &map);
    bool scaled = geo->pixel_scale && geo->pixel_scale_count > 0;
    unsigned fields = placed ? RST_META_TRANSFORM : 0;
    if (geo->tiepoints && geo->tiepoint_numbers >= (placed && scaled ? 12 : 6)) fields |= RST_META_TIEPOINTS;
    if (has_keys(geo) || (geo->wkt && *geo->wkt)) fields |= RST_META_CRS;
    if (geo->rpc && geo->rpc_count > 0) fields |= RST_META_RPC;
    return fields;
}

static bool has_own_colors(const struct rst_meta *meta, int32_t bands)
{
    switch (meta->photometric) {
    case RST_PHOTOMETRIC_UNKNOWN:
    case RST_PHOTOMETRIC_BLACK_IS_ZERO:
    case RST_PHOTOMETRIC_PALETTE: /* the colour map counts */
        return false;
    case RST_PHOTOMETRIC_RGB:
        return bands != 3 && bands != 4;
    default:
        return true;
    }
}

static bool any_double(const double *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (numbers[i] != 0) return true;
    return false;
}

static unsigned color_fields(const struct rst_meta *meta, int32_t bands)
{
    static const unsigned char none[sizeof meta->significant_bits];
    unsigned fields = has_own_colors(meta, bands) ? RST_META_COLORS : 0;
    if (rst_meta_alpha(meta, bands, true) >= 0) fields |= RST_META_ALPHA;
    if (meta->color_map && meta->color_map_count > 0) fields |= RST_META_COLOR_MAP;
    if (meta->icc && meta->icc_size > 0) fields |= RST_META_ICC;
    if (meta->gamma != 0 || meta->srgb_intent != 0 || any_double(meta->chromaticities, 8)) fields |= RST_META_GAMMA;
    if (memcmp(meta->significant_bits, none, sizeof none) != 0) fields |= RST_META_BITS;
    if (meta->has_background) fields |= RST_META_BACKGROUND;
    return fields;
}

static bool has_band_names(const struct rst_meta *meta, int32_t bands)
{
    for (size_t i = 0; meta->band_names && i < meta->band_name_count && i < (size_t)bands; i++)
        if (meta->band_names[i] && *meta->band_names[i]) return true;
    return false;
}

static unsigned text_fields(const struct rst_meta *meta, int32_t bands)
{
    unsigned fields = 0;
    if ((meta->description && *meta->description) || meta->item_count > 0) fields |= RST_META_TEXT;
    if (bands > 0 && has_band_names(meta, bands)) fields |= RST_META_BAND_NAMES;
    if (meta->xmp && meta->xmp_size > 0) fields |= RST_META_XMP;
    if (meta->exif && meta->exif_size > 0) fields |= RST_META_EXIF;
    return fields;
}

unsigned rst_meta_fields(const struct rst_meta *meta, int32_t bands)
{
    unsigned fields = geo_fields(&meta->geo) | color_fields(meta, bands) | text_fields(meta, bands);
    if (meta->has_nodata) fields |= RST_META_NODATA;
    if (meta->resolution_x > 0 || meta->resolution_y > 0) fields |= RST_META_RESOLUTION;
    if (meta->orientation > 1) fields |= RST_META_ORIENTATION;
    return fields;
}

const char *rst_meta_fields_text(unsigned fields, char *text, size_t size)
{
    size_t used = 0;
    if (size > 0) text[0] = '\0';
    for (int i = 0; i < RST_META_FIELDS && used < size; i++) {
        if (!(fields & 1u << i)) continue;
        int more = snprintf(text + used, size - used, "%s%s", used > 0 ? ", " : "", names[i]);
        used += more > 0 ? (size_t)more : 0;
    }
    return text;
}

/* What a band shows by the photometric interpretation alone; NULL where that does not say it. */
static const char *color_of(int photometric, int32_t bands, int32_t band)
{
    static const char *const rgb[] = {"red", "green", "blue"}, *const cmyk[] = {"cyan", "magenta", "yellow", "black"},
                             *const ycbcr[] = {"Y", "Cb", "Cr"}, *const lab[] = {"L", "a", "b"};
    switch (photometric) {
    case RST_PHOTOMETRIC_UNKNOWN:
        return bands <= 2 && band == 0 ? "gray" : NULL;
    case RST_PHOTOMETRIC_WHITE_IS_ZERO:
    case RST_PHOTOMETRIC_BLACK_IS_ZERO:
        return band == 0 ? "gray" : NULL;
    case RST_PHOTOMETRIC_RGB:
        return bands >= 3 && band < 3 ? rgb[band] : NULL;
    case RST_PHOTOMETRIC_PALETTE:
        return band == 0 ? "palette" : NULL;
    case SEPARATED:
        return bands >= 4 && band < 4 ? cmyk[band] : NULL;
    case YCBCR:
        return bands >= 3 && band < 3 ? ycbcr[band] : NULL;
    case CIELAB:
    case ICCLAB:
    case ITULAB:
        return band < 3 ? lab[band] : NULL;
    default:
        return NULL;
    }
}

const char *rst_meta_band_color(const struct rst_meta *meta, int32_t bands, int32_t band)
{
    if (band < 0 || band >= bands) return "undefined";
    size_t left = (size_t)(bands - band);
    if (meta->extra_samples && left <= meta->extra_sample_count) {
        uint16_t kind = meta->extra_samples[meta->extra_sample_count - left];
        return kind == RST_EXTRA_ASSOCIATED_ALPHA || kind == RST_EXTRA_UNASSOCIATED_ALPHA ? "alpha" : "undefined";
    }
    const char *color = color_of(meta->photometric, bands, band);
    return color ? color : "undefined";
}
