/* The tags of a TIFF that are metadata, to a struct rst_meta.
 *
 * The tags of GeoTIFF and GDAL are not among those that libtiff knows. It keeps such a tag as an anonymous field with a
 * count (unless the host program has registered it with another convention, so the field is asked which). Registering
 * them for reading would need libtiff's global tag extender, which is the host's.
 *
 * Sources: TIFF 6.0; OGC GeoTIFF 1.1 (19-008r4); GDAL's driver documentation for 42112 and 42113.
 */
#include "codecs/tiff/meta.h"

#include <stdlib.h>
#include <string.h>

#include "codecs/tiff/gdal_xml.h"
#include "codecs/tiff/exif.h"
#include "codecs/tiff/tags.h"
#include "raster/base/size.h"
#include "raster/image/items.h"

/* The values of a tag, whichever way libtiff hands them out; NULL where it is absent or of another type. */
static const void *tag_values(TIFF *handle, uint32_t tag, TIFFDataType type, size_t *count)
{
    const TIFFField *field = TIFFFindField(handle, tag, TIFF_ANY);
    const void *values = NULL;
    *count = 0;
    if (!field || TIFFFieldDataType(field) != type) return NULL;
    if (TIFFFieldPassCount(field)) {
        uint16_t count16 = 0;
        uint32_t count32 = 0;
        bool is_short = TIFFFieldSetGetCountSize(field) == 2;
        if (is_short ? !TIFFGetField(handle, tag, &count16, &values) : !TIFFGetField(handle, tag, &count32, &values))
            return NULL;
        *count = is_short ? count16 : count32;
    } else {
        int fixed = TIFFFieldReadCount(field);
        if (!TIFFGetField(handle, tag, &values) || !values) return NULL;
        *count = type == TIFF_ASCII ? strlen(values) : fixed > 1 ? (size_t)fixed : 0;
    }
    return *count > 0 ? values : NULL;
}

/* A copy of an array, with `count` where it could be made. Nothing to copy is no failure. */
static bool copy_values(const void *values, size_t count, size_t size, void **copy, size_t *copied)
{
    uint64_t bytes;
    *copy = NULL;
    *copied = 0;
    if (!values || count == 0) return true;
    *copy = rst_mul(count, size, &bytes) && bytes <= SIZE_MAX ? malloc((size_t)bytes) : NULL;
    if (!*copy) return false;
    memcpy(*copy, values, (size_t)bytes);
    *copied = count;
    return true;
}

static bool read_doubles(TIFF *handle, uint32_t tag, double **copy, size_t *count)
{
    size_t found;
    void *made;
    const void *values = tag_values(handle, tag, TIFF_DOUBLE, &found);
    bool done = copy_values(values, found, sizeof(double), &made, count);
    *copy = made;
    return done;
}

static bool read_shorts(TIFF *handle, uint32_t tag, uint16_t **copy, size_t *count)
{
    size_t found;
    void *made;
    const void *values = tag_values(handle, tag, TIFF_SHORT, &found);
    bool done = copy_values(values, found, sizeof(uint16_t), &made, count);
    *copy = made;
    return done;
}

static bool read_text(TIFF *handle, uint32_t tag, char **copy)
{
    size_t count;
    const char *text = tag_values(handle, tag, TIFF_ASCII, &count);
    *copy = NULL;
    if (!text) return true;
    *copy = strndup(text, count);
    return *copy != NULL;
}

static bool read_geo(TIFF *handle, struct rst_geo *geo)
{
    return read_doubles(handle, RST_TAG_PIXEL_SCALE, &geo->pixel_scale, &geo->pixel_scale_count) &&
           read_doubles(handle, RST_TAG_TIEPOINTS, &geo->tiepoints, &geo->tiepoint_numbers) &&
           read_doubles(handle, RST_TAG_MATRIX, &geo->matrix, &geo->matrix_count) &&
           read_shorts(handle, RST_TAG_KEYS, &geo->keys, &geo->key_count) &&
           read_doubles(handle, RST_TAG_KEY_DOUBLES, &geo->key_doubles, &geo->key_double_count) &&
           read_text(handle, RST_TAG_KEY_ASCII, &geo->key_ascii) &&
           read_doubles(handle, RST_TAG_RPC, &geo->rpc, &geo->rpc_count);
}

/* A number that does not fit the type (-9999 in a u8 image) marks no sample. */
static bool read_nodata(TIFF *handle, enum rst_type type, struct rst_meta *meta)
{
    char *text;
    if (!read_text(handle, RST_TAG_GDAL_NODATA, &text)) return false;
    if (!text) return true;
    static const char blanks[] = " \t\r\n";
    char *start = text + strspn(text, blanks);
    size_t length = strlen(start);
    while (length > 0 && strchr(blanks, start[length - 1]))
        length--;
    start[length] = '\0';
    meta->has_nodata = rst_sample_parse(start, type, &meta->nodata);
    free(text);
    return true;
}

