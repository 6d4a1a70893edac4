/* Encoding behind the one who writes.
 *
 * Cells are taken in their order by whatever threads come by, encoded side by side, and appended to the file in their
 * order again: a cell that is done early waits in a ring, and whoever finishes the one that is next appends it and
 * those behind it. So the file's bytes do not depend on threads. Scratch is given back once a cell is appended, and the
 * encoder will not look at it again as the rows above another.
 */
#include "raster/image/drain.h"

#include <inttypes.h>
#include <stdlib.h>

#include "raster/base/size.h"

enum { RING = 64 }; /* cells that may be encoded or waiting at one time, at most */

struct rst_packet {
    struct rst_bytes bytes;
    bool done;
};

/* A packet's memory goes from hand to hand: there is only as much as there are packets at one time. Called with the
 * lock. */
static void take_spare(struct rst_drain *drain, struct rst_packet *packet)
{
    packet->bytes = (struct rst_bytes){0};
    if (drain->spare_count > 0) packet->bytes = drain->spares[--drain->spare_count];
    packet->bytes.size = 0;
}

static void give_spare(struct rst_drain *drain, struct rst_packet *packet)
{
    drain->spares[drain->spare_count++] = packet->bytes;
    packet->bytes = (struct rst_bytes){0};
}

static enum rst_status fill(struct rst_drain *drain, const struct rst_layout *layout, struct rst_map *map,
                            const char *path, struct rst_error *err)
{
    RST_TRY(rst_grid_make(&drain->grid, layout, drain->encoder.cells, path, err));
    drain->roomy = calloc((size_t)drain->grid.count, sizeof *drain->roomy);
    drain->packets = calloc(RING, sizeof *drain->packets);
    drain->spares = calloc(RING, sizeof *drain->spares);
    if (!drain->roomy || !drain->packets || !drain->spares)
        return rst_fail(err, RST_E_NOMEM, "%s: no memory for %" PRIu64 " cells", path, drain->grid.count);
    return rst_chunks_open(&drain->chunks, map, err);
}

enum rst_status rst_drain_open(const struct rst_encoder *encoder, const struct rst_layout *layout, struct rst_map *map,
                               const char *path, struct rst_drain **out, struct rst_error *err)
{
    *out = NULL;
    struct rst_drain *drain = calloc(1, sizeof *drain);
    if (!drain) {
        encoder->kind->close(encoder->state);
        return rst_fail(err, RST_E_NOMEM, "%s: no memory to encode it", path);
    }
    drain->encoder = *encoder;
    drain->ring = RING;
    pthread_mutex_init(&drain->lock, NULL);
    pthread_cond_init(&drain->changed, NULL);
    rst_crew_open(&drain->crew, encoder->kind->start, encoder->kind->stop, encoder->state);
    enum rst_status status = fill(drain, layout, map, path, err);
    if (status == RST_OK)
        *out = drain;
    else
        rst_drain_close(&drain);
    return status;
}

void rst_drain_close(struct rst_drain **drain)
{
    struct rst_drain *closing = *drain;
    if (!closing) return;
    *drain = NULL;
    rst_crew_close(&closing->crew);
    rst_chunks_close(&closing->chunks);
    closing->encoder.kind->close(closing->encoder.state);
    for (int i = 0; closing->packets && i < RING; i++)
        rst_bytes_clear(&closing->packets[i].bytes);
    for (int i = 0; i < closing->spare_count; i++)
        rst_bytes_clear(&closing->spares[i]);
    pthread_cond_destroy(&closing->changed);
    pthread_mutex_destroy(&closing->lock);
    free(closing->packets);
    free(closing->spares);
    free(closing->roomy);
    free(closing);
}

/* Whether a window has a row of a cell that is, or will at once be, encoded. Called with the lock. */
static bool is_gone(const struct rst_drain *drain, struct rst_rect window)
{
    struct rst_grid_span span = rst_grid_span(&drain->grid, window);
    if (span.first_row >= span.end_row) return false;
    return rst_grid_index(&drain->grid, (struct rst_cell){span.first_column, span.first_row, 0}) < drain->taken;
}

enum rst_status rst_drain_check(struct rst_drain *drain, struct rst_rect window, const char *path,
                                struct rst_error *err)
{
    pthread_mutex_lock(&drain->lock);
    bool gone = is_gone(drain, window);
    pthread_mutex_unlock(&drain->lock);
    if (!gone) return RST_OK;
    return rst_fail(err, RST_E_UNSUPPORTED,
                    "%s: rows from %" PRId64 " on are compressed already and no longer at hand: open the finished file",
                    path, window.y);
}

