/* An edit of metadata, done to a struct rst_meta: what the codecs that edit files have in common. */
#ifndef CODECS_EDIT_H
#define CODECS_EDIT_H

#include "codecs/codecs.h"

/* `type` and `bands` are those of the image; `path` is for messages. On failure meta may be half changed. */
enum rst_status rst_edit_apply(const struct rst_edit *edit, const char *path, enum rst_type type, int32_t bands,
                               struct rst_meta *meta, struct rst_error *err);

#endif
