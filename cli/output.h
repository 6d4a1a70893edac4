/* Deciding what an output may be, and how it is stored, before a byte is written. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "cli/options.h"

/* Refuses, by looking at names alone, an output that must not be written: the input itself under any name (device and
 * inode), what exists and may not be replaced, what is no ordinary file. input may be NULL. */
RST_MUST_USE enum rst_status output_check(const char *input, const char *output, const struct options *options,
                                          struct rst_error *err);

/* Whether --raw speaks of the input: of a lone file always, else unless the names tell that only the output is raw. */
bool output_raw_is_input(const char *input, const char *output, const struct options *options);

/* The file's layout as the line tells. Borrows from `options`. */
struct rst_create_options output_layout(const char *output, const struct options *options);

/* RST_E_ARGUMENT where --raw speaks of the output alone and tells another shape than the result has. */
RST_MUST_USE enum rst_status output_check_raw(const struct options *options, const struct rst_shape *shape,
                                              struct rst_error *err);

#endif
