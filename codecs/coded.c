/* Rasters whose pixels lie in scratch, because their file has them compressed.
 *
 * Scratch is as long as the whole image, and sparse: it takes up space only where cells are decoded or not yet encoded.
 */
#define _GNU_SOURCE 1
#include <inttypes.h>
#include <stdio.h>

#include "codecs/codec.h"

/* Copies a layout without offsets, gives it some, and makes the scratch that they point into. */
static enum rst_status make_scratch(const struct rst_layout *from, const char *path, const char *directory,
                                    struct rst_layout *layout, struct rst_map **map, struct rst_error *err)
{
    uint64_t length = 0;
    *layout = *from;
    layout->offsets = NULL;
    RST_TRY(rst_layout_check(layout, 0, path, err));
    RST_TRY(rst_layout_place(layout, path, &length, err));
    return rst_map_patchwork(directory, length, RST_SCRATCH_PIECE, map, err);
}

static enum rst_status refuse_edit(const struct rst_source *source, const char *unmapped, struct rst_error *err)
{
    return rst_fail(err, RST_E_UNSUPPORTED,
                    "%s: it cannot be changed in place, because its pixels are not stored as they are: %s; write to a "
                    "new file",
                    source->path, unmapped);
}

static enum rst_status open_coded(struct rst_source *source, const struct rst_source_parts *parts,
                                  struct rst_raster_parts *whole, struct rst_error *err)
{
    if (source->mode != RST_READ) return refuse_edit(source, parts->unmapped, err);
    if (!parts->decoder.kind)
        return rst_fail(err, RST_E_UNSUPPORTED, "%s: its pixels cannot be read: %s", source->path, parts->unmapped);
    RST_TRY(make_scratch(parts->layout, source->path, source->options->scratch_dir, &whole->layout, &whole->map, err));
    whole->decoder = parts->decoder;
    whole->file = source->map;
    source->map = NULL;
    return RST_OK;
}

enum rst_status rst_coded_raster(struct rst_source *source, const struct rst_source_parts *parts,
                                 struct rst_raster **out, struct rst_error *err)
{
    struct rst_raster_parts whole = {
        .path = source->path, .format = parts->format, .meta = parts->meta, .unmapped = parts->unmapped};
    enum rst_status status = RST_OK;
    whole.layout = *parts->layout;
    if (!source->options->headers_only) status = open_coded(source, parts, &whole, err);
    if (!whole.decoder.kind && parts->decoder.kind) parts->decoder.kind->close(parts->decoder.state);
    if (status == RST_OK) status = rst_raster_new(&whole, out, err);
    rst_map_close(&whole.map);
    if (whole.layout.offsets != parts->layout->offsets) rst_layout_clear(&whole.layout);
    return status;
}

static enum rst_status begin_file(const char *path, const struct rst_coded_file *file,
                                  const struct rst_create_options *options, struct rst_raster_parts *parts,
                                  struct rst_error *err)
{
    if (options->sparse)
        return rst_fail(err, RST_E_ARGUMENT,
                        "%s: its pixels will be %s, which leaves no holes; only other files can be sparse", path,
                        parts->unmapped);
    struct rst_output_options how = {
        .overwrite = options->overwrite, .rehearse = options->rehearse, .sync = options->sync};
    RST_TRY(make_scratch(file->layout, path, options->scratch_dir, &parts->layout, &parts->map, err));
    RST_TRY(rst_output_open(path, &how, &parts->output, err));
    return file->encoder.kind->begin(file->encoder.state, rst_output_descriptor(parts->output), err);
}

enum rst_status rst_new_coded_file(const char *path, const struct rst_coded_file *file,
                                   const struct rst_create_options *options, struct rst_raster **out,
                                   struct rst_error *err)
{
    char how[64];
    struct rst_raster_parts parts = {.path = path, .format = file->format, .meta = file->meta, .unmapped = how};
    snprintf(how, sizeof how, "compressed (%s)", file->how);
    enum rst_status status = begin_file(path, file, options, &parts, err);
    if (status == RST_OK) {
        parts.encoder = file->encoder;
        status = rst_raster_new(&parts, out, err);
    } else {
        file->encoder.kind->close(file->encoder.state);
        rst_map_close(&parts.map);
        rst_output_discard(&parts.output);
    }
    rst_layout_clear(&parts.layout);
    return status;
}
