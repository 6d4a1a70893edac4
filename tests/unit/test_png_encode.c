/* Encoding PNGs: what libpng reads of them, the chunks they are made of, bands in any order, and what is refused. */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>

#include "codecs/codecs.h"
#include "codecs/png/chunk.h"
#include "codecs/png/encode.h"
#include "codecs/png/filter.h"
#include "codecs/png/forward.h"
#include "tests/support/files.h"
#include "tests/support/layouts.h"
#include "tests/support/pngs.h"

static uint64_t seed;

enum content { NOISE, CONSTANT, GRADIENT, DRAWING, CONTENTS };

static struct rst_shape shape_of(enum rst_type type, int64_t width, int64_t height, int32_t bands)
{
    int32_t alpha = bands % 2 == 0 ? bands - 1 : -1;
    return (struct rst_shape){
        .type = type, .width = width, .height = height, .bands = bands, .alpha = alpha, .opacity = alpha};
}

static uint16_t sample_of(enum content content, uint64_t *random, int64_t x, int64_t y)
{
    switch (content) {
    case NOISE:
        return (uint16_t)layout_random(random);
    case CONSTANT:
        return 0x1234;
    case GRADIENT:
        return (uint16_t)(x * 3 + y * 2 + (int64_t)(layout_random(random) & 3));
    default: /* what repeats, but not from pixel to pixel */
        return (uint16_t)((x % 37) * (x % 37) * 77 + (y / 50) * 31);
    }
}

/* An image in memory, samples in this machine's order. To be freed by the caller. */
static void *make_image(const struct rst_shape *shape, enum content content)
{
    size_t count = (size_t)(shape->width * shape->height * shape->bands), i = 0;
    size_t size = rst_type_size(shape->type);
    unsigned char *image = malloc(count * size);
    uint64_t random = seed;
    assert_non_null(image);
    for (int64_t y = 0; y < shape->height; y++)
        for (int64_t x = 0; x < shape->width; x++)
            for (int32_t band = 0; band < shape->bands; band++, i++) {
                uint16_t sample = (uint16_t)(sample_of(content, &random, x, y) + band * 5);
                if (size == 1)
                    image[i] = (unsigned char)sample;
                else
                    memcpy(image + i * size, &sample, size);
            }
    return image;
}

/* How cells are encoded: one after the other, from the last to the first, or by threads that take what they get. */
enum order { FORWARDS, BACKWARDS, THREADS };

/* An encoder at work. */
struct job {
    struct rst_encoder encoder;
    struct rst_shape shape;
    void *image;
    int64_t count, next;
    struct rst_bytes *out; /* of every cell */
    struct rst_error err;
};

static enum rst_status encode_cell(struct job *job, void *worker, int64_t row, struct rst_error *err)
{
    struct rst_view view =
        rst_view_packed(job->image, job->shape.type, job->shape.width, job->shape.height, job->shape.bands);
    int64_t y = row * job->encoder.cells.height, left = job->shape.height - y;
    view.data = rst_view_at(&view, 0, y, 0);
    view.height = left < job->encoder.cells.height ? left : job->encoder.cells.height;
    return job->encoder.kind->encode(job->encoder.state, worker, (struct rst_cell){.row = row}, &view, &job->out[row],
                                     err);
}

static void *run_thread(void *argument)
{
    struct job *job = argument;
    void *worker;
    int64_t row;
    if (job->encoder.kind->start(job->encoder.state, &worker, NULL) != RST_OK) abort();
    while ((row = __atomic_fetch_add(&job->next, 1, __ATOMIC_RELAXED)) < job->count)
        if (encode_cell(job, worker, row, NULL) != RST_OK) abort();
    job->encoder.kind->stop(worker);
    return NULL;
}

static enum rst_status encode_cells(struct job *job, enum order order)
{
    pthread_t threads[3];
    void *worker;
    enum rst_status status = RST_OK;
    if (order == THREADS) {
        for (int i = 0; i < 3; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, run_thread, job), 0);
        for (int i = 0; i < 3; i++)
            pthread_join(threads[i], NULL);
        return RST_OK;
    }
    assert_int_equal(job->encoder.kind->start(job->encoder.state, &worker, &job->err), RST_OK);
    for (int64_t i = 0; i < job->count && status == RST_OK; i++)
        status = encode_cell(job, worker, order == FORWARDS ? i : job->count - 1 - i, &job->err);
    job->encoder.kind->stop(worker);
    return status;
}

