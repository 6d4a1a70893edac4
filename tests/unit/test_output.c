/* Outputs: whole or not at all, under the right name, with the right mode, and nothing left behind. */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sys/statvfs.h>

#include "raster/map/output.h"
#include "raster/map/output_internal.h"
#include "tests/support/files.h"

static const struct rst_output_options replace = {.overwrite = true}, synced = {.sync = true};
static const struct rst_output_options rehearse = {.rehearse = true};
static const struct rst_output_options rehearse_replacing = {.overwrite = true, .rehearse = true};

static struct rst_output *open_output(const char *path, const struct rst_output_options *options)
{
    struct rst_output *output = NULL;
    struct rst_error err = {0};
    if (rst_output_open(path, options, &output, &err) != RST_OK) fail_msg("%s", err.message);
    return output;
}

static void put(struct rst_output *output, const char *text)
{
    ssize_t length = (ssize_t)strlen(text);
    assert_int_equal(pwrite(rst_output_descriptor(output), text, (size_t)length, 0), length);
}

static void assert_holds(const char *path, const char *text)
{
    size_t length;
    unsigned char *bytes = files_read(path, &length);
    assert_non_null(bytes);
    assert_int_equal(length, strlen(text));
    assert_memory_equal(bytes, text, length);
    free(bytes);
}

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static unsigned mode_of(const char *path)
{
    struct stat file;
    assert_int_equal(stat(path, &file), 0);
    return file.st_mode & 07777;
}

/* The one name in the folder that is hidden. */
static void find_temporary(char *name, size_t size)
{
    struct dirent *entry;
    DIR *folder = opendir(files_folder);
    *name = '\0';
    assert_non_null(folder);
    while ((entry = readdir(folder)))
        if (entry->d_name[0] == '.' && entry->d_name[1] != '.' && entry->d_name[1]) {
            assert_string_equal(name, "");
            snprintf(name, size, "%s", entry->d_name);
        }
    closedir(folder);
}

static void a_new_file_appears_when_it_is_published(void **state)
{
    const char *path = files_path("new.tif");
    char name[256];
    (void)state;
    mode_t mask = umask(027);
    struct rst_output *output = open_output(path, NULL);
    umask(mask);
    assert_string_equal(rst_output_path(output), path);
    assert_int_equal(fcntl(rst_output_descriptor(output), F_GETFD), FD_CLOEXEC);
    assert_int_equal(fcntl(rst_output_descriptor(output), F_GETFL) & O_ACCMODE, O_RDWR);
    put(output, "pixels");
    find_temporary(name, sizeof name);
    assert_memory_equal(name, ".new.tif.", 9);
    assert_string_equal(name + strlen(name) - 4, ".tmp");
    assert_int_equal(files_length(path), -1);
    assert_int_equal(files_count(), 1);
    assert_int_equal(rst_output_publish(&output, NULL), RST_OK);
    assert_null(output);
    assert_holds(path, "pixels");
    assert_int_equal(mode_of(path), 0640);
    assert_int_equal(files_count(), 1);

    output = open_output(files_path("synced.tif"), &synced);
    put(output, "more");
    assert_int_equal(rst_output_publish(&output, NULL), RST_OK);
    assert_holds(files_path("synced.tif"), "more");
    assert_int_equal(files_count(), 2);
}

static void a_discarded_file_leaves_nothing(void **state)
{
    struct rst_output *output = open_output(files_path("gone.tif"), NULL);
    (void)state;
    put(output, "pixels");
    int descriptor = rst_output_descriptor(output);
    rst_output_discard(&output);
    assert_null(output);
    assert_int_equal(fcntl(descriptor, F_GETFD), -1);
    assert_int_equal(files_count(), 0);
    rst_output_discard(&output);
}

