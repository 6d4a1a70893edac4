/* Making new files: which format, which layout, and the file itself.
 *
 * rst_create_like() turns what it knows of the input into plain create options, so that codecs only ever see a shape,
 * metadata and options. The file is reserved before it is mapped, and carries its target's name only from rst_commit()
 * on; whatever fails here leaves nothing behind.
 */
#define _GNU_SOURCE 1
#include "codecs/codec.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/beside/sidecar.h"
#include "codecs/range.h"
#include "raster/base/size.h"

enum { TILE_UNIT = 16 }; /* TIFF wants tile sides to be multiples of it */

static enum rst_status write_bytes(int descriptor, const void *from, size_t size, const char *path,
                                   struct rst_error *err)
{
    int error = rst_range_write(descriptor, 0, from, size);
    return error ? rst_fail_errno(err, error, "%s: writing its first bytes", path) : RST_OK;
}

static enum rst_status fill_file(struct rst_output *output, const struct rst_new_file *file, const char *path,
                                 bool sparse, struct rst_map **map, struct rst_error *err)
{
    RST_TRY(sparse ? rst_output_set_length(output, file->length, err) : rst_output_reserve(output, file->length, err));
    RST_TRY(write_bytes(rst_output_descriptor(output), file->head, file->head_size, path, err));
    int descriptor = fcntl(rst_output_descriptor(output), F_DUPFD_CLOEXEC, 0);
    if (descriptor < 0) return rst_fail_errno(err, errno, "%s: no descriptor to map it", path);
    return rst_map_adopt(descriptor, path, RST_SHARED, 0, 0, map, err);
}

enum rst_status rst_new_file(const char *path, const struct rst_new_file *file,
                             const struct rst_create_options *options, struct rst_raster **out, struct rst_error *err)
{
    struct rst_output_options how = {
        .overwrite = options->overwrite, .rehearse = options->rehearse, .sync = options->sync};
    struct rst_raster_parts parts = {
        .path = path, .format = file->format, .layout = *file->layout, .meta = file->meta, .sparse = options->sparse};
    RST_TRY(rst_output_open(path, &how, &parts.output, err));
    enum rst_status status = fill_file(parts.output, file, path, options->sparse, &parts.map, err);
    if (status == RST_OK) return rst_raster_new(&parts, out, err);
    rst_output_discard(&parts.output);
    return status;
}

enum rst_status rst_attach_file(struct rst_raster *raster, const char *path, const void *bytes, size_t size,
                                const struct rst_create_options *options, struct rst_error *err)
{
    struct rst_output_options how = {.overwrite = true, .rehearse = options->rehearse, .sync = options->sync};
    struct rst_output *output = NULL;
    RST_TRY(rst_output_open(path, &how, &output, err));
    enum rst_status status = write_bytes(rst_output_descriptor(output), bytes, size, path, err);
    if (status == RST_OK) return rst_raster_attach(raster, output, err);
    rst_output_discard(&output);
    return status;
}

static enum rst_status check_shape(const char *path, const struct rst_shape *shape, struct rst_error *err)
{
    if ((unsigned)shape->type >= RST_TYPE_COUNT)
        return rst_fail(err, RST_E_ARGUMENT, "%s: there is no pixel type %u", path, (unsigned)shape->type);
    if (shape->width < 1 || shape->height < 1 || shape->width > RST_MAX_SIDE || shape->height > RST_MAX_SIDE)
        return rst_fail(err, RST_E_ARGUMENT, "%s: %" PRId64 "x%" PRId64 " pixels: sides go from 1 to %" PRId64, path,
                        shape->width, shape->height, RST_MAX_SIDE);
    if (shape->bands < 1 || shape->bands > RST_MAX_BANDS)
        return rst_fail(err, RST_E_ARGUMENT, "%s: %" PRId32 " bands: they go from 1 to %d", path, shape->bands,
                        RST_MAX_BANDS);
    return RST_OK;
}

static enum rst_status check_options(const char *path, const struct rst_create_options *options, struct rst_error *err)
{
    int64_t width = options->tile_width, height = options->tile_height;
    if (width < 0 || height < 0 || options->strip_rows < 0)
        return rst_fail(err, RST_E_ARGUMENT,
                        "%s: tiles of %" PRId64 "x%" PRId64 ", strips of %" PRId64 " rows: none may be negative", path,
                        width, height, options->strip_rows);
    if ((width == 0) != (height == 0))
        return rst_fail(err, RST_E_ARGUMENT, "%s: tiles of %" PRId64 "x%" PRId64 " pixels: give both sides", path,
                        width, height);
    if (width % TILE_UNIT != 0 || height % TILE_UNIT != 0)
        return rst_fail(err, RST_E_ARGUMENT, "%s: tiles of %" PRId64 "x%" PRId64 " pixels: sides are multiples of %d",
                        path, width, height, TILE_UNIT);
    if (width > 0 && options->strip_rows > 0)
        return rst_fail(err, RST_E_ARGUMENT, "%s: either tiles or strips, not both", path);
    return RST_OK;
}

