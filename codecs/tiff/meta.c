/* Metadata of a TIFF: its tags to struct rst_meta, and back.
 *
 * The tags of GeoTIFF and GDAL are not among those that libtiff knows. On reading it keeps such a tag as an anonymous
 * field with a count (unless the host program has registered it with another convention, so the field is asked which);
 * on writing they are registered with the handle. Registering them for reading would need libtiff's global tag
 * extender, which is the host's.
 *
 * Sources: TIFF 6.0; OGC GeoTIFF 1.1 (19-008r4); GDAL's driver documentation for 42112 and 42113.
 */
#include "codecs/tiff_meta.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "raster/base/size.h"

enum {
    TAG_PIXEL_SCALE = 33550,
    TAG_TIEPOINTS = 33922,
    TAG_MATRIX = 34264,
    TAG_KEYS = 34735,
    TAG_KEY_DOUBLES = 34736,
    TAG_KEY_ASCII = 34737,
    TAG_GDAL_METADATA = 42112,
    TAG_GDAL_NODATA = 42113,
    TAG_RPC = 50844
};

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
    return read_doubles(handle, TAG_PIXEL_SCALE, &geo->pixel_scale, &geo->pixel_scale_count) &&
           read_doubles(handle, TAG_TIEPOINTS, &geo->tiepoints, &geo->tiepoint_numbers) &&
           read_doubles(handle, TAG_MATRIX, &geo->matrix, &geo->matrix_count) &&
           read_shorts(handle, TAG_KEYS, &geo->keys, &geo->key_count) &&
           read_doubles(handle, TAG_KEY_DOUBLES, &geo->key_doubles, &geo->key_double_count) &&
           read_text(handle, TAG_KEY_ASCII, &geo->key_ascii) &&
           read_doubles(handle, TAG_RPC, &geo->rpc, &geo->rpc_count);
}

