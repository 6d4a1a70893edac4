/* Decoding PNGs: every form that libpng writes against libpng's own reader. */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "codecs/codecs.h"
#include "codecs/png/decode.h"
#include "codecs/png/filter.h"
#include "raster/base/size.h"
#include "tests/support/files.h"
#include "tests/support/pngs.h"

static uint64_t seed;

/* The colour types with their depths. */
static const struct kind {
    int color, depth;
} kinds[] = {{PNG_COLOR_TYPE_GRAY, 1},        {PNG_COLOR_TYPE_GRAY, 2},      {PNG_COLOR_TYPE_GRAY, 4},
             {PNG_COLOR_TYPE_GRAY, 8},        {PNG_COLOR_TYPE_GRAY, 16},     {PNG_COLOR_TYPE_RGB, 8},
             {PNG_COLOR_TYPE_RGB, 16},        {PNG_COLOR_TYPE_PALETTE, 1},   {PNG_COLOR_TYPE_PALETTE, 2},
             {PNG_COLOR_TYPE_PALETTE, 4},     {PNG_COLOR_TYPE_PALETTE, 8},   {PNG_COLOR_TYPE_GRAY_ALPHA, 8},
             {PNG_COLOR_TYPE_GRAY_ALPHA, 16}, {PNG_COLOR_TYPE_RGB_ALPHA, 8}, {PNG_COLOR_TYPE_RGB_ALPHA, 16}};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

static struct pngs_form form_of(const struct kind *kind, uint32_t width, uint32_t height)
{
    return (struct pngs_form){.width = width, .height = height, .depth = kind->depth, .color = kind->color, .level = 6};
}

static void every_form_is_read(void **state)
{
    (void)state;
    static const uint32_t sizes[][2] = {{1, 1}, {2, 3}, {4, 1}, {5, 5}, {1, 9}, {33, 17}, {100, 41}};
    const char *path = files_path("forms.png");
    for (int i = 0; i < KINDS; i++)
        for (size_t size = 0; size < sizeof sizes / sizeof sizes[0]; size++)
            for (int way = 0; way < 4; way++) {
                struct pngs_form form = form_of(&kinds[i], sizes[size][0], sizes[size][1]);
                form.interlaced = way & 1;
                form.transparent = (way & 2) && !(form.color & PNG_COLOR_MASK_ALPHA);
                pngs_write(path, &form, seed + size);
                pngs_assert_reads(path);
            }
}

static void every_filter_is_undone(void **state)
{
    (void)state;
    static const int filters[] = {PNG_FILTER_NONE, PNG_FILTER_SUB,   PNG_FILTER_UP,
                                  PNG_FILTER_AVG,  PNG_FILTER_PAETH, PNG_ALL_FILTERS};
    const char *path = files_path("filters.png");
    for (int i = 0; i < KINDS; i++)
        for (size_t filter = 0; filter < 6; filter++)
            for (uint32_t width = 64; width < 68; width++) {
                struct pngs_form form = form_of(&kinds[i], width, 24);
                form.filters = filters[filter];
                pngs_write(path, &form, seed + width);
                pngs_assert_reads(path);
            }
}

static void chunks_of_any_size_are_read(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 2, 3, 5, 100, 8192, 1 << 20};
    const char *path = files_path("chunks.png");
    for (int level = 0; level <= 9; level += 3)
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            struct pngs_form form = {.width = 150, .height = 90, .depth = 8, .color = PNG_COLOR_TYPE_RGB};
            form.level = level;
            form.interlaced = i == 4;
            pngs_write(path, &form, seed + i);
            pngs_cut(path, sizes[i]);
            pngs_assert_reads(path);
        }
}

/* Neither a million columns nor a buffer's size is a limit. */
static void wide_images_are_read(void **state)
{
    (void)state;
    const char *path = files_path("wide.png");
    for (int interlaced = 0; interlaced < 2; interlaced++) {
        struct pngs_form form = {
            .width = 1200001, .height = 3, .depth = 8, .color = PNG_COLOR_TYPE_RGB, .interlaced = interlaced};
        form.level = 1;
        pngs_write(path, &form, seed);
        pngs_assert_reads(path);
    }
}

