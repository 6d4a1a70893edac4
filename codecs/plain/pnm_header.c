/* Headers of PBM, PGM, PPM (netpbm's man pages of these names) and PAM.
 *
 * P1 to P6: width, height and (but for bitmaps) the largest value, as words with blanks and comments between them; one
 * blank, then the samples. P7: lines "KEY value" up to ENDHDR.
 */
#include "codecs/plain/pnm.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/text/header.h"
#include "raster/base/size.h"

enum { PLAIN_BITMAP = 1, PLAIN_GRAY, PLAIN_COLOR, BITMAP, GRAY, COLOR, ANY_DEPTH };

bool rst_pnm_is_start(const unsigned char *bytes, size_t size)
{
    if (size < 4 || bytes[0] != 'P' || bytes[1] < '1' || bytes[1] > '7') return false;
    if (bytes[1] == '7') return bytes[2] == '\n' || (bytes[2] == '\r' && bytes[3] == '\n');
    if (bytes[2] == '#') return true;
    return isspace(bytes[2]) && (isspace(bytes[3]) || isdigit(bytes[3]) || bytes[3] == '#');
}

const char *rst_pnm_unmapped(const struct rst_pnm *image)
{
    switch (image->kind) {
    case PLAIN_BITMAP:
    case PLAIN_GRAY:
    case PLAIN_COLOR:
        return "its samples are written as text (P1, P2, P3)";
    case BITMAP:
        return "eight of its pixels share a byte (P4)";
    default:
        return NULL;
    }
}

static enum rst_status fail_at(const struct rst_scan *scan, const char *path, const char *what, struct rst_error *err)
{
    return rst_fail(err, RST_E_FORMAT, "%s: byte %" PRIu64 ": %s", path, scan->at, what);
}

static enum rst_status read_words(struct rst_scan *scan, const char *path, struct rst_pnm *image, struct rst_error *err)
{
    const uint64_t most = (uint64_t)RST_MAX_SIDE;
    scan->has_comments = true;
    if (!rst_scan_number(scan, most, &image->width) || image->width == 0)
        return fail_at(scan, path, "the header has no width", err);
    if (!rst_scan_number(scan, most, &image->height) || image->height == 0)
        return fail_at(scan, path, "the header has no height", err);
    image->depth = image->kind == COLOR || image->kind == PLAIN_COLOR ? 3 : 1;
    image->maxval = 1;
    if (image->kind == BITMAP || image->kind == PLAIN_BITMAP) return RST_OK;
    if (!rst_scan_number(scan, UINT16_MAX, &image->maxval) || image->maxval == 0)
        return fail_at(scan, path, "the header has no largest value from 1 to 65535", err);
    return RST_OK;
}

/* Words of several TUPLTYPE lines are joined by a blank. */
static bool add_tuple(struct rst_pnm *image, const char *word)
{
    size_t have = strlen(image->tuple), more = strlen(word), gap = have > 0;
    if (have + gap + more >= sizeof image->tuple) return false;
    if (gap) image->tuple[have] = ' ';
    memcpy(image->tuple + have + gap, word, more + 1);
    return true;
}

static bool take_key(struct rst_pnm *image, const char *key, const char *value)
{
    if (strcmp(key, "WIDTH") == 0) return rst_header_integer(value, (uint64_t)RST_MAX_SIDE, &image->width);
    if (strcmp(key, "HEIGHT") == 0) return rst_header_integer(value, (uint64_t)RST_MAX_SIDE, &image->height);
    if (strcmp(key, "DEPTH") == 0) return rst_header_integer(value, RST_MAX_BANDS, &image->depth);
    if (strcmp(key, "MAXVAL") == 0) return rst_header_integer(value, UINT16_MAX, &image->maxval);
    return strcmp(key, "TUPLTYPE") == 0 && add_tuple(image, value);
}

static void keep_comment(struct rst_scan *scan, const char *text)
{
    text += *text == ' ';
    if (!scan->comments) return;
    if (!rst_bytes_append(scan->comments, text, strlen(text)) || !rst_bytes_append(scan->comments, "\n", 1))
        scan->comments = NULL;
}

static enum rst_status read_lines(struct rst_scan *scan, const char *path, struct rst_pnm *image, struct rst_error *err)
{
    char line[1024];
    scan->has_comments = false;
    for (;;) {
        uint64_t at = scan->at;
        if (!rst_scan_line(scan, line, sizeof line)) return fail_at(scan, path, "the header does not end", err);
        char *key = rst_header_trim(line), *value = key + strcspn(key, " \t");
        if (*key == '#') {
            keep_comment(scan, key + 1);
            continue;
        }
        if (*value) *value++ = '\0';
        if (strcmp(key, "ENDHDR") == 0) break;
        if (*key && !take_key(image, key, rst_header_trim(value)))
            return rst_fail(err, RST_E_FORMAT, "%s: byte %" PRIu64 ": the header's line \"%.20s %.40s\" is wrong", path,
                            at, key, rst_header_trim(value));
    }
    if (!image->width || !image->height || !image->depth || !image->maxval)
        return fail_at(scan, path, "the header lacks one of WIDTH, HEIGHT, DEPTH and MAXVAL, or it is 0", err);
    return RST_OK;
}

/* The bytes that the samples take; 0 where they are text. false where that is beyond any file. */
static bool measure(struct rst_pnm *image)
{
    uint64_t line = image->kind == BITMAP ? (image->width + 7) / 8 : 0;
    image->bytes = 0;
    if (image->kind < BITMAP) return true;
    if (image->kind > BITMAP &&
        (!rst_mul(image->width, image->depth, &line) || !rst_mul(line, image->maxval > UINT8_MAX ? 2 : 1, &line)))
        return false;
    return rst_mul(line, image->height, &image->bytes) && image->bytes <= INT64_MAX;
}

enum rst_status rst_pnm_read(struct rst_scan *scan, const char *path, struct rst_pnm *image, struct rst_error *err)
{
    *image = (struct rst_pnm){.kind = 0};
    uint64_t start = scan->at;
    unsigned char first[4];
    for (size_t i = 0; i < sizeof first; i++)
        first[i] = (unsigned char)rst_scan_byte(scan);
    if (!rst_pnm_is_start(first, sizeof first)) return fail_at(scan, path, "no image starts here", err);
    image->kind = first[1] - '0';
    scan->at = start + 2;
    if (image->kind == ANY_DEPTH) {
        char rest[8];
        if (!rst_scan_line(scan, rest, sizeof rest)) return fail_at(scan, path, "the header does not end", err);
        RST_TRY(read_lines(scan, path, image, err));
    } else {
        RST_TRY(read_words(scan, path, image, err));
    }
    image->data = scan->at;
    if (measure(image)) return RST_OK;
    return rst_fail(err, RST_E_TRUNCATED,
                    "%s: %" PRIu64 "x%" PRIu64 "x%" PRIu64 " samples are more than any file holds", path, image->width,
                    image->height, image->depth);
}
