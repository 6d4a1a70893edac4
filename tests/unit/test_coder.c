/* Cells: decoded once, by whoever needs them, given back behind a pass; encoded in order, whatever the threads. The
 * coders here are made up: a decoder that reckons its samples and counts its calls, an encoder that copies. */
#define _GNU_SOURCE 1
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "raster/image/hold.h"
#include "raster/raster.h"
#include "tests/support/files.h"

enum { TILE = 64, STRIP = 30 };
#define WIDTH INT64_C(1000)
#define HEIGHT INT64_C(700)

/* What a decoder was asked for. */
struct ledger {
    atomic_int calls[4096];
    atomic_int workers, at_once, most_at_once, closed;
    int failing; /* index of a cell that cannot be decoded; -1: none */
    int64_t columns;
    bool stream;
    struct rst_cells cells;
};

struct reader {
    struct ledger *ledger;
    int64_t next;
};

static unsigned char sample_at(int64_t x, int64_t y, int32_t band)
{
    return (unsigned char)(x * 7 + y * 13 + band * INT64_C(101) + x * y / 64);
}

static enum rst_status start_reader(void *state, void **worker, struct rst_error *err)
{
    struct ledger *ledger = state;
    struct reader *reader = calloc(1, sizeof *reader);
    (void)err;
    reader->ledger = ledger;
    ledger->workers++;
    *worker = reader;
    return RST_OK;
}

static void stop_reader(void *worker)
{
    free(worker);
}

static enum rst_status decode_cell(void *state, void *worker, struct rst_cell cell, const struct rst_view *to,
                                   struct rst_error *err)
{
    struct ledger *ledger = state;
    struct reader *reader = worker;
    int64_t index = cell.row * ledger->columns + cell.column;
    int now = ++ledger->at_once;
    if (now > ledger->most_at_once) ledger->most_at_once = now;
    if (ledger->stream) assert_int_equal(index, reader->next);
    reader->next = index + 1;
    enum rst_status status = RST_OK;
    if (index == ledger->failing) status = rst_fail(err, RST_E_FORMAT, "made up: cell %d is broken", (int)index);
    if (to && status == RST_OK) {
        ledger->calls[index]++;
        for (int64_t y = 0; y < to->height; y++)
            for (int64_t x = 0; x < to->width; x++)
                for (int32_t band = 0; band < to->bands; band++)
                    *(unsigned char *)rst_view_at(to, x, y, band) =
                        sample_at(cell.column * ledger->cells.width + x, cell.row * ledger->cells.height + y,
                                  to->bands == 1 ? cell.plane : band);
    }
    ledger->at_once--;
    return status;
}

static void close_ledger(void *state)
{
    ((struct ledger *)state)->closed++;
}

static const struct rst_decoder_class tiles_kind = {
    .start = start_reader, .stop = stop_reader, .decode = decode_cell, .close = close_ledger};
static const struct rst_decoder_class stream_kind = {
    .start = start_reader, .stop = stop_reader, .decode = decode_cell, .stream = true, .close = close_ledger};

/* A layout of tiles, or of one block. */
static struct rst_layout layout_of(bool tiled)
{
    return (struct rst_layout){.type = RST_U8,
                               .width = WIDTH,
                               .height = HEIGHT,
                               .bands = 3,
                               .block_width = tiled ? TILE : WIDTH,
                               .block_height = tiled ? TILE : HEIGHT,
                               .tail = tiled,
                               .planes = 1,
                               .pixel_stride = 3,
                               .row_stride = tiled ? 3 * TILE : 3 * WIDTH,
                               .band_stride = 1};
}

static struct rst_cells cells_of(bool tiled)
{
    return tiled ? (struct rst_cells){TILE, TILE, 1} : (struct rst_cells){WIDTH, STRIP, 1};
}

static struct rst_raster *open_lazy(struct ledger *ledger, bool tiled)
{
    struct rst_raster_parts parts = {
        .path = "made up", .format = "test", .layout = layout_of(tiled), .unmapped = "compressed (test)"};
    struct rst_raster *raster = NULL;
    uint64_t length;
    ledger->cells = cells_of(tiled);
    ledger->columns = tiled ? (WIDTH + TILE - 1) / TILE : 1;
    parts.decoder = (struct rst_decoder){ledger->stream ? &stream_kind : &tiles_kind, ledger, ledger->cells};
    assert_int_equal(rst_layout_place(&parts.layout, "made up", &length, NULL), RST_OK);
    assert_int_equal(rst_map_patchwork(files_folder, length, RST_SCRATCH_PIECE, &parts.map, NULL), RST_OK);
    assert_int_equal(rst_raster_new(&parts, &raster, NULL), RST_OK);
    rst_layout_clear(&parts.layout);
    return raster;
}

