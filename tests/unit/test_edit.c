/* Edits of a TIFF's metadata: what was asked for changes, and not one byte beside it. */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codecs/codecs.h"
#include "codecs/tiff/chain.h"
#include "codecs/tiff/ifd.h"
#include "raster/image/items.h"
#include "tests/support/files.h"
#include "tests/support/tiffs.h"

enum { PAGES = 3, FOREIGN_TAG = 65000 };

/* Pages with tags that are known, and one that is not. */
static void write_pages(const char *path, const struct tiffs_form *form)
{
    static const TIFFFieldInfo foreign[] = {
        {FOREIGN_TAG, TIFF_VARIABLE2, TIFF_VARIABLE2, TIFF_RATIONAL, FIELD_CUSTOM, 1, 1, (char *)"Foreign"}};
    TIFF *tiff = TIFFOpen(path, form->mode);
    assert_non_null(tiff);
    for (int page = 0; page < PAGES; page++) {
        float numbers[3] = {0.5F, 3, (float)page};
        assert_int_equal(TIFFMergeFieldInfo(tiff, foreign, 1), 0);
        TIFFSetField(tiff, FOREIGN_TAG, 3, numbers);
        TIFFSetField(tiff, TIFFTAG_IMAGEDESCRIPTION, "described");
        TIFFSetField(tiff, TIFFTAG_SOFTWARE, "libtiff");
        TIFFSetField(tiff, TIFFTAG_PAGENUMBER, page, PAGES);
        tiffs_write_page(tiff, form, (uint64_t)page);
        assert_true(TIFFWriteDirectory(tiff));
    }
    TIFFClose(tiff);
}

static void assert_pixels(const char *path, const struct tiffs_form *form)
{
    TIFF *tiff = TIFFOpen(path, "r");
    assert_non_null(tiff);
    for (int page = 0; page < PAGES; page++) {
        assert_true(TIFFSetDirectory(tiff, (uint16_t)page));
        tiffs_assert_page(tiff, form, (uint64_t)page);
    }
    assert_false(TIFFReadDirectory(tiff));
    TIFFClose(tiff);
}

struct bytes {
    unsigned char *data;
    size_t size;
};

static bool read_bytes(void *user, uint64_t at, void *to, size_t size)
{
    const struct bytes *bytes = user;
    if (at > bytes->size || size > bytes->size - at) return false;
    memcpy(to, bytes->data + at, size);
    return true;
}

static struct rst_tiff_input input_of(struct bytes *bytes)
{
    bool big_endian = bytes->data[0] == 'M';
    return (struct rst_tiff_input){
        .read = read_bytes,
        .user = bytes,
        .length = bytes->size,
        .form = {.big = rst_tiff_get(bytes->data + 2, 2, big_endian) == 43, .big_endian = big_endian}};
}

/* The directory of a page, from raw bytes; and where the number is that points to it. */
static struct rst_tiff_ifd directory(struct bytes *bytes, int page, uint64_t *pointer_at)
{
    struct rst_tiff_input input = input_of(bytes);
    struct rst_tiff_ifd ifd = {0};
    size_t size = input.form.big ? 8 : 4;
    uint64_t at = size;
    for (int i = 0;; i++) {
        uint64_t offset = rst_tiff_get(bytes->data + at, size, input.form.big_endian);
        assert_int_equal(rst_tiff_ifd_read(&input, offset, &ifd), RST_OK);
        *pointer_at = at;
        if (i == page) return ifd;
        at = offset + (input.form.big ? 8 + 20 * ifd.count : 2 + 12 * ifd.count);
        rst_tiff_ifd_clear(&ifd);
    }
}

static bool is_among(uint16_t tag, const uint16_t *tags)
{
    for (; *tags; tags++)
        if (*tags == tag) return true;
    return false;
}