/* Drives an encoder by hand, as a raster over scratch does. */
static enum rst_status encode(const char *path, const struct rst_shape *shape, const struct rst_meta *meta, void *image,
                              int level, enum order order, struct rst_error *err)
{
    struct job job = {.shape = *shape, .image = image};
    int descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    assert_true(descriptor >= 0);
    assert_int_equal(rst_png_encoder(path, shape, meta, level, &job.encoder, &job.err), RST_OK);
    const struct rst_encoder_class *kind = job.encoder.kind;
    assert_int_equal(job.encoder.cells.width, shape->width);
    assert_int_equal(kind->context, 1);
    job.count = (shape->height + job.encoder.cells.height - 1) / job.encoder.cells.height;
    job.out = calloc((size_t)job.count, sizeof *job.out);
    assert_non_null(job.out);
    assert_int_equal(kind->begin(job.encoder.state, descriptor, &job.err), RST_OK);
    enum rst_status status = encode_cells(&job, order);
    for (int64_t row = 0; row < job.count; row++) {
        struct rst_cell cell = {.row = row};
        if (status == RST_OK)
            status = kind->append(job.encoder.state, cell, job.out[row].data, job.out[row].size, &job.err);
        rst_bytes_clear(&job.out[row]);
    }
    if (status == RST_OK) status = kind->finish(job.encoder.state, &job.err);
    kind->close(job.encoder.state);
    free(job.out);
    close(descriptor);
    if (err) *err = job.err;
    return status;
}

static void encode_well(const char *path, const struct rst_shape *shape, void *image, int level, enum order order)
{
    static const struct rst_meta nothing;
    struct rst_error err = {0};
    if (encode(path, shape, &nothing, image, level, order, &err) != RST_OK) fail_msg("%s", err.message);
}

static void assert_holds(const char *path, const struct rst_shape *shape, const void *image)
{
    struct pngs_image read;
    if (!pngs_read(path, &read))
        fail_msg("%dx%d, %d bands: libpng: %s", (int)shape->width, (int)shape->height, shape->bands, read.message);
    assert_int_equal(read.width, shape->width);
    assert_int_equal(read.height, shape->height);
    assert_int_equal(read.bands, shape->bands);
    assert_int_equal(read.size, rst_type_size(shape->type));
    size_t size = (size_t)(shape->width * shape->height * shape->bands) * rst_type_size(shape->type);
    assert_memory_equal(read.samples, image, size);
    free(read.samples);
}

/* The chunks of a file: none is damaged, IDAT follows IDAT, IEND is the end. *idat gets the number of IDAT chunks. */
static void assert_chunks(const char *path, int *idat)
{
    size_t length, at = 8;
    unsigned char *file = files_read(path, &length);
    bool after = false, ended = false;
    assert_true(file && length > 8);
    *idat = 0;
    while (at < length) {
        assert_true(length - at >= 12 && !ended);
        uint32_t size = rst_png_get32(file + at), crc = rst_png_get32(file + at + 8 + size);
        assert_true(size <= length - at - 12);
        assert_int_equal(crc32(0, file + at + 4, size + 4), crc);
        bool data = memcmp(file + at + 4, "IDAT", 4) == 0;
        assert_false(data && (after || size == 0));
        *idat += data;
        after = *idat > 0 && !data;
        ended = memcmp(file + at + 4, "IEND", 4) == 0;
        at += 12 + size;
    }
    assert_true(ended);
    free(file);
}

static void check(const struct rst_shape *shape, enum content content, int least_idat)
{
    const char *path = files_path("image.png");
    void *image = make_image(shape, content);
    int idat;
    encode_well(path, shape, image, 0, FORWARDS);
    assert_holds(path, shape, image);
    assert_chunks(path, &idat);
    assert_true(idat >= least_idat);
    free(image);
}

static void every_form_reads_back(void **state)
{
    (void)state;
    static const int64_t sizes[][2] = {{1, 1}, {1, 40}, {40, 1}, {3, 3}, {2, 5}, {33, 17}, {300, 211}};
    for (int32_t bands = 1; bands <= 4; bands++)
        for (size_t size = 0; size < sizeof sizes / sizeof sizes[0]; size++)
            for (int content = 0; content < CONTENTS; content++) {
                struct rst_shape narrow = shape_of(RST_U8, sizes[size][0], sizes[size][1], bands);
                struct rst_shape wide = shape_of(RST_U16, sizes[size][0], sizes[size][1], bands);
                check(&narrow, (enum content)content, 2);
                check(&wide, (enum content)content, 2);
            }
}

