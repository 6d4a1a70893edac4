/* 5. Two processes working on one raster, kept apart by locks.
 *
 *     05_two_processes [FILE]
 *
 * Both map the file RST_SHARED: what one stores, the other sees at once. So that they never work on the same rows at
 * the same time, each locks the range of bytes that it is going to change. Locks belong to the mapping (open file
 * description locks): they end with it, even when a process dies. Every half of the image is inverted an even number of
 * times, some by one process and some by the other, so in the end it is what it was: unless they trod on each other.
 */
#include <stdio.h>
#include <sys/wait.h>

#include "samples/input.h"

enum { ROUNDS = 20 };

/* Inverts rows y ... y + height - 1 while holding the lock on their bytes. */
static enum rst_status invert_rows(struct rst_raster *raster, const struct rst_pipeline *invert, int64_t y,
                                   int64_t height, struct rst_error *err)
{
    struct rst_view view;
    struct rst_map *map = rst_raster_map(raster);
    RST_TRY(rst_raster_view(raster, &view, err)); /* a tiled image is not one block, and is refused here */
    if (view.band_stride > view.row_stride)       /* rows of several planes are no one range */
        return rst_fail(err, RST_E_UNSUPPORTED, "%s: this sample wants bands side by side", rst_raster_path(raster));
    uint64_t from = (uint64_t)((char *)rst_view_at(&view, 0, y, 0) - (char *)rst_map_data(map));
    uint64_t length = (uint64_t)(view.row_stride * height);

    RST_TRY(rst_map_lock(map, RST_LOCK_EXCLUSIVE, from, length, true, err)); /* true: wait for it */
    struct rst_rect window = {0, y, view.width, height};
    struct rst_run_options options = {.threads = 1, .window = &window};
    enum rst_status status = rst_run(invert, raster, raster, &options, err);
    enum rst_status unlocked = rst_map_unlock(map, from, length, err);
    return status != RST_OK ? status : unlocked;
}

/* One process: opens the raster for itself (a handle belongs to one process) and takes the halves in turn. */
static enum rst_status work(const char *path, int first_half, struct rst_error *err)
{
    struct rst_raster *raster = NULL;
    struct rst_pipeline *invert = NULL;
    /* Opening RST_SHARED locks the whole file, unless told that we shall lock what we need. */
    struct rst_open_options options = {.no_lock = true};
    enum rst_status status = rst_open(path, RST_SHARED, &options, &raster, err);
    if (status == RST_OK) status = rst_pipeline_parse("invert", &invert, err);
    for (int round = 0; round < ROUNDS && status == RST_OK; round++) {
        int64_t height = rst_raster_shape(raster).height, middle = height / 2;
        bool upper = (round + first_half) % 2 == 0;
        if (upper && middle == 0) continue;
        status = invert_rows(raster, invert, upper ? 0 : middle, upper ? middle : height - middle, err);
    }
    rst_pipeline_free(&invert);
    rst_close(&raster);
    return status;
}

/* A number that changes with any byte of the file (FNV-1a). */
static enum rst_status checksum(const char *path, uint64_t *sum, struct rst_error *err)
{
    struct rst_map *map = NULL;
    RST_TRY(rst_map_open(path, RST_READ, 0, 0, &map, err));
    const unsigned char *bytes = rst_map_data(map);
    *sum = UINT64_C(0xcbf29ce484222325);
    for (uint64_t i = 0; i < rst_map_length(map); i++)
        *sum = (*sum ^ bytes[i]) * UINT64_C(0x100000001b3);
    rst_map_close(&map);
    return RST_OK;
}

static enum rst_status share(const char *path, struct rst_error *err)
{
    uint64_t before, after;
    int ended = 0;
    RST_TRY(checksum(path, &before, err));
    pid_t child = fork();
    if (child < 0) return rst_fail(err, RST_E_IO, "no second process can be started");
    if (child == 0) {
        enum rst_status status = work(path, 1, err);
        if (status != RST_OK) fprintf(stderr, "child: %s\n", err->message);
        _exit(status == RST_OK ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    enum rst_status status = work(path, 0, err);
    waitpid(child, &ended, 0);
    if (status == RST_OK && !(WIFEXITED(ended) && WEXITSTATUS(ended) == EXIT_SUCCESS))
        status = rst_fail(err, RST_E_IO, "the second process failed");
    if (status == RST_OK) status = checksum(path, &after, err);
    if (status == RST_OK && before != after) status = rst_fail(err, RST_E_IO, "%s: the bytes have changed", path);
    if (status == RST_OK) printf("%d inversions of halves by two processes, and every byte is as before\n", 2 * ROUNDS);
    return status;
}

int main(int argc, char **argv)
{
    struct rst_error err = {0};
    struct input input;
    enum rst_status status = input_find(&input, argc, argv, 0, &err);
    if (status == RST_OK) status = share(input.path, &err);
    if (status != RST_OK) fprintf(stderr, "%s\n", err.message);
    input_remove(&input);
    return status == RST_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
