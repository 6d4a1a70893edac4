/* Surveying directories: the pages, then the sub-images that they list, then those inside these, level by level.
 *
 * What libtiff reads while it reads a directory is noted by the file's callbacks. A directory that cannot be read is no
 * matter here: what of it was read is noted. Each is read once, however many others list it, and levels are few, so
 * that a file made of loops ends too.
 */
#include "codecs/tiff/survey.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/tiff/image.h"

struct offsets {
    uint64_t *list; /* owned */
    size_t count, capacity;
    bool incomplete; /* memory ran out */
};

static void add(struct offsets *offsets, const uint64_t *list, size_t count)
{
    if (offsets->capacity - offsets->count < count) {
        size_t grown = 2 * offsets->capacity + count;
        uint64_t *room = realloc(offsets->list, grown * sizeof *room);
        if (!room) {
            offsets->incomplete = true;
            return;
        }
        offsets->list = room;
        offsets->capacity = grown;
    }
    if (count > 0) memcpy(offsets->list + offsets->count, list, count * sizeof *list);
    offsets->count += count;
}

static int compare(const void *a, const void *b)
{
    uint64_t first = *(const uint64_t *)a, second = *(const uint64_t *)b;
    return first < second ? -1 : first > second;
}

static void sort_out(struct offsets *offsets)
{
    size_t kept = 0;
    if (offsets->count > 1) qsort(offsets->list, offsets->count, sizeof *offsets->list, compare);
    for (size_t i = 0; i < offsets->count; i++)
        if (i == 0 || offsets->list[i] != offsets->list[i - 1]) offsets->list[kept++] = offsets->list[i];
    offsets->count = kept;
}

static bool has(const struct offsets *offsets, uint64_t offset)
{
    return offsets->count > 0 &&
           bsearch(&offset, offsets->list, offsets->count, sizeof *offsets->list, compare) != NULL;
}

static bool is_overview(TIFF *handle)
{
    uint32_t kind = 0;
    return TIFFGetField(handle, TIFFTAG_SUBFILETYPE, &kind) == 1 && (kind & FILETYPE_REDUCEDIMAGE) != 0;
}

static void list_sub_images(TIFF *handle, struct offsets *inner)
{
    uint16_t count = 0;
    const uint64_t *list = NULL;
    if (TIFFGetField(handle, TIFFTAG_SUBIFD, &count, &list) && list) add(inner, list, count);
}

/* Notes one directory, and the sub-images that it lists. */
static enum rst_status visit(const struct rst_tiff_file *file, const struct rst_tiff_chain *chain, uint64_t offset,
                             struct offsets *inner, bool *overview, struct rst_error *err)
{
    uint64_t bytes;
    *overview = false;
    RST_TRY(rst_tiff_chain_extent(chain, file->descriptor, offset, &bytes, file->path, err));
    if (bytes <= file->length) rst_tiff_ranges_add(file->touched, offset, bytes);
    struct rst_tiff_file other = *file;
    if (rst_tiff_file_open(&other, chain, offset, NULL) != RST_OK) return RST_OK;
    rst_tiff_blocks_touch(&other);
    list_sub_images(other.handle, inner);
    *overview = is_overview(other.handle);
    rst_tiff_file_close(&other);
    return RST_OK;
}

static enum rst_status visit_pages(const struct rst_tiff_file *file, const struct rst_tiff_chain *chain,
                                   uint64_t offset, struct offsets *inner, int *overviews, struct rst_error *err)
{
    bool follows = false, overview;
    for (size_t i = 0; i < chain->count; i++) {
        RST_TRY(visit(file, chain, chain->offsets[i], inner, &overview, err));
        follows = chain->offsets[i] == offset ? !overview : follows && overview;
        *overviews += follows && chain->offsets[i] != offset;
    }
    return RST_OK;
}

/* Visits `level`, which is not empty, and replaces it by what lies inside. */
static enum rst_status visit_level(const struct rst_tiff_file *file, const struct rst_tiff_chain *chain,
                                   struct offsets *seen, struct offsets *level, struct rst_error *err)
{
    struct offsets inner = {0};
    enum rst_status status = RST_OK;
    bool overview;
    sort_out(level);
    for (size_t i = 0; i < level->count && status == RST_OK; i++)
        if (level->list[i] >= 8 && level->list[i] < file->length && !has(seen, level->list[i]))
            status = visit(file, chain, level->list[i], &inner, &overview, err);
    add(seen, level->list, level->count);
    sort_out(seen);
    inner.incomplete |= level->incomplete;
    free(level->list);
    *level = inner;
    return status;
}

enum rst_status rst_tiff_survey(const struct rst_tiff_file *file, const struct rst_tiff_chain *chain, uint64_t offset,
                                int *overviews, struct rst_error *err)
{
    enum { LEVELS = 8 };
    struct offsets seen = {0}, level = {0};
    *overviews = 0;
    rst_tiff_blocks_touch(file);
    add(&seen, chain->offsets, chain->count);
    sort_out(&seen);
    enum rst_status status = visit_pages(file, chain, offset, &level, overviews, err);
    for (int i = 0; i < LEVELS && level.count > 0 && status == RST_OK; i++)
        status = visit_level(file, chain, &seen, &level, err);
    bool incomplete = file->touched->incomplete || seen.incomplete || level.incomplete;
    free(seen.list);
    free(level.list);
    if (status != RST_OK || !incomplete) return status;
    return rst_fail(err, RST_E_NOMEM, "%s: no memory to note what its directories take", file->path);
}
