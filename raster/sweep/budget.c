/* Finding the fastest way of running a pass that keeps to its limit.
 *
 * Ways are tried from the fastest on: all pages stay; bands, lower and lower; units, in lower and lower bands; system
 * calls instead of pages; one thread. What each would hold is reckoned from the layout, for the bands (or units) at the
 * beginning, in the middle and at the end of the image, and for the threads' memory by going through the motions of a
 * unit: so the plan is told before the run, and the run follows it.
 *
 * The output's share of the page cache counts too: what is stored and not yet written holds memory, mapped or not. */
#include "raster/sweep/budget.h"

#include "raster/base/size.h"
#include "raster/image/hold.h"
#include "raster/image/pages.h"
#include "raster/map/memory.h"
#include "raster/sweep/held.h"
#include "raster/sweep/pass.h"
#include "raster/sweep/sides.h"
#include "raster/sweep/tile.h"
#include "raster/sweep/work.h"

#define THREAD_BYTES (UINT64_C(192) << 10) /* stack, and what libc keeps for a thread */
#define FIXED_BYTES (UINT64_C(768) << 10)  /* tables of operations, odds and ends */
#define LEAST_DIRTY (UINT64_C(2) << 20)
#define SCARCE (UINT64_C(256) << 20) /* page cache is a matter below, as it is for cgroups */
#define TINY (UINT64_C(32) << 20)    /* readahead of 8 MiB, for each of some streams, is one below */
#define KEPT (UINT64_C(8) << 20)     /* of little memory, for the kernel's own needs */
#define SMALL_RUN (UINT64_C(4) << 20)

enum way { WHOLE, BY_BAND, BY_UNIT, BY_CALL };
enum { DIRTY_BANDS = 2, FULL_RING = 64, IDLE_PIECES = 2 };

static uint64_t most(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Threads that have something to do. */
static uint64_t threads_of(const struct rst_pass *pass)
{
    return (uint64_t)rst_min64(pass->threads, rst_work_most(pass));
}

/* A rectangle of the result, in the port's raster. */
static struct rst_rect seen_by(const struct rst_pass *pass, const struct rst_port *port, struct rst_rect target)
{
    if (port == &pass->in) return rst_pass_source(pass, target);
    if (port == &pass->out) return rst_pass_output(pass, target);
    for (int i = 0; i < pass->side_count; i++)
        if (port == &pass->sides[i].port) return rst_pass_after(pass, pass->sides[i].step, target);
    return (struct rst_rect){0};
}

static struct rst_rect rows_of(const struct rst_cut *cut, int64_t first, int64_t count)
{
    struct rst_rect rect = rst_cut_band(cut, first);
    rect.height = rst_min64(count * cut->band_height, cut->target.y + cut->target.height - rect.y);
    return rect;
}

/* What `count` bands one after another bring in, at most. */
static uint64_t band_pages(const struct rst_pass *pass, const struct rst_port *port, int64_t count)
{
    uint64_t pages = 0;
    int64_t last = rst_max64(pass->cut.band_count - count, 0);
    const int64_t firsts[] = {0, rst_min64(1, last), last / 2, rst_max64(last - 1, 0), last};
    for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++)
        pages =
            most(pages, rst_raster_footprint(port->raster, seen_by(pass, port, rows_of(&pass->cut, firsts[i], count))));
    return pages;
}

/* What one unit brings in, at most. */
static uint64_t unit_pages(const struct rst_pass *pass, const struct rst_port *port)
{
    const struct rst_cut *cut = &pass->cut;
    uint64_t pages = 0;
    int32_t group;
    const int64_t bands[] = {0, cut->band_count / 2, cut->band_count - 1};
    const int64_t tiles[] = {0, cut->tile_count / 2, cut->tile_count - 1};
    if (port->by_call) return 0;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            struct rst_rect rect = rst_cut_unit(cut, bands[i] * cut->band_units + tiles[j], &group);
            pages = most(pages, rst_raster_footprint(port->raster, seen_by(pass, port, rect)));
        }
    return pages;
}

/* Cells that may be encoded, or wait to be written, at one time. */
static int ring_of(const struct rst_pass *pass, enum way way)
{
    return way == WHOLE ? FULL_RING : pass->threads + 2;
}

static bool in_scratch(const struct rst_port *port)
{
    return rst_raster_is_lazy(port->raster) || rst_raster_is_coded(port->raster);
}

/* Rows of cells that a band touches, at most. */
static int64_t rows_touched(const struct rst_pass *pass, const struct rst_port *port, int64_t cell_height)
{
    int64_t rows = 1;
    for (int64_t i = 0; i < 3; i++) {
        int64_t band = rst_min64(i * (pass->cut.band_count / 2), pass->cut.band_count - 1);
        rows = rst_max64(rows, seen_by(pass, port, rst_cut_band(&pass->cut, band)).height);
    }
    return (rows + cell_height - 2) / cell_height + 1;
}

