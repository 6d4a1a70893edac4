/* A small image for the samples that are given none: made in a folder of its own under /tmp, removed at the end. */
#ifndef SAMPLES_INPUT_H
#define SAMPLES_INPUT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codecs/codecs.h"
#include "raster/raster.h"

struct input {
    const char *path;
    char made[64]; /* "" where the user gave the path */
};

/* Removes what input_find() made. */
static inline void input_remove(struct input *input)
{
    if (input->made[0] == '\0') return;
    unlink(input->made);
    *strrchr(input->made, '/') = '\0';
    rmdir(input->made);
}

/* 300 x 200 pixels, red growing to the right, green downwards; in tiles of `tile` x `tile`, or strips where that is 0.
 */
static inline enum rst_status input_write(const char *path, int64_t tile, struct rst_error *err)
{
    enum { WIDTH = 300, HEIGHT = 200, BANDS = 3 };
    struct rst_shape shape = {RST_U8, WIDTH, HEIGHT, BANDS, .alpha = -1, .opacity = -1};
    struct rst_meta meta = {.photometric = RST_PHOTOMETRIC_RGB};
    struct rst_create_options options = {.tile_width = tile, .tile_height = tile};
    struct rst_raster *raster = NULL;
    RST_TRY(rst_create(path, &shape, &meta, &options, &raster, err));
    enum rst_status status = RST_OK;
    for (int y = 0; y < HEIGHT && status == RST_OK; y++) {
        uint8_t row[WIDTH][BANDS];
        for (int x = 0; x < WIDTH; x++) {
            row[x][0] = (uint8_t)(x * 255 / WIDTH);
            row[x][1] = (uint8_t)(y * 255 / HEIGHT);
            row[x][2] = 40;
        }
        struct rst_view view = rst_view_packed(row, RST_U8, WIDTH, 1, BANDS);
        status = rst_raster_write(raster, 0, y, 0, &view, err);
    }
    if (status == RST_OK) status = rst_commit(raster, err); /* only now the file has its name */
    rst_close(&raster);
    return status;
}

/* The first argument, else an image made for the occasion. */
static inline enum rst_status input_find(struct input *input, int argc, char **argv, int64_t tile,
                                         struct rst_error *err)
{
    *input = (struct input){.path = argc > 1 ? argv[1] : NULL};
    if (input->path != NULL) return RST_OK;
    char folder[] = "/tmp/raster-sample-XXXXXX";
    if (mkdtemp(folder) == NULL) return rst_fail(err, RST_E_IO, "no folder can be made under /tmp");
    snprintf(input->made, sizeof input->made, "%s/input.tif", folder);
    input->path = input->made;
    return input_write(input->path, tile, err);
}

#endif
