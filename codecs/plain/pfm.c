/* PFM: floats behind three lines of text, the bottom row first.
 *
 * The third line is a scale, whose sign tells the byte order: below 0 the low byte comes first. Rows that go upwards
 * are a negative stride. A new file's header is brought to a multiple of four bytes by zeros at the end of the scale,
 * so that its samples are aligned.
 */
#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/text/header.h"
#include "codecs/plain/scan.h"
#include "raster/base/size.h"
#include "raster/image/items.h"

static const char domain[] = "PFM", scale_key[] = "scale";

struct picture {
    uint64_t width, height, bands;
    double scale;
    uint64_t data;
};

static bool probe(const struct rst_source *source)
{
    const unsigned char *head = source->head;
    return source->head_size >= 4 && head[0] == 'P' && (head[1] == 'F' || head[1] == 'f') && isspace(head[2]) &&
           (isspace(head[3]) || isdigit(head[3]));
}

static enum rst_status read_header(const struct rst_source *source, struct picture *picture, struct rst_error *err)
{
    struct rst_scan scan;
    const char *missing = NULL;
    char scale[64];
    rst_scan_start(&scan, source, 2);
    picture->bands = source->head[1] == 'F' ? 3 : 1;
    if (!rst_scan_number(&scan, (uint64_t)RST_MAX_SIDE, &picture->width) || picture->width == 0)
        missing = "width";
    else if (!rst_scan_number(&scan, (uint64_t)RST_MAX_SIDE, &picture->height) || picture->height == 0)
        missing = "height";
    else if (!rst_scan_word(&scan, scale, sizeof scale) || !rst_header_number(scale, &picture->scale) ||
             picture->scale == 0)
        missing = "scale other than 0";
    picture->data = scan.at;
    if (!missing) return RST_OK;
    return rst_fail(err, RST_E_FORMAT, "%s: byte %" PRIu64 ": the header has no %s", source->path, scan.at, missing);
}

/* The layout with *offset as its block's place: that of the top row, which comes last. false where the samples are more
 * than any file holds. */
static bool lay_out(const struct picture *picture, uint64_t *offset, struct rst_layout *layout, uint64_t *length)
{
    uint64_t row;
    if (!rst_mul(picture->width, 4 * picture->bands, &row) ||
        !rst_mul_add(row, picture->height, picture->data, length) || *length > INT64_MAX)
        return false;
    *offset = *length - row;
    *layout = (struct rst_layout){.type = RST_F32,
                                  .width = (int64_t)picture->width,
                                  .height = (int64_t)picture->height,
                                  .bands = (int32_t)picture->bands,
                                  .block_width = (int64_t)picture->width,
                                  .block_height = (int64_t)picture->height,
                                  .planes = 1,
                                  .pixel_stride = (ptrdiff_t)(4 * picture->bands),
                                  .row_stride = -(ptrdiff_t)row,
                                  .band_stride = 4,
                                  .swapped = (picture->scale > 0) != RST_BIG_ENDIAN,
                                  .offsets = offset};
    return true;
}

static enum rst_status read_meta(const struct picture *picture, struct rst_meta *meta, struct rst_error *err)
{
    char number[40];
    union rst_sample scale = {.f64 = fabs(picture->scale)};
    meta->photometric = picture->bands == 3 ? RST_PHOTOMETRIC_RGB : RST_PHOTOMETRIC_BLACK_IS_ZERO;
    if (scale.f64 == 1) return RST_OK;
    return rst_meta_set(meta, scale_key, -1, domain, rst_sample_format(scale, RST_F64, number, sizeof number), err);
}

static enum rst_status open_pfm(struct rst_source *source, struct rst_raster **out, struct rst_error *err)
{
    struct picture picture = {.data = 0};
    struct rst_layout layout;
    struct rst_meta meta = {0};
    uint64_t offset, length, have = rst_map_length(source->map);
    if (source->options->page != 0)
        return rst_fail(err, RST_E_ARGUMENT, "%s: page %d: a PFM has 1 page, page 0", source->path,
                        source->options->page);
    RST_TRY(read_header(source, &picture, err));
    if (!lay_out(&picture, &offset, &layout, &length) || length > have)
        return rst_fail(err, RST_E_TRUNCATED,
                        "%s: its %" PRIu64 "x%" PRIu64 "x%" PRIu64 " samples of 4 bytes from byte %" PRIu64
                        " on are more than the file's %" PRIu64 " bytes",
                        source->path, picture.width, picture.height, picture.bands, picture.data, have);
    const uint64_t reserved[1][2] = {{0, picture.data}};
    struct rst_source_parts parts = {
        .format = rst_codec_pfm.name, .layout = &layout, .meta = &meta, .reserved = reserved, .reserved_count = 1};
    enum rst_status status = read_meta(&picture, &meta, err);
    if (status == RST_OK) status = rst_source_raster(source, &parts, out, err);
    rst_meta_clear(&meta);
    return status;
}

