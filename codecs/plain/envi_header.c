/* ENVI headers as text: the line "ENVI", then "name = value", where a value in braces may go over several lines. A line
 * that starts with ';' is a comment.
 *
 * "map info" lists a projection, the pixel coordinates of a reference point, its map coordinates, the pixel's size, and
 * depending on the projection a zone; then a datum, and settings of the form "rotation=30". Pixel coordinates count
 * from 1, which is the outer corner of the first pixel. The rotation, in degrees, turns the image counter-clockwise as
 * seen on the map; 180 stands for an image whose first row is the southernmost.
 */
#define _GNU_SOURCE 1
#include "codecs/plain/envi_header.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "codecs/text/wkt.h"
#include "raster/base/size.h"

enum { MAP_NUMBERS = 7, MAP_ENTRIES = 16 };

/* Small letters, one blank between words. */
static char *tidy_name(char *name)
{
    char *to = name = rst_header_trim(name);
    for (const char *from = name; *from; from++) {
        bool blank = isspace((unsigned char)*from);
        if (blank && isspace((unsigned char)from[1])) continue;
        *to++ = blank ? ' ' : (char)tolower((unsigned char)*from);
    }
    *to = '\0';
    return name;
}

/* Past empty lines and comments. */
static void skip_lines(struct rst_envi_text *text)
{
    for (;;) {
        const char *word = text->at + strspn(text->at, " \t\r");
        if (*word != '\n' && *word != ';') return;
        text->at += strcspn(text->at, "\n");
        if (!*text->at) return;
        text->at++;
        text->line++;
    }
}

/* Ends the field at `end`, and goes on with the line after it. */
static void end_field(struct rst_envi_text *text, char *end)
{
    for (const char *at = text->at; at < end; at++)
        text->line += *at == '\n';
    char *rest = end + strcspn(end, "\n");
    if (*rest) {
        rest++;
        text->line++;
    }
    *end = '\0';
    text->at = rest;
}

enum rst_status rst_envi_next(struct rst_envi_text *text, struct rst_envi_field *field, struct rst_error *err)
{
    skip_lines(text);
    *field = (struct rst_envi_field){.line = text->line};
    char *name = text->at, *equal = name + strcspn(name, "=\n");
    if (!name[strspn(name, " \t\r")]) return RST_OK;
    if (*equal != '=')
        return rst_fail(err, RST_E_FORMAT, "%s: line %d: \"%.*s\" is not of the form name = value", text->path,
                        text->line, (int)rst_min64(equal - name, 60), name);
    char *value = equal + 1 + strspn(equal + 1, " \t\r"), *below = value + strspn(value, " \t\r\n");
    if (*below == '{') value = below;
    field->braces = *value == '{';
    char *end = field->braces ? strchr(value, '}') : value + strcspn(value, "\n");
    if (!end)
        return rst_fail(err, RST_E_FORMAT, "%s: line %d: a brace is opened that nothing closes", text->path,
                        text->line);
    end_field(text, end);
    *equal = '\0';
    field->name = tidy_name(name);
    field->value = rst_header_trim(value + field->braces);
    return RST_OK;
}

char *rst_envi_entry(char **list)
{
    char *entry = *list ? strsep(list, ",") : NULL;
    return entry ? rst_header_trim(entry) : NULL;
}

/* The settings behind the numbers of "map info". */
struct map_tail {
    const char *words[MAP_ENTRIES]; /* those without "=" */
    int count;
    double rotation;
};

static bool read_tail(char **list, struct map_tail *tail)
{
    static const char rotation[] = "rotation=";
    *tail = (struct map_tail){.count = 0};
    for (char *entry; (entry = rst_envi_entry(list));) {
        if (strncasecmp(entry, rotation, sizeof rotation - 1) == 0) {
            if (!rst_header_number(entry + sizeof rotation - 1, &tail->rotation)) return false;
        } else if (!strchr(entry, '=') && tail->count < MAP_ENTRIES) {
            tail->words[tail->count++] = entry;
        }
    }
    return true;
}

static int epsg_of_map(const char *projection, const struct map_tail *tail)
{
    uint64_t zone;
    if (strcasecmp(projection, "Geographic Lat/Lon") == 0)
        return tail->count >= 1 ? rst_wkt_epsg(tail->words[0], 0) : 0;
    if (strcasecmp(projection, "UTM") != 0 || tail->count < 3) return 0;
    if (!rst_header_integer(tail->words[0], 60, &zone) || zone == 0) return 0;
    return rst_wkt_epsg(tail->words[2], strcasecmp(tail->words[1], "South") == 0 ? -(int)zone : (int)zone);
}

bool rst_envi_parse_map(char *list, struct rst_affine *map, int *epsg)
{
    double n[MAP_NUMBERS] = {0};
    const char *projection = rst_envi_entry(&list);
    struct map_tail tail;
    for (int i = 1; i < MAP_NUMBERS; i++) {
        const char *entry = rst_envi_entry(&list);
        if (!entry || !rst_header_number(entry, &n[i])) return false;
    }
    double x = n[1] - 1, y = n[2] - 1, width = n[5], height = n[6];
    if (!read_tail(&list, &tail) || width <= 0 || height <= 0) return false;
    double turn = tail.rotation * acos(-1) / 180, c = cos(turn), s = sin(turn);
    struct rst_affine to = {{c * width, s * width, 0, s * height, -c * height, 0}};
    if (tail.rotation == 0) to = (struct rst_affine){{width, 0, 0, 0, -height, 0}};
    if (fabs(tail.rotation) == 180) to = (struct rst_affine){{width, 0, 0, 0, height, 0}};
    to.m[2] = n[3] - to.m[0] * x - to.m[1] * y;
    to.m[5] = n[4] - to.m[3] * x - to.m[4] * y;
    *map = to;
    *epsg = epsg_of_map(projection, &tail);
    return true;
}

bool rst_envi_can_map(struct rst_affine map)
{
    const double *m = map.m, close = 1e-12 * (fabs(m[0]) + fabs(m[1]));
    if (m[1] == 0 && m[3] == 0) return m[0] > 0 && m[4] != 0;
    return fabs(m[0] + m[4]) <= close && fabs(m[1] - m[3]) <= close; /* turned: pixels as wide as high */
}

void rst_envi_put_map(struct rst_text *text, struct rst_affine map, int epsg)
{
    const double *m = map.m;
    bool turned = m[1] != 0 || m[3] != 0;
    double width = turned ? hypot(m[0], m[3]) : m[0], height = turned ? width : fabs(m[4]);
    double rotation = turned ? atan2(m[3], m[0]) * 180 / acos(-1) : m[4] > 0 ? 180 : 0;
    int zone = 0;
    const struct rst_wkt_datum *datum = rst_wkt_datum_of(epsg, &zone);
    const double numbers[] = {1, 1, m[2], m[5], width, height};

    rst_text_put(text, "map info = {%s", !datum ? "Arbitrary" : zone ? "UTM" : "Geographic Lat/Lon");
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        rst_text_put(text, ", ");
        rst_text_number(text, numbers[i]);
    }
    if (!datum || zone) rst_text_put(text, ", %d, %s", abs(zone), zone < 0 ? "South" : "North");
    if (datum) rst_text_put(text, ", %s, units=%s", datum->envi, zone ? "Meters" : "Degrees");
    if (rotation != 0) {
        rst_text_put(text, ", rotation=");
        rst_text_number(text, rotation);
    }
    rst_text_put(text, "}\n");
}
