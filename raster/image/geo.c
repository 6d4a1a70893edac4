/* Geo-referencing: keeping GeoTIFF's tags true when pixels move, and reading them as one affine map.
 *
 * The tags speak of raster space, whose point (0, 0) is the outer corner of the first pixel, or its centre where
 * GTRasterTypeGeoKey says PixelIsPoint; this library speaks of areas. So a tag's coordinate is an area coordinate less
 * `shift`, 0 or 0.5, and a map of areas becomes a map of tag coordinates by going through the shift both ways. RPC
 * coordinates are always those of centres.
 */
#include "raster/image/meta.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "raster/image/epsg.h"

enum {
    KEY_USER_DEFINED = 32767, /* a system that the other keys spell out */
    KEY_MODEL_TYPE = 1024,
    KEY_RASTER_TYPE = 1025,
    KEY_GEOGRAPHIC = 2048,
    KEY_PROJECTED = 3072,
    RASTER_PIXEL_IS_AREA = 1,
    RASTER_PIXEL_IS_POINT = 2
};

enum { RPC_LINE_OFF = 2, RPC_SAMP_OFF = 3, RPC_LINE_SCALE = 7, RPC_SAMP_SCALE = 8 };
enum { RPC_LINE_NUMERATOR = 12, RPC_SAMP_NUMERATOR = 52, RPC_COEFFICIENTS = 20, RPC_COUNT = 92 };

/* The value of a key that is held in the directory itself; -1 where it is not there. */
static int key_value(const struct rst_geo *geo, int id)
{
    if (!geo->keys || geo->key_count < 4) return -1;
    size_t count = geo->keys[3], room = (geo->key_count - 4) / 4;
    for (size_t i = 0; i < count && i < room; i++) {
        const uint16_t *key = geo->keys + 4 + 4 * i;
        if (key[0] == id && key[1] == 0) return key[3];
    }
    return -1;
}

int rst_geo_epsg(const struct rst_geo *geo)
{
    int code = key_value(geo, KEY_PROJECTED);
    if (code <= 0) code = key_value(geo, KEY_GEOGRAPHIC);
    if (code > 0) return code < KEY_USER_DEFINED ? code : 0;
    return rst_epsg_of_text(geo->wkt);
}

/* Puts keys of its own in the place of a system's: `count` of them, behind the header. */
static enum rst_status replace_keys(struct rst_geo *geo, const uint16_t (*list)[2], uint16_t count,
                                    struct rst_error *err)
{
    size_t numbers = 4 + 4 * (size_t)count;
    uint16_t *keys = count > 0 ? calloc(numbers, sizeof *keys) : NULL;
    if (count > 0 && !keys) return rst_fail(err, RST_E_NOMEM, "no memory for the keys of a coordinate system");
    if (count > 0) {
        memcpy(keys, (const uint16_t[]){1, 1, 0, count}, 4 * sizeof *keys);
        for (size_t i = 0; i < count; i++)
            memcpy(keys + 4 + 4 * i, (const uint16_t[]){list[i][0], 0, 1, list[i][1]}, 4 * sizeof *keys);
    }
    free(geo->keys);
    free(geo->key_doubles);
    free(geo->key_ascii);
    free(geo->wkt);
    geo->keys = keys;
    geo->key_count = count > 0 ? numbers : 0;
    geo->key_doubles = NULL;
    geo->key_double_count = 0;
    geo->key_ascii = geo->wkt = NULL;
    return RST_OK;
}

enum rst_status rst_geo_set_epsg(struct rst_geo *geo, int code, struct rst_error *err)
{
    enum { LEAST = 1024, MODEL_PROJECTED = 1, MODEL_GEOGRAPHIC = 2, MODEL_GEOCENTRIC = 3 };
    bool point = rst_geo_is_point(geo);
    uint16_t pixel = point ? RASTER_PIXEL_IS_POINT : RASTER_PIXEL_IS_AREA, model = MODEL_PROJECTED;
    if (code == 0) return replace_keys(geo, (const uint16_t[][2]){{KEY_RASTER_TYPE, pixel}}, point ? 1 : 0, err);
    if (code < LEAST || code >= KEY_USER_DEFINED)
        return rst_fail(err, RST_E_ARGUMENT, "EPSG:%d is no code of a coordinate system: they are %d to %d", code,
                        LEAST, KEY_USER_DEFINED - 1);
    enum rst_epsg_kind kind = rst_epsg_kind(code);
    if (kind == RST_EPSG_HEIGHT)
        return rst_fail(err, RST_E_ARGUMENT, "EPSG:%d is a system of heights: take the one of the plane", code);
    if (kind == RST_EPSG_GEOGRAPHIC) model = MODEL_GEOGRAPHIC;
    if (kind == RST_EPSG_GEOCENTRIC) model = MODEL_GEOCENTRIC;
    uint16_t key = kind == RST_EPSG_PROJECTED ? KEY_PROJECTED : KEY_GEOGRAPHIC;
    const uint16_t keys[][2] = {{KEY_MODEL_TYPE, model}, {KEY_RASTER_TYPE, pixel}, {key, (uint16_t)code}};
    return replace_keys(geo, keys, 3, err);
}