static void an_existing_file_needs_overwrite(void **state)
{
    const char *path = files_path("there.tif");
    struct rst_output *output = NULL;
    struct rst_error err = {0};
    (void)state;
    write_text(path, "old");
    assert_int_equal(chmod(path, 0604), 0);
    assert_int_equal(rst_output_open(path, NULL, &output, &err), RST_E_EXISTS);
    assert_null(output);
    assert_non_null(strstr(err.message, path));
    assert_int_equal(files_count(), 1);

    output = open_output(path, &replace);
    put(output, "never");
    rst_output_discard(&output);
    assert_holds(path, "old");

    output = open_output(path, &replace);
    put(output, "fresh");
    assert_holds(path, "old");
    assert_int_equal(rst_output_publish(&output, NULL), RST_OK);
    assert_holds(path, "fresh");
    assert_int_equal(mode_of(path), 0604);
    assert_int_equal(files_count(), 1);
}

/* Even in the very last moment, in each way that file systems offer. */
static void a_file_that_appears_meanwhile_is_kept(void **state)
{
    const char *path = files_path("race.tif");
    struct rst_output *output;
    (void)state;
    for (int way = RST_PLACE_RENAME; way <= RST_PLACE_LOOK; way++) {
        output = open_output(path, NULL);
        put(output, "ours");
        write_text(path, "theirs");
        assert_int_equal(rst_output_place(output, (enum rst_placing)way), EEXIST);
        assert_int_equal(rst_output_publish(&output, NULL), RST_E_EXISTS);
        assert_non_null(output);
        assert_holds(path, "theirs");
        assert_int_equal(files_count(), 2);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(rst_output_place(output, (enum rst_placing)way), 0);
        assert_holds(path, "ours");
        assert_int_equal(files_count(), 1);
        rst_output_discard(&output);
        assert_int_equal(unlink(path), 0);
    }
    output = open_output(path, &replace);
    put(output, "ours");
    write_text(path, "theirs");
    assert_int_equal(rst_output_publish(&output, NULL), RST_OK);
    assert_holds(path, "ours");
}

static void a_folder_that_appears_meanwhile_is_kept(void **state)
{
    const char *path = files_path("dir.tif");
    struct rst_error err = {0};
    (void)state;
    struct rst_output *output = open_output(path, &replace);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(rst_output_publish(&output, &err), RST_E_UNSUPPORTED);
    assert_non_null(strstr(err.message, "folder"));
    rst_output_discard(&output);
    assert_int_equal(files_count(), 1);
}

static void links_are_followed_and_stay(void **state)
{
    char *inner = strdup(files_path("inner")), *target = strdup(files_path("inner/target.tif"));
    char *link = strdup(files_path("link.tif")), *chain = strdup(files_path("inner/chain.tif"));
    struct stat file;
    (void)state;
    assert_int_equal(mkdir(inner, 0700), 0);
    assert_int_equal(symlink("inner/chain.tif", link), 0);
    assert_int_equal(symlink("target.tif", chain), 0);
    for (int round = 0; round < 2; round++) { /* first with the links dangling */
        struct rst_output *output = NULL;
        if (round == 1) assert_int_equal(rst_output_open(link, NULL, &output, NULL), RST_E_EXISTS);
        output = open_output(link, &replace);
        put(output, round ? "second" : "first");
        assert_string_equal(rst_output_path(output), link);
        assert_int_equal(rst_output_publish(&output, NULL), RST_OK);
        assert_holds(target, round ? "second" : "first");
        assert_int_equal(lstat(link, &file), 0);
        assert_true(S_ISLNK(file.st_mode));
        assert_int_equal(lstat(chain, &file), 0);
        assert_true(S_ISLNK(file.st_mode));
    }
    assert_int_equal(files_count(), 2);

    const char *away = files_path("away.tif"), *absolute = files_path("absolute.tif");
    assert_int_equal(symlink(away, absolute), 0);
    struct rst_output *output = open_output(absolute, NULL);
    put(output, "far");
    assert_int_equal(rst_output_publish(&output, NULL), RST_OK);
    assert_holds(away, "far");
    free(inner), free(target), free(link), free(chain);
}

static void a_circle_of_links_is_refused(void **state)
{
    const char *a = files_path("a"), *b = files_path("b");
    struct rst_output *output = NULL;
    (void)state;
    assert_int_equal(symlink("b", a) | symlink("a", b), 0);
    assert_int_equal(rst_output_open(a, &replace, &output, NULL), RST_E_IO);
    assert_null(output);
    assert_int_equal(files_count(), 2);
}