/* Only the pointer to the page changed of the bytes that were there, and only these tags of its entries. */
static void assert_untouched(struct bytes *before, struct bytes *after, int page, const uint16_t *tags)
{
    uint64_t pointer_at, same_at;
    struct rst_tiff_ifd old = directory(before, page, &pointer_at), new = directory(after, page, &same_at);
    assert_int_equal(pointer_at, same_at);
    assert_true(after->size >= before->size);
    size_t size = input_of(before).form.big ? 8 : 4;
    for (size_t i = 0; i < before->size; i++)
        if (i < pointer_at || i >= pointer_at + size) assert_int_equal(before->data[i], after->data[i]);
    size_t seen = 0;
    for (size_t i = 0; i < new.count; i++) {
        if (i > 0) assert_true(new.entries[i].tag > new.entries[i - 1].tag);
        if (is_among(new.entries[i].tag, tags)) continue;
        const struct rst_tiff_entry *entry = rst_tiff_ifd_find(&old, new.entries[i].tag);
        assert_non_null(entry);
        assert_int_equal(entry->type, new.entries[i].type);
        assert_int_equal(entry->count, new.entries[i].count);
        assert_memory_equal(entry->field, new.entries[i].field, sizeof entry->field);
        seen++;
    }
    for (size_t i = 0; i < old.count; i++)
        seen -= !is_among(old.entries[i].tag, tags);
    assert_int_equal(seen, 0);
    assert_int_equal(new.next, old.next);
    rst_tiff_ifd_clear(&old);
    rst_tiff_ifd_clear(&new);
}

static struct bytes read_all(const char *path)
{
    struct bytes bytes;
    bytes.data = files_read(path, &bytes.size);
    assert_non_null(bytes.data);
    return bytes;
}

static void assert_same_file(const char *path, const struct bytes *before)
{
    struct bytes after = read_all(path);
    assert_int_equal(after.size, before->size);
    assert_memory_equal(after.data, before->data, before->size);
    free(after.data);
}

static struct rst_raster *open_page(const char *path, int page)
{
    struct rst_raster *raster = NULL;
    struct rst_error err = {0};
    enum rst_status status = rst_open(path, RST_READ, &(struct rst_open_options){.page = page}, &raster, &err);
    if (status) fail_msg("%s", err.message);
    return raster;
}

static const double transform[6] = {10, 0, 500000, 0, -10, 4600000};
static const char *const set[] = {"Software",    "us",     "Copyright",    "mine", "A", "b & <c>", "Description", "new",
                                  "band.2.name", "second", "DocumentName", "doc"};

static void edit_all(const struct tiffs_form *form)
{
    static const uint16_t tags[] = {269, 270, 305, 33432, 33550, 33922, 34735, 42112, 42113, 0};
    const struct rst_edit edit = {
        .nodata = "7", .epsg = 32633, .transform = transform, .set = set, .set_count = sizeof set / sizeof *set / 2};
    for (int page = 0; page < PAGES; page++) {
        char *path = files_path("edited.tif");
        struct rst_error err = {0};
        write_pages(path, form);
        struct bytes before = read_all(path);
        enum rst_status status = rst_edit(path, page, &edit, &err);
        if (status) fail_msg("%s", err.message);
        struct bytes after = read_all(path);
        assert_untouched(&before, &after, page, tags);
        assert_pixels(path, form);
        struct rst_raster *raster = open_page(path, page);
        const struct rst_meta *meta = rst_raster_meta(raster);
        struct rst_affine map;
        assert_true(meta->has_nodata && rst_sample_to_double(meta->nodata, form->type) == 7);
        assert_int_equal(rst_geo_epsg(&meta->geo), 32633);
        assert_true(rst_geo_transform(&meta->geo, &map));
        assert_memory_equal(map.m, transform, sizeof transform);
        assert_string_equal(rst_meta_get(meta, "Software", -1, NULL), "us");
        assert_string_equal(rst_meta_get(meta, "Copyright", -1, NULL), "mine");
        assert_string_equal(rst_meta_get(meta, "DocumentName", -1, NULL), "doc");
        assert_string_equal(rst_meta_get(meta, "A", -1, NULL), "b & <c>");
        assert_int_equal(meta->item_count, 4);
        assert_string_equal(meta->description, "new");
        assert_string_equal(meta->band_names[1], "second");
        rst_close(&raster);
        raster = open_page(path, (page + 1) % PAGES);
        assert_string_equal(rst_raster_meta(raster)->description, "described");
        rst_close(&raster);
        free(before.data);
        free(after.data);
    }
}

