/* Rasters: made of a mapping, a layout that was proven against its length, and what the file says of itself.
 *
 * Nothing here reads or writes a pixel: blocks and whole views are handed out as addresses, and windows are moved in
 * window.c. A raster owns all its parts; what fails half-way is taken down by rst_close() like a finished one.
 */
#include "raster/image/raster.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "raster/base/size.h"
#include "raster/image/block.h"
#include "raster/image/drain.h"
#include "raster/image/handle.h"
#include "raster/image/hold.h"
#include "raster/image/holes.h"
#include "raster/image/lazy.h"

static enum rst_status copy_text(const char *text, char **copy, struct rst_error *err)
{
    *copy = strdup(text);
    return *copy ? RST_OK : rst_fail(err, RST_E_NOMEM, "%s: no memory to open it", text);
}

static enum rst_status fill(struct rst_raster *raster, const struct rst_raster_parts *parts, struct rst_error *err)
{
    struct rst_layout layout = parts->layout;
    if (!raster->map) layout.offsets = NULL; /* places of what is no samples */
    RST_TRY(copy_text(parts->path, &raster->path, err));
    if (parts->unmapped) RST_TRY(copy_text(parts->unmapped, &raster->unmapped, err));
    if (!raster->map && !parts->unmapped) RST_TRY(copy_text("no pixels", &raster->unmapped, err));
    if (raster->map && rst_map_offset(raster->map) != 0)
        return rst_fail(err, RST_E_ARGUMENT, "%s: mapped from byte %" PRIu64 " on, a raster needs the whole file",
                        parts->path, rst_map_offset(raster->map));
    if (raster->map && !layout.offsets)
        return rst_fail(err, RST_E_ARGUMENT, "%s: the layout of a mapped raster has no offsets", parts->path);
    RST_TRY(rst_layout_check(&layout, raster->map ? rst_map_length(raster->map) : 0, parts->path, err));
    RST_TRY(rst_layout_copy(&raster->layout, &layout, err));
    return parts->meta ? rst_meta_copy(&raster->meta, parts->meta, err) : RST_OK;
}

static bool lacks_blocks(const struct rst_layout *layout)
{
    uint64_t count = layout->offsets ? rst_block_count(layout) : 0;
    for (uint64_t i = 0; i < count; i++)
        if (layout->offsets[i] == RST_NO_BLOCK) return true;
    return false;
}

static void clear_parts(struct rst_raster_parts *parts)
{
    rst_map_close(&parts->map);
    rst_map_close(&parts->file);
    rst_output_discard(&parts->output);
    if (parts->decoder.kind) parts->decoder.kind->close(parts->decoder.state);
    if (parts->encoder.kind) parts->encoder.kind->close(parts->encoder.state);
    parts->decoder.kind = NULL;
    parts->encoder.kind = NULL;
}

/* Gives the raster its coder, once its layout is in place. */
static enum rst_status set_coder(struct rst_raster *raster, struct rst_raster_parts *parts, struct rst_error *err)
{
    struct rst_decoder decoder = parts->decoder;
    struct rst_encoder encoder = parts->encoder;
    parts->decoder.kind = NULL;
    if (decoder.kind) RST_TRY(rst_lazy_open(&decoder, &raster->layout, raster->map, raster->path, &raster->lazy, err));
    parts->encoder.kind = NULL;
    if (encoder.kind)
        RST_TRY(rst_drain_open(&encoder, &raster->layout, raster->map, raster->path, &raster->drain, err));
    return RST_OK;
}

static enum rst_status set_holes(struct rst_raster *raster, const struct rst_raster_parts *parts, struct rst_error *err)
{
    if (!parts->sparse) return RST_OK;
    if (!raster->output || !raster->map || raster->lazy || raster->drain)
        return rst_fail(err, RST_E_ARGUMENT, "%s: only a new file whose pixels are mapped can be sparse", parts->path);
    return rst_holes_open(raster->map, &raster->layout, &raster->holes, err);
}

/* Large pages in the page cache make writing a new file, and every later pass over it, several times cheaper in page
 * faults; in a sparse one they would take space beyond what was reserved. It is only advice, so its failure is none of
 * ours. */