static void check_window(struct rst_raster *raster, int64_t x, int64_t y, int64_t width, int64_t height)
{
    unsigned char *pixels = malloc((size_t)(width * height * 3));
    struct rst_view view = rst_view_packed(pixels, RST_U8, width, height, 3);
    assert_int_equal(rst_raster_read(raster, x, y, NULL, &view, NULL), RST_OK);
    for (int64_t j = 0; j < height; j++)
        for (int64_t i = 0; i < width; i++)
            for (int32_t band = 0; band < 3; band++) {
                int64_t at_x = x + i < 0 ? 0 : x + i >= WIDTH ? WIDTH - 1 : x + i;
                int64_t at_y = y + j < 0 ? 0 : y + j >= HEIGHT ? HEIGHT - 1 : y + j;
                assert_int_equal(*(unsigned char *)rst_view_at(&view, i, j, band), sample_at(at_x, at_y, band));
            }
    free(pixels);
}

static int total_calls(const struct ledger *ledger)
{
    int total = 0;
    for (size_t i = 0; i < sizeof ledger->calls / sizeof ledger->calls[0]; i++)
        total += ledger->calls[i];
    return total;
}

static void windows_decode_what_they_need(void **unused)
{
    (void)unused;
    for (int stream = 0; stream < 2; stream++)
        for (int tiled = 0; tiled < 2; tiled++) {
            struct ledger ledger = {.failing = -1, .stream = stream};
            struct rst_raster *raster = open_lazy(&ledger, tiled);
            assert_string_equal(rst_raster_unmapped(raster), "compressed (test)");
            assert_int_equal(rst_raster_mode(raster), RST_READ);
            assert_int_equal(total_calls(&ledger), 0);
            check_window(raster, 100, 50, 20, 5);
            if (!stream) assert_int_equal(total_calls(&ledger), 1);
            check_window(raster, 60, 60, 10, 10);
            if (!stream) assert_int_equal(total_calls(&ledger), tiled ? 4 : 2);
            check_window(raster, -5, HEIGHT - 3, WIDTH + 10, 9);
            check_window(raster, -5, -3, WIDTH + 10, HEIGHT + 6);
            for (int64_t i = 0; i < ledger.columns * (tiled ? 11 : 24); i++)
                assert_int_equal(ledger.calls[i], 1);
            rst_close(&raster);
            assert_int_equal(ledger.closed, 1);
        }
}

static void blocks_and_views_stay(void **unused)
{
    (void)unused;
    struct ledger ledger = {.failing = -1};
    struct rst_raster *raster = open_lazy(&ledger, true);
    struct rst_view view, whole;
    struct rst_rect place;
    assert_int_equal(rst_raster_block(raster, 0, 2, 3, &view, &place, NULL), RST_OK);
    assert_int_equal(total_calls(&ledger), 1);
    rst_raster_keep(raster, (struct rst_rect){0, 690, WIDTH, 10}, (struct rst_rect){0});
    assert_int_equal(*(unsigned char *)rst_view_at(&view, 5, 6, 1), sample_at(2 * TILE + 5, 3 * TILE + 6, 1));
    assert_int_equal(rst_raster_view(raster, &whole, NULL), RST_E_UNSUPPORTED);
    rst_close(&raster);

    struct ledger strips = {.failing = -1};
    raster = open_lazy(&strips, false);
    assert_int_equal(rst_raster_view(raster, &whole, NULL), RST_OK);
    assert_int_equal(total_calls(&strips), (HEIGHT + STRIP - 1) / STRIP);
    assert_int_equal(*(unsigned char *)rst_view_at(&whole, 999, 699, 2), sample_at(999, 699, 2));
    rst_close(&raster);
}

static void what_is_not_kept_is_decoded_again(void **unused)
{
    (void)unused;
    struct ledger ledger = {.failing = -1};
    struct rst_raster *raster = open_lazy(&ledger, false);
    check_window(raster, 0, 0, 10, HEIGHT);
    rst_raster_keep(raster, (struct rst_rect){0, 600, WIDTH, 100}, (struct rst_rect){0});
    rst_raster_keep_all(raster);
    check_window(raster, 0, 0, 10, HEIGHT);
    for (int i = 0; i < 24; i++)
        assert_int_equal(ledger.calls[i], i < 20 ? 2 : 1);
    rst_close(&raster);
}

/* A pass decodes each cell once, whatever its threads, gives the samples of a mapped raster, and leaves little behind.
 */
