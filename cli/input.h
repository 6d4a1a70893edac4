/* An input as the line names it: a file, and an image in it. */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include "cli/options.h"

struct input {
    char *path; /* owned */
    int page;
    int sub_image; /* 0: the page itself */
    bool one;      /* the line names the page */
};

/* Takes FILE, FILE#N or FILE#N.M apart: image N of the file, from 0 on, or its sub-image M, from 1 on. A file whose
 * whole name is the word goes before. RST_E_ARGUMENT where --page names an image too. End with input_free(). */
RST_MUST_USE enum rst_status input_parse(const char *word, const struct options *options, struct input *input,
                                         struct rst_error *err);
void input_free(struct input *input);

/* How to open it. `raw` is left to the caller. */
struct rst_open_options input_open_options(const struct input *input, const struct options *options);

/* Opens it as told; `raw`: it is what --raw describes. It gets the nodata value of --nodata. */
RST_MUST_USE enum rst_status input_open(const struct input *input, enum rst_mode mode, bool raw,
                                        const struct options *options, struct rst_raster **out, struct rst_error *err);

/* --nodata as a sample of a type. */
RST_MUST_USE enum rst_status input_parse_nodata(const struct options *options, enum rst_type type,
                                                union rst_sample *nodata, struct rst_error *err);

#endif
