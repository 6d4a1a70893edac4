/* Decoding on need.
 *
 * Every cell is empty, being decoded by one thread, or ready; and it counts who holds it. Who needs a window first
 * counts itself on all its cells, then decodes those that are empty, then waits for those that others are at. So each
 * cell is decoded by one thread, several threads that come to one window share its cells, and a cell that somebody
 * holds is never given back, however little of the image is wanted any more.
 *
 * Cells that nobody holds stay for those who come back to them, up to a number of bytes, and the ones that were needed
 * last; but a pass over the image knows better what will be needed, and while it tells, that alone counts.
 *
 * Cells of a stream have no choice of order: one thread at a time decodes them from where the stream is, and passes
 * over those that nobody wants. For an empty cell behind the stream it is started again.
 */
#include "raster/image/lazy.h"

#include <stdlib.h>

#include "raster/base/size.h"
#include "raster/image/raster.h"
#include "raster/map/memory.h"

enum cell_state { CELL_EMPTY, CELL_BUSY, CELL_READY };

struct rst_lazy_cell {
    uint32_t holders : 29, state : 2, stale : 1; /* stale: to be given back once nobody holds it */
};

static struct rst_rect whole_image(const struct rst_layout *layout)
{
    return (struct rst_rect){0, 0, layout->width, layout->height};
}

static enum rst_status fill(struct rst_lazy *lazy, const struct rst_layout *layout, struct rst_map *map,
                            const char *path, struct rst_error *err)
{
    RST_TRY(rst_grid_make(&lazy->grid, layout, lazy->decoder.cells, path, err));
    lazy->list = calloc((size_t)lazy->grid.count, sizeof *lazy->list);
    if (!lazy->list)
        return rst_fail(err, RST_E_NOMEM, "%s: no memory for %llu cells", path, (unsigned long long)lazy->grid.count);
    lazy->kept[0] = whole_image(layout);
    RST_TRY(rst_shelf_open(&lazy->shelf, &lazy->grid, rst_map_length(map), path, err));
    return rst_chunks_open(&lazy->chunks, map, err);
}

enum rst_status rst_lazy_open(const struct rst_decoder *decoder, const struct rst_layout *layout, struct rst_map *map,
                              const char *path, struct rst_lazy **out, struct rst_error *err)
{
    *out = NULL;
    struct rst_lazy *lazy = calloc(1, sizeof *lazy);
    if (!lazy) {
        decoder->kind->close(decoder->state);
        return rst_fail(err, RST_E_NOMEM, "%s: no memory to decode it", path);
    }
    lazy->decoder = *decoder;
    pthread_mutex_init(&lazy->lock, NULL);
    pthread_cond_init(&lazy->changed, NULL);
    rst_crew_open(&lazy->crew, decoder->kind->start, decoder->kind->stop, decoder->state);
    enum rst_status status = fill(lazy, layout, map, path, err);
    if (status == RST_OK)
        *out = lazy;
    else
        rst_lazy_close(&lazy);
    return status;
}

void rst_lazy_close(struct rst_lazy **lazy)
{
    struct rst_lazy *closing = *lazy;
    if (!closing) return;
    *lazy = NULL;
    rst_crew_return(&closing->crew, closing->reader, true);
    rst_crew_close(&closing->crew);
    rst_chunks_close(&closing->chunks);
    rst_shelf_close(&closing->shelf);
    closing->decoder.kind->close(closing->decoder.state);
    pthread_cond_destroy(&closing->changed);
    pthread_mutex_destroy(&closing->lock);
    free(closing->list);
    free(closing);
}