/* The form of a file, and the place of its first IDAT chunk, for the decoder alone. */
static uint64_t find_data(const struct rst_png_file *file)
{
    struct rst_png_walk walk = {.file = file};
    struct rst_png_chunk chunk;
    do
        assert_int_equal(rst_png_walk_next(&walk, &chunk, NULL), RST_OK);
    while (!rst_png_chunk_is(&chunk, "IDAT"));
    return chunk.at;
}

static void assert_cell(const struct rst_decoder *decoder, void *worker, int64_t row, const struct pngs_image *image)
{
    int64_t y = row * decoder->cells.height, rows = rst_min64(decoder->cells.height, image->height - y);
    enum rst_type type = image->size == 1 ? RST_U8 : RST_U16;
    size_t line = (size_t)image->width * (size_t)(image->bands * image->size), stride = line + 10;
    char *have = calloc((size_t)rows, stride);
    struct rst_view to = rst_view_packed(have, type, image->width, rows, image->bands);
    struct rst_error err = {0};
    to.row_stride = (ptrdiff_t)stride;
    assert_non_null(have);
    if (decoder->kind->decode(decoder->state, worker, (struct rst_cell){0, row, 0}, &to, &err) != RST_OK)
        fail_msg("%s", err.message);
    for (int64_t i = 0; i < rows; i++) {
        assert_memory_equal(have + (size_t)i * stride, image->samples + (size_t)(y + i) * line, line);
        for (size_t padding = line; padding < stride; padding++)
            assert_int_equal(have[(size_t)i * stride + padding], 0);
    }
    free(have);
}

/* Some cells are passed over, twice, by two workers at different places of the file. */
static void check_cells(const char *path, const struct pngs_form *form)
{
    struct pngs_image image;
    struct rst_png_form own = {.width = form->width,
                               .height = form->height,
                               .depth = (unsigned)form->depth,
                               .color = (enum rst_png_color)form->color};
    struct rst_png_file file = {path, open(path, O_RDONLY | O_CLOEXEC), (uint64_t)files_length(path)};
    struct rst_decoder decoder;
    void *workers[2];
    assert_true(pngs_read(path, &image));
    assert_int_equal(rst_png_decoder(&file, &own, find_data(&file), &decoder, NULL), RST_OK);
    assert_true(decoder.kind->stream);
    assert_int_equal(decoder.cells.width, form->width);
    int64_t count = (form->height - 1) / decoder.cells.height + 1;
    assert_true(count >= 4);
    for (int i = 0; i < 2; i++)
        assert_int_equal(decoder.kind->start(decoder.state, &workers[i], NULL), RST_OK);
    for (int64_t row = 0; row < count; row++)
        for (int i = 0; i < 2; i++) {
            if ((row >> i & 1) == 0)
                assert_cell(&decoder, workers[i], row, &image);
            else
                assert_int_equal(
                    decoder.kind->decode(decoder.state, workers[i], (struct rst_cell){0, row, 0}, NULL, NULL), RST_OK);
        }
    for (int i = 0; i < 2; i++)
        decoder.kind->stop(workers[i]);
    decoder.kind->close(decoder.state);
    close(file.descriptor);
    free(image.samples);
}

static void cells_may_be_passed_over(void **state)
{
    (void)state;
    const char *path = files_path("cells.png");
    for (int depth = 8; depth <= 16; depth += 8) {
        struct pngs_form form = {.width = 5000, .height = 330, .depth = depth, .color = PNG_COLOR_TYPE_RGB, .level = 1};
        if (depth == 16) form.height /= 2;
        pngs_write(path, &form, seed);
        check_cells(path, &form);
    }
}