static void passes_decode_once(void **unused)
{
    (void)unused;
    for (int stream = 0; stream < 2; stream++)
        for (int tiled = 0; tiled < 2; tiled++)
            for (int threads = 1; threads <= 4; threads += 3) {
                struct ledger ledger = {.failing = -1, .stream = stream};
                struct rst_raster *in = open_lazy(&ledger, tiled), *out = NULL, *plain = NULL, *expected = NULL;
                struct rst_shape shape = rst_raster_shape(in);
                struct rst_pipeline *pipeline = NULL;
                struct rst_run_options options = {.threads = threads, .tile_height = 37, .tile_width = 333};
                assert_int_equal(rst_pipeline_parse("gaussblur --sigma 2 ! invert", &pipeline, NULL), RST_OK);
                assert_int_equal(rst_raster_scratch(&shape, NULL, &out, NULL), RST_OK);
                assert_int_equal(rst_raster_scratch(&shape, NULL, &plain, NULL), RST_OK);
                assert_int_equal(rst_raster_scratch(&shape, NULL, &expected, NULL), RST_OK);
                assert_int_equal(rst_run(pipeline, in, out, &options, NULL), RST_OK);
                for (int64_t i = 0; i < ledger.columns * (tiled ? 11 : 24); i++)
                    assert_int_equal(ledger.calls[i], 1);
                if (stream) assert_int_equal(ledger.most_at_once, 1);
                struct stat scratch;
                assert_int_equal(fstat(rst_map_descriptor(rst_raster_map(in)), &scratch), 0);
                assert_true(scratch.st_blocks <= 32); /* of 512 bytes: what the file system needs, no pixels */

                struct rst_view view, a, b;
                assert_int_equal(rst_raster_view(plain, &view, NULL), RST_OK);
                assert_int_equal(rst_raster_read(in, 0, 0, NULL, &view, NULL), RST_OK);
                assert_int_equal(rst_run(pipeline, plain, expected, NULL, NULL), RST_OK);
                assert_int_equal(rst_raster_view(out, &a, NULL), RST_OK);
                assert_int_equal(rst_raster_view(expected, &b, NULL), RST_OK);
                assert_memory_equal(a.data, b.data, WIDTH * HEIGHT * 3);
                rst_pipeline_free(&pipeline);
                rst_close(&in), rst_close(&out), rst_close(&plain), rst_close(&expected);
            }
}

/* Rows from the lower end first: a stream is decoded up to there, and each cell still once. */
static void passes_may_start_below(void **unused)
{
    (void)unused;
    for (int stream = 0; stream < 2; stream++) {
        struct ledger ledger = {.failing = -1, .stream = stream};
        struct rst_raster *in = open_lazy(&ledger, false), *out = NULL;
        struct rst_shape shape = rst_raster_shape(in);
        struct rst_pipeline *pipeline = NULL;
        assert_int_equal(rst_pipeline_parse("flip --axis v", &pipeline, NULL), RST_OK);
        assert_int_equal(rst_raster_scratch(&shape, NULL, &out, NULL), RST_OK);
        assert_int_equal(rst_run(pipeline, in, out, &(struct rst_run_options){.threads = 3}, NULL), RST_OK);
        for (int i = 0; i < 24; i++)
            assert_int_equal(ledger.calls[i], 1);
        struct rst_view view;
        assert_int_equal(rst_raster_view(out, &view, NULL), RST_OK);
        for (int64_t y = 0; y < HEIGHT; y++)
            assert_int_equal(*(unsigned char *)rst_view_at(&view, 77, y, 1), sample_at(77, HEIGHT - 1 - y, 1));
        rst_pipeline_free(&pipeline);
        rst_close(&in), rst_close(&out);
    }
}

static void a_broken_cell_fails_the_pass(void **unused)
{
    (void)unused;
    for (int stream = 0; stream < 2; stream++) {
        struct ledger ledger = {.failing = 7, .stream = stream};
        struct rst_raster *in = open_lazy(&ledger, false), *out = NULL;
        struct rst_shape shape = rst_raster_shape(in);
        struct rst_pipeline *pipeline = NULL;
        struct rst_error err = {0};
        assert_int_equal(rst_pipeline_parse("invert", &pipeline, NULL), RST_OK);
        assert_int_equal(rst_raster_scratch(&shape, NULL, &out, NULL), RST_OK);
        assert_int_equal(rst_run(pipeline, in, out, &(struct rst_run_options){.threads = 3}, &err), RST_E_FORMAT);
        assert_string_equal(err.message, "made up: cell 7 is broken");
        ledger.failing = -1; /* and it is tried again */
        assert_int_equal(rst_run(pipeline, in, out, NULL, NULL), RST_OK);
        rst_pipeline_free(&pipeline);
        rst_close(&in), rst_close(&out);
    }
}

