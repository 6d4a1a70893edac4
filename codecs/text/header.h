/* Small text files beside a raster: reading them with bounds, finding one from the other, putting one together.
 */
#ifndef CODECS_TEXT_HEADER_H
#define CODECS_TEXT_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codecs/codec.h"
#include "raster/base/bytes.h"

#define RST_HEADER_MOST (UINT64_C(1) << 20) /* bytes of a text file that is believed to be a header */

/* The text of a file, for the caller to free. *text is NULL, and the status RST_OK, where there is no file of that name
 * (or it is a folder, a device ...). RST_E_FORMAT where it is longer than RST_HEADER_MOST or has bytes of zero. */
enum rst_status rst_header_read(const char *path, char **text, struct rst_error *err);

/* Up to size - 1 bytes of a file's start as text; false where there is no such file. Nothing else is checked. */
bool rst_header_peek(const char *path, char *start, size_t size);

/* `size` bytes of a source from `from` on, as text that ends in a 0, for the caller to free. RST_E_TRUNCATED where the
 * file ends before, RST_E_FORMAT where there are bytes of zero. */
enum rst_status rst_header_read_part(const struct rst_source *source, uint64_t from, size_t size, char **text,
                                     struct rst_error *err);

/* The path with what follows the last dot of its name replaced by `extension` (without a dot), which is added to a name
 * that has none; NULL where there is no memory. The caller frees it. */
char *rst_header_replace(const char *path, const char *extension);

/* What follows the last dot of a path's name; "" where it has none. Borrowed. */
const char *rst_header_extension(const char *path);

/* The header that belongs to a path: the path itself where it ends in ".hdr", else NAME.hdr or NAME.EXT.hdr, in small
 * letters or capitals, of which the start is `mine`. NULL where there is none. The caller frees it. */
char *rst_header_find(const char *path, bool (*mine)(const char *start));

/* Opens the pair of a header, as rst_header_find() finds it, and its pixels: `open_pair` gets the header's name and
 * text.
 */
enum rst_status rst_header_open(struct rst_source *source, bool (*mine)(const char *start),
                                enum rst_status (*open_pair)(struct rst_source *source, const char *header, char *text,
                                                             struct rst_raster **out, struct rst_error *err),
                                struct rst_raster **out, struct rst_error *err);

/* Makes the source that of the pixels, where it was opened by its header `header`: the file of that name without
 * ".hdr", or with one of `extensions` (with a space between them). source->path is then *data, for the caller to free
 * when done with the source, else NULL. */
enum rst_status rst_header_open_data(struct rst_source *source, const char *header, const char *extensions, char **data,
                                     struct rst_error *err);

/* Blanks at both ends of `text` cut off, in place. */
char *rst_header_trim(char *text);

/* A whole number from 0 to `most`, or any finite number; false for what is none. Blanks around it are passed over. */
bool rst_header_integer(const char *text, uint64_t most, uint64_t *number);
bool rst_header_number(const char *text, double *number);

/* A text that is being written. Memory that runs out is noticed at the end. A zeroed struct is empty. */
struct rst_text {
    struct rst_bytes bytes;
    bool failed;
};

void rst_text_put(struct rst_text *text, const char *format, ...) RST_PRINTF(2, 3);
void rst_text_number(struct rst_text *text, double number); /* the fewest digits that read back the same */
void rst_text_sample(struct rst_text *text, union rst_sample sample, enum rst_type type);

/* Attaches the text as a file beside the raster, and clears it, on failure too. RST_E_EXISTS where there is another
 * text under that name, which may be another raster's, and the options do not allow overwriting. */
enum rst_status rst_text_attach(struct rst_text *text, struct rst_raster *raster, const char *path,
                                const struct rst_create_options *options, struct rst_error *err);

#endif
