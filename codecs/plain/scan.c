/* Words of a header. The buffer is what makes a file of very many small images cheap to go through: a header that lies
 * in it already costs no system call. */
#define _GNU_SOURCE 1
#include "codecs/plain/scan.h"

#include <ctype.h>
#include <string.h>

#include "codecs/range.h"
#include "codecs/text/header.h"

void rst_scan_go(struct rst_scan *scan, const struct rst_source *source, uint64_t from)
{
    uint64_t length = rst_map_length(source->map);
    scan->at = from;
    scan->end = from < length && length - from > RST_HEADER_MOST ? from + RST_HEADER_MOST : length;
}

void rst_scan_start(struct rst_scan *scan, const struct rst_source *source, uint64_t from)
{
    scan->descriptor = rst_map_descriptor(source->map);
    scan->comments = NULL;
    scan->has_comments = false;
    scan->first = scan->size = 0;
    rst_scan_go(scan, source, from);
}

static bool fill(struct rst_scan *scan)
{
    scan->first = scan->at;
    (void)rst_range_read(scan->descriptor, scan->at, scan->buffer, sizeof scan->buffer, &scan->size);
    return scan->size > 0;
}

int rst_scan_byte(struct rst_scan *scan)
{
    if (scan->at >= scan->end) return -1;
    if ((scan->at < scan->first || scan->at - scan->first >= scan->size) && !fill(scan)) return -1;
    return scan->buffer[scan->at++ - scan->first];
}

/* A comment, behind its '#': with one blank before it left out. */
static void skip_comment(struct rst_scan *scan)
{
    int byte = rst_scan_byte(scan);
    if (byte == ' ') byte = rst_scan_byte(scan);
    for (; byte >= 0 && byte != '\n'; byte = rst_scan_byte(scan)) {
        char c = (char)(byte ? byte : '?');
        if (scan->comments && byte != '\r' && !rst_bytes_append(scan->comments, &c, 1)) scan->comments = NULL;
    }
    if (scan->comments && !rst_bytes_append(scan->comments, "\n", 1)) scan->comments = NULL;
}

/* The first byte of a word; -1 where there is none. */
static int skip_blanks(struct rst_scan *scan)
{
    for (;;) {
        int byte = rst_scan_byte(scan);
        if (byte == '#' && scan->has_comments)
            skip_comment(scan);
        else if (byte < 0 || !isspace(byte))
            return byte;
    }
}

bool rst_scan_word(struct rst_scan *scan, char *word, size_t size)
{
    size_t length = 0;
    int byte = skip_blanks(scan);
    for (; byte >= 0 && !isspace(byte); byte = rst_scan_byte(scan)) {
        if (byte == '#' && scan->has_comments) {
            skip_comment(scan);
            break;
        }
        if (length + 1 >= size || byte == 0) return false;
        word[length++] = (char)byte;
    }
    word[length] = '\0';
    return length > 0 && byte >= 0;
}

bool rst_scan_number(struct rst_scan *scan, uint64_t most, uint64_t *number)
{
    char word[32];
    return rst_scan_word(scan, word, sizeof word) && isdigit((unsigned char)word[0]) &&
           rst_header_integer(word, most, number);
}

bool rst_scan_line(struct rst_scan *scan, char *line, size_t size)
{
    size_t length = 0;
    int byte = rst_scan_byte(scan);
    for (; byte >= 0 && byte != '\n'; byte = rst_scan_byte(scan)) {
        if (length + 1 >= size || byte == 0) return false;
        line[length++] = (char)byte;
    }
    line[length] = '\0';
    return byte >= 0;
}
