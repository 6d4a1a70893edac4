/* What the system says of memory: read right from made-up trees of /proc and /sys, and from the real one. */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "raster/map/map.h"
#include "raster/map/memory.h"
#include "raster/map/memory_internal.h"
#include "tests/support/files.h"

#define KIB UINT64_C(1024)
#define MIB (KIB * 1024)
#define GIB (MIB * 1024)

static char root[300]; /* the made-up system's; a new one for each test */

static int new_root(void **state)
{
    static int number;
    (void)state;
    snprintf(root, sizeof root, "%s/root%d", files_folder, number++);
    return mkdir(root, 0777);
}

/* Writes a file below the root, in folders that are made as needed. */
static void put(const char *name, const char *text)
{
    char path[1024];
    snprintf(path, sizeof path, "%s%s", root, name);
    for (char *slash = strchr(path + strlen(root) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0777);
        *slash = '/';
    }
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void put_number(const char *folder, const char *name, uint64_t number)
{
    char path[512], text[32];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    snprintf(text, sizeof text, "%llu\n", (unsigned long long)number);
    put(path, text);
}

static const char mounts_v1[] = "22 27 0:21 / /proc rw,relatime - proc proc rw\n"
                                "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
                                "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
                                "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:16 - cgroup cgroup rw,memory\n";
static const char mounts_v2[] =
    "22 27 0:21 / /proc rw,relatime - proc proc rw\n"
    "35 31 0:32 / /sys/fs/cgroup rw,nosuid shared:4 master:7 - cgroup2 cgroup2 rw,nsdelegate\n";

/* One level of version 1, or 2. */
static void put_v1(const char *folder, uint64_t limit, uint64_t usage)
{
    put_number(folder, "memory.limit_in_bytes", limit);
    put_number(folder, "memory.usage_in_bytes", usage);
}

static void put_v2(const char *folder, const char *max, const char *high, uint64_t usage)
{
    char path[512];
    snprintf(path, sizeof path, "%s/memory.max", folder);
    put(path, max);
    snprintf(path, sizeof path, "%s/memory.high", folder);
    put(path, high);
    put_number(folder, "memory.current", usage);
}

static void nobody_knows(void **state)
{
    (void)state;
    assert_int_equal(rst_memory_spare_under(root), UINT64_MAX);
    assert_int_equal(rst_memory_spare_under("/nonexistent"), UINT64_MAX);
    struct rst_resident resident = rst_memory_resident_under(root);
    assert_true(resident.anonymous == 0 && resident.file == 0 && resident.shared == 0);
    struct rst_usage usage = rst_memory_usage_under(root);
    assert_true(usage.disk_read == 0 && usage.disk_written == 0 && usage.minor_faults > 0);
}

static void the_machine_alone(void **state)
{
    (void)state;
    put("/proc/meminfo",
        "MemTotal:       24684096 kB\nMemFree:        1 kB\nMemAvailable:   2097152 kB\nCached: 9 kB\n");
    assert_int_equal(rst_memory_spare_under(root), 2 * GIB);
    put("/proc/self/cgroup", "0::/user.slice\n");
    put("/proc/self/mountinfo", mounts_v2);
    assert_int_equal(rst_memory_spare_under(root), 2 * GIB); /* no controller there */
    put_v2("/sys/fs/cgroup/user.slice", "max\n", "max\n", 5 * MIB);
    assert_int_equal(rst_memory_spare_under(root), 2 * GIB);
    assert_int_equal(rst_cgroup_spare(root), UINT64_MAX);
    put_v2("/sys/fs/cgroup/user.slice", "1099511627776\n", "max\n", 5 * MIB); /* more than the machine has */
    assert_int_equal(rst_memory_spare_under(root), 2 * GIB);
    put_v2("/sys/fs/cgroup/user.slice", "67108864\n", "max\n", 5 * MIB);
    assert_int_equal(rst_memory_spare_under(root), 59 * MIB);
}

static void garbage_is_not_a_limit(void **state)
{
    static const char *const texts[] = {
        "", "\n", "rubbish\n", "-5\n", "12abc\n", "0x10\n", "1.5\n", "+3\n", "99999999999999999999999999\n"};
    (void)state;
    put("/proc/self/mountinfo", mounts_v2);
    put("/proc/self/cgroup", "0::/a\n");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char line[100];
        put_v2("/sys/fs/cgroup/a", texts[i], texts[i], MIB);
        snprintf(line, sizeof line, "MemAvailable: %s kB\n", texts[i]);
        put("/proc/meminfo", line);
        assert_int_equal(rst_memory_spare_under(root), UINT64_MAX);
    }
    put("/proc/meminfo", "MemAvailable: 18446744073709551615 kB\nMemAvailableX: 1 kB\n");
    assert_int_equal(rst_memory_spare_under(root), UINT64_MAX);

    static const char *const groups[] = {"", "0", "0:", "0::", "0::\n", "0::a\n", ":::\n", "\n\n", "4:memory\n"};
    put_v2("/sys/fs/cgroup/a", "1000\n", "max\n", 0);
    put_v2("/sys/fs/cgroup", "1000\n", "max\n", 0);
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        put("/proc/self/cgroup", groups[i]);
        assert_int_equal(rst_memory_spare_under(root), UINT64_MAX);
    }
    static const char *const mounts[] = {"",
                                         "\n",
                                         " - \n",
                                         "35 31 0:32 / - cgroup2 a rw\n",
                                         "1 - cgroup2 cgroup2 rw\n",
                                         "35 31 0:32 / /sys/fs/cgroup rw - cgroup2\n",
                                         "35 31 0:32 / /sys/fs/cgroup rw\n"};
    put("/proc/self/cgroup", "0::/a\n");
    for (size_t i = 0; i < sizeof mounts / sizeof mounts[0]; i++) {
        put("/proc/self/mountinfo", mounts[i]);
        assert_int_equal(rst_memory_spare_under(root), UINT64_MAX);
    }
    put("/proc/self/mountinfo", mounts_v2); /* the test's tree does have a limit */
    assert_int_equal(rst_memory_spare_under(root), 1000);
}

