/* Changing the metadata of a TIFF where it lies. */
#ifndef CODECS_TIFF_EDIT_H
#define CODECS_TIFF_EDIT_H

#include "codecs/codecs.h"

/* As struct rst_codec has it. */
enum rst_status rst_tiff_edit(const char *path, int page, const struct rst_edit *edit, struct rst_error *err);

#endif
