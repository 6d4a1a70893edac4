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

bool rst_raster_is_sparse_output(const struct rst_raster *raster)
{
    return raster->holes != NULL;
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
    if (raster->lazy) rst_lazy_keep_all(raster->lazy);
}

void rst_raster_bound(struct rst_raster *raster, int ring, uint32_t idle_pieces)
{
    enum { IDLE_PIECES = 16 };
    if (raster->drain) rst_drain_set_ring(raster->drain, ring);
    if (raster->lazy || raster->drain) rst_map_keep_idle(raster->map, idle_pieces ? idle_pieces : IDLE_PIECES);
}

uint64_t rst_raster_coder_bytes(const struct rst_raster *raster, int threads, int ring)
{
    if (raster->lazy) return rst_lazy_coder_bytes(raster->lazy, threads);
    return raster->drain ? rst_drain_coder_bytes(raster->drain, threads, ring) : 0;
}

void rst_raster_scratch_use(const struct rst_raster *raster, uint64_t *now, uint64_t *most)
{
    struct rst_chunks *chunks = raster->lazy ? &raster->lazy->chunks : raster->drain ? &raster->drain->chunks : NULL;
    *now = *most = 0;
    if (chunks) rst_chunks_measure(chunks, now, most);
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

bool rst_raster_cells(const struct rst_raster *raster, struct rst_held_cells *cells)
{
    const struct rst_grid *grid = raster->lazy ? &raster->lazy->grid : raster->drain ? &raster->drain->grid : NULL;
    uint64_t from;
    *cells = (struct rst_held_cells){0};
    if (!grid) return false;
    cells->width = grid->cells.width;
    cells->height = grid->cells.height;
    cells->columns = grid->columns;
    cells->planes = grid->cells.planes;
    cells->stream = raster->lazy && raster->lazy->decoder.kind->stream;
    cells->context = raster->drain ? raster->drain->encoder.kind->context : 0;
    rst_grid_bytes(grid, (struct rst_cell){0}, &from, &cells->bytes);
    return true;
}

int64_t rst_raster_open_cells(const struct rst_raster *raster, struct rst_rect window)
{
    return raster->drain ? rst_drain_open_cells(raster->drain, window) : 0;
}

uint64_t rst_raster_decoded(const struct rst_raster *raster)
{
    if (!raster->lazy) return 0;
    pthread_mutex_lock(&raster->lazy->lock);
    uint64_t bytes = raster->lazy->decoded;
    pthread_mutex_unlock(&raster->lazy->lock);
    return bytes;
}
