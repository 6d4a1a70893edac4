/* In place is out of place from a rolling buffer. Before any thread stores into a band of rows, the band's original
 * rows and the halo below it are in a ring of rows, which still has the halo above it from the band before. Rows
 * further down are read from the raster, where nothing has been stored yet. A wrapping border looks at the first rows
 * again when the last band is computed: those are kept for good.
 *
 * Invariant: a row of the window that has been overwritten is either held, or not needed any more. */
#include "raster/sweep/originals.h"

#include <stdlib.h>
#include <string.h>

#include "raster/base/size.h"

static int64_t capacity_of(struct rst_halo halo, int64_t band_height)
{
    return halo.up + halo.down + band_height;
}

uint64_t rst_originals_bytes(const struct rst_port *port, struct rst_halo halo, int64_t width, int64_t band_height,
                             int32_t groups, bool wrap)
{
    int64_t rows = capacity_of(halo, band_height) + (wrap ? halo.down : 0);
    uint64_t bytes = UINT64_MAX;
    if (rst_mul((uint64_t)width * port->pixel, (uint64_t)rows, &bytes)) rst_mul(bytes, (uint64_t)groups, &bytes);
    return bytes;
}

enum rst_status rst_originals_open(struct rst_originals *originals, int64_t band_height, bool wrap,
                                   struct rst_error *err)
{
    originals->capacity = capacity_of(originals->halo, band_height);
    originals->row_bytes = (size_t)originals->width * originals->port->pixel;
    originals->saved = wrap ? rst_min64(originals->halo.down, originals->window.height) : 0;
    originals->first = originals->last = rst_max64(0, originals->window.y - originals->halo.up);
    size_t groups = (size_t)originals->groups;
    size_t held = (size_t)originals->capacity * originals->row_bytes,
           kept = (size_t)originals->saved * originals->row_bytes;
    originals->ring = malloc(groups * held);
    originals->kept = kept ? malloc(groups * kept) : NULL;
    if (originals->ring && (originals->kept || !kept)) return RST_OK;
    rst_originals_close(originals);
    return rst_fail(err, RST_E_NOMEM, "%s: no memory for %zu original rows of %zu bytes",
                    rst_raster_path(originals->port->raster), (size_t)(originals->capacity + originals->saved) * groups,
                    originals->row_bytes);
}

uint64_t rst_originals_held(const struct rst_originals *originals)
{
    if (!originals->ring) return 0;
    return (uint64_t)((originals->capacity + originals->saved) * originals->groups) * originals->row_bytes;
}

void rst_originals_close(struct rst_originals *originals)
{
    free(originals->ring);
    free(originals->kept);
    originals->ring = originals->kept = NULL;
}

void rst_originals_missing(const struct rst_originals *originals, int64_t to, int64_t *first, int64_t *last)
{
    int64_t height = rst_raster_layout(originals->port->raster)->height;
    *first = originals->last;
    *last = rst_min64(height, to + originals->halo.down);
}

static char *ring_row(const struct rst_originals *originals, int32_t group, int64_t y)
{
    int64_t slot = group * originals->capacity + y % originals->capacity;
    return originals->ring + (size_t)slot * originals->row_bytes;
}

static char *kept_row(const struct rst_originals *originals, int32_t group, int64_t y)
{
    return originals->kept + (size_t)(group * originals->saved + y - originals->window.y) * originals->row_bytes;
}

enum rst_status rst_originals_load(struct rst_originals *originals, int64_t y, struct rst_error *err)
{
    for (int32_t group = 0; group < originals->groups; group++) {
        char *row = ring_row(originals, group, y);
        const void *direct = rst_port_at(originals->port, group, originals->x, y);
        if (direct)
            memcpy(row, direct, originals->row_bytes);
        else
            RST_TRY(rst_port_load(originals->port, group, originals->x, y, originals->width, row, err));
        if (y >= originals->window.y && y < originals->window.y + originals->saved)
            memcpy(kept_row(originals, group, y), row, originals->row_bytes);
    }
    return RST_OK;
}

void rst_originals_advance(struct rst_originals *originals, int64_t from, int64_t to)
{
    int64_t first;
    rst_originals_missing(originals, to, &first, &originals->last);
    originals->first = rst_max64(0, from - originals->halo.up);
}

const void *rst_originals_at(const struct rst_originals *originals, int32_t group, int64_t x, int64_t y)
{
    size_t column = (size_t)(x - originals->x) * originals->port->pixel;
    if (y >= originals->first && y < originals->last) return ring_row(originals, group, y) + column;
    if (y >= originals->window.y && y < originals->window.y + originals->saved && y < originals->first)
        return kept_row(originals, group, y) + column;
    return NULL;
}
