/* Running a pipeline over packed pixels in memory, for the tests of operations. */
#ifndef TESTS_SUPPORT_OPRUN_H
#define TESTS_SUPPORT_OPRUN_H

#include <stddef.h>

#include "raster/image/raster.h"
#include "raster/sweep/run.h"

/* Bytes of an image of this shape, packed, bands interleaved by pixel. */
size_t oprun_bytes(const struct rst_shape *shape);

/* Parses the pipeline, runs it over `pixels`, packed and of shape *in (nodata, alpha and palette included), and copies
 * the result, packed, to `result`. result NULL plans only; *out_shape (may be NULL) gets the result's shape in both
 * cases, so that a test can ask first how much room it needs. options NULL: all defaults, one thread. options->window
 * counts: the result is that part alone. Returns what failed first. */
enum rst_status oprun(const char *pipeline_text, const struct rst_shape *in, const void *pixels,
                      struct rst_run_options *options, void *result, struct rst_shape *out_shape,
                      struct rst_error *err);

/* The pixels, packed, as a raster to be closed: one that operations read beside their input. Ends the test where there
 * is none to be had. */
struct rst_raster *oprun_raster(const struct rst_shape *shape, const void *pixels);

/* The same in place: `pixels` holds the result afterwards. */
enum rst_status oprun_in_place(const char *pipeline_text, const struct rst_shape *in, void *pixels,
                               struct rst_run_options *options, struct rst_error *err);

/* Ends the test unless each of these pipelines is refused on an image of 4 x 4 bytes, with a message. */
void oprun_refuses(const char *const *pipelines, size_t count);

/* ... unless one that reads an image of shape *beside is, on one of shape *in, and says the words. */
void oprun_refuses_beside(const char *pipeline, const struct rst_shape *in, const struct rst_shape *beside,
                          const char *words);

#endif