/* Reserves a cell's space. Called with the lock, which is let go of meanwhile; others who come to the cell wait. */
static enum rst_status make_room(struct rst_drain *drain, uint64_t index, struct rst_error *err)
{
    enum { NONE, ON_THE_WAY, THERE };
    uint64_t from, length;
    while (drain->roomy[index] == ON_THE_WAY)
        pthread_cond_wait(&drain->changed, &drain->lock);
    if (drain->roomy[index] == THERE) return RST_OK;
    drain->roomy[index] = ON_THE_WAY;
    pthread_mutex_unlock(&drain->lock);
    rst_grid_bytes(&drain->grid, rst_grid_cell(&drain->grid, index), &from, &length);
    enum rst_status status = rst_chunks_use(&drain->chunks, from, length, err);
    pthread_mutex_lock(&drain->lock);
    drain->roomy[index] = status == RST_OK ? THERE : NONE;
    pthread_cond_broadcast(&drain->changed);
    return status;
}

/* Called with the lock. */
static enum rst_status room_window(struct rst_drain *drain, struct rst_rect window, struct rst_error *err)
{
    struct rst_grid_span span = rst_grid_span(&drain->grid, window);
    struct rst_cell cell;
    for (cell.row = span.first_row; cell.row < span.end_row; cell.row++)
        for (cell.plane = 0; cell.plane < drain->grid.cells.planes; cell.plane++)
            for (cell.column = span.first_column; cell.column < span.end_column; cell.column++)
                RST_TRY(make_room(drain, rst_grid_index(&drain->grid, cell), err));
    return RST_OK;
}

enum rst_status rst_drain_room(struct rst_drain *drain, struct rst_rect window, const char *path, struct rst_error *err)
{
    pthread_mutex_lock(&drain->lock);
    bool gone = is_gone(drain, window);
    enum rst_status status = gone ? RST_OK : room_window(drain, window, err);
    pthread_mutex_unlock(&drain->lock);
    if (!gone) return status;
    return rst_fail(err, RST_E_READONLY, "%s: rows from %" PRId64 " on are compressed already and cannot be changed",
                    path, window.y);
}

void rst_drain_finish(struct rst_drain *drain, int64_t rows, int64_t partly_rows, int64_t partly_columns)
{
    pthread_mutex_lock(&drain->lock);
    if (rows > drain->final_rows || (rows == drain->final_rows && partly_columns > drain->partly_columns)) {
        drain->final_rows = rows;
        drain->partly_rows = partly_rows;
        drain->partly_columns = partly_columns;
    }
    pthread_mutex_unlock(&drain->lock);
}

static bool is_final(const struct rst_drain *drain, uint64_t index)
{
    struct rst_rect rect = rst_grid_rect(&drain->grid, rst_grid_cell(&drain->grid, index));
    int64_t bottom = rect.y + rect.height;
    return bottom <= drain->final_rows ||
           (bottom <= drain->partly_rows && rect.x + rect.width <= drain->partly_columns);
}

/* Gives back the scratch of appended cells that are no longer the context of any. Called with the lock. */
static void drop_appended(struct rst_drain *drain)
{
    const struct rst_grid *grid = &drain->grid;
    int64_t needed = grid->layout->height;
    if (drain->appended < grid->count) needed = rst_grid_rect(grid, rst_grid_cell(grid, drain->appended)).y;
    while (drain->dropped < drain->appended) {
        struct rst_cell cell = rst_grid_cell(grid, drain->dropped);
        struct rst_rect rect = rst_grid_rect(grid, cell);
        int64_t context = drain->encoder.kind->context;
        uint64_t from, length;
        if (context > 0 && rect.y + rect.height > needed - context && drain->appended < grid->count) return;
        rst_grid_bytes(grid, cell, &from, &length);
        rst_chunks_drop(&drain->chunks, from, length);
        drain->dropped++;
    }
    if (drain->dropped == grid->count) rst_map_trim(drain->chunks.map);
}

/* Appends what is next and done, unless another thread is at it. Called with the lock, which is let go of meanwhile. */
static enum rst_status append_done(struct rst_drain *drain, struct rst_error *err)
{
    enum rst_status status = RST_OK;
    if (drain->appending) return RST_OK;
    drain->appending = true;
    while (status == RST_OK && drain->appended < drain->taken && drain->packets[drain->appended % RING].done) {
        struct rst_packet *packet = &drain->packets[drain->appended % RING];
        struct rst_cell cell = rst_grid_cell(&drain->grid, drain->appended);
        pthread_mutex_unlock(&drain->lock);
        status = drain->encoder.kind->append(drain->encoder.state, cell, packet->bytes.data, packet->bytes.size, err);
        pthread_mutex_lock(&drain->lock);
        packet->done = false;
        give_spare(drain, packet);
        drain->appended++;
        drop_appended(drain);
    }
    drain->appending = false;
    pthread_cond_broadcast(&drain->changed);
    return status;
}