/* A number that does not fit the type (-9999 in a u8 image) marks no sample. */
static bool read_nodata(TIFF *handle, enum rst_type type, struct rst_meta *meta)
{
    char *text;
    if (!read_text(handle, TAG_GDAL_NODATA, &text)) return false;
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

static bool read_page(TIFF *handle, struct rst_meta *meta)
{
    uint16_t number;
    float resolution;
    uint32_t size;
    const void *profile;
    if (TIFFGetField(handle, TIFFTAG_ORIENTATION, &number)) meta->orientation = number;
    if (TIFFGetField(handle, TIFFTAG_XRESOLUTION, &resolution)) meta->resolution_x = (double)resolution;
    if (TIFFGetField(handle, TIFFTAG_YRESOLUTION, &resolution)) meta->resolution_y = (double)resolution;
    if (TIFFGetField(handle, TIFFTAG_RESOLUTIONUNIT, &number)) meta->resolution_unit = number;
    if (TIFFGetField(handle, TIFFTAG_ICCPROFILE, &size, &profile) &&
        !copy_values(profile, size, 1, &meta->icc, &meta->icc_size))
        return false;
    return read_text(handle, TIFFTAG_IMAGEDESCRIPTION, &meta->description) &&
           read_text(handle, TAG_GDAL_METADATA, &meta->gdal_metadata);
}

enum rst_status rst_tiff_meta_read(TIFF *handle, enum rst_type type, struct rst_meta *meta, struct rst_error *err)
{
    *meta = (struct rst_meta){.photometric = RST_PHOTOMETRIC_UNKNOWN};
    bool done = read_nodata(handle, type, meta) && read_colors(handle, meta) && read_page(handle, meta) &&
                read_geo(handle, &meta->geo);
    return done ? RST_OK : rst_fail(err, RST_E_NOMEM, "%s: no memory for its metadata", TIFFFileName(handle));
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
    if (fit_extras(shape, to)) return RST_OK;
    rst_meta_clear(to);
    return rst_fail(err, RST_E_NOMEM, "no memory for a copy of the metadata");
}

static bool register_tags(TIFF *handle)
{
    static const TIFFFieldInfo tags[] = {
        {TAG_PIXEL_SCALE, TIFF_VARIABLE2, TIFF_VARIABLE2, TIFF_DOUBLE, FIELD_CUSTOM, 1, 1, (char *)"ModelPixelScale"},
        {TAG_TIEPOINTS, TIFF_VARIABLE2, TIFF_VARIABLE2, TIFF_DOUBLE, FIELD_CUSTOM, 1, 1, (char *)"ModelTiepoint"},
        {TAG_MATRIX, TIFF_VARIABLE2, TIFF_VARIABLE2, TIFF_DOUBLE, FIELD_CUSTOM, 1, 1, (char *)"ModelTransformation"},
        {TAG_KEYS, TIFF_VARIABLE2, TIFF_VARIABLE2, TIFF_SHORT, FIELD_CUSTOM, 1, 1, (char *)"GeoKeyDirectory"},
        {TAG_KEY_DOUBLES, TIFF_VARIABLE2, TIFF_VARIABLE2, TIFF_DOUBLE, FIELD_CUSTOM, 1, 1, (char *)"GeoDoubleParams"},
        {TAG_KEY_ASCII, TIFF_VARIABLE, TIFF_VARIABLE, TIFF_ASCII, FIELD_CUSTOM, 1, 0, (char *)"GeoAsciiParams"},
        {TAG_GDAL_METADATA, TIFF_VARIABLE, TIFF_VARIABLE, TIFF_ASCII, FIELD_CUSTOM, 1, 0, (char *)"GDALMetadata"},
        {TAG_GDAL_NODATA, TIFF_VARIABLE, TIFF_VARIABLE, TIFF_ASCII, FIELD_CUSTOM, 1, 0, (char *)"GDALNoDataValue"},
        {TAG_RPC, TIFF_VARIABLE2, TIFF_VARIABLE2, TIFF_DOUBLE, FIELD_CUSTOM, 1, 1, (char *)"RPCCoefficient"}};
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
    return write_array(handle, TAG_PIXEL_SCALE, geo->pixel_scale, geo->pixel_scale_count) &&
           write_array(handle, TAG_TIEPOINTS, geo->tiepoints, geo->tiepoint_numbers) &&
           write_array(handle, TAG_MATRIX, geo->matrix, geo->matrix_count) &&
           write_array(handle, TAG_KEYS, geo->keys, geo->key_count) &&
           write_array(handle, TAG_KEY_DOUBLES, geo->key_doubles, geo->key_double_count) &&
           write_text(handle, TAG_KEY_ASCII, geo->key_ascii) && write_array(handle, TAG_RPC, geo->rpc, geo->rpc_count);
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

static bool writable_resolution(double resolution)
{
    return isfinite(resolution) && resolution > 0 && resolution <= UINT32_MAX;
}

static bool write_page(TIFF *handle, const struct rst_meta *meta)
{
    if (meta->orientation >= ORIENTATION_TOPLEFT && meta->orientation <= ORIENTATION_LEFTBOT &&
        !TIFFSetField(handle, TIFFTAG_ORIENTATION, (unsigned)meta->orientation))
        return false;
    if (writable_resolution(meta->resolution_x) && !TIFFSetField(handle, TIFFTAG_XRESOLUTION, meta->resolution_x))
        return false;
    if (writable_resolution(meta->resolution_y) && !TIFFSetField(handle, TIFFTAG_YRESOLUTION, meta->resolution_y))
        return false;
    if (meta->resolution_unit >= RESUNIT_NONE && meta->resolution_unit <= RESUNIT_CENTIMETER &&
        !TIFFSetField(handle, TIFFTAG_RESOLUTIONUNIT, (unsigned)meta->resolution_unit))
        return false;
    return write_array(handle, TIFFTAG_ICCPROFILE, meta->icc, meta->icc_size) &&
           write_text(handle, TIFFTAG_IMAGEDESCRIPTION, meta->description) &&
           write_text(handle, TAG_GDAL_METADATA, meta->gdal_metadata);
}

bool rst_tiff_meta_write(TIFF *handle, enum rst_type type, const struct rst_meta *meta)
{
    char text[32];
    if (!register_tags(handle) || !write_colors(handle, meta) || !write_page(handle, meta)) return false;
    if (meta->has_nodata &&
        !write_text(handle, TAG_GDAL_NODATA, rst_sample_format(meta->nodata, type, text, sizeof text)))
        return false;
    return write_geo(handle, &meta->geo);
}

uint64_t rst_tiff_meta_bytes(const struct rst_meta *meta)
{
    enum { ENTRIES = 4096 }; /* of all tags, and the values that are of fixed size */
    const struct rst_geo *geo = &meta->geo;
    const char *texts[] = {meta->gdal_metadata, meta->description, geo->key_ascii};
    uint64_t doubles = (uint64_t)geo->pixel_scale_count + geo->tiepoint_numbers + geo->matrix_count +
                       geo->key_double_count + geo->rpc_count;
    uint64_t shorts = (uint64_t)meta->extra_sample_count + meta->color_map_count + geo->key_count;
    uint64_t bytes = ENTRIES + doubles * sizeof(double) + shorts * sizeof(uint16_t) + meta->icc_size;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (texts[i]) bytes += strlen(texts[i]) + 2;
    return bytes;
}
