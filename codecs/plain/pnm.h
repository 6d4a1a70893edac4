/* The headers of PNM files. Private to the format. */
#ifndef CODECS_PLAIN_PNM_H
#define CODECS_PLAIN_PNM_H

#include <stdbool.h>
#include <stdint.h>

#include "codecs/plain/scan.h"

enum { RST_PNM_TUPLE = 64 };

/* One image: its header, and where its samples lie. */
struct rst_pnm {
    int kind; /* the digit behind the P: 1 to 7 */
    uint64_t width, height, depth, maxval;
    char tuple[RST_PNM_TUPLE]; /* TUPLTYPE of a PAM */
    uint64_t data, bytes;      /* 0 bytes where the samples are text */
};

/* Whether these bytes can start such a file. */
bool rst_pnm_is_start(const unsigned char *bytes, size_t size);

/* Reads the header at the scan's place. RST_E_FORMAT with the place and what is missed. */
enum rst_status rst_pnm_read(struct rst_scan *scan, const char *path, struct rst_pnm *image, struct rst_error *err);

/* Why its samples cannot be mapped; NULL where they can. A literal. */
const char *rst_pnm_unmapped(const struct rst_pnm *image);

#endif