bool rst_geo_is_point(const struct rst_geo *geo)
{
    return key_value(geo, KEY_RASTER_TYPE) == RASTER_PIXEL_IS_POINT;
}

/* What to add to a tag's coordinate for that of areas. */
static double shift_of(const struct rst_geo *geo)
{
    return rst_geo_is_point(geo) ? 0.5 : 0;
}

static bool has_scale(const struct rst_geo *geo)
{
    return geo->pixel_scale && geo->pixel_scale_count >= 2 && geo->pixel_scale[0] != 0 && geo->pixel_scale[1] != 0;
}

static bool has_tiepoint(const struct rst_geo *geo)
{
    return geo->tiepoints && geo->tiepoint_numbers >= 6;
}

static bool has_matrix(const struct rst_geo *geo)
{
    return geo->matrix && geo->matrix_count >= 16;
}

/* Scale and first tie point as a 4 x 4 matrix over tag coordinates. A negative Y scale is read as GDAL does: as if it
 * were positive, rows going south. */
static void matrix_of_scale(const struct rst_geo *geo, double matrix[16])
{
    const double *tie = geo->tiepoints, *scale = geo->pixel_scale;
    double sx = scale[0], sy = -fabs(scale[1]), sz = geo->pixel_scale_count >= 3 ? scale[2] : 0;
    const double all[16] = {sx, 0, 0,  tie[3] - tie[0] * sx, 0, sy, 0, tie[4] - tie[1] * sy,
                            0,  0, sz, tie[5] - tie[2] * sz, 0, 0,  0, 1};
    memcpy(matrix, all, sizeof all);
}

bool rst_geo_transform(const struct rst_geo *geo, struct rst_affine *out)
{
    double made[16];
    const double *m = made;
    if (has_scale(geo)) {
        if (!has_tiepoint(geo)) return false;
        matrix_of_scale(geo, made);
    } else if (has_matrix(geo)) {
        m = geo->matrix;
    } else {
        return false;
    }
    double shift = shift_of(geo);
    *out = (struct rst_affine){{m[0], m[1], m[3] - shift * (m[0] + m[1]), m[4], m[5], m[7] - shift * (m[4] + m[5])}};
    return true;
}

/* The map from new to old tag coordinates that goes with one of areas. */
static struct rst_affine shifted(struct rst_affine map, double shift)
{
    double *m = map.m;
    m[2] += shift * (m[0] + m[1]) - shift;
    m[5] += shift * (m[3] + m[4]) - shift;
    return map;
}

/* matrix o map: what the new coordinates are in the model. */
static void apply_to_matrix(double matrix[16], struct rst_affine map)
{
    for (double *r = matrix; r < matrix + 16; r += 4) {
        double i = r[0], j = r[1];
        r[0] = i * map.m[0] + j * map.m[3];
        r[1] = i * map.m[1] + j * map.m[4];
        r[3] += i * map.m[2] + j * map.m[5];
    }
}

static void apply_to_tiepoints(struct rst_geo *geo, struct rst_affine from_source)
{
    const double *m = from_source.m;
    for (size_t at = 0; geo->tiepoints && at + 6 <= geo->tiepoint_numbers; at += 6) {
        double *tie = geo->tiepoints + at, i = tie[0], j = tie[1];
        tie[0] = m[0] * i + m[1] * j + m[2];
        tie[1] = m[3] * i + m[4] * j + m[5];
    }
}

static enum rst_status fail_memory(struct rst_error *err)
{
    return rst_fail(err, RST_E_NOMEM, "no memory for a geotransform");
}

/* Takes a matrix in the place of scale and tie points, or these in the place of a matrix. */
static void take(struct rst_geo *geo, double *matrix, double *scale, double *tie)
{
    free(geo->matrix);
    free(geo->pixel_scale);
    free(geo->tiepoints);
    geo->matrix = matrix;
    geo->matrix_count = matrix ? 16 : 0;
    geo->pixel_scale = scale;
    geo->pixel_scale_count = scale ? 3 : 0;
    geo->tiepoints = tie;
    geo->tiepoint_numbers = tie ? 6 : 0;
}

/* Puts a matrix in the place of scale and tie points. */
static enum rst_status replace_scale(struct rst_geo *geo, struct rst_affine map, struct rst_error *err)
{
    double *matrix = malloc(16 * sizeof *matrix);
    if (!matrix) return fail_memory(err);
    matrix_of_scale(geo, matrix);
    apply_to_matrix(matrix, map);
    take(geo, matrix, NULL, NULL);
    return RST_OK;
}

