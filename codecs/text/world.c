/* World files: six lines A D B E C F, where X = A x + B y + C and Y = D x + E y + F for the centre of the pixel in
 * column x and row y. Geotransforms here speak of areas, whose corner lies half a pixel before.
 *
 * The name is the raster's, its extension cut to the first and the last letter and a w behind them.
 */
#define _GNU_SOURCE 1
#include "codecs/text/world.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "codecs/text/header.h"
#include "codecs/text/wkt.h"

enum { NUMBERS = 6, NAME_SIZE = 32 };

static void to_capitals(char *text)
{
    for (; *text; text++)
        *text = (char)toupper((unsigned char)*text);
}

/* Formats whose world file is known to others as .wld alone. */
static bool is_wld(const char *extension)
{
    static const char *const known[] = {"pgm", "ppm", "pnm", "pam", "pfm", "npy"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcasecmp(extension, known[i]) == 0) return true;
    return false;
}

/* The extension of the world file for a raster with `extension`: "tfw" for "tif"; "wld" where there is not enough of
 * one. */
static void name_world(const char *extension, char name[NAME_SIZE])
{
    size_t length = strlen(extension);
    if (length < 2 || is_wld(extension))
        snprintf(name, NAME_SIZE, "wld");
    else
        snprintf(name, NAME_SIZE, "%c%cw", extension[0], extension[length - 1]);
}

/* The text of the file beside `path` with the extension, as it is, or in capitals. *found names it. */
static enum rst_status read_beside(const char *path, const char *extension, char **found, char **text,
                                   struct rst_error *err)
{
    char name[NAME_SIZE];
    snprintf(name, sizeof name, "%s", extension);
    *text = *found = NULL;
    for (int turn = 0; turn < 2 && !*text; turn++) {
        free(*found);
        *found = rst_header_replace(path, name);
        if (!*found) return rst_fail(err, RST_E_NOMEM, "%s: no memory for the names beside it", path);
        RST_TRY(rst_header_read(*found, text, err));
        to_capitals(name);
    }
    return RST_OK;
}

static enum rst_status find_world(const char *path, char **found, char **text, struct rst_error *err)
{
    char short_name[NAME_SIZE], long_name[NAME_SIZE] = "wld";
    const char *extension = rst_header_extension(path);
    name_world(extension, short_name);
    if (*extension && strlen(extension) + 2 <= sizeof long_name)
        snprintf(long_name, sizeof long_name, "%sw", extension);
    const char *const names[] = {short_name, long_name, "wld"};
    *found = *text = NULL;
    for (int i = 0; i < 3 && !*text; i++) {
        free(*found);
        RST_TRY(read_beside(path, names[i], found, text, err));
    }
    return RST_OK;
}

static enum rst_status parse_world(char *text, const char *path, double numbers[NUMBERS], struct rst_error *err)
{
    int count = 0, line = 0;
    for (char *rest = text, *here; (here = strsep(&rest, "\n"));) {
        line++;
        char *word = rst_header_trim(here);
        if (!*word) continue;
        if (count == NUMBERS)
            return rst_fail(err, RST_E_FORMAT, "%s: line %d: a world file ends after %d numbers", path, line, NUMBERS);
        if (!rst_header_number(word, &numbers[count++]))
            return rst_fail(err, RST_E_FORMAT, "%s: line %d: \"%.40s\" is no number; a world file has %d", path, line,
                            word, NUMBERS);
    }
    if (count < NUMBERS)
        return rst_fail(err, RST_E_FORMAT, "%s: line %d: the file ends after %d numbers; a world file has %d", path,
                        line, count, NUMBERS);
    return RST_OK;
}

static enum rst_status take_world(char *text, const char *path, struct rst_geo *geo, struct rst_error *err)
{
    double n[NUMBERS] = {0};
    struct rst_affine map, back;
    RST_TRY(parse_world(text, path, n, err));
    map = (struct rst_affine){{n[0], n[2], n[4] - (n[0] + n[2]) / 2, n[1], n[3], n[5] - (n[1] + n[3]) / 2}};
    if (!rst_affine_invert(map, &back))
        return rst_fail(err, RST_E_FORMAT, "%s: line 1: its four factors put all pixels on one line", path);
    return rst_geo_set_transform(geo, map, err);
}

