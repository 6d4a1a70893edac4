/* A port: the executor's access to a raster, row by row, as packed rows of all bands or of one. */
#ifndef RASTER_SWEEP_PORT_H
#define RASTER_SWEEP_PORT_H

#include "raster/image/raster.h"

struct rst_port {
    struct rst_raster *raster; /* NULL: there is none, rows go elsewhere */
    int32_t bands;             /* samples per pixel of a row: all, or 1 */
    size_t pixel;              /* bytes of a pixel of a row */
    bool direct;               /* rows lie in the mapping just as kernels want them (where they are aligned) */
    bool by_call;              /* ... but are read and written by system call */
    bool holes;                /* parts of the file may be missing */
    struct rst_view view;      /* of the whole image, where direct */
};

void rst_port_open(struct rst_port *port, struct rst_raster *raster, int32_t bands);

/* Whether rows can be moved by system call. */
bool rst_port_can_call(const struct rst_port *port);

/* The address of pixel (x, y) of a packed row in the mapping itself, or NULL where a row must be loaded and stored. */
void *rst_port_at(const struct rst_port *port, int32_t band, int64_t x, int64_t y);

/* Copies `width` pixels from (x, y) on out of the raster, or into it. The window lies in the image, and is held, or has
 * room, already. */
enum rst_status rst_port_load(const struct rst_port *port, int32_t band, int64_t x, int64_t y, int64_t width, void *to,
                              struct rst_error *err);
enum rst_status rst_port_store(const struct rst_port *port, int32_t band, int64_t x, int64_t y, int64_t width,
                               const void *from, struct rst_error *err);

#endif
