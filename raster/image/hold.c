/* The executor's door to lazy.c and drain.c. A raster has at most one of the two; where it has neither, all is there.
 */
#include "raster/image/hold.h"

#include "raster/image/drain.h"
#include "raster/image/handle.h"
#include "raster/image/lazy.h"

bool rst_raster_is_lazy(const struct rst_raster *raster)
{
    return raster->lazy != NULL;
}

bool rst_raster_is_coded(const struct rst_raster *raster)
{
    return raster->drain != NULL;
}

enum rst_status rst_raster_hold(const struct rst_raster *raster, struct rst_rect window, struct rst_error *err)
{
    return raster->lazy ? rst_lazy_hold(raster->lazy, window, err) : RST_OK;
}

void rst_raster_unhold(const struct rst_raster *raster, struct rst_rect window)
{
    if (raster->lazy) rst_lazy_unhold(raster->lazy, window);
}

enum rst_status rst_raster_decode_ahead(const struct rst_raster *raster, int64_t row, bool *did, struct rst_error *err)
{
    *did = false;
    return raster->lazy ? rst_lazy_decode_ahead(raster->lazy, row, did, err) : RST_OK;
}

void rst_raster_keep(const struct rst_raster *raster, struct rst_rect window, struct rst_rect other)
{
    if (raster->lazy) rst_lazy_keep(raster->lazy, window, other);
}

void rst_raster_keep_all(const struct rst_raster *raster)
{
    struct rst_rect all = {0, 0, raster->layout.width, raster->layout.height};
    if (raster->lazy) rst_lazy_keep(raster->lazy, all, (struct rst_rect){0});
}

enum rst_status rst_raster_room(struct rst_raster *raster, struct rst_rect window, struct rst_error *err)
{
    return raster->drain ? rst_drain_room(raster->drain, window, raster->path, err) : RST_OK;
}

void rst_raster_finish(struct rst_raster *raster, int64_t rows, int64_t partly_rows, int64_t partly_columns)
{
    if (raster->drain) rst_drain_finish(raster->drain, rows, partly_rows, partly_columns);
}

enum rst_status rst_raster_encode_next(struct rst_raster *raster, bool *did, struct rst_error *err)
{
    *did = false;
    return raster->drain ? rst_drain_encode_next(raster->drain, did, err) : RST_OK;
}

bool rst_raster_all_taken(const struct rst_raster *raster)
{
    return !raster->drain || rst_drain_all_taken(raster->drain);
}