static enum rst_status read_transform(const char *path, struct rst_geo *geo, struct rst_error *err)
{
    char *found = NULL, *text = NULL;
    enum rst_status status = find_world(path, &found, &text, err);
    if (status == RST_OK && text) status = take_world(text, found, geo, err);
    free(text);
    free(found);
    return status;
}

/* The older kind of .prj lists keywords; only WKT, which has brackets, is a coordinate system here. */
static enum rst_status read_system(const char *path, struct rst_geo *geo, struct rst_error *err)
{
    char *found = NULL, *text = NULL;
    enum rst_status status = read_beside(path, "prj", &found, &text, err);
    const char *wkt = status == RST_OK && text ? rst_header_trim(text) : "";
    if (isalpha((unsigned char)wkt[0]) && strchr(wkt, '[')) {
        geo->wkt = strdup(wkt);
        if (!geo->wkt) status = rst_fail(err, RST_E_NOMEM, "%s: no memory for its text", found);
    }
    free(text);
    free(found);
    return status;
}

enum rst_status rst_world_read(const char *path, struct rst_geo *geo, struct rst_error *err)
{
    struct rst_affine map;
    struct rst_meta meta = {.geo = *geo}; /* borrowed, for the question alone */
    if (!rst_geo_transform(geo, &map)) RST_TRY(read_transform(path, geo, err));
    if (!rst_geo_transform(geo, &map) || (rst_meta_fields(&meta, 1) & RST_META_CRS) || geo->wkt) return RST_OK;
    return read_system(path, geo, err);
}

static enum rst_status attach_world(struct rst_raster *raster, const char *path, struct rst_affine map,
                                    const struct rst_create_options *options, struct rst_error *err)
{
    const double *m = map.m;
    const double numbers[NUMBERS] = {m[0], m[3], m[1], m[4], m[2] + (m[0] + m[1]) / 2, m[5] + (m[3] + m[4]) / 2};
    struct rst_text text = {0};
    char extension[NAME_SIZE];
    name_world(rst_header_extension(path), extension);
    char *beside = rst_header_replace(path, extension);
    if (!beside) return rst_fail(err, RST_E_NOMEM, "%s: no memory for the names beside it", path);
    for (int i = 0; i < NUMBERS; i++) {
        rst_text_number(&text, numbers[i]);
        rst_text_put(&text, "\n");
    }
    enum rst_status status = rst_text_attach(&text, raster, beside, options, err);
    free(beside);
    return status;
}

static enum rst_status attach_system(struct rst_raster *raster, const char *path, const struct rst_geo *geo,
                                     const struct rst_create_options *options, struct rst_error *err)
{
    struct rst_text text = {0};
    char *wkt = NULL;
    RST_TRY(rst_wkt_of_geo(geo, &wkt, err));
    if (!wkt) return RST_OK;
    char *beside = rst_header_replace(path, "prj");
    rst_text_put(&text, "%s\n", wkt);
    free(wkt);
    if (!beside) {
        rst_bytes_clear(&text.bytes);
        return rst_fail(err, RST_E_NOMEM, "%s: no memory for the names beside it", path);
    }
    enum rst_status status = rst_text_attach(&text, raster, beside, options, err);
    free(beside);
    return status;
}

enum rst_status rst_world_write(struct rst_raster *raster, const char *path, const struct rst_geo *geo,
                                const struct rst_create_options *options, struct rst_error *err)
{
    struct rst_affine map;
    if (!rst_geo_transform(geo, &map))
        return rst_fail(err, RST_E_ARGUMENT, "%s: it has no geotransform, so there is nothing to put in a world file",
                        path);
    RST_TRY(attach_world(raster, path, map, options, err));
    return attach_system(raster, path, geo, options, err);
}
