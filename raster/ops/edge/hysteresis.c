/* The image is cut into parts, each of which is flooded by itself, so that memory is touched part by part. A part that
 * comes to know that one beside it has to go on says so there, and that one is visited again, as often as it takes:
 * until nobody has anything to say the flood is not over, and then it is whole. It is the same for any parts and any
 * number of threads, as it is what can be reached that counts, not how.
 *
 * Parts that touch are never visited at the same time: they have four colours, like a chessboard's fields of two by
 * two, and threads work on one colour at a time. So a visit may look across its rim.
 *
 * Where the image does not fit into the memory granted, the pages of a part are let go of after every visit. */
#include "raster/ops/edge/hysteresis.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "raster/base/size.h"
#include "raster/image/pages.h"
#include "raster/ops/common/isa.h"
#include "raster/ops/edge/flood.h"
#include "raster/sweep/threads.h"

RST_KERNEL_TABLES(struct rst_flood_kernels, rst_flood_kernels);

#define MOST_SAMPLES (INT64_C(1) << 18) /* of a part: with its stack it stays in a core's cache, about */
#define LEAST_SAMPLES (INT64_C(1) << 12)
#define PAGE INT64_C(4096)

enum { COLOURS = 4, HERE = 4, FEW_ROWS = 16 };

/* Parts to be visited, of one colour. */
struct queue {
    int64_t *parts;
    int64_t count;
};

struct hysteresis {
    const struct rst_stage *stage;
    const struct rst_flood_kernels *kernels;
    const struct rst_run_options *options;
    struct rst_raster *image;
    struct rst_view view;
    int64_t width, height, columns, rows; /* of a part, in pixels; of the grid of parts */
    int threads;
    bool bounded; /* pages are let go of */

    atomic_ushort *news; /* [part] bits: neighbours that have something to say */
    struct queue now, next[COLOURS];
    pthread_mutex_t lock; /* guards next, error */
    pthread_barrier_t meeting;
    atomic_int gathered, failed;
    atomic_int halt;         /* decided by one thread, between two meetings */
    atomic_llong claimed;    /* of the queue, or of the rows of parts, that is worked on */
    atomic_llong visited;    /* for progress */
    atomic_llong collisions; /* with nodata */
    struct rst_error error;
};

static struct rst_rect place_of(const struct hysteresis *h, int64_t part)
{
    int64_t x = part % h->columns * h->width, y = part / h->columns * h->height;
    return (struct rst_rect){x, y, rst_min64(h->width, h->view.width - x), rst_min64(h->height, h->view.height - y)};
}

static int colour_of(const struct hysteresis *h, int64_t part)
{
    return (int)(part / h->columns % 2 * 2 + part % h->columns % 2);
}

static void fail(struct hysteresis *h, const struct rst_error *error)
{
    pthread_mutex_lock(&h->lock);
    if (!h->error.status) h->error = *error;
    pthread_mutex_unlock(&h->lock);
    atomic_store(&h->failed, 1);
}

static bool stopped(const struct hysteresis *h)
{
    const volatile int *cancel = h->options->cancel;
    return atomic_load_explicit(&h->failed, memory_order_relaxed) ||
           (cancel && __atomic_load_n(cancel, __ATOMIC_RELAXED));
}

/* The neighbour of a part in a direction, or -1. */
static int64_t neighbour_of(const struct hysteresis *h, int64_t part, int side)
{
    int64_t row = part / h->columns + side / 3 - 1, column = part % h->columns + side % 3 - 1;
    return row < 0 || row >= h->rows || column < 0 || column >= h->columns ? -1 : row * h->columns + column;
}

static void tell(struct hysteresis *h, int64_t part, unsigned touched)
{
    for (int side = 0; side < 9; side++) {
        if (!(touched >> side & 1)) continue;
        int64_t other = neighbour_of(h, part, side);
        if (atomic_fetch_or(&h->news[other], (unsigned short)(1u << (8 - side)))) continue; /* it is waiting already */
        struct queue *queue = &h->next[colour_of(h, other)];
        pthread_mutex_lock(&h->lock);
        queue->parts[queue->count++] = other;
        pthread_mutex_unlock(&h->lock);
    }
}

static struct rst_flood flood_of(const struct hysteresis *h, int64_t part, uint32_t *stack)
{
    struct rst_rect place = place_of(h, part);
    struct rst_flood flood = {.data = rst_view_at(&h->view, place.x, place.y, 0),
                              .row_stride = h->view.row_stride,
                              .width = (int32_t)(place.width * h->view.bands),
                              .height = (int32_t)place.height,
                              .step = h->view.bands,
                              .stack = stack};
    for (int side = 0; side < 9; side++)
        if (neighbour_of(h, part, side) >= 0) flood.there |= 1u << side;
    return flood;
}

/* Its pages, and those of the rim around it. */
static enum rst_status come(const struct hysteresis *h, struct rst_rect place, struct rst_error *err)
{
    return rst_raster_populate(h->image, place, false, err);
}