static void version_1_with_all_levels(void **state)
{
    (void)state;
    put("/proc/self/mountinfo", mounts_v1);
    put("/proc/self/cgroup", "9:name=systemd:/\n5:cpu,cpuacct:/cpu\n4:memory:/outer/inner\n0::/\n");
    put_v1("/sys/fs/cgroup/memory", 9223372036854771712u, 7 * GIB);
    put_v1("/sys/fs/cgroup/memory/outer", GIB, 900 * MIB);
    put_v1("/sys/fs/cgroup/memory/outer/inner", 512 * MIB, 100 * MIB);
    assert_int_equal(rst_memory_spare_under(root), 124 * MIB); /* the outer one is nearer to its limit */
    put_v1("/sys/fs/cgroup/memory/outer/inner", 512 * MIB, 500 * MIB);
    assert_int_equal(rst_memory_spare_under(root), 12 * MIB);
    put_v1("/sys/fs/cgroup/memory/outer/inner", 512 * MIB, 600 * MIB); /* has grown beyond it */
    assert_int_equal(rst_memory_spare_under(root), 0);
    put_v1("/sys/fs/cgroup/memory/outer/inner", 9223372036854771712u, 500 * MIB);
    assert_int_equal(rst_memory_spare_under(root), 124 * MIB);
    put_v1("/sys/fs/cgroup/memory/outer", 9223372036854771712u, 500 * MIB);
    assert_int_equal(rst_memory_spare_under(root), UINT64_MAX);
    put_v1("/sys/fs/cgroup/cpu,cpuacct/outer", 5, 0); /* another controller's tree */
    put_v1("/sys/fs/cgroup/cpu,cpuacct", 5, 0);
    assert_int_equal(rst_memory_spare_under(root), UINT64_MAX);
}

