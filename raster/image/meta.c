/* Metadata: copies, alpha, and staying true when the pixels move. */
#include "raster/image/meta.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "raster/base/size.h"
#include "raster/image/items.h"

/* Replaces *pointer, which a plain struct copy left pointing at another's array, by a copy of its own. Goes on after a
 * failure, so that no pointer of the other stays behind. */
static void own_array(void *pointer, size_t count, size_t size, bool *failed)
{
    void *theirs, *ours = NULL;
    uint64_t bytes = 0;
    memcpy(&theirs, pointer, sizeof theirs);
    if (theirs && count > 0 && !*failed) {
        ours = rst_mul(count, size, &bytes) && bytes <= SIZE_MAX ? malloc((size_t)bytes) : NULL;
        if (ours)
            memcpy(ours, theirs, (size_t)bytes);
        else
            *failed = true;
    }
    memcpy(pointer, &ours, sizeof ours);
}

static void own_text(char **text, bool *failed)
{
    own_array(text, *text ? strlen(*text) + 1 : 0, 1, failed);
}

static void own_geo(struct rst_geo *geo, bool *failed)
{
    own_array(&geo->pixel_scale, geo->pixel_scale_count, sizeof(double), failed);
    own_array(&geo->tiepoints, geo->tiepoint_numbers, sizeof(double), failed);
    own_array(&geo->matrix, geo->matrix_count, sizeof(double), failed);
    own_array(&geo->keys, geo->key_count, sizeof(uint16_t), failed);
    own_array(&geo->key_doubles, geo->key_double_count, sizeof(double), failed);
    own_text(&geo->key_ascii, failed);
    own_array(&geo->rpc, geo->rpc_count, sizeof(double), failed);
    own_text(&geo->wkt, failed);
}

static void own_items(struct rst_meta *meta, bool *failed)
{
    own_array(&meta->items, meta->item_count, sizeof *meta->items, failed);
    if (!meta->items) meta->item_count = 0;
    meta->item_capacity = meta->item_count;
    for (size_t i = 0; i < meta->item_count; i++) {
        struct rst_item *item = &meta->items[i];
        own_text(&item->key, failed);
        own_text(&item->value, failed);
        own_text(&item->domain, failed);
        own_text(&item->role, failed);
    }
    own_array(&meta->band_names, meta->band_name_count, sizeof *meta->band_names, failed);
    if (!meta->band_names) meta->band_name_count = 0;
    for (size_t i = 0; i < meta->band_name_count; i++)
        own_text(&meta->band_names[i], failed);
}

enum rst_status rst_meta_copy(struct rst_meta *to, const struct rst_meta *from, struct rst_error *err)
{
    bool failed = false;
    *to = *from;
    own_array(&to->extra_samples, to->extra_sample_count, sizeof(uint16_t), &failed);
    own_array(&to->color_map, to->color_map_count, sizeof(uint16_t), &failed);
    own_array(&to->icc, to->icc_size, 1, &failed);
    own_array(&to->xmp, to->xmp_size, 1, &failed);
    own_array(&to->exif, to->exif_size, 1, &failed);
    own_text(&to->description, &failed);
    own_items(to, &failed);
    own_geo(&to->geo, &failed);
    if (!failed) return RST_OK;
    rst_meta_clear(to);
    return rst_fail(err, RST_E_NOMEM, "no memory for a copy of the metadata");
}

void rst_meta_clear(struct rst_meta *meta)
{
    if (!meta) return;
    free(meta->extra_samples);
    free(meta->color_map);
    free(meta->icc);
    free(meta->xmp);
    free(meta->exif);
    free(meta->description);
    rst_meta_clear_items(meta);
    rst_meta_clear_band_names(meta);
    free(meta->geo.pixel_scale);
    free(meta->geo.tiepoints);
    free(meta->geo.matrix);
    free(meta->geo.keys);
    free(meta->geo.key_doubles);
    free(meta->geo.key_ascii);
    free(meta->geo.rpc);
    free(meta->geo.wkt);
    *meta = (struct rst_meta){0};
}

int32_t rst_meta_alpha(const struct rst_meta *meta, int32_t bands, bool associated)
{
    if (bands < 1 || !meta->extra_samples) return -1;
    size_t all = (size_t)bands, count = meta->extra_sample_count;
    for (size_t i = count > all ? count - all : 0; i < count; i++) {
        uint16_t kind = meta->extra_samples[i];
        if (kind == RST_EXTRA_UNASSOCIATED_ALPHA || (associated && kind == RST_EXTRA_ASSOCIATED_ALPHA))
            return (int32_t)(all - count + i);
    }
    return -1;
}

/* Pixels per unit along one axis of the new image, of which a step is (x, y) old pixels; 0 where that is not known. */
static double resolution_along(double x, double y, double resolution_x, double resolution_y)
{
    if (y == 0) return x != 0 ? resolution_x / fabs(x) : 0;
    if (x == 0) return resolution_y / fabs(y);
    if (resolution_x <= 0 || resolution_y <= 0) return 0;
    return 1 / hypot(x / resolution_x, y / resolution_y);
}

enum rst_status rst_meta_apply(struct rst_meta *meta, struct rst_affine to_source, struct rst_error *err)
{
    const double *m = to_source.m;
    RST_TRY(rst_geo_apply(&meta->geo, to_source, err));
    double x = resolution_along(m[0], m[3], meta->resolution_x, meta->resolution_y);
    double y = resolution_along(m[1], m[4], meta->resolution_x, meta->resolution_y);
    meta->resolution_x = x;
    meta->resolution_y = y;
    return RST_OK;
}
