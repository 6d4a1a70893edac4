/* VRT (GDAL's virtual raster): per band, the place of its first sample and two strides.
 *
 * The file of samples is named relative to the .vrt, so that both can be moved together.
 */
#include "codecs/beside/vrt.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "codecs/text/header.h"
#include "codecs/text/xml.h"

static const char *const type_names[RST_TYPE_COUNT] = {
    [RST_U8] = "Byte",   [RST_I8] = "Int8",    [RST_U16] = "UInt16", [RST_I16] = "Int16",   [RST_U32] = "UInt32",
    [RST_I32] = "Int32", [RST_U64] = "UInt64", [RST_I64] = "Int64",  [RST_F32] = "Float32", [RST_F64] = "Float64"};

static void put_escaped(struct rst_text *text, const char *words)
{
    if (!rst_xml_escape(&text->bytes, words)) text->failed = true;
}

static void put_geo(struct rst_text *text, const struct rst_geo *geo)
{
    static const int order[6] = {2, 0, 1, 5, 3, 4};
    struct rst_affine map;
    int epsg = rst_geo_epsg(geo);
    if (epsg) {
        rst_text_put(text, "  <SRS>EPSG:%d</SRS>\n", epsg);
    } else if (geo->wkt && *geo->wkt) {
        rst_text_put(text, "  <SRS>");
        put_escaped(text, geo->wkt);
        rst_text_put(text, "</SRS>\n");
    }
    if (!rst_geo_transform(geo, &map)) return;
    rst_text_put(text, "  <GeoTransform>");
    for (int i = 0; i < 6; i++) {
        rst_text_put(text, "%s", i > 0 ? ", " : "");
        rst_text_number(text, map.m[order[i]]);
    }
    rst_text_put(text, "</GeoTransform>\n");
}

static void put_color(struct rst_text *text, const struct rst_meta *meta, int32_t bands, int32_t band)
{
    const char *color = rst_meta_band_color(meta, bands, band);
    if (strcmp(color, "undefined") == 0) return;
    rst_text_put(text, "    <ColorInterp>%c%s</ColorInterp>\n", color[0] - 'a' + 'A', color + 1);
}

static void put_band(struct rst_text *text, const struct rst_layout *layout, const struct rst_meta *meta, int32_t band,
                     const char *name)
{
    const char *words = (size_t)band < meta->band_name_count ? meta->band_names[band] : NULL;
    uint64_t first = layout->planes > 1 ? layout->offsets[band]
                                        : layout->offsets[0] + (uint64_t)(band * (int64_t)layout->band_stride);
    rst_text_put(text, "  <VRTRasterBand dataType=\"%s\" band=\"%" PRId32 "\" subClass=\"VRTRawRasterBand\">\n",
                 type_names[layout->type], band + 1);
    if (words && *words) {
        rst_text_put(text, "    <Description>");
        put_escaped(text, words);
        rst_text_put(text, "</Description>\n");
    }
    if (meta->has_nodata) {
        rst_text_put(text, "    <NoDataValue>");
        rst_text_sample(text, meta->nodata, layout->type);
        rst_text_put(text, "</NoDataValue>\n");
    }
    put_color(text, meta, layout->bands, band);
    rst_text_put(text, "    <SourceFilename relativeToVRT=\"1\">");
    put_escaped(text, name);
    rst_text_put(text,
                 "</SourceFilename>\n    <ImageOffset>%" PRIu64 "</ImageOffset>\n    <PixelOffset>%td</PixelOffset>\n"
                 "    <LineOffset>%td</LineOffset>\n    <ByteOrder>%s</ByteOrder>\n  </VRTRasterBand>\n",
                 first, layout->pixel_stride, layout->row_stride, layout->swapped != RST_BIG_ENDIAN ? "MSB" : "LSB");
}

static bool fits(ptrdiff_t stride)
{
    return stride >= -INT_MAX && stride <= INT_MAX;
}

static enum rst_status check_layout(const struct rst_raster *raster, const char *path, struct rst_error *err)
{
    const struct rst_layout *layout = rst_raster_layout(raster);
    if (rst_raster_unmapped(raster))
        return rst_fail(err, RST_E_ARGUMENT, "%s: a VRT names samples as they lie; these are %s", path,
                        rst_raster_unmapped(raster));
    if (rst_layout_columns(layout) != 1 || rst_layout_rows(layout) != 1)
        return rst_fail(err, RST_E_ARGUMENT,
                        "%s: a VRT names the samples of one block; these lie in %" PRId64 "x%" PRId64, path,
                        rst_layout_columns(layout), rst_layout_rows(layout));
    if (!fits(layout->pixel_stride) || !fits(layout->row_stride) || layout->width > INT_MAX || layout->height > INT_MAX)
        return rst_fail(err, RST_E_ARGUMENT,
                        "%s: a VRT counts pixels and the bytes of a row in 31 bits; this is %" PRId64 "x%" PRId64
                        " pixels, rows %td bytes apart",
                        path, layout->width, layout->height, layout->row_stride);
    if (strcasecmp(rst_header_extension(path), "vrt") == 0)
        return rst_fail(err, RST_E_ARGUMENT, "%s: this is the name of the VRT; name the file of pixels", path);
    return RST_OK;
}

enum rst_status rst_vrt_write(struct rst_raster *raster, const char *path, const struct rst_meta *meta,
                              const struct rst_create_options *options, struct rst_error *err)
{
    const struct rst_layout *layout = rst_raster_layout(raster);
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    struct rst_text text = {0};
    RST_TRY(check_layout(raster, path, err));
    char *beside = rst_header_replace(path, "vrt");
    if (!beside) return rst_fail(err, RST_E_NOMEM, "%s: no memory for the name of its VRT", path);
    rst_text_put(&text, "<VRTDataset rasterXSize=\"%" PRId64 "\" rasterYSize=\"%" PRId64 "\">\n", layout->width,
                 layout->height);
    put_geo(&text, &meta->geo);
    for (int32_t band = 0; band < layout->bands; band++)
        put_band(&text, layout, meta, band, name);
    rst_text_put(&text, "</VRTDataset>\n");
    enum rst_status status = rst_text_attach(&text, raster, beside, options, err);
    free(beside);
    return status;
}