static void advise(const struct rst_raster *raster)
{
    if (!raster->output || raster->drain) return;
    enum rst_status advised = rst_map_advise(raster->map, 0, 0, raster->holes ? RST_RANDOM : RST_LARGE, NULL);
    (void)advised;
}

enum rst_status rst_raster_new(struct rst_raster_parts *parts, struct rst_raster **out, struct rst_error *err)
{
    *out = NULL;
    struct rst_raster *raster = calloc(1, sizeof *raster);
    if (!raster) {
        clear_parts(parts);
        return rst_fail(err, RST_E_NOMEM, "%s: no memory to open it", parts->path);
    }
    raster->format = parts->format;
    raster->map = parts->map;
    raster->file = parts->file;
    raster->output = parts->output;
    parts->map = NULL;
    parts->file = NULL;
    parts->output = NULL;
    enum rst_status status = fill(raster, parts, err);
    if (status == RST_OK) status = set_coder(raster, parts, err);
    if (status == RST_OK) status = set_holes(raster, parts, err);
    if (status != RST_OK) {
        clear_parts(parts);
        rst_close(&raster);
        return status;
    }
    advise(raster);
    raster->columns = rst_layout_columns(&raster->layout);
    raster->rows = rst_layout_rows(&raster->layout);
    if (rst_type_size(raster->layout.type) == 1) raster->layout.swapped = false;
    raster->sparse = lacks_blocks(&raster->layout);
    *out = raster;
    return RST_OK;
}

enum rst_status rst_raster_attach(struct rst_raster *raster, struct rst_output *output, struct rst_error *err)
{
    size_t count = (size_t)raster->attached_count;
    struct rst_output **attached = realloc(raster->attached, (count + 1) * sizeof *attached);
    if (!attached) {
        rst_output_discard(&output);
        return rst_fail(err, RST_E_NOMEM, "%s: no memory for a file beside it", raster->path);
    }
    raster->attached = attached;
    attached[raster->attached_count++] = output;
    return RST_OK;
}

/* The image first: a header without it would be of no use, it without the header is at least there. */
static enum rst_status publish(struct rst_raster *raster, struct rst_error *err)
{
    bool rehearsed = rst_output_is_rehearsal(raster->output); /* refused below, without the work before it */
    if (raster->drain && !rehearsed) RST_TRY(rst_drain_complete(raster->drain, err));
    RST_TRY(rst_output_publish(&raster->output, err));
    for (int i = 0; i < raster->attached_count; i++)
        RST_TRY(rst_output_publish(&raster->attached[i], err));
    return RST_OK;
}

enum rst_status rst_commit(struct rst_raster *raster, struct rst_error *err)
{
    if (raster->output) return publish(raster, err);
    if (!raster->map || raster->lazy || raster->drain) return RST_OK;
    switch (rst_map_mode(raster->map)) {
    case RST_PRIVATE:
        return rst_map_write_back(raster->map, true, NULL, err);
    case RST_SHARED:
        return rst_map_flush(raster->map, 0, 0, true, err);
    case RST_READ:
        break;
    }
    return RST_OK;
}

void rst_close(struct rst_raster **raster)
{
    if (!raster || !*raster) return;
    struct rst_raster *closing = *raster;
    *raster = NULL;
    rst_lazy_close(&closing->lazy);
    rst_drain_close(&closing->drain);
    rst_holes_close(&closing->holes);
    rst_map_close(&closing->map);
    rst_map_close(&closing->file);
    rst_output_discard(&closing->output);
    for (int i = 0; i < closing->attached_count; i++)
        rst_output_discard(&closing->attached[i]);
    free(closing->attached);
    free(closing->lost);
    rst_layout_clear(&closing->layout);
    rst_meta_clear(&closing->meta);
    free(closing->unmapped);
    free(closing->path);
    free(closing);
}

const char *rst_raster_path(const struct rst_raster *raster)
{
    return raster->path;
}

const char *rst_raster_format(const struct rst_raster *raster)
{
    return raster->format;
}

