/* Changing what a file says of its pixels, whatever its format: the codec is found by the file's content, and does it
 * where the file lies. */
#include "codecs/edit.h"

#include <string.h>

#include "codecs/codec.h"
#include "codecs/range.h"
#include "raster/image/items.h"

static enum rst_status set_nodata(const char *text, const char *path, enum rst_type type, struct rst_meta *meta,
                                  struct rst_error *err)
{
    meta->has_nodata = strcmp(text, "none") != 0;
    if (!meta->has_nodata || rst_sample_parse(text, type, &meta->nodata)) return RST_OK;
    return rst_fail(err, RST_E_ARGUMENT, "%s: nodata %.40s is no value of a sample of type %s", path, text,
                    rst_type_name(type));
}

/* The band, from 0 on, of "band.N.name"; -1 for another key. N is counted from 1. */
static enum rst_status band_of(const char *key, const char *path, int32_t bands, int32_t *band, struct rst_error *err)
{
    static const char prefix[] = "band.", suffix[] = ".name";
    const char *at = key + sizeof prefix - 1;
    int64_t number = 0;
    *band = -1;
    if (strncmp(key, prefix, sizeof prefix - 1) != 0) return RST_OK;
    for (; *at >= '0' && *at <= '9' && number <= INT32_MAX; at++)
        number = 10 * number + (*at - '0');
    if (strcmp(at, suffix) != 0) return RST_OK;
    if (number < 1 || number > bands)
        return rst_fail(err, RST_E_ARGUMENT, "%s: there is no band for %.40s: it has %d, counted from 1", path, key,
                        (int)bands);
    *band = (int32_t)(number - 1);
    return RST_OK;
}

/* Sets, or with a value of NULL removes, what a key names. */
static enum rst_status set_key(const char *key, const char *value, const char *path, int32_t bands,
                               struct rst_meta *meta, struct rst_error *err)
{
    int32_t band;
    if (!key || !*key) return rst_fail(err, RST_E_ARGUMENT, "%s: an item without a key", path);
    RST_TRY(band_of(key, path, bands, &band, err));
    if (band >= 0) return rst_meta_name_band(meta, band, value, err);
    if (!value && strcmp(key, "STATISTICS") == 0) {
        rst_meta_drop_statistics(meta);
        return RST_OK;
    }
    if (strcmp(key, "Description") == 0) return rst_meta_set_text(&meta->description, value, err);
    return rst_meta_set(meta, key, -1, NULL, value, err);
}

enum rst_status rst_edit_apply(const struct rst_edit *edit, const char *path, enum rst_type type, int32_t bands,
                               struct rst_meta *meta, struct rst_error *err)
{
    if (edit->nodata) RST_TRY(set_nodata(edit->nodata, path, type, meta, err));
    if (edit->epsg != 0) RST_TRY(rst_geo_set_epsg(&meta->geo, edit->epsg < 0 ? 0 : edit->epsg, err));
    if (edit->transform) {
        struct rst_affine map;
        memcpy(map.m, edit->transform, sizeof map.m);
        RST_TRY(rst_geo_set_transform(&meta->geo, map, err));
    }
    for (size_t i = 0; i < edit->unset_count; i++)
        RST_TRY(set_key(edit->unset[i], NULL, path, bands, meta, err));
    for (size_t i = 0; i < edit->set_count; i++) {
        const char *value = edit->set[2 * i + 1];
        if (!value) return rst_fail(err, RST_E_ARGUMENT, "%s: an item without a value", path);
        RST_TRY(set_key(edit->set[2 * i], value, path, bands, meta, err));
    }
    return RST_OK;
}

static enum rst_status find_codec(const char *path, const struct rst_codec **codec, struct rst_error *err)
{
    static const struct rst_open_options none;
    struct rst_source source = {.path = path, .mode = RST_READ, .options = &none};
    RST_TRY(rst_map_open(path, RST_READ, 0, 0, &source.map, err));
    int error = rst_range_read(rst_map_descriptor(source.map), 0, source.head, sizeof source.head, &source.head_size);
    enum rst_status status = error ? rst_fail_errno(err, error, "%s: reading its first bytes", path) : RST_OK;
    *codec = NULL;
    for (int i = 0; status == RST_OK && !*codec && rst_codec_at(i); i++)
        if (rst_codec_at(i)->probe(&source)) *codec = rst_codec_at(i);
    rst_map_close(&source.map);
    return status;
}

enum rst_status rst_edit(const char *path, int page, const struct rst_edit *edit, struct rst_error *err)
{
    const struct rst_codec *codec;
    RST_TRY(find_codec(path, &codec, err));
    if (!codec) return rst_fail(err, RST_E_UNSUPPORTED, "%s: its content is of no known format", path);
    if (!codec->edit)
        return rst_fail(err, RST_E_UNSUPPORTED,
                        "%s: metadata of a file of format %s are not edited in place; convert it to a TIFF", path,
                        codec->name);
    return codec->edit(path, page, edit, err);
}
