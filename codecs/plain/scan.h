/* Reading a header of words that stands before binary samples, byte by byte, through a small buffer. */
#ifndef CODECS_PLAIN_SCAN_H
#define CODECS_PLAIN_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "codecs/codec.h"
#include "raster/base/bytes.h"

enum { RST_SCAN_BUFFER = 8192 };

struct rst_scan {
    int descriptor;
    uint64_t at;                /* of the next byte, in the file */
    uint64_t end;               /* no byte is read from here on */
    struct rst_bytes *comments; /* where the text of comments goes, one to a line; NULL: nowhere */
    bool has_comments;          /* '#' starts one that goes to the line's end */
    uint64_t first;             /* of the buffer, in the file */
    size_t size;
    unsigned char buffer[RST_SCAN_BUFFER];
};

/* Starts at `from`; a header longer than RST_HEADER_MOST ends there. */
void rst_scan_start(struct rst_scan *scan, const struct rst_source *source, uint64_t from);

/* Goes on elsewhere; what the buffer holds of it is not read again. */
void rst_scan_go(struct rst_scan *scan, const struct rst_source *source, uint64_t from);

/* The next byte; -1 at the end, and where reading fails. */
int rst_scan_byte(struct rst_scan *scan);

/* The next word, after blanks and comments, and the one blank that must follow it (or a comment to its line's end).
 * false where there is none, or it does not fit. */
bool rst_scan_word(struct rst_scan *scan, char *word, size_t size);

/* The same for a whole number from 0 to `most`. */
bool rst_scan_number(struct rst_scan *scan, uint64_t most, uint64_t *number);

/* The rest of a line, without its end. */
bool rst_scan_line(struct rst_scan *scan, char *line, size_t size);

#endif
