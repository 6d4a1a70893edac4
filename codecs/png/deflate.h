/* A band of rows, deflated: the IDAT chunks that hold it. */
#ifndef CODECS_PNG_DEFLATE_H
#define CODECS_PNG_DEFLATE_H

#include "codecs/png/rows.h"
#include "raster/base/bytes.h"
#include "raster/base/status.h"

enum { RST_PNG_LEVEL_MOST = 9 };

struct rst_png_deflate; /* streams and buffers, for one thread at a time */

/* level 1 ... 9; 0: chosen. */
enum rst_status rst_png_deflate_open(int level, struct rst_png_deflate **out, struct rst_error *err);
void rst_png_deflate_close(struct rst_png_deflate *deflate);

/* An upper estimate of the memory that it takes, and of what becomes of a band of so many bytes. */
uint64_t rst_png_deflate_bytes(void);
uint64_t rst_png_deflate_most(uint64_t bytes);

/* Appends the chunks of a band to `out`. The bytes of all bands, one behind the other, are one zlib stream but for the
 * checksum at its end: it begins with the first band of the image and ends with the last. *adler: that of the band's
 * bytes. What is written depends on the band's samples and the row above it alone. */
enum rst_status rst_png_deflate_band(struct rst_png_deflate *deflate, const struct rst_png_band *band, bool last,
                                     struct rst_bytes *out, uint32_t *adler, struct rst_error *err);

#endif