enum rst_mode rst_raster_mode(const struct rst_raster *raster)
{
    return raster->map && !raster->lazy ? rst_map_mode(raster->map) : RST_READ;
}

const struct rst_layout *rst_raster_layout(const struct rst_raster *raster)
{
    return &raster->layout;
}

const struct rst_meta *rst_raster_meta(const struct rst_raster *raster)
{
    return &raster->meta;
}

struct rst_map *rst_raster_map(const struct rst_raster *raster)
{
    return raster->map;
}

bool rst_raster_is_output(const struct rst_raster *raster)
{
    return raster->output != NULL;
}

uint64_t rst_raster_space_free(const struct rst_raster *raster)
{
    return raster->output ? rst_output_free(raster->output) : UINT64_MAX;
}

uint64_t rst_raster_file_bytes(const struct rst_raster *raster)
{
    const struct rst_map *map = raster->file ? raster->file : raster->map;
    return map && !raster->drain ? rst_map_length(map) : 0;
}

const char *rst_raster_unmapped(const struct rst_raster *raster)
{
    return raster->unmapped;
}

const char *rst_raster_lost(const struct rst_raster *raster)
{
    return raster->lost;
}

enum rst_status rst_raster_set_lost(struct rst_raster *raster, const char *lost, struct rst_error *err)
{
    free(raster->lost);
    raster->lost = NULL;
    return copy_text(lost, &raster->lost, err);
}

struct rst_shape rst_raster_shape(const struct rst_raster *raster)
{
    const struct rst_layout *layout = &raster->layout;
    const struct rst_meta *meta = &raster->meta;
    return (struct rst_shape){.type = layout->type,
                              .width = layout->width,
                              .height = layout->height,
                              .bands = layout->bands,
                              .alpha = rst_meta_alpha(meta, layout->bands, false),
                              .opacity = rst_meta_alpha(meta, layout->bands, true),
                              .palette = meta->photometric == RST_PHOTOMETRIC_PALETTE,
                              .has_nodata = meta->has_nodata,
                              .nodata = meta->nodata,
                              .colors = {meta->photometric, meta->color_map, meta->color_map_count}};
}

void rst_raster_set_nodata(struct rst_raster *raster, const union rst_sample *nodata)
{
    raster->meta.has_nodata = nodata != NULL;
    raster->meta.nodata = nodata ? *nodata : (union rst_sample){0};
}

void rst_raster_set_cache(struct rst_raster *raster, uint64_t bytes)
{
    if (raster->lazy) rst_lazy_set_cache(raster->lazy, bytes);
}

/* Of the file behind the pixels; where they are not mapped, of the file that the path names. */
static bool find_file(const struct rst_raster *raster, struct stat *file)
{
    const struct rst_map *map = raster->file ? raster->file : raster->map;
    int descriptor = map ? rst_map_descriptor(map) : -1;
    if (descriptor >= 0) return fstat(descriptor, file) == 0;
    return !raster->map && stat(raster->path, file) == 0;
}

bool rst_raster_same_file(const struct rst_raster *a, const struct rst_raster *b)
{
    struct stat file_a, file_b;
    if (a == b) return true;
    return find_file(a, &file_a) && find_file(b, &file_b) && file_a.st_dev == file_b.st_dev &&
           file_a.st_ino == file_b.st_ino;
}

enum rst_status rst_raster_need_map(const struct rst_raster *raster, struct rst_error *err)
{
    if (raster->map) return RST_OK;
    return rst_fail(err, RST_E_UNSUPPORTED, "%s: opened without its pixels: %s", raster->path, raster->unmapped);
}