static bool read_colors(TIFF *handle, struct rst_meta *meta)
{
    uint16_t photometric, bits = 0, count = 0;
    const uint16_t *kinds = NULL, *maps[3];
    void *copy;
    if (TIFFGetField(handle, TIFFTAG_PHOTOMETRIC, &photometric))
        meta->photometric = photometric == PHOTOMETRIC_MINISWHITE ? RST_PHOTOMETRIC_WHITE_IS_ZERO : photometric;
    if (TIFFGetField(handle, TIFFTAG_EXTRASAMPLES, &count, &kinds)) {
        if (!copy_values(kinds, count, sizeof *kinds, &copy, &meta->extra_sample_count)) return false;
        meta->extra_samples = copy;
    }
    TIFFGetFieldDefaulted(handle, TIFFTAG_BITSPERSAMPLE, &bits);
    if (bits > 16 || !TIFFGetField(handle, TIFFTAG_COLORMAP, &maps[0], &maps[1], &maps[2])) return true;
    size_t each = (size_t)1 << bits;
    meta->color_map = malloc(3 * each * sizeof *meta->color_map);
    if (!meta->color_map) return false;
    meta->color_map_count = 3 * each;
    for (int i = 0; i < 3; i++)
        memcpy(meta->color_map + (size_t)i * each, maps[i], each * sizeof *meta->color_map);
    return true;
}

/* Where red, green, blue and white lie in the CIE diagram. */
static void read_chromaticities(TIFF *handle, struct rst_meta *meta)
{
    const float *white, *primaries;
    if (!TIFFGetField(handle, TIFFTAG_WHITEPOINT, &white) ||
        !TIFFGetField(handle, TIFFTAG_PRIMARYCHROMATICITIES, &primaries))
        return;
    for (int i = 0; i < 8; i++)
        meta->chromaticities[i] = (double)(i < 2 ? white[i] : primaries[i - 2]);
}

/* Bytes that are carried as they are. */
static bool read_blob(TIFF *handle, uint32_t tag, void **copy, size_t *copied)
{
    uint32_t size;
    const void *bytes;
    return !TIFFGetField(handle, tag, &size, &bytes) || copy_values(bytes, size, 1, copy, copied);
}

static bool read_page(TIFF *handle, struct rst_meta *meta)
{
    uint16_t number;
    float resolution;
    if (TIFFGetField(handle, TIFFTAG_ORIENTATION, &number)) meta->orientation = number;
    if (TIFFGetField(handle, TIFFTAG_XRESOLUTION, &resolution)) meta->resolution_x = (double)resolution;
    if (TIFFGetField(handle, TIFFTAG_YRESOLUTION, &resolution)) meta->resolution_y = (double)resolution;
    if (TIFFGetField(handle, TIFFTAG_RESOLUTIONUNIT, &number)) meta->resolution_unit = number;
    read_chromaticities(handle, meta);
    return read_blob(handle, TIFFTAG_ICCPROFILE, &meta->icc, &meta->icc_size) &&
           read_blob(handle, TIFFTAG_XMLPACKET, &meta->xmp, &meta->xmp_size) &&
           read_text(handle, RST_TAG_DESCRIPTION, &meta->description);
}

/* Items: texts that have a tag of their own, then GDAL's. */
static enum rst_status read_items(TIFF *handle, struct rst_meta *meta, struct rst_error *err)
{
    enum rst_status status = RST_OK;
    char *text;
    for (int i = 0; i < RST_TIFF_TEXTS && status == RST_OK; i++) {
        if (!read_text(handle, rst_tiff_texts[i].tag, &text)) return RST_E_NOMEM;
        if (!text) continue;
        status = rst_meta_append(
            meta, &(struct rst_item){.key = (char *)rst_tiff_texts[i].key, .value = text, .band = -1}, err);
        free(text);
    }
    if (status != RST_OK) return status;
    if (!read_text(handle, RST_TAG_GDAL_METADATA, &text)) return RST_E_NOMEM;
    if (text) status = rst_gdal_xml_read(text, meta, err);
    free(text);
    return status;
}

enum rst_status rst_tiff_meta_read(TIFF *handle, enum rst_type type, struct rst_meta *meta, struct rst_error *err)
{
    *meta = (struct rst_meta){.photometric = RST_PHOTOMETRIC_UNKNOWN};
    bool done = read_nodata(handle, type, meta) && read_colors(handle, meta) && read_page(handle, meta) &&
                read_geo(handle, &meta->geo);
    enum rst_status status = done ? read_items(handle, meta, err) : RST_E_NOMEM;
    if (status == RST_OK) status = rst_tiff_exif_read(handle, meta, err);
    return status == RST_OK ? RST_OK : rst_fail(err, status, "%s: no memory for its metadata", TIFFFileName(handle));
}
