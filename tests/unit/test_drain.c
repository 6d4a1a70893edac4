/* What encoded rasters keep while they are written: the scratch of what is stored, as much as was told beforehand, and
 * no more encoded cells than the ring has. The encoder is made up, and makes a byte of every cell. */
#define _GNU_SOURCE 1
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "raster/image/hold.h"
#include "raster/raster.h"
#include "tests/support/files.h"

#define WIDTH INT64_C(3000)
#define HEIGHT INT64_C(2600)
#define PIECE RST_SCRATCH_PIECE

/* How an image is cut: tiles, or strips where the width is that of the image; chunky, or a plane for each band. */
struct form {
    int64_t width, height;
    bool planar;
};

static const struct form forms[] = {{64, 64, false},  {256, 128, false},  {512, 512, false},
                                    {128, 256, true}, {WIDTH, 30, false}, {WIDTH, 700, false}};
enum { FORMS = sizeof forms / sizeof forms[0] };

static const struct rst_rect windows[] = {{0, 0, WIDTH, HEIGHT}, {0, 0, 1, 1},          {WIDTH - 1, HEIGHT - 1, 1, 1},
                                          {700, 0, 300, HEIGHT}, {0, 1280, WIDTH, 100}, {900, 1100, 700, 900}};
enum { WINDOWS = sizeof windows / sizeof windows[0] };

static uint64_t in_use(const struct rst_raster *raster)
{
    uint64_t now, most;
    rst_raster_scratch_use(raster, &now, &most);
    return now;
}

static struct rst_layout layout_of(struct form form)
{
    bool tiled = form.width < WIDTH;
    ptrdiff_t pixel = form.planar ? 1 : 3;
    return (struct rst_layout){.type = RST_U8,
                               .width = WIDTH,
                               .height = HEIGHT,
                               .bands = 3,
                               .block_width = form.width,
                               .block_height = tiled ? form.height : HEIGHT,
                               .tail = tiled,
                               .planes = form.planar ? 3 : 1,
                               .pixel_stride = pixel,
                               .row_stride = pixel * form.width,
                               .band_stride = 1};
}

/* The encoder's first cell takes until it is let go. */
struct sink {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool waits, waiting;
    int64_t appended;
};

static enum rst_status encode_cell(void *state, void *worker, struct rst_cell cell, const struct rst_view *from,
                                   struct rst_bytes *out, struct rst_error *err)
{
    struct sink *sink = state;
    (void)worker, (void)err;
    pthread_mutex_lock(&sink->lock);
    while (sink->waits && cell.row == 0 && cell.column == 0) {
        sink->waiting = true;
        pthread_cond_broadcast(&sink->changed);
        pthread_cond_wait(&sink->changed, &sink->lock);
    }
    pthread_mutex_unlock(&sink->lock);
    assert_true(rst_bytes_append(out, from->data, 1));
    return RST_OK;
}

static enum rst_status append_cell(void *state, struct rst_cell cell, const void *bytes, size_t size,
                                   struct rst_error *err)
{
    (void)cell, (void)bytes, (void)err;
    ((struct sink *)state)->appended += (int64_t)size;
    return RST_OK;
}

static enum rst_status finish_sink(void *state, struct rst_error *err)
{
    (void)state, (void)err;
    return RST_OK;
}

static void close_sink(void *state)
{
    (void)state;
}

static uint64_t most_of_cell(const void *state)
{
    (void)state;
    return 1;
}

static uint64_t worker_bytes(const void *state)
{
    (void)state;
    return 1000;
}

static const struct rst_encoder_class sink_kind = {.encode = encode_cell,
                                                   .context = 3,
                                                   .append = append_cell,
                                                   .finish = finish_sink,
                                                   .close = close_sink,
                                                   .worker_bytes = worker_bytes,
                                                   .most = most_of_cell};

