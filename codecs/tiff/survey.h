/* A look at all directories of a TIFF, before one of its images is written to. */
#ifndef CODECS_TIFF_SURVEY_H
#define CODECS_TIFF_SURVEY_H

#include <stdint.h>

#include "codecs/tiff/chain.h"
#include "codecs/tiff/file.h"

/* Notes in file->touched what the file's directories take, those of pages and those inside them, and counts the
 * overviews that follow the page whose directory is at `offset`. The file is open at it, and what it takes was noted
 * then but for the lists of its blocks. */
enum rst_status rst_tiff_survey(const struct rst_tiff_file *file, const struct rst_tiff_chain *chain, uint64_t offset,
                                int *overviews, struct rst_error *err);

#endif