/* The view of a block, whether or not what it shows is decoded. */
static enum rst_status bare_block(const struct rst_raster *raster, int32_t plane, int64_t column, int64_t row,
                                  struct rst_view *view, struct rst_rect *origin, struct rst_error *err)
{
    const struct rst_layout *layout = &raster->layout;
    RST_TRY(rst_raster_need_map(raster, err));
    if (plane < 0 || plane >= layout->planes || column < 0 || column >= raster->columns || row < 0 ||
        row >= raster->rows)
        return rst_fail(err, RST_E_ARGUMENT,
                        "%s: no block at column %" PRId64 ", row %" PRId64 ", plane %" PRId32 ": there are %" PRId64
                        "x%" PRId64 "x%" PRId32,
                        raster->path, column, row, plane, raster->columns, raster->rows, layout->planes);
    if (layout->swapped)
        return rst_fail(err, RST_E_UNSUPPORTED, "%s: samples in foreign byte order have no view; read windows",
                        raster->path);
    uint64_t offset = layout->offsets[(plane * raster->rows + row) * raster->columns + column];
    if (offset == RST_NO_BLOCK)
        return rst_fail(err, RST_E_UNSUPPORTED,
                        "%s: the block at column %" PRId64 ", row %" PRId64 ", plane %" PRId32 " is not stored",
                        raster->path, column, row, plane);
    struct rst_rect place = {column * layout->block_width, row * layout->block_height, 0, 0};
    place.width = rst_min64(layout->block_width, layout->width - place.x);
    place.height = rst_min64(layout->block_height, layout->height - place.y);
    *view = (struct rst_view){.data = (char *)rst_map_data(raster->map) + offset,
                              .type = layout->type,
                              .width = place.width,
                              .height = place.height,
                              .bands = layout->planes == 1 ? layout->bands : 1,
                              .pixel_stride = layout->pixel_stride,
                              .row_stride = layout->row_stride,
                              .band_stride = layout->band_stride};
    *origin = place;
    return RST_OK;
}

/* Space for a block that shall be seen: who sees it may store to it. */
static enum rst_status fill_block(const struct rst_raster *raster, int64_t column, int64_t row,
                                  const struct rst_view *view, struct rst_error *err)
{
    uint64_t at = (uint64_t)((const char *)view->data - (const char *)rst_map_data(raster->map));
    bool last_column = column == raster->columns - 1, last_row = row == raster->rows - 1;
    struct rst_block_form form = {0};
    if (!rst_block_form(&raster->layout, last_column, last_row, &form)) return RST_OK; /* rst_layout_check() saw it */
    return rst_holes_fill(raster->holes, at - form.before, form.span, err);
}

enum rst_status rst_raster_block(const struct rst_raster *raster, int32_t plane, int64_t column, int64_t row,
                                 struct rst_view *view, struct rst_rect *origin, struct rst_error *err)
{
    struct rst_rect place = {0};
    RST_TRY(bare_block(raster, plane, column, row, view, &place, err));
    if (raster->lazy) RST_TRY(rst_lazy_hold(raster->lazy, place, err)); /* until the raster is closed */
    if (raster->drain) RST_TRY(rst_drain_room(raster->drain, place, raster->path, err));
    if (raster->holes) RST_TRY(fill_block(raster, column, row, view, err));
    if (origin) *origin = place;
    return RST_OK;
}

/* RST_E_UNSUPPORTED unless the image is one block. */
static enum rst_status need_one_block(const struct rst_raster *raster, struct rst_error *err)
{
    const struct rst_layout *layout = &raster->layout;
    RST_TRY(rst_raster_need_map(raster, err));
    if (raster->columns != 1 || raster->rows != 1 || layout->planes != 1)
        return rst_fail(err, RST_E_UNSUPPORTED,
                        "%s: stored as %" PRId64 "x%" PRId64 "x%" PRId32 " blocks, so there is no view of the whole",
                        raster->path, raster->columns, raster->rows, layout->planes);
    return RST_OK;
}

enum rst_status rst_raster_view(const struct rst_raster *raster, struct rst_view *view, struct rst_error *err)
{
    RST_TRY(need_one_block(raster, err));
    return rst_raster_block(raster, 0, 0, 0, view, NULL, err);
}

enum rst_status rst_raster_bare_view(const struct rst_raster *raster, struct rst_view *view, struct rst_error *err)
{
    struct rst_rect place = {0};
    if (raster->holes)
        return rst_fail(err, RST_E_UNSUPPORTED, "%s: it is sparse, and its space is reserved window by window",
                        raster->path);
    RST_TRY(need_one_block(raster, err));
    return bare_block(raster, 0, 0, 0, view, &place, err);
}