static void edits_change_nothing_else(void **state)
{
    (void)state;
    static const char *const modes[] = {"wl", "wb", "w8l", "w8b"};
    for (int i = 0; i < 4; i++) {
        edit_all(&(struct tiffs_form){.type = RST_U16,
                                      .width = 40,
                                      .height = 30,
                                      .bands = 3,
                                      .tile_width = 16,
                                      .tile_height = 16,
                                      .mode = modes[i]});
        edit_all(&(struct tiffs_form){
            .type = RST_F32, .width = 40, .height = 30, .bands = 2, .planar = true, .strip_rows = 7, .mode = modes[i]});
    }
}

static const struct tiffs_form plain = {
    .type = RST_U8, .width = 20, .height = 10, .bands = 2, .strip_rows = 4, .mode = "wl"};

static void what_is_set_can_be_taken_off(void **state)
{
    (void)state;
    static const char *const unset[] = {"Software",    "Copyright",    "A",   "Description",
                                        "band.2.name", "DocumentName", "none"};
    static const uint16_t placed[] = {270, 305, 33550, 33922, 0};
    char *path = files_path("off.tif");
    write_pages(path, &plain);
    struct bytes before = read_all(path);
    const struct rst_edit on = {
        .nodata = "7", .epsg = 4326, .transform = transform, .set = set, .set_count = sizeof set / sizeof *set / 2};
    const struct rst_edit off = {
        .nodata = "none", .epsg = -1, .unset = unset, .unset_count = sizeof unset / sizeof *unset};
    assert_int_equal(rst_edit(path, 1, &on, NULL), RST_OK);
    assert_int_equal(rst_edit(path, 1, &off, NULL), RST_OK);
    struct bytes after = read_all(path);
    assert_untouched(&before, &after, 1, placed);
    assert_pixels(path, &plain);
    struct rst_raster *raster = open_page(path, 1);
    const struct rst_meta *meta = rst_raster_meta(raster);
    assert_false(meta->has_nodata);
    assert_null(meta->geo.keys);
    assert_int_equal(meta->item_count, 0);
    assert_null(meta->description);
    assert_int_equal(meta->band_name_count, 0);
    rst_close(&raster);
    free(before.data);
    free(after.data);
}

static void statistics_can_be_taken_off(void **state)
{
    (void)state;
    static const char *const unset[] = {"STATISTICS"};
    struct rst_shape shape = {.type = RST_U8, .width = 5, .height = 5, .bands = 1, .alpha = -1, .opacity = -1};
    struct rst_meta meta = {0};
    struct rst_raster *raster = NULL;
    char *path = files_path("statistics.tif");
    assert_int_equal(rst_meta_set(&meta, "STATISTICS_MEAN", 0, NULL, "7", NULL), RST_OK);
    assert_int_equal(rst_meta_set(&meta, "A", 0, NULL, "b", NULL), RST_OK);
    assert_int_equal(rst_create(path, &shape, &meta, NULL, &raster, NULL), RST_OK);
    assert_int_equal(rst_commit(raster, NULL), RST_OK);
    rst_close(&raster);
    rst_meta_clear(&meta);
    assert_int_equal(rst_edit(path, 0, &(struct rst_edit){.unset = unset, .unset_count = 1}, NULL), RST_OK);
    raster = open_page(path, 0);
    assert_int_equal(rst_raster_meta(raster)->item_count, 1);
    assert_string_equal(rst_meta_get(rst_raster_meta(raster), "A", 0, NULL), "b");
    rst_close(&raster);
}