static void what_is_no_file_is_refused(void **state)
{
    const char *fifo = files_path("fifo"), *folder = files_path("folder"), *link = files_path("to-device");
    (void)state;
    assert_int_equal(mkfifo(fifo, 0600) | mkdir(folder, 0700) | symlink("/dev/null", link), 0);
    const struct {
        const char *path;
        enum rst_status status;
    } cases[] = {{fifo, RST_E_UNSUPPORTED},
                 {folder, RST_E_UNSUPPORTED},
                 {link, RST_E_UNSUPPORTED},
                 {"/dev/null", RST_E_UNSUPPORTED},
                 {"/dev/full", RST_E_UNSUPPORTED},
                 {"/", RST_E_UNSUPPORTED},
                 {files_path("folder/"), RST_E_UNSUPPORTED},
                 {files_path("folder/."), RST_E_UNSUPPORTED},
                 {files_path("nothing/"), RST_E_ARGUMENT},
                 {"", RST_E_ARGUMENT},
                 {files_path("absent/x.tif"), RST_E_NOTFOUND},
                 {files_path("fifo/x.tif"), RST_E_IO}};
    for (size_t i = 0; i < 2 * sizeof cases / sizeof cases[0]; i++) {
        struct rst_output *output = NULL;
        struct rst_error err = {0};
        const struct rst_output_options *how = i % 2 ? &rehearse_replacing : &replace;
        enum rst_status status = rst_output_open(cases[i / 2].path, how, &output, &err);
        if (status != cases[i / 2].status) fail_msg("\"%s\": %d, %s", cases[i / 2].path, (int)status, err.message);
        assert_null(output);
        assert_non_null(strstr(err.message, cases[i / 2].path));
    }
    assert_int_equal(files_count(), 3);
}

static void a_relative_name_outlives_a_change_of_folder(void **state)
{
    char *before = getcwd(NULL, 0);
    (void)state;
    assert_non_null(before);
    assert_int_equal(chdir(files_folder), 0);
    struct rst_output *output = open_output("relative.tif", NULL), *other = open_output("other.tif", NULL);
    assert_int_equal(chdir("/"), 0);
    put(output, "here");
    assert_int_equal(rst_output_publish(&output, NULL), RST_OK);
    rst_output_discard(&other);
    assert_int_equal(chdir(before), 0);
    free(before);
    assert_holds(files_path("relative.tif"), "here");
    assert_int_equal(files_count(), 1);
}

static void the_longest_names_work(void **state)
{
    char name[256];
    (void)state;
    for (int utf8 = 0; utf8 <= 1; utf8++) {
        for (int i = 0; i < 255; i++)
            name[i] = utf8 ? "\xE2\x82\xAC"[i % 3] : 'n';
        name[255] = '\0';
        const char *path = files_path(name);
        struct rst_output *output = open_output(path, NULL);
        put(output, "long");
        assert_int_equal(rst_output_publish(&output, NULL), RST_OK);
        assert_holds(path, "long");
    }
    assert_int_equal(files_count(), 2);
}

static void reserve_sets_the_length(void **state)
{
    struct rst_output *output = open_output(files_path("space.tif"), NULL);
    struct stat file;
    (void)state;
    static const uint64_t lengths[] = {1, 1000003, 5000, 0, 4096};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        assert_int_equal(rst_output_reserve(output, lengths[i], NULL), RST_OK);
        assert_int_equal(fstat(rst_output_descriptor(output), &file), 0);
        assert_int_equal(file.st_size, lengths[i]);
        assert_true((uint64_t)file.st_blocks * 512 >= lengths[i]);
    }
    struct rst_error err = {0};
    assert_int_equal(rst_output_reserve(output, (uint64_t)1 << 60, &err), RST_E_NOSPACE);
    assert_non_null(strstr(err.message, "space.tif"));
    assert_non_null(strstr(err.message, "1152921504606846976"));
    assert_non_null(strstr(err.message, "free"));
    assert_int_equal(fstat(rst_output_descriptor(output), &file), 0);
    assert_int_equal(file.st_size, 4096);
    rst_output_discard(&output);
}

