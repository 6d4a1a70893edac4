/* A struct rst_meta to the tags of a TIFF that is written. Those of GeoTIFF and GDAL, which libtiff does not know, are
 * registered with the handle. */
#include "codecs/tiff/meta.h"

#include <math.h>
#include <string.h>

#include "codecs/tiff/gdal_xml.h"
#include "codecs/tiff/exif.h"
#include "codecs/tiff/tags.h"
#include "raster/image/items.h"

static bool register_tags(TIFF *handle)
{
    static const TIFFFieldInfo tags[] = {
        {RST_TAG_PIXEL_SCALE, TIFF_VARIABLE2, TIFF_VARIABLE2, TIFF_DOUBLE, FIELD_CUSTOM, 1, 1,
         (char *)"ModelPixelScale"},
        {RST_TAG_TIEPOINTS, TIFF_VARIABLE2, TIFF_VARIABLE2, TIFF_DOUBLE, FIELD_CUSTOM, 1, 1, (char *)"ModelTiepoint"},
        {RST_TAG_MATRIX, TIFF_VARIABLE2, TIFF_VARIABLE2, TIFF_DOUBLE, FIELD_CUSTOM, 1, 1,
         (char *)"ModelTransformation"},
        {RST_TAG_KEYS, TIFF_VARIABLE2, TIFF_VARIABLE2, TIFF_SHORT, FIELD_CUSTOM, 1, 1, (char *)"GeoKeyDirectory"},
        {RST_TAG_KEY_DOUBLES, TIFF_VARIABLE2, TIFF_VARIABLE2, TIFF_DOUBLE, FIELD_CUSTOM, 1, 1,
         (char *)"GeoDoubleParams"},
        {RST_TAG_KEY_ASCII, TIFF_VARIABLE, TIFF_VARIABLE, TIFF_ASCII, FIELD_CUSTOM, 1, 0, (char *)"GeoAsciiParams"},
        {RST_TAG_GDAL_METADATA, TIFF_VARIABLE, TIFF_VARIABLE, TIFF_ASCII, FIELD_CUSTOM, 1, 0, (char *)"GDALMetadata"},
        {RST_TAG_GDAL_NODATA, TIFF_VARIABLE, TIFF_VARIABLE, TIFF_ASCII, FIELD_CUSTOM, 1, 0, (char *)"GDALNoDataValue"},
        {RST_TAG_RPC, TIFF_VARIABLE2, TIFF_VARIABLE2, TIFF_DOUBLE, FIELD_CUSTOM, 1, 1, (char *)"RPCCoefficient"}};
    return TIFFMergeFieldInfo(handle, tags, sizeof tags / sizeof tags[0]) == 0;
}

static bool write_array(TIFF *handle, uint32_t tag, const void *values, size_t count)
{
    if (!values || count == 0) return true;
    return count <= UINT32_MAX && TIFFSetField(handle, tag, (uint32_t)count, values);
}

static bool write_text(TIFF *handle, uint32_t tag, const char *text)
{
    return !text || !*text || TIFFSetField(handle, tag, text);
}

static bool write_geo(TIFF *handle, const struct rst_geo *geo)
{
    return write_array(handle, RST_TAG_PIXEL_SCALE, geo->pixel_scale, geo->pixel_scale_count) &&
           write_array(handle, RST_TAG_TIEPOINTS, geo->tiepoints, geo->tiepoint_numbers) &&
           write_array(handle, RST_TAG_MATRIX, geo->matrix, geo->matrix_count) &&
           write_array(handle, RST_TAG_KEYS, geo->keys, geo->key_count) &&
           write_array(handle, RST_TAG_KEY_DOUBLES, geo->key_doubles, geo->key_double_count) &&
           write_text(handle, RST_TAG_KEY_ASCII, geo->key_ascii) &&
           write_array(handle, RST_TAG_RPC, geo->rpc, geo->rpc_count);
}

