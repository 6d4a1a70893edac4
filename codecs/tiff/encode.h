/* Compressed TIFFs, written block by block. */
#ifndef CODECS_TIFF_ENCODE_H
#define CODECS_TIFF_ENCODE_H

#include "codecs/tiff/sheet.h"
#include "raster/image/coder.h"

/* An encoder for the file that the sheet tells of, whose cells are its tiles or strips. Takes what the sheet owns, and
 * empties it; on failure the sheet is as it was. Close the encoder with its class. */
enum rst_status rst_tiff_encoder(const char *path, struct rst_tiff_sheet *sheet, struct rst_encoder *encoder,
                                 struct rst_error *err);

#endif
