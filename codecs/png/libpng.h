/* libpng for one file: what it says is kept, and its jumps end here. */
#ifndef CODECS_PNG_LIBPNG_H
#define CODECS_PNG_LIBPNG_H

#include <png.h>
#include <stdbool.h>

#include "raster/base/status.h"

struct rst_png_lib {
    png_structp png;
    png_infop info;
    char message[128];      /* the first warning or error since the caller emptied it */
    const char *fatal;      /* a warning that has this in it is an error; NULL: none is */
    enum rst_status status; /* why a function that libpng called gave up */
    size_t largest;         /* piece of memory that reading took since the caller set it to 0 */
};

/* Takes images of any size, to be read or to be written. false where there is no memory. The struct must stay where it
 * is; close takes one that is zeroed. */
bool rst_png_lib_open(struct rst_png_lib *lib, bool write);
void rst_png_lib_close(struct rst_png_lib *lib, bool write);

/* Runs `work`, the one place where functions of libpng that may fail are called. Not RST_OK: it did not come to its
 * end; `message` tells why, unless `status` does, which a function that libpng called has set. What `work` owns must be
 * in reach of the caller. */
enum rst_status rst_png_lib_run(struct rst_png_lib *lib, void (*work)(struct rst_png_lib *lib, void *argument),
                                void *argument);

#endif