/* The scale that the raster came with; 1 where it did not. */
static double scale_of(const struct rst_meta *meta)
{
    const char *own = rst_meta_get(meta, scale_key, -1, domain);
    double scale;
    return own && rst_header_number(own, &scale) && scale > 0 ? scale : 1;
}

static unsigned keeps(const struct rst_shape *shape, const struct rst_meta *meta)
{
    (void)shape;
    bool own = scale_of(meta) != 1, described = meta->description && *meta->description;
    return !described && meta->item_count == (size_t)own ? RST_META_TEXT : 0;
}

static enum rst_status check_shape(const char *path, const struct rst_shape *shape,
                                   const struct rst_create_options *options, struct rst_error *err)
{
    if (shape->type != RST_F32)
        return rst_fail(err, RST_E_ARGUMENT, "%s: PFM holds f32, not %s; %s", path, rst_type_name(shape->type),
                        shape->type == RST_U8 || shape->type == RST_U16 ? "PGM, PPM and PAM hold u8 and u16"
                                                                        : "NPY, ENVI and TIFF hold any");
    if (shape->bands != 1 && shape->bands != 3)
        return rst_fail(err, RST_E_ARGUMENT, "%s: %" PRId32 " bands: PFM holds 1 or 3; NPY, ENVI and TIFF any", path,
                        shape->bands);
    if (options->planar)
        return rst_fail(err, RST_E_ARGUMENT,
                        "%s: PFM holds the bands of a pixel together; raw, ENVI or TIFF can have them apart", path);
    return RST_OK;
}

static void put_header(struct rst_text *text, const struct picture *picture)
{
    char number[40];
    union rst_sample scale = {.f64 = picture->scale};
    rst_sample_format(scale, RST_F64, number, sizeof number);
    bool plain = !strpbrk(number, "eE");
    rst_text_put(text, "P%c\n%" PRIu64 " %" PRIu64 "\n%s%s", picture->bands == 3 ? 'F' : 'f', picture->width,
                 picture->height, number, plain && !strchr(number, '.') ? ".0" : "");
    while (plain && text->bytes.size % 4 != 3)
        rst_text_put(text, "0");
    rst_text_put(text, "\n");
}

static enum rst_status create(const char *path, const struct rst_shape *shape, const struct rst_meta *meta,
                              const struct rst_create_options *options, struct rst_raster **out, struct rst_error *err)
{
    bool big = options->byte_order == RST_ORDER_NATIVE ? RST_BIG_ENDIAN : options->byte_order == RST_ORDER_BIG;
    struct picture picture = {.width = (uint64_t)shape->width,
                              .height = (uint64_t)shape->height,
                              .bands = (uint64_t)shape->bands,
                              .scale = big ? scale_of(meta) : -scale_of(meta)};
    struct rst_text text = {0};
    struct rst_layout layout;
    uint64_t offset, length;
    RST_TRY(check_shape(path, shape, options, err));
    put_header(&text, &picture);
    picture.data = text.bytes.size;
    enum rst_status status = RST_OK;
    if (text.failed)
        status = rst_fail(err, RST_E_NOMEM, "%s: no memory for its header", path);
    else if (!lay_out(&picture, &offset, &layout, &length))
        status = rst_fail(err, RST_E_ARGUMENT, "%s: %" PRIu64 "x%" PRIu64 " pixels are more than any file holds", path,
                          picture.width, picture.height);
    if (status == RST_OK) {
        struct rst_new_file file = {.format = rst_codec_pfm.name,
                                    .layout = &layout,
                                    .meta = meta,
                                    .head = text.bytes.data,
                                    .head_size = text.bytes.size,
                                    .length = length};
        status = rst_new_file(path, &file, options, out, err);
    }
    rst_bytes_clear(&text.bytes);
    return status;
}

const struct rst_codec rst_codec_pfm = {.name = "PFM",
                                        .extensions = "pfm",
                                        .notes = "f32, in 1 or 3 bands",
                                        .probe = probe,
                                        .open = open_pfm,
                                        .keeps = keeps,
                                        .create = create};