/* More than one band; and the band's samples that are tried before it is deflated are not all of it. */
static void many_bands_read_back(void **state)
{
    (void)state;
    for (int content = 0; content < CONTENTS; content++) {
        struct rst_shape rgb = shape_of(RST_U8, 1021, 701, 3), all = shape_of(RST_U16, 613, 450, 4);
        check(&rgb, (enum content)content, 4);
        check(&all, (enum content)content, 4);
    }
}

/* A row that is longer than any buffer, and than a chunk. */
static void long_rows_read_back(void **state)
{
    (void)state;
    for (int content = 0; content < CONTENTS; content++) {
        struct rst_shape rgb = shape_of(RST_U8, 800001, 3, 3), gray = shape_of(RST_U16, 600007, 2, 1);
        check(&rgb, (enum content)content, content == NOISE ? 7 : 4);
        check(&gray, (enum content)content, 3);
    }
}

static void order_does_not_change_bytes(void **state)
{
    (void)state;
    for (int content = 0; content < CONTENTS; content++) {
        struct rst_shape shape = shape_of(RST_U8, 1500, 1300, 3);
        void *image = make_image(&shape, (enum content)content);
        size_t length, other_length;
        encode_well(files_path("a.png"), &shape, image, 0, FORWARDS);
        unsigned char *bytes = files_read(files_path("a.png"), &length);
        for (int order = BACKWARDS; order <= THREADS; order++) {
            encode_well(files_path("b.png"), &shape, image, 0, (enum order)order);
            unsigned char *other = files_read(files_path("b.png"), &other_length);
            assert_int_equal(length, other_length);
            assert_memory_equal(bytes, other, length);
            free(other);
        }
        free(bytes);
        free(image);
    }
}

static void levels_read_back(void **state)
{
    (void)state;
    struct rst_shape shape = shape_of(RST_U8, 700, 600, 3);
    for (int content = 0; content < CONTENTS; content++) {
        void *image = make_image(&shape, (enum content)content);
        int64_t length[10];
        for (int level = 0; level <= 9; level += level % 3 ? 2 : 1) {
            encode_well(files_path("level.png"), &shape, image, level, FORWARDS);
            assert_holds(files_path("level.png"), &shape, image);
            length[level] = files_length(files_path("level.png"));
        }
        assert_true(length[9] <= length[1] && length[9] <= length[0]);
        free(image);
    }
}

/* What cannot be made smaller grows by little; what can, becomes small. */
static void sizes_are_small(void **state)
{
    (void)state;
    struct rst_shape shape = shape_of(RST_U8, 1200, 1000, 3);
    static const double most[CONTENTS] = {1.001, 0.002, 0.4, 0.01};
    for (int content = 0; content < CONTENTS; content++) {
        void *image = make_image(&shape, (enum content)content);
        encode_well(files_path("size.png"), &shape, image, 0, FORWARDS);
        double part = (double)files_length(files_path("size.png")) / (1200.0 * 1000 * 3);
        if (part > most[content]) fail_msg("content %d: %.4f of its samples", content, part);
        free(image);
    }
}

static int naive_predictor(int filter, int left, int above, int corner)
{
    int p = left + above - corner, a = abs(p - left), b = abs(p - above), c = abs(p - corner);
    switch (filter) {
    case 1:
        return left;
    case 2:
        return above;
    case 3:
        return (left + above) / 2;
    case 4:
        return a <= b && a <= c ? left : b <= c ? above : corner;
    default:
        return 0;
    }
}

/* All neighbours that there can be. */
static void filters_are_those_of_the_standard(void **state)
{
    (void)state;
    unsigned char row[2], above[2], to[1];
    for (int left = 0; left < 256; left++)
        for (int up = 0; up < 256; up++)
            for (int corner = 0; corner < 256; corner += left % 16 == 0 ? 1 : 17) {
                struct rst_png_piece piece = {row + 1, above + 1, 1, 1};
                row[0] = (unsigned char)left, row[1] = 99;
                above[0] = (unsigned char)corner, above[1] = (unsigned char)up;
                for (int filter = 0; filter < RST_PNG_FILTERS; filter++) {
                    rst_png_forward((enum rst_png_filter)filter, &piece, to);
                    if (to[0] != (unsigned char)(99 - naive_predictor(filter, left, up, corner)))
                        fail_msg("filter %d: left %d, above %d, corner %d", filter, left, up, corner);
                }
            }
}