static struct rst_raster *create_coded(struct sink *sink, struct form form)
{
    struct rst_raster_parts parts = {
        .path = "made up", .format = "test", .layout = layout_of(form), .unmapped = "compressed (test)"};
    struct rst_output_options how = {.overwrite = true};
    struct rst_raster *raster = NULL;
    uint64_t length;
    *sink = (struct sink){.waits = false};
    pthread_mutex_init(&sink->lock, NULL);
    pthread_cond_init(&sink->changed, NULL);
    parts.encoder =
        (struct rst_encoder){&sink_kind, sink, (struct rst_cells){form.width, form.height, form.planar ? 3 : 1}};
    assert_int_equal(rst_layout_place(&parts.layout, "made up", &length, NULL), RST_OK);
    assert_int_equal(rst_map_patchwork(files_folder, length, PIECE, &parts.map, NULL), RST_OK);
    assert_int_equal(rst_output_open(files_path("coded.bin"), &how, &parts.output, NULL), RST_OK);
    assert_int_equal(rst_raster_new(&parts, &raster, NULL), RST_OK);
    rst_layout_clear(&parts.layout);
    return raster;
}

/* What is stored into a window takes the pieces of its cells; with the rows above it that the encoder will look at. */
static void rooms_have_a_footprint(void **unused)
{
    (void)unused;
    for (int i = 0; i < FORMS; i++)
        for (int j = 0; j < WINDOWS; j++) {
            struct sink sink;
            struct rst_raster *raster = create_coded(&sink, forms[i]);
            struct rst_rect window = windows[j];
            uint64_t told = rst_raster_footprint(raster, window);
            if (window.y > 0) window.y -= sink_kind.context, window.height += sink_kind.context;
            assert_int_equal(rst_raster_room(raster, window, NULL), RST_OK);
            assert_int_equal(in_use(raster), told);
            rst_close(&raster);
        }
}

static void *encode_one(void *raster)
{
    bool did;
    return rst_raster_encode_next(raster, &did, NULL) == RST_OK && did ? raster : NULL;
}

static void a_ring_is_bounded(void **unused)
{
    (void)unused;
    enum { RING = 3 };
    struct sink sink;
    struct rst_raster *raster = create_coded(&sink, forms[1]);
    pthread_t first;
    void *result;
    bool did = true;
    int taken = 0;
    rst_raster_bound(raster, RING, 0);
    rst_raster_finish(raster, HEIGHT, 0, 0);
    sink.waits = true;
    assert_int_equal(pthread_create(&first, NULL, encode_one, raster), 0);
    pthread_mutex_lock(&sink.lock);
    while (!sink.waiting)
        pthread_cond_wait(&sink.changed, &sink.lock);
    pthread_mutex_unlock(&sink.lock);
    for (; did; taken += did)
        assert_int_equal(rst_raster_encode_next(raster, &did, NULL), RST_OK);
    assert_int_equal(taken, RING - 1);
    assert_int_equal(sink.appended, 0);
    pthread_mutex_lock(&sink.lock);
    sink.waits = false;
    pthread_cond_broadcast(&sink.changed);
    pthread_mutex_unlock(&sink.lock);
    assert_int_equal(pthread_join(first, &result), 0);
    assert_ptr_equal(result, raster);
    assert_int_equal(sink.appended, RING);
    assert_int_equal(rst_commit(raster, NULL), RST_OK);
    assert_int_equal(in_use(raster), 0);
    rst_close(&raster);
}

static void coders_tell_their_memory(void **unused)
{
    (void)unused;
    struct sink sink;
    struct rst_raster *raster = create_coded(&sink, forms[1]);
    assert_int_equal(rst_raster_coder_bytes(raster, 2, 5), 2 * 1000 + 5 * 256);
    assert_int_equal(rst_raster_coder_bytes(raster, 2, 0), 2 * 1000 + 64 * 256);
    rst_close(&raster);
    raster = create_coded(&sink, (struct form){WIDTH, HEIGHT, false});
    assert_int_equal(rst_raster_coder_bytes(raster, 8, 0), 1000 + 256); /* there is one cell */
    rst_close(&raster);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rooms_have_a_footprint),
        cmocka_unit_test(a_ring_is_bounded),
        cmocka_unit_test(coders_tell_their_memory),
    };
    return cmocka_run_group_tests(tests, files_setup, files_teardown);
}