static void *read_all_over(void *user)
{
    for (int i = 0; i < 40; i++)
        check_window(user, (i * 193) % (WIDTH - 100), (i * 71) % (HEIGHT - 90), 100, 90);
    return NULL;
}

static void threads_share_cells(void **unused)
{
    (void)unused;
    for (int stream = 0; stream < 2; stream++) {
        struct ledger ledger = {.failing = -1, .stream = stream};
        struct rst_raster *raster = open_lazy(&ledger, true);
        pthread_t threads[4];
        for (int i = 0; i < 4; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, read_all_over, raster), 0);
        for (int i = 0; i < 4; i++)
            pthread_join(threads[i], NULL);
        for (int i = 0; i < 4096; i++)
            assert_true(ledger.calls[i] <= 1);
        rst_close(&raster);
    }
}

/* An encoder that writes each cell as it is, with the sum of the row above it, and keeps what it was given. */
struct writer {
    int descriptor;
    off_t at;
    int64_t appended;
    atomic_int closed;
    bool finished;
    struct rst_cells cells;
    int64_t columns;
};

static enum rst_status begin_writer(void *state, int descriptor, struct rst_error *err)
{
    (void)err;
    ((struct writer *)state)->descriptor = descriptor;
    return RST_OK;
}

static enum rst_status encode_cell(void *state, void *worker, struct rst_cell cell, const struct rst_view *from,
                                   struct rst_bytes *out, struct rst_error *err)
{
    (void)worker, (void)err;
    struct writer *writer = state;
    unsigned sum = 0;
    for (int64_t row = 1; row <= 2 && cell.row * writer->cells.height - row >= 0 && writer->columns == 1; row++)
        for (int64_t x = 0; x < from->width; x++)
            sum += *(unsigned char *)rst_view_at(from, x, -row, 0);
    assert_true(rst_bytes_append(out, &sum, sizeof sum));
    for (int64_t y = 0; y < from->height; y++)
        assert_true(rst_bytes_append(out, rst_view_at(from, 0, y, 0), (size_t)from->width * 3));
    return RST_OK;
}

static enum rst_status append_cell(void *state, struct rst_cell cell, const void *bytes, size_t size,
                                   struct rst_error *err)
{
    (void)err;
    struct writer *writer = state;
    assert_int_equal(cell.row * writer->columns + cell.column, writer->appended++);
    assert_int_equal(pwrite(writer->descriptor, bytes, size, writer->at), size);
    writer->at += (off_t)size;
    return RST_OK;
}

static enum rst_status finish_writer(void *state, struct rst_error *err)
{
    (void)err;
    ((struct writer *)state)->finished = true;
    return RST_OK;
}

static void close_writer(void *state)
{
    ((struct writer *)state)->closed++;
}

static const struct rst_encoder_class writer_kind = {.begin = begin_writer,
                                                     .encode = encode_cell,
                                                     .context = 2,
                                                     .append = append_cell,
                                                     .finish = finish_writer,
                                                     .close = close_writer};

static struct rst_raster *create_coded(struct writer *writer, const char *path, bool tiled)
{
    struct rst_raster_parts parts = {
        .path = path, .format = "test", .layout = layout_of(tiled), .unmapped = "compressed (test)"};
    struct rst_output_options how = {.overwrite = true};
    struct rst_raster *raster = NULL;
    uint64_t length;
    writer->cells = cells_of(tiled);
    writer->columns = tiled ? (WIDTH + TILE - 1) / TILE : 1;
    parts.encoder = (struct rst_encoder){&writer_kind, writer, writer->cells};
    assert_int_equal(rst_layout_place(&parts.layout, path, &length, NULL), RST_OK);
    assert_int_equal(rst_map_patchwork(files_folder, length, RST_SCRATCH_PIECE, &parts.map, NULL), RST_OK);
    assert_int_equal(rst_output_open(path, &how, &parts.output, NULL), RST_OK);
    assert_int_equal(writer_kind.begin(writer, rst_output_descriptor(parts.output), NULL), RST_OK);
    assert_int_equal(rst_raster_new(&parts, &raster, NULL), RST_OK);
    rst_layout_clear(&parts.layout);
    return raster;
}

