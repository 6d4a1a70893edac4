/* Plots of histograms, drawn into pixels: axes with ticks and numbers, and one outline per band. */
#ifndef CLI_PLOT_H
#define CLI_PLOT_H

#include <stdint.h>

#include "raster/raster.h"

enum { PLOT_WIDTH = 960, PLOT_HEIGHT = 600 };

struct plot_band {
    const uint64_t *counts; /* [bins] */
    uint8_t colour[3];
};

struct plot {
    int32_t bins;
    double low, high; /* the range that is cut into bins */
    const struct plot_band *bands;
    int32_t band_count;
};

/* RGB pixels, PLOT_WIDTH x PLOT_HEIGHT, packed; to be freed with free(). RST_E_NOMEM. */
RST_MUST_USE enum rst_status plot_draw(const struct plot *plot, uint8_t **pixels, struct rst_error *err);

#endif