/* Where an edit is refused, or has nothing to do, the file keeps its bytes. */
static void refused_edits_leave_the_file(void **state)
{
    (void)state;
    static const double flat[6] = {0};
    static const char *const no_key[] = {"", "x"}, *const no_value[] = {"A", NULL},
                             *const no_band[] = {"band.3.name", "x"};
    static const char *const same[] = {"Description", "described", "Software", "libtiff"}, *const none[] = {"Artist"};
    static const struct {
        struct rst_edit edit;
        int page;
        enum rst_status status;
    } cases[] = {
        {{0}, 0, RST_OK},
        {{.set = same, .set_count = 2, .unset = none, .unset_count = 1, .nodata = "none", .epsg = -1}, 2, RST_OK},
        {{.nodata = "256"}, 0, RST_E_ARGUMENT},
        {{.nodata = "x"}, 0, RST_E_ARGUMENT},
        {{.epsg = 5703}, 0, RST_E_ARGUMENT},
        {{.transform = flat}, 0, RST_E_ARGUMENT},
        {{.set = no_key, .set_count = 1}, 0, RST_E_ARGUMENT},
        {{.set = no_value, .set_count = 1}, 0, RST_E_ARGUMENT},
        {{.set = no_band, .set_count = 1}, 0, RST_E_ARGUMENT},
        {{.nodata = "1"}, PAGES, RST_E_ARGUMENT},
        {{.nodata = "1"}, -1, RST_E_ARGUMENT},
    };
    char *path = files_path("refused.tif");
    write_pages(path, &plain);
    struct bytes before = read_all(path);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(rst_edit(path, cases[i].page, &cases[i].edit, NULL), cases[i].status);
        assert_same_file(path, &before);
    }
    struct rst_raster *raster = NULL;
    assert_int_equal(rst_open(path, RST_SHARED, NULL, &raster, NULL), RST_OK);
    assert_int_equal(rst_edit(path, 0, &(struct rst_edit){.nodata = "1"}, NULL), RST_E_LOCKED);
    rst_close(&raster);
    assert_same_file(path, &before);
    free(before.data);
}

/* A new directory must not stand where the pixels of a cut file belong. */
static void a_cut_file_is_refused(void **state)
{
    (void)state;
    const struct rst_shape shape = {.type = RST_U8, .width = 100, .height = 90, .bands = 1, .alpha = -1, .opacity = -1};
    const struct rst_create_options options = {.overwrite = true};
    struct rst_raster *raster = NULL;
    struct rst_error err = {0};
    char *path = files_path("cut.tif");
    assert_int_equal(rst_create(path, &shape, NULL, &options, &raster, NULL), RST_OK);
    assert_int_equal(rst_commit(raster, NULL), RST_OK);
    rst_close(&raster);
    int64_t length = files_length(path) - 1;
    assert_int_equal(truncate(path, length), 0);
    assert_int_equal(rst_edit(path, 0, &(struct rst_edit){.nodata = "1"}, &err), RST_E_TRUNCATED);
    assert_non_null(strstr(err.message, "cut.tif"));
    assert_int_equal(files_length(path), length);
}

static void other_formats_are_refused(void **state)
{
    (void)state;
    const struct rst_edit edit = {.nodata = "1"};
    struct rst_error err = {0};
    assert_int_equal(rst_edit(files_path("absent.tif"), 0, &edit, NULL), RST_E_NOTFOUND);
    char *path = files_make("noise", 1000);
    assert_int_equal(rst_edit(path, 0, &edit, &err), RST_E_UNSUPPORTED);
    assert_non_null(strstr(err.message, "noise"));
    assert_int_equal(truncate(path, 0), 0);
    assert_int_equal(rst_edit(path, 0, &edit, NULL), RST_E_UNSUPPORTED);
}