static void version_2_with_all_levels(void **state)
{
    (void)state;
    put("/proc/self/mountinfo", mounts_v2);
    put("/proc/self/cgroup", "0::/system.slice/job.service\n");
    put("/sys/fs/cgroup/memory.stat", "anon 5\n"); /* the root has no limit files */
    put_v2("/sys/fs/cgroup/system.slice", "1073741824\n", "max\n", 1000 * MIB);
    put_v2("/sys/fs/cgroup/system.slice/job.service", "max\n", "max\n", 100 * MIB);
    assert_int_equal(rst_memory_spare_under(root), 24 * MIB);
    put_v2("/sys/fs/cgroup/system.slice/job.service", "max\n", "115343360\n", 100 * MIB);
    assert_int_equal(rst_memory_spare_under(root), 10 * MIB);
    put_v2("/sys/fs/cgroup/system.slice/job.service", "110100480\n", "115343360\n", 100 * MIB);
    assert_int_equal(rst_memory_spare_under(root), 5 * MIB);
    put_v2("/sys/fs/cgroup/system.slice/job.service", "0\n", "max\n", 100 * MIB);
    assert_int_equal(rst_memory_spare_under(root), 0);
}

/* Clean page cache that nobody maps is as good as free; what must be written first, or is in use, is not. */
static void page_cache_counts_as_free(void **state)
{
    (void)state;
    put("/proc/self/mountinfo", mounts_v2);
    put("/proc/self/cgroup", "0::/a\n");
    put_v2("/sys/fs/cgroup/a", "67108864\n", "max\n", 60 * MIB);
    put("/sys/fs/cgroup/a/memory.stat", "anon 1048576\nfile 52428800\nfile_mapped 4194304\nfile_dirty 8388608\n"
                                        "file_writeback 2097152\ninactive_file 41943040\nactive_file 10485760\n");
    assert_int_equal(rst_memory_spare_under(root), (4 + 40 + 10 - 4 - 8 - 2) * MIB);
    put("/sys/fs/cgroup/a/memory.stat", "inactive_file 1048576\nactive_file 0\nfile_dirty 8388608\n");
    assert_int_equal(rst_memory_spare_under(root), 4 * MIB);
    put("/sys/fs/cgroup/a/memory.stat", "inactive_file 99999999999\nactive_file 18446744073709551615\n");
    assert_int_equal(rst_memory_spare_under(root), 64 * MIB); /* never more than the limit */

    put("/proc/self/mountinfo", mounts_v1);
    put("/proc/self/cgroup", "4:memory:/a\n");
    put_v1("/sys/fs/cgroup/memory/a", 64 * MIB, 60 * MIB);
    put("/sys/fs/cgroup/memory/a/memory.stat",
        "cache 7\ninactive_file 1048576\nactive_file 1048576\ndirty 5\ntotal_cache 52428800\ntotal_mapped_file "
        "4194304\n"
        "total_dirty 8388608\ntotal_writeback 2097152\ntotal_inactive_file 41943040\ntotal_active_file 10485760\n");
    assert_int_equal(rst_memory_spare_under(root), (4 + 40 + 10 - 4 - 8 - 2) * MIB);
}

/* Containers see a part of the tree. */
static void mounts_of_a_part(void **state)
{
    static const struct {
        const char *top, *path, *folder; /* where the process's own limit is to be found; NULL: nowhere */
    } cases[] = {
        {"/", "/", ""},
        {"/", "/a/b", "/a/b"},
        {"/", "/docker/abc/not/mounted/here", ""}, /* the path of the host: the mount's own top counts */
        {"/docker/abc", "/docker/abc", ""},        /* a container without a namespace of cgroups */
        {"/docker/abc", "/docker/abc/sub", "/sub"},
        {"/docker/abc", "/docker/abc/sub/sub", "/sub"},
        {"/docker/abc", "/docker/abcd", NULL}, /* another's */
        {"/docker/xyz", "/docker/abc", NULL},
        {"/docker/abc", "/docker", NULL}, /* a part that we are not in */
        {"/..", "/", ""},                 /* above the namespace's own top */
        {"/../..", "/sub", ""},
        {"/../xyz", "/", NULL},
        {"/", "/../other", NULL}, /* we were moved out of the namespace */
        {"/with\\040blank", "/with blank/a", "/a"},
    };
    (void)state;
    for (int version = 1; version <= 2; version++)
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            char line[300], folder[300];
            assert_int_equal(new_root(NULL), 0);
            snprintf(line, sizeof line, "35 31 0:32 %s /mnt/a\\040cgroup rw,relatime - %s none %s\n", cases[i].top,
                     version == 2 ? "cgroup2" : "cgroup", version == 2 ? "rw" : "rw,hugetlb,memory");
            put("/proc/self/mountinfo", line);
            snprintf(line, sizeof line, "%s%s\n", version == 2 ? "0::" : "11:hugetlb,memory:", cases[i].path);
            put("/proc/self/cgroup", line);
            snprintf(folder, sizeof folder, "/mnt/a cgroup%s", cases[i].folder ? cases[i].folder : "");
            if (version == 2)
                put_v2(folder, "67108864\n", "max\n", MIB);
            else
                put_v1(folder, 64 * MIB, MIB);
            assert_int_equal(rst_memory_spare_under(root), cases[i].folder ? 63 * MIB : UINT64_MAX);
        }
}