static bool touch(struct rst_rect a, struct rst_rect b)
{
    return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

static bool is_kept(const struct rst_lazy *lazy, uint64_t index)
{
    struct rst_rect rect = rst_grid_rect(&lazy->grid, rst_grid_cell(&lazy->grid, index));
    return touch(rect, lazy->kept[0]) || touch(rect, lazy->kept[1]);
}

static void drop_space(struct rst_lazy *lazy, uint64_t index)
{
    uint64_t from, length;
    rst_grid_bytes(&lazy->grid, rst_grid_cell(&lazy->grid, index), &from, &length);
    rst_chunks_drop(&lazy->chunks, from, length);
}

/* Gives a cell back as soon as nobody holds it. Called with the lock, which chunks do not take. */
static void give_back(struct rst_lazy *lazy, uint64_t index)
{
    struct rst_lazy_cell *cell = &lazy->list[index];
    if (cell->state == CELL_EMPTY) return;
    if (cell->holders > 0 || cell->state == CELL_BUSY) {
        cell->stale = 1;
        return;
    }
    rst_shelf_remove(&lazy->shelf, index);
    cell->state = CELL_EMPTY;
    cell->stale = 0;
    drop_space(lazy, index);
}

/* The limit of the cache. Where nobody told one it depends on the memory that there is, which takes time to find out:
 * so not before it matters. */
static uint64_t cache_limit(struct rst_lazy *lazy)
{
    const uint64_t least = UINT64_C(32) << 20, most = UINT64_C(256) << 20;
    if (lazy->cache_told) return lazy->cache;
    if (lazy->shelf.idle * RST_SCRATCH_PIECE <= least) return least;
    if (lazy->cache == 0) {
        uint64_t share = rst_memory_spare() / 4;
        lazy->cache = share < least ? least : share > most ? most : share;
    }
    return lazy->cache;
}

/* Gives back what nobody holds and the cache does not hold either. Called with the lock. */
static void trim_cache(struct rst_lazy *lazy)
{
    if (lazy->swept || lazy->shelf.idle == 0) return;
    uint64_t limit = cache_limit(lazy);
    while (lazy->shelf.idle * RST_SCRATCH_PIECE > limit)
        give_back(lazy, lazy->shelf.oldest);
}

/* Decodes a cell into its place in scratch, or, `over`, passes over it. */
static enum rst_status decode(struct rst_lazy *lazy, void *worker, uint64_t index, bool over, struct rst_error *err)
{
    const struct rst_decoder *decoder = &lazy->decoder;
    struct rst_cell cell = rst_grid_cell(&lazy->grid, index);
    if (over) return decoder->kind->decode(decoder->state, worker, cell, NULL, err);
    uint64_t from, length;
    rst_grid_bytes(&lazy->grid, cell, &from, &length);
    RST_TRY(rst_chunks_use(&lazy->chunks, from, length, err));
    struct rst_view view = rst_grid_view(&lazy->grid, rst_map_data(lazy->chunks.map), cell);
    enum rst_status status = decoder->kind->decode(decoder->state, worker, cell, &view, err);
    if (status != RST_OK) rst_chunks_drop(&lazy->chunks, from, length);
    return status;
}

/* After a cell was decoded, or was not. Called with the lock. */
static void settle(struct rst_lazy *lazy, uint64_t index, bool ready)
{
    struct rst_lazy_cell *cell = &lazy->list[index];
    bool stale = cell->stale || !is_kept(lazy, index);
    cell->state = ready ? CELL_READY : CELL_EMPTY;
    cell->stale = 0;
    if (ready) {
        struct rst_rect rect = rst_grid_rect(&lazy->grid, rst_grid_cell(&lazy->grid, index));
        const struct rst_layout *layout = lazy->grid.layout;
        int64_t bands = lazy->grid.cells.planes > 1 ? 1 : layout->bands;
        lazy->decoded += (uint64_t)(rect.width * rect.height * bands) * rst_type_size(layout->type);
    }
    if (ready) rst_shelf_add(&lazy->shelf, index, cell->holders > 0);
    if (ready && stale) give_back(lazy, index);
    trim_cache(lazy);
    pthread_cond_broadcast(&lazy->changed);
}

/* Decodes an empty cell. Called with the lock, which is let go of meanwhile. */
static enum rst_status decode_cell(struct rst_lazy *lazy, uint64_t index, struct rst_error *err)
{
    void *worker;
    lazy->list[index].state = CELL_BUSY;
    pthread_mutex_unlock(&lazy->lock);
    enum rst_status status = rst_crew_take(&lazy->crew, &worker, err);
    if (status == RST_OK) {
        status = decode(lazy, worker, index, false, err);
        rst_crew_return(&lazy->crew, worker, status != RST_OK);
    }
    pthread_mutex_lock(&lazy->lock);
    settle(lazy, index, status == RST_OK);
    return status;
}

/* Called with the lock, while nobody streams. */
static void end_stream(struct rst_lazy *lazy)
{
    rst_crew_return(&lazy->crew, lazy->reader, true);
    lazy->reader = NULL;
    lazy->next = lazy->grid.count;
}

/* Takes the stream one cell on. Called with the lock while nobody streams; it is let go of meanwhile. */
static enum rst_status stream_cell(struct rst_lazy *lazy, struct rst_error *err)
{
    uint64_t index = lazy->next;
    struct rst_lazy_cell *cell = &lazy->list[index];
    bool over = cell->state == CELL_READY || (cell->holders == 0 && !is_kept(lazy, index));
    enum rst_status status = RST_OK;
    lazy->streaming = true;
    if (!over) cell->state = CELL_BUSY;
    pthread_mutex_unlock(&lazy->lock);
    if (!lazy->reader) status = rst_crew_take(&lazy->crew, &lazy->reader, err);
    if (status == RST_OK) status = decode(lazy, lazy->reader, index, over, err);
    pthread_mutex_lock(&lazy->lock);
    lazy->streaming = false;
    lazy->next = index + 1;
    if (status != RST_OK || lazy->next == lazy->grid.count) end_stream(lazy);
    if (over)
        pthread_cond_broadcast(&lazy->changed);
    else
        settle(lazy, index, status == RST_OK);
    return status;
}

/* Streams until a cell that the caller holds is ready. Called with the lock. */
static enum rst_status stream_to(struct rst_lazy *lazy, uint64_t index, struct rst_error *err)
{
    while (lazy->list[index].state != CELL_READY) {
        if (lazy->streaming) {
            pthread_cond_wait(&lazy->changed, &lazy->lock);
            continue;
        }
        if (lazy->next > index) {
            end_stream(lazy);
            lazy->next = 0;
        }
        RST_TRY(stream_cell(lazy, err));
    }
    return RST_OK;
}

/* Waits for a cell that the caller holds and another thread was decoding; should that one have failed, decodes it.
 * Called with the lock. */
static enum rst_status wait_for(struct rst_lazy *lazy, uint64_t index, struct rst_error *err)
{
    while (lazy->list[index].state == CELL_BUSY)
        pthread_cond_wait(&lazy->changed, &lazy->lock);
    return lazy->list[index].state == CELL_READY ? RST_OK : decode_cell(lazy, index, err);
}

enum visit { COUNT_IN, DECODE, WAIT, COUNT_OUT };

static enum rst_status visit_cell(struct rst_lazy *lazy, uint64_t index, enum visit visit, struct rst_error *err)
{
    struct rst_lazy_cell *cell = &lazy->list[index];
    switch (visit) {
    case COUNT_IN:
        if (cell->holders++ == 0 && cell->state == CELL_READY) rst_shelf_hold(&lazy->shelf, index);
        break;
    case DECODE:
        if (lazy->decoder.kind->stream) return RST_OK;
        return cell->state == CELL_EMPTY ? decode_cell(lazy, index, err) : RST_OK;
    case WAIT:
        return lazy->decoder.kind->stream ? stream_to(lazy, index, err) : wait_for(lazy, index, err);
    case COUNT_OUT:
        if (--cell->holders == 0 && cell->state == CELL_READY) rst_shelf_unhold(&lazy->shelf, index);
        if (cell->stale) give_back(lazy, index);
        break;
    }
    return RST_OK;
}

/* Cells in their order. Called with the lock. */
static enum rst_status visit_window(struct rst_lazy *lazy, struct rst_rect window, enum visit visit,
                                    struct rst_error *err)
{
    struct rst_grid_span span = rst_grid_span(&lazy->grid, window);
    struct rst_cell cell;
    for (cell.row = span.first_row; cell.row < span.end_row; cell.row++)
        for (cell.plane = 0; cell.plane < lazy->grid.cells.planes; cell.plane++)
            for (cell.column = span.first_column; cell.column < span.end_column; cell.column++)
                RST_TRY(visit_cell(lazy, rst_grid_index(&lazy->grid, cell), visit, err));
    return RST_OK;
}

enum rst_status rst_lazy_hold(struct rst_lazy *lazy, struct rst_rect window, struct rst_error *err)
{
    enum rst_status status = RST_OK;
    pthread_mutex_lock(&lazy->lock);
    for (enum visit visit = COUNT_IN; visit <= WAIT && status == RST_OK; visit++)
        status = visit_window(lazy, window, visit, err);
    if (status != RST_OK) {
        (void)visit_window(lazy, window, COUNT_OUT, NULL);
        trim_cache(lazy);
    }
    pthread_mutex_unlock(&lazy->lock);
    return status;
}

void rst_lazy_unhold(struct rst_lazy *lazy, struct rst_rect window)
{
    pthread_mutex_lock(&lazy->lock);
    (void)visit_window(lazy, window, COUNT_OUT, NULL);
    trim_cache(lazy);
    pthread_mutex_unlock(&lazy->lock);
}

enum rst_status rst_lazy_decode_ahead(struct rst_lazy *lazy, int64_t row, bool *did, struct rst_error *err)
{
    enum rst_status status = RST_OK;
    *did = false;
    if (!lazy->decoder.kind->stream) return RST_OK;
    pthread_mutex_lock(&lazy->lock);
    if (!lazy->streaming && lazy->next < lazy->grid.count &&
        rst_grid_cell(&lazy->grid, lazy->next).row * lazy->grid.cells.height < row) {
        *did = true;
        status = stream_cell(lazy, err);
    }
    pthread_mutex_unlock(&lazy->lock);
    return status;
}

/* Gives back the cells of some rows that are not kept. Called with the lock. */
static void give_back_rows(struct rst_lazy *lazy, int64_t from, int64_t to)
{
    const struct rst_grid *grid = &lazy->grid;
    uint64_t index = rst_grid_index(grid, (struct rst_cell){0, from, 0});
    uint64_t end = rst_grid_index(grid, (struct rst_cell){0, to, 0});
    for (; index < end; index++)
        if (lazy->list[index].state != CELL_EMPTY && !is_kept(lazy, index)) give_back(lazy, index);
}

/* The least window that holds both; one of them may be empty. */
static struct rst_rect cover(struct rst_rect a, struct rst_rect b)
{
    if (a.width <= 0 || a.height <= 0) return b;
    if (b.width <= 0 || b.height <= 0) return a;
    int64_t x = rst_min64(a.x, b.x), y = rst_min64(a.y, b.y);
    return (struct rst_rect){x, y, rst_max64(a.x + a.width, b.x + b.width) - x,
                             rst_max64(a.y + a.height, b.y + b.height) - y};
}

void rst_lazy_keep(struct rst_lazy *lazy, struct rst_rect window, struct rst_rect other)
{
    pthread_mutex_lock(&lazy->lock);
    /* Rows that the first window covers on all columns that were wanted so far need no look. */
    struct rst_rect old = cover(lazy->kept[0], lazy->kept[1]);
    lazy->kept[0] = window;
    lazy->kept[1] = other;
    lazy->swept = true;
    struct rst_grid_span was = rst_grid_span(&lazy->grid, old), is = rst_grid_span(&lazy->grid, window);
    bool inside = window.x <= old.x && window.x + window.width >= old.x + old.width && is.first_row < is.end_row;
    if (!inside) is = (struct rst_grid_span){0, 0, was.end_row, was.end_row};
    give_back_rows(lazy, was.first_row, rst_min64(is.first_row, was.end_row));
    give_back_rows(lazy, rst_max64(is.end_row, was.first_row), was.end_row);
    pthread_mutex_unlock(&lazy->lock);
    if (is.first_row >= is.end_row && other.width == 0) rst_map_trim(lazy->chunks.map);
}

void rst_lazy_keep_all(struct rst_lazy *lazy)
{
    pthread_mutex_lock(&lazy->lock);
    lazy->kept[0] = whole_image(lazy->grid.layout);
    lazy->kept[1] = (struct rst_rect){0};
    lazy->swept = false;
    trim_cache(lazy);
    pthread_mutex_unlock(&lazy->lock);
}

void rst_lazy_set_cache(struct rst_lazy *lazy, uint64_t bytes)
{
    pthread_mutex_lock(&lazy->lock);
    lazy->cache = bytes;
    lazy->cache_told = true;
    trim_cache(lazy);
    pthread_mutex_unlock(&lazy->lock);
}

/* A cell that reaches below the window is left for who goes on from there: who walks down the image in bands decodes
 * each cell once. */
void rst_lazy_release(struct rst_lazy *lazy, struct rst_rect window)
{
    struct rst_grid_span span = rst_grid_span(&lazy->grid, window);
    struct rst_cell cell;
    pthread_mutex_lock(&lazy->lock);
    for (cell.row = span.first_row; cell.row < span.end_row; cell.row++) {
        struct rst_rect rect = rst_grid_rect(&lazy->grid, (struct rst_cell){0, cell.row, 0});
        if (rect.y + rect.height > window.y + window.height) break;
        for (cell.plane = 0; cell.plane < lazy->grid.cells.planes; cell.plane++)
            for (cell.column = span.first_column; cell.column < span.end_column; cell.column++) {
                uint64_t index = rst_grid_index(&lazy->grid, cell);
                const struct rst_lazy_cell *at = &lazy->list[index];
                if (at->state == CELL_READY && at->holders == 0) give_back(lazy, index);
            }
    }
    bool nothing = lazy->shelf.there == 0 && window.y + window.height >= lazy->grid.layout->height;
    pthread_mutex_unlock(&lazy->lock);
    if (nothing) rst_map_trim(lazy->chunks.map);
}

uint64_t rst_lazy_footprint(const struct rst_lazy *lazy, struct rst_rect window)
{
    return rst_grid_footprint(&lazy->grid, window);
}

uint64_t rst_lazy_coder_bytes(const struct rst_lazy *lazy, int threads)
{
    const struct rst_decoder_class *kind = lazy->decoder.kind;
    uint64_t workers = kind->stream || threads < 1 ? 1 : (uint64_t)threads;
    if (workers > lazy->grid.count) workers = lazy->grid.count;
    return kind->worker_bytes ? workers * kind->worker_bytes(lazy->decoder.state) : 0;
}