/* On rows of any length; undone, they are what they were; and costs are sums. */
static void filters_are_undone(void **state)
{
    (void)state;
    enum { MOST = 5000, STEP = 8 };
    static unsigned char row[STEP + MOST + 16], above[STEP + MOST + 16], to[MOST + 16], back[MOST + 16];
    static const size_t sizes[] = {8, 16, 40, 2048, 4080, 5000};
    uint64_t random = seed;
    for (size_t i = STEP; i < sizeof row; i++) {
        row[i] = (unsigned char)layout_random(&random);
        above[i] = (unsigned char)layout_random(&random);
    }
    for (size_t step = 1; step <= STEP; step++)
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            size_t size = sizes[i] / step * step;
            struct rst_png_piece piece = {row + STEP, above + STEP, size, step};
            uint64_t cost[RST_PNG_FILTERS] = {0}, sum;
            rst_png_forward_cost(&piece, cost);
            for (unsigned filter = 0; filter < RST_PNG_FILTERS; filter++) {
                rst_png_forward((enum rst_png_filter)filter, &piece, to);
                sum = 0;
                for (size_t at = 0; at < size; at++)
                    sum += (uint64_t)abs((signed char)to[at]);
                assert_int_equal(cost[filter], sum);
                if (step == 5 || step == 7) continue; /* no pixel has as many bytes */
                assert_true(rst_png_unfilter(filter, to, above + STEP, back, size, (unsigned)step));
                assert_memory_equal(back, row + STEP, size);
            }
        }
}

static void fill_map(uint16_t *map, size_t entries)
{
    for (size_t i = 0; i < 3 * entries; i++)
        map[i] = (uint16_t)((i * 41 & 255) * 257);
}

static void palettes_are_written(void **state)
{
    (void)state;
    struct rst_shape shape = shape_of(RST_U8, 70, 50, 1);
    uint16_t map[3 * 256];
    struct rst_meta meta = {.photometric = RST_PHOTOMETRIC_PALETTE, .color_map = map};
    const char *path = files_path("palette.png");
    struct rst_error err = {0};
    unsigned char *image = make_image(&shape, NOISE);
    shape.palette = true;
    for (size_t entries = 256; entries >= 16; entries /= 16) {
        fill_map(map, entries);
        meta.color_map_count = 3 * entries;
        for (size_t i = 0; i < (size_t)70 * 50; i++)
            image[i] = (unsigned char)(image[i] % entries);
        assert_int_equal(encode(path, &shape, &meta, image, 0, FORWARDS, &err), RST_OK);
        assert_holds(path, &shape, image);
        struct rst_raster *raster = NULL;
        assert_int_equal(rst_open(path, RST_READ, NULL, &raster, &err), RST_OK);
        const struct rst_meta *read = rst_raster_meta(raster);
        assert_int_equal(read->photometric, RST_PHOTOMETRIC_PALETTE);
        for (size_t i = 0; i < entries; i++)
            for (size_t color = 0; color < 3; color++)
                assert_int_equal(read->color_map[color * read->color_map_count / 3 + i], map[color * entries + i]);
        rst_close(&raster);
    }
    image[(size_t)70 * 31 + 20] = 17;
    assert_int_equal(encode(path, &shape, &meta, image, 0, FORWARDS, &err), RST_E_ARGUMENT);
    assert_non_null(strstr(err.message, "column 20, row 31 is 17"));
    free(image);
}

static enum rst_status create(const char *name, const struct rst_shape *shape, const struct rst_meta *meta,
                              const struct rst_create_options *options, struct rst_error *err)
{
    struct rst_raster *raster = NULL;
    *err = (struct rst_error){0};
    enum rst_status status = rst_create(files_path(name), shape, meta, options, &raster, err);
    rst_close(&raster);
    return status;
}

static void assert_refused(enum rst_type type, int32_t bands, int32_t alpha, int32_t opacity, const char *part)
{
    struct rst_shape shape = shape_of(type, 20, 10, bands);
    struct rst_error err;
    shape.alpha = alpha;
    shape.opacity = opacity;
    assert_int_equal(create("refused.png", &shape, NULL, NULL, &err), RST_E_UNSUPPORTED);
    if (!strstr(err.message, part)) fail_msg("'%s' does not say '%s'", err.message, part);
    assert_non_null(strstr(err.message, "refused.png"));
    assert_int_equal(files_length(files_path("refused.png")), -1);
}