/* Scratch of an input whose cells are kept for the units in work alone: rows of cells, each in pieces of its own. */
static uint64_t forgotten_pages(const struct rst_pass *pass, const struct rst_held_cells *cells, struct rst_rect unit)
{
    int64_t rows = (unit.height + cells->height - 2) / cells->height + 1;
    int64_t columns = rst_min64((unit.width + cells->width - 2) / cells->width + 1, cells->columns);
    uint64_t row = (uint64_t)columns * cells->bytes + RST_SCRATCH_PIECE;
    return (uint64_t)(pass->budget.lead * rows * cells->planes) * row;
}

/* Scratch of an input. Its cells are kept from where the pass is to the right in the rows of the band, and to the left
 * in the row below; a stream is decoded ahead, too. */
static uint64_t decoded_pages(struct rst_pass *pass, const struct rst_port *port, enum way way)
{
    struct rst_held_cells cells;
    int32_t group;
    int64_t ahead = 1 + (pass->budget.lead + pass->cut.band_units - 1) / pass->cut.band_units;
    (void)rst_raster_cells(port->raster, &cells);
    uint64_t bands =
        band_pages(pass, port, rst_min64(ahead + (cells.stream ? RST_BANDS_AHEAD : 0), pass->cut.band_count));
    if (cells.stream) return bands;
    int64_t rows = rows_touched(pass, port, cells.height);
    struct rst_rect unit = seen_by(pass, port, rst_cut_unit(&pass->cut, 0, &group));
    pass->budget.forgets = pass->turned && way != WHOLE;
    if (pass->budget.forgets) return forgotten_pages(pass, &cells, unit);
    int64_t beside = rst_min64(unit.width / cells.width + 2, cells.columns);
    int64_t count = rst_max64(rows - 1, 1) * cells.columns + pass->budget.lead * rows * beside;
    int64_t ranges = (rows + pass->threads) * cells.planes;
    uint64_t corner = (uint64_t)(count * cells.planes) * cells.bytes + (uint64_t)ranges * RST_SCRATCH_PIECE;
    return corner < bands ? corner : bands;
}

/* Scratch of an output: the cells that may be open at one time. */
static uint64_t encoded_pages(struct rst_pass *pass, const struct rst_port *port, int ring)
{
    struct rst_held_cells cells;
    (void)rst_raster_cells(port->raster, &cells);
    int64_t rows = rows_touched(pass, port, cells.height) + (cells.context > 0);
    if (pass->cut.band_height % cells.height == 0 && pass->cut.target.y == 0) rows--; /* cells are done with bands */
    pass->budget.open = rows * cells.columns * cells.planes + ring;
    uint64_t open = (uint64_t)pass->budget.open * cells.bytes + (uint64_t)(3 * cells.planes) * RST_SCRATCH_PIECE;
    uint64_t all = rst_raster_footprint(port->raster, seen_by(pass, port, pass->cut.target));
    return open < all ? open : all;
}

/* Pages behind one port. */
static uint64_t port_pages(struct rst_pass *pass, const struct rst_port *port, enum way way)
{
    if (!port->raster) return 0;
    if (rst_raster_is_lazy(port->raster)) return decoded_pages(pass, port, way);
    if (rst_raster_is_coded(port->raster)) return encoded_pages(pass, port, ring_of(pass, way));
    /* Pages that may hold the only copy of an edit are not let go of. */
    bool edited = pass->in_place || (pass->placed && port == &pass->out); /* in an overlay */
    bool stays = !edited && rst_raster_mode(port->raster) == RST_PRIVATE;
    if (way == WHOLE || stays) return rst_raster_footprint(port->raster, seen_by(pass, port, pass->cut.target));
    if (way == BY_BAND) return band_pages(pass, port, pass->budget.flight);
    return unit_pages(pass, port) * threads_of(pass);
}

/* Rows of a unit that are short, and far apart in the file, are better moved by call than mapped one by one; and all
 * are, where memory is so short that even their pages count. */
static void choose_calls(struct rst_pass *pass, enum way way)
{
    struct rst_port *ports[] = {&pass->in, &pass->out};
    int32_t group;
    struct rst_rect unit = rst_cut_unit(&pass->cut, 0, &group);
    for (int i = 0; i < 2; i++) {
        struct rst_port *port = ports[i];
        port->by_call = false;
        if (way < BY_UNIT || !port->raster || !rst_port_can_call(port)) continue;
        int64_t run = seen_by(pass, port, unit).width * (int64_t)port->pixel;
        int64_t step = port->view.row_stride < 0 ? -port->view.row_stride : port->view.row_stride;
        port->by_call = way == BY_CALL || pass->turned || 2 * run <= step;
    }
}

