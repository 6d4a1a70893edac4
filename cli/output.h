/* Deciding what an output may be, and how it is stored, before a byte is written; and what it did not keep. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "cli/options.h"

/* Refuses, by looking at names alone, an output that must not be written: the input itself under any name (device and
 * inode), what exists and may not be replaced, what is no ordinary file. input may be NULL. */
RST_MUST_USE enum rst_status output_check(const char *input, const char *output, const struct options *options,
                                          struct rst_error *err);

/* Whether --raw speaks of the input: of a lone file always, else unless the names tell that only the output is raw. */
bool output_raw_is_input(const char *input, const char *output, const struct options *options);

/* How the file is to be made, as the line tells. Borrows from `options`; `raw` is room for what the result may point
 * to. RST_E_ARGUMENT where --compression same asks for what cannot be told of `input` (NULL: there is none). */
RST_MUST_USE enum rst_status output_layout(const char *output, const struct rst_raster *input,
                                           const struct options *options, struct rst_raw *raw,
                                           struct rst_create_options *create, struct rst_error *err);

/* What of the metadata a new file does not keep, as a warning; "" where it keeps all. */
void output_lost(const struct rst_raster *output, const struct options *options, char *text, size_t size);

/* RST_E_ARGUMENT where --raw speaks of the output alone and tells another shape than the result has. */
RST_MUST_USE enum rst_status output_check_raw(const struct options *options, const struct rst_shape *shape,
                                              struct rst_error *err);

#endif