static enum rst_status fail_format(const char *path, const struct rst_create_options *options, struct rst_error *err)
{
    char list[160] = "";
    const struct rst_codec *codec;
    for (int i = 0; (codec = rst_codec_at(i)); i++) {
        size_t used = strlen(list);
        if (codec->create)
            snprintf(list + used, sizeof list - used, "%s%s (%s)", used ? ", " : "",
                     options->format ? codec->name : codec->extensions,
                     options->format ? codec->extensions : codec->name);
    }
    if (options->format)
        return rst_fail(err, RST_E_ARGUMENT, "%s: no format \"%.20s\" is written: there are %s", path, options->format,
                        list);
    return rst_fail(err, RST_E_ARGUMENT, "%s: its extension names no format to write: %s", path, list);
}

/* The format to write: the one told, else that of the extension; NULL where there is none. */
static const struct rst_codec *choose_codec(const char *path, const struct rst_create_options *options)
{
    if (options->raw) return &rst_codec_raw;
    const struct rst_codec *codec = options->format ? rst_codec_of_name(options->format) : rst_codec_of_path(path);
    return codec && codec->create ? codec : NULL;
}

/* What a format has no place for is refused, not ignored. */
static enum rst_status check_format(const char *path, const struct rst_codec *codec,
                                    const struct rst_create_options *options, struct rst_error *err)
{
    unsigned written = codec->compressions ? codec->compressions(true) : 0;
    enum rst_compression compression = options->compression;
    if (codec != &rst_codec_tiff && (options->tile_width > 0 || options->strip_rows > 0))
        return rst_fail(err, RST_E_ARGUMENT, "%s: %s files have neither tiles nor strips", path, codec->name);
    if ((unsigned)compression >= RST_COMPRESSION_COUNT)
        return rst_fail(err, RST_E_ARGUMENT, "%s: there is no compression %u", path, (unsigned)compression);
    if (codec == &rst_codec_tiff || compression == RST_COMPRESSION_DEFAULT || (written & 1u << compression))
        return RST_OK;
    if (compression == RST_COMPRESSION_NONE && written == 0) return RST_OK;
    return rst_fail(err, RST_E_ARGUMENT, "%s: %s files do not hold %s", path, codec->name,
                    compression == RST_COMPRESSION_NONE ? "uncompressed pixels" : rst_compression_name(compression));
}

/* What the shape says and the metadata do not. */
static enum rst_status complete_meta(const struct rst_shape *shape, const struct rst_meta *from, struct rst_meta *meta,
                                     struct rst_error *err)
{
    static const struct rst_meta nothing = {.photometric = RST_PHOTOMETRIC_UNKNOWN};
    RST_TRY(rst_meta_copy(meta, from ? from : &nothing, err));
    if (shape->has_nodata) {
        meta->has_nodata = true;
        meta->nodata = shape->nodata;
    }
    int32_t alpha = shape->alpha >= 0 ? shape->alpha : shape->opacity;
    if (from || alpha < 1 || alpha >= shape->bands) return RST_OK;
    meta->extra_sample_count = (size_t)(shape->bands - alpha);
    meta->extra_samples = calloc(meta->extra_sample_count, sizeof *meta->extra_samples);
    if (!meta->extra_samples) {
        rst_meta_clear(meta);
        return rst_fail(err, RST_E_NOMEM, "no memory for %" PRId32 " extra samples", shape->bands - alpha);
    }
    meta->extra_samples[0] = shape->alpha >= 0 ? RST_EXTRA_UNASSOCIATED_ALPHA : RST_EXTRA_ASSOCIATED_ALPHA;
    return RST_OK;
}

/* Writes the sidecar that was asked for, and notes what of the metadata is kept nowhere. */
static enum rst_status keep_rest(const struct rst_codec *codec, const char *path, const struct rst_shape *shape,
                                 const struct rst_meta *meta, const struct rst_create_options *options,
                                 struct rst_raster *raster, struct rst_error *err)
{
    char text[256];
    unsigned kept = codec->keeps ? codec->keeps(shape, meta) : 0;
    unsigned lost = rst_meta_fields(meta, shape->bands) & ~kept;
    RST_TRY(rst_sidecar_write(raster, path, meta, options, &lost, err));
    if (lost == 0) return RST_OK;
    return rst_raster_set_lost(raster, rst_meta_fields_text(lost, text, sizeof text), err);
}