/* How many bands the threads are spread over, and one that is being let go of. */
static int64_t flight_of(const struct rst_pass *pass)
{
    if (pass->threads == 1 || pass->buffered) return 1;
    return 2 + (pass->threads + pass->cut.band_units - 1) / pass->cut.band_units;
}

/* How far units may run ahead of each other: as far as they like, unless scratch is kept between them. */
static int64_t lead_of(const struct rst_pass *pass, enum way way)
{
    bool held = in_scratch(&pass->in) || (pass->out.raster && in_scratch(&pass->out));
    for (int i = 0; i < pass->side_count; i++)
        held = held || in_scratch(&pass->sides[i].port);
    if (!held) return INT64_MAX;
    return way == WHOLE ? 2 * (pass->threads + pass->cut.band_units) : pass->threads + 1;
}

static uint64_t originals_bytes(const struct rst_pass *pass, const struct rst_cut_request *request)
{
    struct rst_rect source = rst_pass_source(pass, pass->cut.target);
    if (!request->buffered) return 0;
    return rst_originals_bytes(&pass->in, request->halo, source.width, pass->cut.band_height, pass->cut.groups,
                               pass->options->border.rule == RST_WRAP);
}

/* Pages behind the further rasters. */
static uint64_t side_pages(struct rst_pass *pass, enum way way)
{
    uint64_t pages = 0;
    for (int i = 0; i < pass->side_count; i++)
        pages += port_pages(pass, &pass->sides[i].port, way == BY_BAND ? BY_UNIT : way);
    return pages;
}

/* What coders hold beside scratch, and threads beside their arenas. */
static uint64_t others_bytes(const struct rst_pass *pass, enum way way)
{
    int ring = ring_of(pass, way);
    uint64_t bytes = FIXED_BYTES + threads_of(pass) * THREAD_BYTES;
    bytes += rst_raster_coder_bytes(pass->in.raster, pass->threads, ring);
    for (int i = 0; i < pass->side_count; i++)
        bytes += rst_raster_coder_bytes(pass->sides[i].port.raster, pass->threads, ring);
    if (pass->out.raster && !pass->in_place) bytes += rst_raster_coder_bytes(pass->out.raster, pass->threads, ring);
    return bytes;
}

/* The output that is stored and not yet written, at least: enough that the disk is not waited for at every turn. */
static uint64_t least_dirty(const struct rst_pass *pass)
{
    const struct rst_cut *cut = &pass->cut;
    if (!pass->out.raster || in_scratch(&pass->out)) return 0;
    uint64_t row = (uint64_t)(cut->target.width * cut->groups) * pass->out.pixel;
    uint64_t bands = pass->budget.by_unit ? 0 : DIRTY_BANDS * row * (uint64_t)cut->band_height;
    uint64_t all = row * (uint64_t)cut->target.height;
    return most(bands, all < LEAST_DIRTY ? all : LEAST_DIRTY);
}

/* Cuts the pass for one way, and reckons what it takes: *bytes. */
static enum rst_status try_way(struct rst_pass *pass, const struct rst_cut_request *request, enum way way,
                               uint64_t *bytes, struct rst_error *err)
{
    struct rst_budget *budget = &pass->budget;
    pass->cut = rst_cut_make(request);
    *budget = (struct rst_budget){.limit = budget->limit, .bounded = way != WHOLE, .by_unit = way >= BY_UNIT};
    budget->flight = flight_of(pass);
    budget->lead = lead_of(pass, way);
    budget->open = INT64_MAX;
    choose_calls(pass, way);
    RST_TRY(rst_tile_measure(pass, &budget->arena, err));
    budget->buffers = threads_of(pass) * budget->arena + originals_bytes(pass, request);
    if (pass->sink) budget->buffers += pass->sink->bytes;
    budget->pages = port_pages(pass, &pass->in, way) + (pass->in_place ? 0 : port_pages(pass, &pass->out, way));
    budget->pages += side_pages(pass, way);
    budget->others = others_bytes(pass, way);
    *bytes = budget->buffers + budget->pages + budget->others;
    uint64_t dirty = budget->bounded ? least_dirty(pass) : 0;
    budget->dirty = most(dirty, budget->limit > *bytes ? budget->limit - *bytes : 0);
    *bytes += dirty;
    if (!budget->bounded || budget->by_unit || pass->buffered) budget->flight = INT64_MAX;
    return RST_OK;
}