static void what_cannot_be_held_is_refused(void **state)
{
    (void)state;
    struct rst_error err;
    assert_refused(RST_F32, 1, -1, -1, "--type u8");
    assert_refused(RST_I16, 3, -1, -1, "samples are i16");
    assert_refused(RST_U8, 5, -1, -1, "5 bands");
    assert_refused(RST_U8, 2, -1, -1, "--bands");
    assert_refused(RST_U8, 4, -1, -1, "not unassociated alpha");
    assert_refused(RST_U8, 4, -1, 3, "is associated alpha");
    assert_refused(RST_U8, 3, 2, 2, "with alpha among them");

    struct rst_shape shape = shape_of(RST_U8, INT64_C(1) << 31, 1, 1);
    assert_int_equal(create("wide.png", &shape, NULL, NULL, &err), RST_E_UNSUPPORTED);
    assert_non_null(strstr(err.message, "2147483647"));
    shape.width = 10;
    struct rst_create_options options = {.level = 10};
    assert_int_equal(create("level.png", &shape, NULL, &options, &err), RST_E_ARGUMENT);
    assert_non_null(strstr(err.message, "level 10"));
    options = (struct rst_create_options){.compression = RST_COMPRESSION_LZW};
    assert_int_equal(create("lzw.png", &shape, NULL, &options, &err), RST_E_ARGUMENT);
    assert_non_null(strstr(err.message, "lzw"));
}

/* A descriptor that cannot be written to. */
static void failing_writes_are_told(void **state)
{
    (void)state;
    static const struct rst_meta nothing;
    struct rst_shape shape = shape_of(RST_U8, 10, 10, 1);
    struct rst_encoder encoder;
    struct rst_error err = {0};
    int descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_int_equal(rst_png_encoder("some.png", &shape, &nothing, 0, &encoder, &err), RST_OK);
    assert_int_equal(encoder.kind->begin(encoder.state, descriptor, &err), RST_E_IO);
    assert_non_null(strstr(err.message, "some.png: writing at byte 0"));
    encoder.kind->close(encoder.state);
    close(descriptor);
}

/* Through the front door: the same bytes. */
static void rasters_become_files(void **state)
{
    (void)state;
    struct rst_shape shape = shape_of(RST_U16, 400, 1700, 3);
    struct rst_raster *raster = NULL;
    struct rst_error err = {0};
    void *image = make_image(&shape, GRADIENT);
    struct rst_view view = rst_view_packed(image, shape.type, shape.width, shape.height, shape.bands);
    size_t length, other_length;
    if (rst_create(files_path("whole.png"), &shape, NULL, NULL, &raster, &err) != RST_OK ||
        rst_raster_write(raster, 0, 0, 0, &view, &err) != RST_OK || rst_commit(raster, &err) != RST_OK)
        fail_msg("%s", err.message);
    assert_string_equal(rst_raster_format(raster), "PNG");
    rst_close(&raster);
    assert_holds(files_path("whole.png"), &shape, image);
    encode_well(files_path("hand.png"), &shape, image, 0, FORWARDS);
    unsigned char *bytes = files_read(files_path("whole.png"), &length);
    unsigned char *other = files_read(files_path("hand.png"), &other_length);
    assert_int_equal(length, other_length);
    assert_memory_equal(bytes, other, length);
    free(bytes);
    free(other);
    free(image);
}

int main(void)
{
    seed = layout_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_are_those_of_the_standard),
        cmocka_unit_test(filters_are_undone),
        cmocka_unit_test(every_form_reads_back),
        cmocka_unit_test(many_bands_read_back),
        cmocka_unit_test(long_rows_read_back),
        cmocka_unit_test(order_does_not_change_bytes),
        cmocka_unit_test(levels_read_back),
        cmocka_unit_test(sizes_are_small),
        cmocka_unit_test(palettes_are_written),
        cmocka_unit_test(what_cannot_be_held_is_refused),
        cmocka_unit_test(failing_writes_are_told),
        cmocka_unit_test(rasters_become_files),
    };
    return cmocka_run_group_tests_name("png_encode", tests, files_setup, files_teardown);
}