/* The disk is full half-way through the new directory. */
static int edit_without_room(void *argument)
{
    const char *path = argument;
    const char *const long_text[] = {"A", "a text that needs more room than there is left of the file's limit"};
    const struct rst_edit edit = {.set = long_text, .set_count = 1};
    struct rst_error err = {0};
    int64_t length = files_length(path);
    files_limit_size((uint64_t)length + 20);
    FILES_CHECK(rst_edit(path, 1, &edit, &err) != RST_OK);
    FILES_CHECK(files_length(path) == length);
    return 0;
}

static void a_failed_edit_leaves_the_file(void **state)
{
    (void)state;
    char *path = files_path("full.tif");
    write_pages(path, &plain);
    struct bytes before = read_all(path);
    assert_int_equal(files_in_child(edit_without_room, path), 0);
    assert_same_file(path, &before);
    free(before.data);
}

static void a_classic_file_does_not_outgrow_its_offsets(void **state)
{
    (void)state;
    char *path = files_path("huge.tif");
    struct rst_error err = {0};
    write_pages(path, &plain);
    assert_int_equal(truncate(path, UINT32_MAX - 100), 0);
    assert_int_equal(rst_edit(path, 0, &(struct rst_edit){.nodata = "1"}, &err), RST_E_UNSUPPORTED);
    assert_non_null(strstr(err.message, "4 GiB"));
    assert_int_equal(files_length(path), UINT32_MAX - 100);
    assert_int_equal(remove(path), 0);
}

/* A file that says it is a Cloud Optimized GeoTIFF is one no more. The note lies where pixels begin in other files. */
static void a_cloud_optimized_file_is_marked(void **state)
{
    (void)state;
    static const char note[] = "GDAL_STRUCTURAL_METADATA_SIZE=000140 bytes\nLAYOUT=IFDS_BEFORE_DATA\n"
                               "BLOCK_ORDER=ROW_MAJOR\nKNOWN_INCOMPATIBLE_EDITION=NO\n after";
    char bytes[256] = {0}, *path = files_path("cloud.tif");
    memcpy(bytes, note, sizeof note);
    for (int big = 0; big < 2; big++) {
        TIFF *tiff = TIFFOpen(path, big ? "w8" : "w");
        assert_non_null(tiff);
        tiffs_set_form(tiff,
                       &(struct tiffs_form){.type = RST_U8, .width = 16, .height = 16, .bands = 1, .strip_rows = 16});
        assert_int_equal(TIFFWriteEncodedStrip(tiff, 0, bytes, sizeof bytes), sizeof bytes);
        TIFFClose(tiff);
        assert_int_equal(rst_edit(path, 0, &(struct rst_edit){.nodata = "1"}, NULL), RST_OK);
        struct bytes after = read_all(path);
        const char *at = (const char *)after.data + (big ? 16 : 8), *mark = strstr(note, "NO\n ");
        assert_memory_equal(at, note, mark - note);
        assert_memory_equal(at + (mark - note), "YES\nafter", 9);
        free(after.data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edits_change_nothing_else),
        cmocka_unit_test(what_is_set_can_be_taken_off),
        cmocka_unit_test(statistics_can_be_taken_off),
        cmocka_unit_test(refused_edits_leave_the_file),
        cmocka_unit_test(a_cut_file_is_refused),
        cmocka_unit_test(other_formats_are_refused),
        cmocka_unit_test(a_failed_edit_leaves_the_file),
        cmocka_unit_test(a_classic_file_does_not_outgrow_its_offsets),
        cmocka_unit_test(a_cloud_optimized_file_is_marked),
    };
    TIFFSetWarningHandler(NULL);
    return cmocka_run_group_tests_name("edit", tests, files_setup, files_teardown);
}
