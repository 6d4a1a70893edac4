/* One block of samples and nothing else: what a raw file is, and what formats are whose header stands beside it.
 */
#ifndef CODECS_PLAIN_RAW_H
#define CODECS_PLAIN_RAW_H

#include <stdbool.h>
#include <stdint.h>

#include "codecs/codec.h"

/* The layout of such a block, with `offset` as its place, and the length that the file must have. false where that
 * does not fit 63 bits. */
bool rst_raw_lay_out(const struct rst_raw *raw, uint64_t *offset, struct rst_layout *layout, uint64_t *length);

/* The raster of a source that is such a block, proven against the file's length. */
enum rst_status rst_raw_open(struct rst_source *source, const char *format, const struct rst_raw *raw,
                             const struct rst_meta *meta, struct rst_raster **out, struct rst_error *err);

/* What a new file of this shape is to hold, as the options have it. */
struct rst_raw rst_raw_of_options(const struct rst_shape *shape, const struct rst_create_options *options);

enum rst_status rst_raw_create(const char *path, const char *format, const struct rst_raw *raw,
                               const struct rst_meta *meta, const struct rst_create_options *options,
                               struct rst_raster **out, struct rst_error *err);

/* The other way: a layout as a raw block. false where it is none: several blocks, rows upwards, gaps. */
bool rst_raw_of_layout(const struct rst_layout *layout, struct rst_raw *raw);

#endif
