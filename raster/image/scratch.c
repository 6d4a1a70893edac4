/* Rasters over scratch: one packed block, with metadata that say just what the shape does. */
#include "raster/image/raster.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "raster/base/size.h"
#include "raster/image/hold.h"

/* The bytes of all samples; false where there are none or too many for any file. */
static bool bytes_of(const struct rst_shape *shape, uint64_t *length)
{
    if (shape->width < 1 || shape->height < 1 || shape->bands < 1) return false;
    uint64_t bytes = rst_type_size(shape->type);
    if (!rst_mul(bytes, (uint64_t)shape->bands, &bytes) || !rst_mul(bytes, (uint64_t)shape->width, &bytes) ||
        !rst_mul(bytes, (uint64_t)shape->height, &bytes) || bytes > INT64_MAX)
        return false;
    *length = bytes;
    return true;
}

/* The kinds of the last bands, from the first alpha on, so that rst_meta_alpha() finds what the shape says. */
static enum rst_status tell_alpha(const struct rst_shape *shape, struct rst_meta *meta, struct rst_error *err)
{
    int32_t first = shape->alpha >= 0 ? shape->alpha : shape->opacity;
    if (shape->opacity >= 0 && shape->opacity < first) first = shape->opacity;
    if (first < 0 || first >= shape->bands) return RST_OK;
    size_t count = (size_t)(shape->bands - first);
    meta->extra_samples = calloc(count, sizeof *meta->extra_samples);
    if (!meta->extra_samples) return rst_fail(err, RST_E_NOMEM, "no memory for %zu extra samples", count);
    meta->extra_sample_count = count;
    if (shape->opacity >= first) meta->extra_samples[shape->opacity - first] = RST_EXTRA_ASSOCIATED_ALPHA;
    if (shape->alpha >= first) meta->extra_samples[shape->alpha - first] = RST_EXTRA_UNASSOCIATED_ALPHA;
    return RST_OK;
}

static enum rst_status tell_map(const struct rst_shape *shape, struct rst_meta *meta, struct rst_error *err)
{
    size_t bytes = shape->colors.map_count * sizeof *meta->color_map;
    if (!shape->palette || !shape->colors.map || bytes == 0) return RST_OK;
    meta->color_map = malloc(bytes);
    if (!meta->color_map) return rst_fail(err, RST_E_NOMEM, "no memory for a colour map of %zu bytes", bytes);
    memcpy(meta->color_map, shape->colors.map, bytes);
    meta->color_map_count = shape->colors.map_count;
    return RST_OK;
}

static enum rst_status make(const struct rst_shape *shape, const char *directory, bool sparse, struct rst_raster **out,
                            struct rst_error *err)
{
    *out = NULL;
    uint64_t offset = 0, length;
    if (!bytes_of(shape, &length))
        return rst_fail(err, RST_E_ARGUMENT, "no scratch can hold %" PRId64 "x%" PRId64 " pixels of %" PRId32 " bands",
                        shape->width, shape->height, shape->bands);
    struct rst_view packed = rst_view_packed(NULL, shape->type, shape->width, shape->height, shape->bands);
    struct rst_meta meta = {.has_nodata = shape->has_nodata,
                            .nodata = shape->nodata,
                            .photometric = shape->palette ? RST_PHOTOMETRIC_PALETTE : shape->colors.photometric};
    struct rst_raster_parts parts = {.path = "(scratch)",
                                     .format = "scratch",
                                     .layout = {.type = shape->type,
                                                .width = shape->width,
                                                .height = shape->height,
                                                .bands = shape->bands,
                                                .block_width = shape->width,
                                                .block_height = shape->height,
                                                .planes = 1,
                                                .pixel_stride = packed.pixel_stride,
                                                .row_stride = packed.row_stride,
                                                .band_stride = packed.band_stride,
                                                .offsets = &offset},
                                     .meta = &meta};
    enum rst_status status = tell_alpha(shape, &meta, err);
    if (status == RST_OK) status = tell_map(shape, &meta, err);
    if (status == RST_OK) status = rst_map_scratch(directory, length, sparse, &parts.map, err);
    if (status == RST_OK) status = rst_raster_new(&parts, out, err);
    rst_meta_clear(&meta);
    return status;
}

enum rst_status rst_raster_scratch(const struct rst_shape *shape, const char *directory, struct rst_raster **out,
                                   struct rst_error *err)
{
    return make(shape, directory, false, out, err);
}

enum rst_status rst_raster_scratch_rehearsed(const struct rst_shape *shape, const char *directory,
                                             struct rst_raster **out, struct rst_error *err)
{
    return make(shape, directory, true, out, err);
}