static void a_length_without_its_space(void **state)
{
    struct rst_output *output = open_output(files_path("holes.tif"), NULL);
    struct rst_error err = {0};
    struct stat file;
    (void)state;
    assert_int_equal(rst_output_set_length(output, 1 << 30, NULL), RST_OK);
    assert_int_equal(fstat(rst_output_descriptor(output), &file), 0);
    assert_int_equal(file.st_size, 1 << 30);
    assert_true(file.st_blocks * 512 < 1 << 20);
    assert_int_equal(rst_output_set_length(output, UINT64_MAX, &err), RST_E_ARGUMENT);
    assert_non_null(strstr(err.message, "18446744073709551615"));
    assert_int_equal(rst_output_publish(&output, NULL), RST_OK);
    assert_int_equal(files_length(files_path("holes.tif")), 1 << 30);
}

static void a_rehearsal_makes_no_file(void **state)
{
    const char *path = files_path("rehearsed.tif");
    struct rst_error err = {0};
    struct stat file;
    struct statvfs fs;
    (void)state;
    struct rst_output *output = open_output(path, &rehearse);
    assert_true(rst_output_is_rehearsal(output));
    assert_string_equal(rst_output_path(output), path);
    assert_int_equal(files_count(), 0);
    int descriptor = rst_output_descriptor(output);
    assert_int_equal(fcntl(descriptor, F_GETFD), FD_CLOEXEC);
    put(output, "head");
    assert_int_equal(rst_output_reserve(output, UINT64_C(1) << 50, NULL), RST_OK);
    assert_int_equal(fstat(descriptor, &file), 0);
    assert_int_equal(file.st_size, INT64_C(1) << 50);
    assert_true(file.st_blocks * 512 < 1 << 22);
    assert_int_equal(rst_output_reserve(output, UINT64_MAX, &err), RST_E_ARGUMENT);
    assert_int_equal(statvfs(files_folder, &fs), 0);
    assert_true(rst_output_free(output) <= (uint64_t)fs.f_blocks * fs.f_frsize);

    err = (struct rst_error){0};
    assert_int_equal(rst_output_publish(&output, &err), RST_E_UNSUPPORTED);
    assert_non_null(strstr(err.message, "rehearsed.tif: it was only rehearsed"));
    assert_non_null(output);
    rst_output_discard(&output);
    assert_null(output);
    assert_int_equal(fcntl(descriptor, F_GETFD), -1);
    assert_int_equal(files_count(), 0);
}

static void a_rehearsal_leaves_the_target_alone(void **state)
{
    const char *path = files_path("there.tif");
    struct rst_output *output = NULL;
    (void)state;
    write_text(path, "old");
    assert_int_equal(rst_output_open(path, &rehearse, &output, NULL), RST_E_EXISTS);
    output = open_output(path, &rehearse_replacing);
    put(output, "new pixels");
    assert_int_equal(rst_output_publish(&output, NULL), RST_E_UNSUPPORTED);
    rst_output_discard(&output);
    assert_holds(path, "old");
    assert_int_equal(files_count(), 1);
}

static int reserve_beyond_the_limit(void *path)
{
    struct rst_output *output = NULL;
    struct rst_error err = {0};
    struct stat file;
    files_limit_size(100000);
    FILES_CHECK(rst_output_open(path, NULL, &output, NULL) == RST_OK);
    FILES_CHECK(rst_output_reserve(output, 100001, &err) == RST_E_IO);
    FILES_CHECK(strstr(err.message, "100001") && strstr(err.message, path));
    FILES_CHECK(fstat(rst_output_descriptor(output), &file) == 0 && file.st_size == 0);
    FILES_CHECK(rst_output_reserve(output, 100000, NULL) == RST_OK);
    rst_output_discard(&output);
    return 0;
}