/* Version 2 mounted beside version 1, which has the memory controller; and the other way round. */
static void both_versions(void **state)
{
    char mounts[2000];
    (void)state;
    snprintf(mounts, sizeof mounts, "%s41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n",
             mounts_v1);
    put("/proc/self/mountinfo", mounts);
    put("/proc/self/cgroup", "4:memory:/a\n0::/b\n");
    put_v1("/sys/fs/cgroup/memory/a", 64 * MIB, MIB);
    put("/sys/fs/cgroup/unified/b/cgroup.procs", "");
    assert_int_equal(rst_memory_spare_under(root), 63 * MIB);
    put("/proc/self/cgroup", "4:memory:/\n0::/b\n");
    assert_int_equal(rst_memory_spare_under(root), UINT64_MAX);
    put_v2("/sys/fs/cgroup/unified/b", "33554432\n", "max\n", MIB);
    assert_int_equal(rst_memory_spare_under(root), 31 * MIB);
}

static void what_a_process_holds_and_costs(void **state)
{
    (void)state;
    put("/proc/self/status",
        "Name:\tx\nRssAnon:\t     100 kB\nRssFile:\t    2000 kB\nRssShmem:\t       3 kB\nVmData: 5 kB\n");
    struct rst_resident resident = rst_memory_resident_under(root);
    assert_int_equal(resident.anonymous, 100 * KIB);
    assert_int_equal(resident.file, 2000 * KIB);
    assert_int_equal(resident.shared, 3 * KIB);
    put("/proc/self/io", "rchar: 1\nwchar: 2\nread_bytes: 4096\nwrite_bytes: 8192\ncancelled_write_bytes: 1\n");
    struct rst_usage usage = rst_memory_usage_under(root);
    assert_int_equal(usage.disk_read, 4096);
    assert_int_equal(usage.disk_written, 8192);
}

static void the_real_system(void **state)
{
    const uint64_t size = 64 * MIB;
    struct rst_map *map = NULL;
    (void)state;
    struct rst_resident before = rst_memory_resident();
    struct rst_usage usage = rst_memory_usage();
    assert_true(before.anonymous > 0 && before.file > 0);
    assert_true(rst_memory_spare() > 0);
    assert_int_equal(rst_map_anonymous(size, &map, NULL), RST_OK);
    memset(rst_map_data(map), 1, size);
    assert_true(rst_memory_resident().anonymous >= before.anonymous + size - size / 8);
    assert_true(rst_memory_usage().minor_faults > usage.minor_faults);
    rst_map_close(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nobody_knows, new_root),
        cmocka_unit_test_setup(the_machine_alone, new_root),
        cmocka_unit_test_setup(garbage_is_not_a_limit, new_root),
        cmocka_unit_test_setup(version_1_with_all_levels, new_root),
        cmocka_unit_test_setup(version_2_with_all_levels, new_root),
        cmocka_unit_test_setup(page_cache_counts_as_free, new_root),
        cmocka_unit_test(mounts_of_a_part),
        cmocka_unit_test_setup(both_versions, new_root),
        cmocka_unit_test_setup(what_a_process_holds_and_costs, new_root),
        cmocka_unit_test(the_real_system),
    };
    return cmocka_run_group_tests(tests, files_setup, files_teardown);
}