static bool write_colors(TIFF *handle, const struct rst_meta *meta)
{
    unsigned photometric =
        meta->photometric == RST_PHOTOMETRIC_WHITE_IS_ZERO ? PHOTOMETRIC_MINISWHITE : (unsigned)meta->photometric;
    if (!TIFFSetField(handle, TIFFTAG_PHOTOMETRIC, photometric)) return false;
    /* Every pixel has its own colour: without this, YCbCr means that 2 x 2 share one. */
    if (photometric == PHOTOMETRIC_YCBCR && !TIFFSetField(handle, TIFFTAG_YCBCRSUBSAMPLING, 1, 1)) return false;
    if (meta->extra_sample_count > 0 &&
        !TIFFSetField(handle, TIFFTAG_EXTRASAMPLES, (unsigned)meta->extra_sample_count, meta->extra_samples))
        return false;
    size_t each = meta->color_map_count / 3;
    return !meta->color_map ||
           TIFFSetField(handle, TIFFTAG_COLORMAP, meta->color_map, meta->color_map + each, meta->color_map + 2 * each);
}

static bool write_chromaticities(TIFF *handle, const struct rst_meta *meta)
{
    float numbers[8];
    bool known = false;
    for (int i = 0; i < 8; i++) {
        numbers[i] = (float)meta->chromaticities[i];
        known |= numbers[i] > 0;
    }
    return !known || (TIFFSetField(handle, TIFFTAG_WHITEPOINT, numbers) &&
                      TIFFSetField(handle, TIFFTAG_PRIMARYCHROMATICITIES, numbers + 2));
}

static bool write_page(TIFF *handle, const struct rst_meta *meta)
{
    if (meta->orientation >= ORIENTATION_TOPLEFT && meta->orientation <= ORIENTATION_LEFTBOT &&
        !TIFFSetField(handle, TIFFTAG_ORIENTATION, (unsigned)meta->orientation))
        return false;
    if (rst_tiff_resolution_fits(meta->resolution_x) && !TIFFSetField(handle, TIFFTAG_XRESOLUTION, meta->resolution_x))
        return false;
    if (rst_tiff_resolution_fits(meta->resolution_y) && !TIFFSetField(handle, TIFFTAG_YRESOLUTION, meta->resolution_y))
        return false;
    if (meta->resolution_unit >= RESUNIT_NONE && meta->resolution_unit <= RESUNIT_CENTIMETER &&
        !TIFFSetField(handle, TIFFTAG_RESOLUTIONUNIT, (unsigned)meta->resolution_unit))
        return false;
    return write_array(handle, TIFFTAG_ICCPROFILE, meta->icc, meta->icc_size) &&
           write_array(handle, TIFFTAG_XMLPACKET, meta->xmp, meta->xmp_size) &&
           write_text(handle, RST_TAG_DESCRIPTION, meta->description) && write_chromaticities(handle, meta);
}

static bool write_items(TIFF *handle, const struct rst_meta *meta)
{
    struct rst_bytes xml;
    uint16_t bands = 0;
    const struct rst_item *own[RST_TIFF_TEXTS];
    rst_tiff_text_items(meta, own);
    for (int i = 0; i < RST_TIFF_TEXTS; i++)
        if (own[i] && !write_text(handle, rst_tiff_texts[i].tag, own[i]->value)) return false;
    TIFFGetFieldDefaulted(handle, TIFFTAG_SAMPLESPERPIXEL, &bands);
    if (rst_gdal_xml_write(meta, bands, own, RST_TIFF_TEXTS, &xml, NULL) != RST_OK) return false;
    bool done = xml.size == 0 || write_text(handle, RST_TAG_GDAL_METADATA, (const char *)xml.data);
    rst_bytes_clear(&xml);
    return done;
}

bool rst_tiff_meta_write(TIFF *handle, bool big, enum rst_type type, const struct rst_meta *meta)
{
    char text[32];
    if (!register_tags(handle) || !write_colors(handle, meta) || !write_page(handle, meta) ||
        !write_items(handle, meta) || !rst_tiff_exif_write(handle, big, meta))
        return false;
    if (meta->has_nodata &&
        !write_text(handle, RST_TAG_GDAL_NODATA, rst_sample_format(meta->nodata, type, text, sizeof text)))
        return false;
    return write_geo(handle, &meta->geo);
}