static enum rst_status leave(const struct hysteresis *h, struct rst_rect place, struct rst_error *err)
{
    if (!h->bounded) return RST_OK;
    struct rst_rect rim = {place.x - 1, place.y - 1, place.width + 2, place.height + 2};
    RST_TRY(rst_raster_release(h->image, rim, err));
    return rst_raster_write_out(h->image, place, false, err);
}

/* `first`: from what is strong in the part itself, else from what its neighbours have to say. */
static enum rst_status visit(struct hysteresis *h, int64_t part, bool first, uint32_t *stack, struct rst_error *err)
{
    struct rst_rect place = place_of(h, part);
    struct rst_flood flood = flood_of(h, part, stack);
    RST_TRY(come(h, place, err));
    if (first)
        h->kernels->start[h->view.type](&flood);
    else
        h->kernels->grow[h->view.type](&flood, atomic_exchange(&h->news[part], 0));
    tell(h, part, flood.touched);
    return leave(h, place, err);
}

static enum rst_status clear(struct hysteresis *h, int64_t part, struct rst_error *err)
{
    const struct rst_shape *shape = &h->stage->out;
    struct rst_rect place = place_of(h, part);
    int64_t collisions = 0;
    RST_TRY(come(h, place, err));
    for (int64_t y = place.y; y < place.y + place.height; y++)
        collisions +=
            h->kernels->clear[h->view.type](rst_view_at(&h->view, place.x, y, 0), (size_t)(place.width * h->view.bands),
                                            shape->nodata, shape->has_nodata);
    atomic_fetch_add(&h->collisions, collisions);
    return leave(h, place, err);
}

/* All threads meet; false where the work is to be broken off. */
static bool meet(struct hysteresis *h)
{
    /* NOLINTNEXTLINE(bugprone-posix-return): the constant is negative */
    if (pthread_barrier_wait(&h->meeting) == PTHREAD_BARRIER_SERIAL_THREAD) atomic_store(&h->halt, stopped(h));
    pthread_barrier_wait(&h->meeting);
    return !atomic_load(&h->halt);
}

/* Two looks at every part are what is foreseen: the first visit, and clearing up. */
static void told(struct hysteresis *h, int index)
{
    int64_t all = 2 * h->columns * h->rows, done = rst_min64(atomic_fetch_add(&h->visited, 1) + 1, all);
    if (index != 0 || !h->options->progress) return;
    h->options->progress(h->options->user, (int64_t)((double)done / (double)all * (double)h->view.height),
                         h->view.height);
}

/* Every part of a colour (-1: of all): visited for the first time, or cleared up. */
static void each_part(struct hysteresis *h, int index, int colour, uint32_t *stack)
{
    struct rst_error error = {0};
    for (int64_t part; !stopped(h) && (part = atomic_fetch_add(&h->claimed, 1)) < h->columns * h->rows;) {
        if (colour >= 0 && colour_of(h, part) != colour) continue;
        if (colour >= 0 ? visit(h, part, true, stack, &error) : clear(h, part, &error)) fail(h, &error);
        told(h, index);
    }
}

static void each_waiting(struct hysteresis *h, uint32_t *stack)
{
    struct rst_error error = {0};
    for (int64_t i; !stopped(h) && (i = atomic_fetch_add(&h->claimed, 1)) < h->now.count;)
        if (visit(h, h->now.parts[i], false, stack, &error)) fail(h, &error);
}

/* One thread makes ready what all will claim from. */
static bool turn(struct hysteresis *h, int index, int colour)
{
    if (!meet(h)) return false;
    if (index == 0) {
        atomic_store(&h->claimed, 0);
        if (colour >= 0) {
            struct queue queue = h->now;
            h->now = h->next[colour];
            h->next[colour] = (struct queue){queue.parts, 0};
        }
    }
    return meet(h);
}

static bool nothing_waits(const struct hysteresis *h)
{
    int64_t count = 0;
    for (int colour = 0; colour < COLOURS; colour++)
        count += h->next[colour].count;
    return count == 0;
}

/* false where it was broken off. */
static bool flood_all(struct hysteresis *h, int index, uint32_t *stack)
{
    for (int colour = 0; colour < COLOURS; colour++) {
        if (!turn(h, index, -1)) return false;
        each_part(h, index, colour, stack);
    }
    for (;;) {
        if (!meet(h)) return false;
        if (nothing_waits(h)) return true;
        for (int colour = 0; colour < COLOURS; colour++) {
            if (!turn(h, index, colour)) return false;
            each_waiting(h, stack);
        }
    }
}

static void work(void *user, int index, int count)
{
    struct hysteresis *h = user;
    if (index == 0) {
        pthread_barrier_init(&h->meeting, NULL, (unsigned)count);
        atomic_store(&h->gathered, 1);
    }
    while (!atomic_load(&h->gathered))
        sched_yield();
    uint32_t *stack = malloc((size_t)(h->width * h->view.bands * h->height) * sizeof *stack);
    struct rst_error error = {0};
    if (!stack && rst_fail(&error, RST_E_NOMEM, "no memory for a flood")) fail(h, &error);
    if (flood_all(h, index, stack) && turn(h, index, -1)) each_part(h, index, -1, stack);
    pthread_barrier_wait(&h->meeting);
    free(stack);
}