static int reserve_on_a_full_disk(void *folder)
{
    struct rst_output *output = NULL;
    struct rst_error err = {0};
    char path[1100];
    if (!files_mount(folder, "tmpfs")) return FILES_NOT_RUN;
    snprintf(path, sizeof path, "%s/out.tif", (char *)folder);
    FILES_CHECK(rst_output_open(path, &rehearse, &output, NULL) == RST_OK);
    FILES_CHECK(rst_output_reserve(output, 2000003, NULL) == RST_OK);
    FILES_CHECK(rst_output_free(output) == 1048576);
    rst_output_discard(&output);
    FILES_CHECK(rst_output_open(path, NULL, &output, NULL) == RST_OK);
    FILES_CHECK(rst_output_reserve(output, 2000003, &err) == RST_E_NOSPACE);
    FILES_CHECK(strstr(err.message, "2000003") && strstr(err.message, "1048576") && strstr(err.message, path));
    FILES_CHECK(rst_output_reserve(output, 1000000, NULL) == RST_OK);
    FILES_CHECK(rst_output_publish(&output, NULL) == RST_OK);
    FILES_CHECK(files_length(path) == 1000000);
    return 0;
}

static void a_full_disk_is_named(void **state)
{
    (void)state;
    assert_int_equal(files_in_child(reserve_beyond_the_limit, files_path("limit.tif")), 0);
    int result = files_in_child(reserve_on_a_full_disk, files_path("tiny"));
    if (result == FILES_NOT_RUN) {
        print_message("NOT RUN: this user cannot mount a small file system\n");
        skip();
    }
    assert_int_equal(result, 0);
}

/* A folder that may be entered and written to, but not read: no fsync of it, all else works. */
static int publish_into_a_blind_folder(void *folder)
{
    struct rst_output *output = NULL;
    struct rst_error err = {0};
    char path[1100];
    snprintf(path, sizeof path, "%s/out.tif", (char *)folder);
    files_drop_privileges();
    FILES_CHECK(rst_output_open(path, &synced, &output, NULL) == RST_OK);
    FILES_CHECK(rst_output_publish(&output, NULL) == RST_OK);
    FILES_CHECK(files_length(path) == 0);
    FILES_CHECK(chmod(path, 0444) == 0);
    snprintf(path, sizeof path, "%s/../closed/out.tif", (char *)folder);
    FILES_CHECK(rst_output_open(path, NULL, &output, &err) == RST_E_IO);
    FILES_CHECK(output == NULL && strstr(err.message, path) != NULL);
    struct rst_error rehearsed = {0};
    FILES_CHECK(rst_output_open(path, &rehearse, &output, &rehearsed) == RST_E_IO);
    FILES_CHECK(output == NULL && strcmp(err.message, rehearsed.message) == 0);
    snprintf(path, sizeof path, "%s/rehearsed.tif", (char *)folder);
    FILES_CHECK(rst_output_open(path, &rehearse, &output, NULL) == RST_OK);
    FILES_CHECK(rst_output_free(output) != 0);
    rst_output_discard(&output);
    return 0;
}

static void folders_that_may_not_be_read_or_written(void **state)
{
    const char *closed = files_path("closed");
    char *blind = files_path("blind");
    (void)state;
    assert_int_equal(mkdir(closed, 0700) | mkdir(blind, 0700), 0);
    assert_int_equal(chmod(closed, 0555) | chmod(blind, 0333), 0);
    assert_int_equal(files_in_child(publish_into_a_blind_folder, blind), 0);
    assert_int_equal(chmod(closed, 0700) | chmod(blind, 0700), 0);
}

int main(void)
{
/* Each test has a folder of its own, so that what it leaves behind can be counted. */
#define TEST(name) cmocka_unit_test_setup_teardown(name, files_setup, files_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_new_file_appears_when_it_is_published),
        TEST(a_discarded_file_leaves_nothing),
        TEST(an_existing_file_needs_overwrite),
        TEST(a_file_that_appears_meanwhile_is_kept),
        TEST(a_folder_that_appears_meanwhile_is_kept),
        TEST(links_are_followed_and_stay),
        TEST(a_circle_of_links_is_refused),
        TEST(what_is_no_file_is_refused),
        TEST(a_relative_name_outlives_a_change_of_folder),
        TEST(the_longest_names_work),
        TEST(reserve_sets_the_length),
        TEST(a_length_without_its_space),
        TEST(a_rehearsal_makes_no_file),
        TEST(a_rehearsal_leaves_the_target_alone),
        TEST(a_full_disk_is_named),
        TEST(folders_that_may_not_be_read_or_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