static enum rst_status encode(struct rst_drain *drain, uint64_t index, struct rst_bytes *bytes, struct rst_error *err)
{
    const struct rst_encoder *encoder = &drain->encoder;
    struct rst_cell cell = rst_grid_cell(&drain->grid, index);
    struct rst_view view = rst_grid_view(&drain->grid, rst_map_data(drain->chunks.map), cell);
    void *worker;
    RST_TRY(rst_crew_take(&drain->crew, &worker, err));
    enum rst_status status = encoder->kind->encode(encoder->state, worker, cell, &view, bytes, err);
    rst_crew_return(&drain->crew, worker, status != RST_OK);
    return status;
}

enum rst_status rst_drain_encode_next(struct rst_drain *drain, bool *did, struct rst_error *err)
{
    *did = false;
    pthread_mutex_lock(&drain->lock);
    uint64_t index = drain->taken;
    bool ready = index < drain->grid.count && index - drain->appended < drain->ring && is_final(drain, index);
    enum rst_status status = RST_OK;
    if (ready) {
        struct rst_packet *packet = &drain->packets[index % RING];
        *did = true;
        drain->taken++;
        take_spare(drain, packet);
        status = make_room(drain, index, err); /* a cell that nobody wrote to */
        pthread_mutex_unlock(&drain->lock);
        if (status == RST_OK) status = encode(drain, index, &packet->bytes, err);
        pthread_mutex_lock(&drain->lock);
        packet->done = status == RST_OK;
        if (status == RST_OK) status = append_done(drain, err);
    }
    pthread_mutex_unlock(&drain->lock);
    return status;
}

bool rst_drain_all_taken(struct rst_drain *drain)
{
    pthread_mutex_lock(&drain->lock);
    bool all = drain->taken == drain->grid.count;
    pthread_mutex_unlock(&drain->lock);
    return all;
}

enum rst_status rst_drain_complete(struct rst_drain *drain, struct rst_error *err)
{
    bool did = true;
    if (drain->finished) return RST_OK;
    rst_drain_finish(drain, drain->grid.layout->height, 0, 0);
    while (did)
        RST_TRY(rst_drain_encode_next(drain, &did, err));
    if (drain->appended < drain->grid.count)
        return rst_fail(err, RST_E_IO, "%" PRIu64 " of %" PRIu64 " blocks could not be compressed",
                        drain->grid.count - drain->appended, drain->grid.count);
    RST_TRY(drain->encoder.kind->finish(drain->encoder.state, err));
    drain->finished = true;
    return RST_OK;
}

static uint64_t ring_of(int ring)
{
    return ring < 1 || ring > RING ? RING : (uint64_t)ring;
}

void rst_drain_set_ring(struct rst_drain *drain, int ring)
{
    pthread_mutex_lock(&drain->lock);
    drain->ring = ring_of(ring);
    pthread_mutex_unlock(&drain->lock);
}

/* Bytes of a packet: what is appended to grows by doubling. */
static uint64_t packet_bytes(const struct rst_drain *drain)
{
    const struct rst_encoder_class *kind = drain->encoder.kind;
    uint64_t from, bytes, room = 256;
    rst_grid_bytes(&drain->grid, (struct rst_cell){0}, &from, &bytes);
    if (kind->most) bytes = kind->most(drain->encoder.state);
    while (room < bytes)
        room *= 2;
    return room;
}

uint64_t rst_drain_coder_bytes(const struct rst_drain *drain, int threads, int ring)
{
    const struct rst_encoder_class *kind = drain->encoder.kind;
    uint64_t count = drain->grid.count, workers = threads < 1 ? 1 : (uint64_t)threads, packets = ring_of(ring);
    if (workers > count) workers = count;
    if (packets > count) packets = count;
    uint64_t worker = kind->worker_bytes ? kind->worker_bytes(drain->encoder.state) : 0;
    return workers * worker + packets * packet_bytes(drain);
}

int64_t rst_drain_open_cells(struct rst_drain *drain, struct rst_rect window)
{
    struct rst_grid_span span = rst_grid_span(&drain->grid, window);
    if (span.end_row <= span.first_row || span.end_column <= span.first_column) return 0;
    const struct rst_cell last = {span.end_column - 1, span.end_row - 1, drain->grid.cells.planes - 1};
    pthread_mutex_lock(&drain->lock);
    int64_t open = (int64_t)rst_grid_index(&drain->grid, last) + 1 - (int64_t)drain->dropped;
    pthread_mutex_unlock(&drain->lock);
    return open;
}

uint64_t rst_drain_footprint(const struct rst_drain *drain, struct rst_rect window)
{
    int64_t context = rst_min64(drain->encoder.kind->context, rst_max64(window.y, 0));
    window.y -= context;
    window.height += context;
    return rst_grid_footprint(&drain->grid, window);
}