static enum rst_status create(const struct rst_codec *codec, const char *path, const struct rst_shape *shape,
                              const struct rst_meta *from, const struct rst_create_options *options,
                              struct rst_raster **out, struct rst_error *err)
{
    struct rst_meta meta;
    RST_TRY(check_shape(path, shape, err));
    RST_TRY(check_options(path, options, err));
    RST_TRY(check_format(path, codec, options, err));
    RST_TRY(complete_meta(shape, from, &meta, err));
    enum rst_status status = codec->create(path, shape, &meta, options, out, err);
    if (status == RST_OK) {
        status = keep_rest(codec, path, shape, &meta, options, *out, err);
        if (status != RST_OK) rst_close(out);
    }
    rst_meta_clear(&meta);
    return status;
}

enum rst_status rst_create(const char *path, const struct rst_shape *shape, const struct rst_meta *meta,
                           const struct rst_create_options *options, struct rst_raster **out, struct rst_error *err)
{
    static const struct rst_create_options defaults;
    if (!options) options = &defaults;
    const struct rst_codec *codec = choose_codec(path, options);

    *out = NULL;
    if (!codec) return fail_format(path, options, err);
    return create(codec, path, shape, meta, options, out, err);
}

enum rst_interleave rst_interleave_of(const struct rst_layout *layout)
{
    if (layout->bands == 1) return RST_BIP;
    ptrdiff_t row = layout->row_stride < 0 ? -layout->row_stride : layout->row_stride; /* upwards */
    if (layout->planes > 1 || layout->band_stride > row) return RST_BSQ;
    return layout->band_stride > layout->pixel_stride ? RST_BIL : RST_BIP;
}

static int64_t whole_tile(int64_t side)
{
    return (side + TILE_UNIT - 1) / TILE_UNIT * TILE_UNIT;
}

/* Whether strips like those of `in` will do. Compressed ones are worked on by one thread each, as a whole: large ones,
 * such as an image in one strip, are no model for them. */
static bool strips_fit(const struct rst_layout *layout, const struct rst_create_options *options)
{
    const uint64_t most = UINT64_C(1) << 20;
    uint64_t bytes = rst_type_size(layout->type) * (uint64_t)layout->bands;
    bool coded = options->compression != RST_COMPRESSION_DEFAULT && options->compression != RST_COMPRESSION_NONE;
    return !coded || (rst_mul(bytes, (uint64_t)layout->width, &bytes) &&
                      rst_mul(bytes, (uint64_t)layout->strip_rows, &bytes) && bytes <= most);
}

/* The layout of `in`, where the options leave it open. `raw` is room for what options->raw may come to point to. */
static struct rst_create_options options_like(const struct rst_raster *in, const struct rst_codec *codec,
                                              const struct rst_create_options *options, struct rst_raw *raw)
{
    const struct rst_layout *layout = rst_raster_layout(in);
    struct rst_create_options like = *options;
    enum rst_interleave interleave = rst_interleave_of(layout);

    if ((codec == &rst_codec_raw || codec == &rst_codec_envi) && !options->raw) {
        if (options->chunky) interleave = RST_BIP;
        /* A foreign order is kept within one format; from another, nobody would know of it in a raw file. */
        bool told = rst_codec_of_name(rst_raster_format(in)) == codec;
        *raw = (struct rst_raw){.interleave = options->planar ? RST_BSQ : interleave,
                                .big_endian = (told && layout->swapped) != RST_BIG_ENDIAN};
        like.raw = raw;
    }
    if (codec != &rst_codec_tiff) return like;
    like.planar |= interleave == RST_BSQ && !options->chunky;
    if (options->tile_width == 0 && options->strip_rows == 0) {
        if (layout->tail) {
            like.tile_width = whole_tile(layout->block_width);
            like.tile_height = whole_tile(layout->block_height);
        }
        like.strip_rows = layout->tail || !strips_fit(layout, options) ? 0 : layout->strip_rows;
    }
    return like;
}

enum rst_status rst_create_like(const char *path, const struct rst_raster *in, const struct rst_pipeline *pipeline,
                                const struct rst_create_options *options, struct rst_raster **out,
                                struct rst_error *err)
{
    static const struct rst_create_options defaults;
    if (!options) options = &defaults;
    const struct rst_codec *codec = choose_codec(path, options);
    struct rst_shape shape = rst_raster_shape(in), result = shape;
    struct rst_meta meta = {0};
    struct rst_raw raw;

    *out = NULL;
    /* Raw files go by any name; every other format is told by it. */
    bool named = options->format || rst_codec_of_path(path);
    if (!named && rst_codec_of_name(rst_raster_format(in)) == &rst_codec_raw) codec = &rst_codec_raw;
    if (!codec) return fail_format(path, options, err);
    RST_TRY(rst_pipeline_plan(pipeline, &shape, options->window, &result, NULL, err));
    RST_TRY(rst_pipeline_meta(pipeline, &shape, rst_raster_meta(in), options->window, &meta, err));
    struct rst_create_options like = options_like(in, codec, options, &raw);
    enum rst_status status = create(codec, path, &result, &meta, &like, out, err);
    rst_meta_clear(&meta);
    return status;
}