/* The file's bytes are those of cells one after another, whatever the threads; scratch is given back on the way. */
static void cells_are_encoded_in_order(void **unused)
{
    (void)unused;
    unsigned char *first = NULL;
    size_t first_size = 0;
    for (int tiled = 0; tiled < 2; tiled++) {
        for (int turn = 0; turn < 3; turn++) {
            struct ledger ledger = {.failing = -1};
            struct writer writer = {0};
            char *path = files_path("coded.bin");
            struct rst_raster *in = open_lazy(&ledger, turn == 1), *out = create_coded(&writer, path, tiled);
            struct rst_pipeline *pipeline = NULL;
            struct rst_run_options options = {.threads = 1 + turn, .tile_height = turn == 2 ? 41 : 0};
            assert_int_equal(rst_pipeline_parse("gaussblur --sigma 1", &pipeline, NULL), RST_OK);
            assert_int_equal(rst_run(pipeline, in, out, &options, NULL), RST_OK);
            struct stat scratch;
            assert_int_equal(fstat(rst_map_descriptor(rst_raster_map(out)), &scratch), 0);
            assert_true(scratch.st_blocks <= 32); /* of 512 bytes: what the file system needs, no pixels */
            assert_false(writer.finished);
            assert_int_equal(rst_commit(out, NULL), RST_OK);
            assert_true(writer.finished);
            rst_close(&out);
            assert_int_equal(writer.closed, 1);
            size_t size;
            unsigned char *bytes = files_read(path, &size);
            if (turn == 0) {
                free(first);
                first = bytes;
                first_size = size;
            } else {
                assert_int_equal(size, first_size);
                assert_memory_equal(bytes, first, size);
                free(bytes);
            }
            rst_pipeline_free(&pipeline);
            rst_close(&in);
        }
    }
    free(first);
}

static void written_windows_are_encoded_on_commit(void **unused)
{
    (void)unused;
    struct writer writer = {0};
    char *path = files_path("written.bin");
    struct rst_raster *out = create_coded(&writer, path, false);
    unsigned char pixels[50 * 40 * 3], back[50 * 40 * 3];
    struct rst_view view = rst_view_packed(pixels, RST_U8, 50, 40, 3), other = rst_view_packed(back, RST_U8, 50, 40, 3);
    memset(pixels, 77, sizeof pixels);
    assert_int_equal(rst_raster_write(out, 900, 650, 0, &view, NULL), RST_OK);
    assert_int_equal(rst_raster_read(out, 900, 650, NULL, &other, NULL), RST_OK);
    assert_memory_equal(pixels, back, sizeof pixels);
    rst_raster_finish(out, 60, 0, 0);
    bool did = false;
    assert_int_equal(rst_raster_encode_next(out, &did, NULL), RST_OK);
    assert_true(did);
    struct rst_error err = {0};
    assert_int_equal(rst_raster_write(out, 0, 0, 0, &view, &err), RST_E_READONLY);
    assert_non_null(strstr(err.message, "compressed already"));
    assert_int_equal(rst_raster_read(out, 0, 0, NULL, &other, NULL), RST_E_UNSUPPORTED);
    assert_int_equal(rst_commit(out, NULL), RST_OK);
    rst_close(&out);
    size_t size;
    unsigned char *bytes = files_read(path, &size);
    assert_int_equal(size, WIDTH * HEIGHT * 3 + 24 * sizeof(unsigned));
    assert_int_equal(bytes[(650 * WIDTH + 900) * 3 + 22 * (int)sizeof(unsigned)], 77);
    assert_int_equal(bytes[(650 * WIDTH + 899) * 3 + 22 * (int)sizeof(unsigned)], 0);
    free(bytes);
}

static void discarded_outputs_leave_nothing(void **unused)
{
    (void)unused;
    struct writer writer = {0};
    char *path = files_path("none.bin");
    struct rst_raster *out = create_coded(&writer, path, true);
    rst_close(&out);
    assert_int_equal(writer.closed, 1);
    assert_int_equal(access(path, F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_decode_what_they_need),
        cmocka_unit_test(blocks_and_views_stay),
        cmocka_unit_test(what_is_not_kept_is_decoded_again),
        cmocka_unit_test(passes_decode_once),
        cmocka_unit_test(passes_may_start_below),
        cmocka_unit_test(a_broken_cell_fails_the_pass),
        cmocka_unit_test(threads_share_cells),
        cmocka_unit_test(cells_are_encoded_in_order),
        cmocka_unit_test(written_windows_are_encoded_on_commit),
        cmocka_unit_test(discarded_outputs_leave_nothing),
    };
    return cmocka_run_group_tests(tests, files_setup, files_teardown);
}
