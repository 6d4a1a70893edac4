/* The operations that come with the library, by name. */
#ifndef RASTER_OPS_OPS_H
#define RASTER_OPS_OPS_H

#include "raster/base/status.h"
#include "raster/sweep/op.h"
#include "raster/sweep/pipeline.h"

RST_BEGIN

/* The classes, in the order of the manual; index 0 ... rst_ops_count() - 1. Static, any thread. */
RST_API int rst_ops_count(void);
RST_API const struct rst_op_class *rst_ops_at(int index);

/* What the manual has them together under: "edges". Operations of a group follow one another. */
RST_API const char *rst_ops_group(int index);

/* NULL where there is no such operation. */
RST_API const struct rst_op_class *rst_ops_find(const char *name);

/* "gaussblur --sigma 2 ! sharpen --amount 0.5": operations separated by `!`, parameters as --name VALUE or
 * --name=VALUE, VALUE quoted with ' or " where it holds blanks. The caller owns *out. RST_E_ARGUMENT names the word
 * that is wrong and what is known. */
RST_API RST_MUST_USE enum rst_status rst_pipeline_parse(const char *text, struct rst_pipeline **out,
                                                        struct rst_error *err);

/* The same from words, as a shell hands them over. */
RST_API RST_MUST_USE enum rst_status rst_pipeline_parse_words(const char *const *words, int count,
                                                              struct rst_pipeline **out, struct rst_error *err);

RST_END

#endif