/* The least height that is worth while: below it, most of the work is done on halos. */
static int64_t least_rows(const struct rst_cut_request *request, enum way way)
{
    int64_t halo = request->halo.up + request->halo.down;
    if (request->pointwise || request->buffered) return 1;
    return rst_max64(way == BY_BAND ? halo : halo / 2, way == BY_BAND ? 16 : 4);
}

/* Whether the rows that a band moves by call, and the next, stay in the page cache while they are worked on. They can
 * do without, at the price of reading them again. */
static bool stays_cached(const struct rst_pass *pass)
{
    const struct rst_budget *budget = &pass->budget;
    struct rst_rect source = rst_pass_source(pass, rst_cut_band(&pass->cut, pass->cut.band_count / 2));
    uint64_t bytes = 2 * (uint64_t)(source.width * source.height * pass->cut.groups) * pass->in.pixel;
    return !pass->in.by_call || bytes + budget->buffers + budget->pages <= budget->limit;
}

/* Lower and lower bands, until one way fits: *fits. *least: the least that any came to. */
static enum rst_status try_heights(struct rst_pass *pass, struct rst_cut_request *request, enum way way, bool *fits,
                                   uint64_t *least, struct rst_error *err)
{
    int64_t rows = 0, low = least_rows(request, way);
    *fits = false;
    request->small = way >= BY_UNIT;
    for (request->most_rows = 0; !*fits; request->most_rows = rst_max64(rows / 2, low)) {
        uint64_t bytes;
        RST_TRY(try_way(pass, request, way, &bytes, err));
        bool lowest = pass->cut.band_height == rows || pass->cut.band_height <= low;
        rows = pass->cut.band_height;
        *fits = bytes <= pass->budget.limit && (lowest || stays_cached(pass));
        if (bytes < *least) *least = bytes;
        if (lowest) break;
    }
    return RST_OK;
}

static uint64_t scratch_bytes(const struct rst_pass *pass)
{
    uint64_t bytes = 0;
    if (in_scratch(&pass->in)) bytes += pass->budget.pages;
    if (pass->out.raster && !pass->in_place && in_scratch(&pass->out)) bytes += pass->budget.pages;
    bool edits = (pass->in_place || pass->placed) && pass->budget.bounded;
    if (edits && rst_raster_mode(pass->out.raster) == RST_PRIVATE)
        bytes += rst_raster_footprint(pass->out.raster, pass->cut.target);
    return bytes;
}

/* What an unbounded run may take: most of what there is, for others have their wishes too. */
static uint64_t default_limit(void)
{
    uint64_t spare = rst_memory_spare(), kept = spare / 4 < KEPT ? spare / 4 : KEPT;
    return spare - most(spare / 8, kept);
}

enum rst_status rst_budget_settle(struct rst_pass *pass, struct rst_cut_request *request, struct rst_error *err)
{
    uint64_t bytes, least = UINT64_MAX;
    bool fits;
    pass->budget.limit = pass->options->max_memory ? pass->options->max_memory : UINT64_MAX;
    RST_TRY(try_way(pass, request, WHOLE, &bytes, err));
    /* Asking the system takes longer than a small run. */
    if (!pass->options->max_memory && (bytes > SMALL_RUN || pass->rehearse)) pass->budget.limit = default_limit();
    fits = bytes <= pass->budget.limit;
    if (!fits && !pass->turned) RST_TRY(try_heights(pass, request, BY_BAND, &fits, &least, err));
    for (enum way way = BY_UNIT; way <= BY_CALL && !fits; way++)
        RST_TRY(try_heights(pass, request, way, &fits, &least, err));
    if (!fits && pass->threads > 1) {
        pass->threads = request->threads = 1;
        RST_TRY(try_heights(pass, request, BY_CALL, &fits, &least, err));
    }
    if (!fits)
        return rst_fail(err, RST_E_ARGUMENT, "%s: the run needs %llu bytes of memory, %llu are granted",
                        rst_raster_path(pass->in.raster), (unsigned long long)least,
                        (unsigned long long)pass->budget.limit);
    pass->budget.scratch = scratch_bytes(pass);
    if (!pass->budget.bounded) return RST_OK;
    uint64_t spare = rst_memory_spare();
    pass->budget.scarce = spare < SCARCE;
    pass->budget.tiny = spare < TINY || (pass->budget.scarce && pass->budget.by_unit);
    if (pass->budget.scarce) pass->budget.dirty = most(least_dirty(pass), pass->budget.limit / 4);
    rst_raster_bound(pass->in.raster, 0, IDLE_PIECES);
    for (int i = 0; i < pass->side_count; i++)
        rst_raster_bound(pass->sides[i].port.raster, 0, IDLE_PIECES);
    if (pass->out.raster) rst_raster_bound(pass->out.raster, ring_of(pass, BY_BAND), IDLE_PIECES);
    return RST_OK;
}