static enum rst_status set_matrix(struct rst_geo *geo, const double *m, double x, double y, struct rst_error *err)
{
    const double all[16] = {m[0], m[1], 0, x, m[3], m[4], 0, y, 0, 0, 0, 0, 0, 0, 0, 1};
    double *matrix = malloc(sizeof all);
    if (!matrix) return fail_memory(err);
    memcpy(matrix, all, sizeof all);
    take(geo, matrix, NULL, NULL);
    return RST_OK;
}

enum rst_status rst_geo_set_transform(struct rst_geo *geo, struct rst_affine map, struct rst_error *err)
{
    struct rst_affine back;
    const double *m = map.m;
    double shift = shift_of(geo), x = m[2] + shift * (m[0] + m[1]), y = m[5] + shift * (m[3] + m[4]);
    for (int i = 0; i < 6; i++)
        if (!isfinite(m[i])) return rst_fail(err, RST_E_ARGUMENT, "a geotransform of numbers that are not finite");
    if (!rst_affine_invert(map, &back))
        return rst_fail(err, RST_E_ARGUMENT, "a geotransform that puts all pixels on one line");
    if (m[1] != 0 || m[3] != 0 || m[0] < 0 || m[4] > 0) return set_matrix(geo, m, x, y, err);

    double *scale = calloc(3, sizeof *scale), *tie = calloc(6, sizeof *tie);
    if (!scale || !tie) {
        free(scale);
        free(tie);
        return fail_memory(err);
    }
    scale[0] = m[0];
    scale[1] = -m[4];
    tie[3] = x;
    tie[4] = y;
    take(geo, NULL, scale, tie);
    return RST_OK;
}

static void negate(double *numbers, int count)
{
    for (int i = 0; i < count; i++)
        numbers[i] = -numbers[i];
}

/* One axis of an RPC: old centre = step * (new centre + 0.5) + start - 0.5. Scales stay positive, as readers expect:
 * under a flip the polynomial's numerator changes sign instead. */
static void apply_to_rpc_axis(double *offset, double *scale, double *numerator, double step, double start)
{
    *offset = (*offset + 0.5 - start) / step - 0.5;
    *scale /= fabs(step);
    if (step < 0) negate(numerator, RPC_COEFFICIENTS);
}

static void swap_numbers(double *a, double *b, int count)
{
    for (int i = 0; i < count; i++) {
        double number = a[i];
        a[i] = b[i];
        b[i] = number;
    }
}

/* Lines become samples, and samples lines. */
static void swap_rpc_axes(double *rpc)
{
    swap_numbers(&rpc[RPC_LINE_OFF], &rpc[RPC_SAMP_OFF], 1);
    swap_numbers(&rpc[RPC_LINE_SCALE], &rpc[RPC_SAMP_SCALE], 1);
    swap_numbers(&rpc[RPC_LINE_NUMERATOR], &rpc[RPC_SAMP_NUMERATOR], 2 * RPC_COEFFICIENTS);
}

static void apply_to_rpc(struct rst_geo *geo, struct rst_affine to_source)
{
    const double *m = to_source.m;
    double *rpc = geo->rpc;
    bool straight = m[1] == 0 && m[3] == 0, turned = m[0] == 0 && m[4] == 0;
    if (!rpc) return;
    if ((!straight && !turned) || geo->rpc_count < RPC_COUNT) {
        free(rpc);
        geo->rpc = NULL;
        geo->rpc_count = 0;
        return;
    }
    if (turned) swap_rpc_axes(rpc);
    apply_to_rpc_axis(&rpc[RPC_SAMP_OFF], &rpc[RPC_SAMP_SCALE], rpc + RPC_SAMP_NUMERATOR, straight ? m[0] : m[3],
                      straight ? m[2] : m[5]);
    apply_to_rpc_axis(&rpc[RPC_LINE_OFF], &rpc[RPC_LINE_SCALE], rpc + RPC_LINE_NUMERATOR, straight ? m[4] : m[1],
                      straight ? m[5] : m[2]);
}

enum rst_status rst_geo_apply(struct rst_geo *geo, struct rst_affine to_source, struct rst_error *err)
{
    struct rst_affine map = shifted(to_source, shift_of(geo)), back;
    if (rst_affine_is_identity(to_source)) return RST_OK;
    if (!rst_affine_invert(map, &back))
        return rst_fail(err, RST_E_ARGUMENT, "pixels that all fall on one line cannot be geo-referenced");

    bool straight = map.m[1] == 0 && map.m[3] == 0;
    bool kept = straight && map.m[0] > 0 && map.m[4] > 0;
    if (has_scale(geo) && has_tiepoint(geo) && !kept) {
        RST_TRY(replace_scale(geo, map, err));
    } else {
        if (has_matrix(geo)) apply_to_matrix(geo->matrix, map);
        apply_to_tiepoints(geo, back);
        if (has_scale(geo) && straight) {
            geo->pixel_scale[0] *= fabs(map.m[0]);
            geo->pixel_scale[1] *= fabs(map.m[4]);
        }
    }
    apply_to_rpc(geo, to_source);
    return RST_OK;
}