static void windows_are_read_in_any_order(void **state)
{
    (void)state;
    const char *path = files_path("windows.png");
    struct pngs_form form = {.width = 4001, .height = 1300, .depth = 8, .color = PNG_COLOR_TYPE_GRAY, .level = 1};
    struct pngs_image image;
    struct rst_raster *raster = NULL;
    unsigned char *have = malloc((size_t)form.width * 7);
    pngs_write(path, &form, seed);
    assert_true(pngs_read(path, &image));
    assert_int_equal(rst_open(path, RST_READ, NULL, &raster, NULL), RST_OK);
    static const int64_t order[] = {1290, 3, 700, 690, 0, 1293};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        struct rst_view view = rst_view_packed(have, RST_U8, form.width, 7, 1);
        assert_int_equal(rst_raster_read(raster, 0, order[i], NULL, &view, NULL), RST_OK);
        assert_memory_equal(have, image.samples + (size_t)order[i] * form.width, (size_t)form.width * 7);
    }
    rst_close(&raster);
    free(image.samples);
    free(have);
}

static void headers_need_no_pixels(void **state)
{
    (void)state;
    const char *path = files_path("headers.png");
    struct pngs_form form = {.width = 31, .height = 9, .depth = 16, .color = PNG_COLOR_TYPE_RGB_ALPHA, .level = 1};
    struct rst_open_options options = {.headers_only = true};
    struct rst_raster *raster = NULL;
    struct rst_error err = {0};
    int pages;
    pngs_write(path, &form, seed);
    assert_int_equal(rst_open(path, RST_READ, &options, &raster, NULL), RST_OK);
    assert_null(rst_raster_map(raster));
    assert_int_equal(rst_raster_shape(raster).bands, 4);
    assert_int_equal(rst_raster_shape(raster).type, RST_U16);
    assert_int_equal(rst_raster_shape(raster).alpha, 3);
    rst_close(&raster);
    assert_int_equal(rst_count_pages(path, NULL, &pages, NULL), RST_OK);
    assert_int_equal(pages, 1);
    assert_int_equal(rst_open(path, RST_SHARED, NULL, &raster, &err), RST_E_UNSUPPORTED);
    options.page = 1;
    assert_int_equal(rst_open(path, RST_READ, &options, &raster, &err), RST_E_ARGUMENT);
}

/* Of left, above and above left, as the specification tells it. */
static int predict(int a, int b, int c)
{
    int p = a + b - c, pa = abs(p - a), pb = abs(p - b), pc = abs(p - c);
    return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

static void predictors_are_exact(void **state)
{
    (void)state;
    enum { PIXELS = 256, MOST = PIXELS * 8 };
    static unsigned char from[MOST + 16], above[MOST + 16], to[MOST];
    for (unsigned step = 1; step <= 8; step++) {
        if (step == 5 || step == 7) continue;
        size_t size = (size_t)step * PIXELS;
        for (int c = 0; c < 256; c++)
            for (unsigned filter = 0; filter <= 4; filter++) {
                for (size_t i = 0; i < size; i++) {
                    above[i] = (unsigned char)(i / step % 2 ? layout_random(&seed) : (unsigned)c);
                    from[i] = (unsigned char)layout_random(&seed);
                }
                assert_true(rst_png_unfilter(filter, from, above, to, size, step));
                for (size_t i = 0; i < size; i++) {
                    int left = i < step ? 0 : to[i - step], corner = i < step ? 0 : above[i - step];
                    int told[] = {0, left, above[i], (left + above[i]) / 2, predict(left, above[i], corner)};
                    assert_int_equal(to[i], (from[i] + told[filter]) & 255);
                }
            }
    }
    assert_false(rst_png_unfilter(5, from, above, to, 8, 1));
    assert_false(rst_png_unfilter(255, from, above, to, 8, 4));
}

int main(void)
{
    seed = layout_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_is_read),          cmocka_unit_test(every_filter_is_undone),
        cmocka_unit_test(chunks_of_any_size_are_read), cmocka_unit_test(wide_images_are_read),
        cmocka_unit_test(cells_may_be_passed_over),    cmocka_unit_test(windows_are_read_in_any_order),
        cmocka_unit_test(headers_need_no_pixels),      cmocka_unit_test(predictors_are_exact)};
    return cmocka_run_group_tests(tests, files_setup, files_teardown);
}