/* The height and width of parts of so many samples: whole rows where these are not too long. */
static void shape_parts(struct hysteresis *h, int64_t samples)
{
    int64_t bands = h->view.bands, row = h->view.width * bands;
    int64_t rows = rst_min64(FEW_ROWS, h->view.height), side = RST_FLOOD_SIDE;
    h->width =
        row <= samples / rows && row <= side ? h->view.width : rst_max64(1, rst_min64(samples / rows, side) / bands);
    h->width = rst_min64(h->width, h->view.width);
    h->height = rst_clamp64(samples / (h->width * bands), 1, rst_min64(h->view.height, side));
    h->columns = (h->view.width - 1) / h->width + 1;
    h->rows = (h->view.height - 1) / h->height + 1;
}

/* What a thread holds at one time: a stack, the pages of a part and of the rows around it. */
static uint64_t bytes_of_thread(const struct hysteresis *h)
{
    int64_t samples = h->width * h->view.bands, bytes = samples * (int64_t)rst_type_size(h->view.type);
    int64_t stack = samples * h->height * (int64_t)sizeof(uint32_t);
    int64_t pages = h->columns == 1 ? bytes * (h->height + 2) + 2 * PAGE : (bytes + 2 * PAGE) * (h->height + 2);
    return (uint64_t)(stack + pages);
}

/* Parts as large as memory allows. */
static enum rst_status cut_parts(struct hysteresis *h, struct rst_error *err)
{
    const struct rst_rect all = {0, 0, h->view.width, h->view.height};
    uint64_t limit = h->options->max_memory ? h->options->max_memory : UINT64_MAX, fixed = 0;
    uint64_t whole = rst_raster_footprint(h->image, all);
    for (int64_t samples = MOST_SAMPLES;; samples /= 2) {
        shape_parts(h, rst_max64(samples, LEAST_SAMPLES));
        const uint64_t parts = (uint64_t)h->columns * (uint64_t)h->rows;
        fixed = parts * (sizeof *h->news + (COLOURS + 1) * sizeof(int64_t));
        h->bounded = fixed + whole + (uint64_t)h->threads * bytes_of_thread(h) > limit;
        if (!h->bounded || fixed + (uint64_t)h->threads * bytes_of_thread(h) <= limit) return RST_OK;
        if (samples > LEAST_SAMPLES) continue;
        if (h->threads == 1) break;
        h->threads = 1;
        samples = 2 * MOST_SAMPLES;
    }
    fixed += bytes_of_thread(h);
    return rst_fail(err, RST_E_ARGUMENT, "%s: hysteresis needs %llu bytes of memory, %llu are granted",
                    rst_raster_path(h->image), (unsigned long long)fixed, (unsigned long long)limit);
}

static enum rst_status make_queues(struct hysteresis *h, struct rst_error *err)
{
    size_t parts = (size_t)(h->columns * h->rows);
    h->news = calloc(parts, sizeof *h->news);
    h->now.parts = calloc(parts, sizeof *h->now.parts);
    bool made = h->news && h->now.parts;
    for (int colour = 0; colour < COLOURS; colour++) {
        h->next[colour].parts = calloc(parts, sizeof *h->now.parts);
        made = made && h->next[colour].parts;
    }
    return made ? RST_OK : rst_fail(err, RST_E_NOMEM, "no memory for %zu parts of an image", parts);
}

static void free_queues(struct hysteresis *h)
{
    for (int colour = 0; colour < COLOURS; colour++)
        free(h->next[colour].parts);
    free(h->now.parts);
    free(h->news);
}

enum rst_status rst_hysteresis_settle(const void *shared, const struct rst_stage *stage, struct rst_raster *image,
                                      const struct rst_run_options *options, struct rst_error *err)
{
    struct hysteresis h = {.stage = stage,
                           .kernels = rst_flood_kernels_of(stage->isa),
                           .options = options,
                           .image = image,
                           .threads = options->threads > 0 ? options->threads : rst_threads_available()};
    (void)shared;
    RST_TRY(rst_raster_view(image, &h.view, err));
    RST_TRY(cut_parts(&h, err));
    h.threads = (int)rst_min64(h.threads, h.columns * h.rows);
    enum rst_status status = make_queues(&h, err);
    pthread_mutex_init(&h.lock, NULL);
    if (status == RST_OK) {
        rst_threads_run(h.threads, work, &h);
        pthread_barrier_destroy(&h.meeting);
        if (h.error.status)
            status = rst_fail(err, h.error.status, "%s", h.error.message);
        else if (stopped(&h))
            status = rst_fail(err, RST_E_CANCELLED, "%s: cancelled", rst_raster_path(image));
        if (options->report) options->report->collisions += atomic_load(&h.collisions);
    }
    pthread_mutex_destroy(&h.lock);
    free_queues(&h);
    return status;
}
