/* Kernels read and write the mapping itself where its rows are packed and aligned; everything else (tiles, planes that
 * are wanted side by side, foreign byte order, odd offsets) is copied row by row, a few KiB at a time, which stay in
 * the first-level cache. Where a tile's rows are short and far apart, and pages would have to be let go of at once,
 * rows are moved by system call instead. */
#include "raster/sweep/port.h"

#include "raster/image/hold.h"
#include "raster/image/pages.h"

void rst_port_open(struct rst_port *port, struct rst_raster *raster, int32_t bands)
{
    const struct rst_layout *layout = rst_raster_layout(raster);
    ptrdiff_t size = (ptrdiff_t)rst_type_size(layout->type);
    *port = (struct rst_port){
        .raster = raster, .bands = bands, .pixel = (size_t)(size * bands), .holes = rst_raster_has_holes(raster)};
    if (rst_raster_bare_view(raster, &port->view, NULL)) return;
    port->direct = port->view.pixel_stride == size * bands && (bands == 1 || port->view.band_stride == size);
}

bool rst_port_can_call(const struct rst_port *port)
{
    struct rst_map *map = port->direct ? rst_raster_map(port->raster) : NULL;
    return map && rst_map_descriptor(map) >= 0 && rst_map_mode(map) != RST_PRIVATE &&
           !rst_raster_is_lazy(port->raster) && !rst_raster_is_coded(port->raster);
}

void *rst_port_at(const struct rst_port *port, int32_t band, int64_t x, int64_t y)
{
    if (!port->direct || port->by_call) return NULL;
    void *at = rst_view_at(&port->view, x, y, band);
    return (uintptr_t)at % rst_type_size(port->view.type) == 0 ? at : NULL;
}

static struct rst_view row_view(const struct rst_port *port, int64_t width, void *data)
{
    return rst_view_packed(data, rst_raster_layout(port->raster)->type, width, 1, port->bands);
}

/* Where a row starts in the mapping, in bytes. */
static uint64_t place_of(const struct rst_port *port, int32_t band, int64_t x, int64_t y)
{
    const char *at = rst_view_at(&port->view, x, y, band);
    return (uint64_t)(at - (const char *)rst_map_data(rst_raster_map(port->raster)));
}

enum rst_status rst_port_load(const struct rst_port *port, int32_t band, int64_t x, int64_t y, int64_t width, void *to,
                              struct rst_error *err)
{
    if (port->by_call)
        return rst_map_read(rst_raster_map(port->raster), place_of(port, band, x, y), (uint64_t)width * port->pixel, to,
                            err);
    struct rst_view row = row_view(port, width, to);
    return rst_raster_read_held(port->raster, x, y, band, &row, err);
}

enum rst_status rst_port_store(const struct rst_port *port, int32_t band, int64_t x, int64_t y, int64_t width,
                               const void *from, struct rst_error *err)
{
    if (port->by_call)
        return rst_map_write(rst_raster_map(port->raster), place_of(port, band, x, y), (uint64_t)width * port->pixel,
                             from, err);
    struct rst_view row = row_view(port, width, (void *)from);
    return rst_raster_write_held(port->raster, x, y, band, &row, err);
}
