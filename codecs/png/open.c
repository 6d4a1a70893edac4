/* Opening a PNG: a walk over its chunks, from the header to the end.
 *
 * The IDAT chunks are passed over, and their length tells whether they can hold the image that the header promises,
 * before any space is taken for it. The others are libpng's to read, when all of them have been found: out of their
 * place it drops some, so it gets them in the order that they should have. Critical chunks that are damaged, unknown or
 * out of place are errors; so is a file that ends before its IEND chunk. There is no limit to the sides of an image but
 * that of the format.
 */
#include "codecs/codec.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/png/decode.h"
#include "codecs/png/encode.h"
#include "codecs/png/meta.h"
#include "raster/base/size.h"

/* What the walk finds. */
struct image {
    struct rst_png_file file;
    struct rst_png_form form;
    struct rst_meta meta;              /* owned */
    struct rst_png_meta_reader reader; /* owned */
    struct rst_bytes chunks;           /* to be read, struct rst_png_chunk; owned */
    uint64_t idat, idat_size;          /* of the first IDAT chunk and those that follow it: place, bytes of data */
    bool has_palette, after_idat, complete;
};

static bool has_signature(const struct rst_source *source)
{
    return source->head_size >= RST_PNG_SIGNATURE &&
           memcmp(source->head, rst_png_signature, sizeof rst_png_signature) == 0;
}

/* Also a file whose signature was damaged on the way, to tell its user so. */
static bool probe(const struct rst_source *source)
{
    return source->head_size >= 4 && memcmp(source->head + 1, rst_png_signature + 1, 3) == 0;
}

static enum rst_status take_header(struct image *image, const struct rst_png_chunk *chunk, struct rst_error *err)
{
    struct rst_png_lib *lib = &image->reader.lib;
    png_uint_32 width, height;
    int depth, color, interlace;
    RST_TRY(rst_png_meta_read(&image->reader, chunk, err));
    if (!png_get_IHDR(lib->png, lib->info, &width, &height, &depth, &color, &interlace, NULL, NULL))
        return rst_png_chunk_fail(&image->file, chunk, RST_E_FORMAT, err, "it cannot be read");
    image->form = (struct rst_png_form){.width = width,
                                        .height = height,
                                        .depth = (unsigned)depth,
                                        .color = (enum rst_png_color)color,
                                        .interlaced = interlace != PNG_INTERLACE_NONE};
    return RST_OK;
}

static enum rst_status take_data(struct image *image, const struct rst_png_chunk *chunk, struct rst_error *err)
{
    if (image->form.color == RST_PNG_PALETTE && !image->has_palette)
        return rst_png_chunk_fail(&image->file, chunk, RST_E_FORMAT, err, "there is no PLTE chunk before it");
    if (image->after_idat) return RST_OK;
    if (!image->idat) image->idat = chunk->at;
    image->idat_size += chunk->length;
    return RST_OK;
}

/* The order in which chunks are read; those of other types are passed over. */
static const char *const order[] = {"sBIT", "PLTE", "tRNS bKGD pHYs gAMA cHRM sRGB iCCP eXIf tIME tEXt zTXt iTXt"};

enum { ORDERS = sizeof order / sizeof order[0] };

/* Notes a chunk that is to be read. */
static enum rst_status note_chunk(struct image *image, const struct rst_png_chunk *chunk, struct rst_error *err)
{
    enum { MOST = 10000 };
    int i = 0;
    while (i < ORDERS && !strstr(order[i], chunk->type))
        i++;
    if (i == ORDERS) return RST_OK;
    if (image->chunks.size >= MOST * sizeof *chunk)
        return rst_png_chunk_fail(&image->file, chunk, RST_E_UNSUPPORTED, err,
                                  "with it, there are more than %d chunks of metadata", MOST);
    if (rst_bytes_append(&image->chunks, chunk, sizeof *chunk)) return RST_OK;
    return rst_png_chunk_fail(&image->file, chunk, RST_E_NOMEM, err, "no memory to note it");
}

/* A palette may be a suggestion, which does not count; else it must stand before the pixels. */
static enum rst_status note_palette(struct image *image, const struct rst_png_chunk *chunk, struct rst_error *err)
{
    if (image->form.color != RST_PNG_PALETTE) return RST_OK;
    if (image->idat) return rst_png_chunk_fail(&image->file, chunk, RST_E_FORMAT, err, "a palette behind the pixels");
    image->has_palette = true;
    return note_chunk(image, chunk, err);
}

/* Transparency out of its place counts as absent. */
static enum rst_status note_transparency(struct image *image, const struct rst_png_chunk *chunk, struct rst_error *err)
{
    bool early = image->form.color == RST_PNG_PALETTE && !image->has_palette;
    return image->idat || early ? RST_OK : note_chunk(image, chunk, err);
}

static enum rst_status take_chunk(struct image *image, const struct rst_png_chunk *chunk, struct rst_error *err)
{
    bool first = chunk->at == RST_PNG_SIGNATURE;
    if (first != rst_png_chunk_is(chunk, "IHDR"))
        return rst_png_chunk_fail(&image->file, chunk, RST_E_FORMAT, err,
                                  first ? "the first chunk is not IHDR" : "a second header");
    if (first) return take_header(image, chunk, err);
    if (rst_png_chunk_is(chunk, "IDAT")) return take_data(image, chunk, err);
    image->after_idat = image->idat != 0;
    if (rst_png_chunk_is(chunk, "PLTE")) return note_palette(image, chunk, err);
    if (rst_png_chunk_is(chunk, "tRNS")) return note_transparency(image, chunk, err);
    if (rst_png_chunk_is_ancillary(chunk)) return note_chunk(image, chunk, err);
    image->complete = rst_png_chunk_is(chunk, "IEND");
    if (image->complete) return RST_OK;
    return rst_png_chunk_fail(&image->file, chunk, RST_E_UNSUPPORTED, err, "an unknown chunk, which counts");
}

/* Deflate makes at most 1032 bytes of one: 258 of two bits. */
static enum rst_status check_size(const struct image *image, struct rst_error *err)
{
    enum { MOST = 1032 };
    uint64_t size, most;
    if (image->idat == 0) return rst_fail(err, RST_E_FORMAT, "%s: it has no IDAT chunk", image->file.path);
    if (rst_mul(image->idat_size, MOST, &most) && rst_png_inflated_size(&image->form, &size) && size <= most)
        return RST_OK;
    return rst_fail(err, RST_E_TRUNCATED,
                    "%s: %" PRIu64 " bytes in IDAT chunks cannot hold %" PRIu32 "x%" PRIu32 " pixels", image->file.path,
                    image->idat_size, image->form.width, image->form.height);
}

static enum rst_status read_chunks(struct image *image, struct rst_error *err)
{
    struct rst_png_chunk chunk;
    for (int i = 0; i < ORDERS; i++)
        for (size_t at = 0; at < image->chunks.size; at += sizeof chunk) {
            memcpy(&chunk, image->chunks.data + at, sizeof chunk);
            if (strstr(order[i], chunk.type)) RST_TRY(rst_png_meta_read(&image->reader, &chunk, err));
        }
    return RST_OK;
}

/* Colours that the file does not tell are black, and opaque. */
static void set_palette(struct image *image)
{
    const struct rst_png_lib *lib = &image->reader.lib;
    struct rst_png_form *form = &image->form;
    png_colorp colors;
    png_bytep alphas = NULL;
    png_color_16p key = NULL;
    int count = 0, alpha_count = 0;
    form->transparent = png_get_tRNS(lib->png, lib->info, &alphas, &alpha_count, &key) != 0;
    if (form->color == RST_PNG_PALETTE) {
        png_get_PLTE(lib->png, lib->info, &colors, &count);
        for (int i = 0; i < 256; i++)
            form->palette[i][3] = i < alpha_count ? alphas[i] : 255;
        for (int i = 0; i < count; i++)
            memcpy(form->palette[i], (unsigned char[]){colors[i].red, colors[i].green, colors[i].blue}, 3);
    } else if (form->transparent) {
        bool gray = form->color == RST_PNG_GRAY;
        form->key[0] = gray ? key->gray : key->red;
        form->key[1] = gray ? 0 : key->green;
        form->key[2] = gray ? 0 : key->blue;
    }
}

static enum rst_status read_image(struct image *image, struct rst_error *err)
{
    struct rst_png_walk walk = {.file = &image->file};
    struct rst_png_chunk chunk;
    RST_TRY(rst_png_meta_open(&image->reader, &image->file, &image->meta, err));
    while (!image->complete) {
        RST_TRY(rst_png_walk_next(&walk, &chunk, err));
        RST_TRY(take_chunk(image, &chunk, err));
    }
    RST_TRY(check_size(image, err));
    RST_TRY(read_chunks(image, err));
    set_palette(image);
    return rst_png_meta_end(&image->reader, &image->form, err);
}

static struct rst_layout lay_out(const struct rst_png_form *form)
{
    enum rst_type type = rst_png_type(form);
    int32_t bands = rst_png_bands(form);
    ptrdiff_t sample = (ptrdiff_t)rst_type_size(type), pixel = sample * bands;
    return (struct rst_layout){.type = type,
                               .bands = bands,
                               .width = form->width,
                               .height = form->height,
                               .block_width = form->width,
                               .block_height = form->height,
                               .planes = 1,
                               .pixel_stride = pixel,
                               .row_stride = pixel * form->width,
                               .band_stride = sample};
}

static enum rst_status make_raster(struct rst_source *source, const struct image *image, struct rst_raster **out,
                                   struct rst_error *err)
{
    struct rst_layout layout = lay_out(&image->form);
    struct rst_source_parts parts = {
        .format = rst_codec_png.name, .layout = &layout, .meta = &image->meta, .unmapped = "compressed (deflate)"};
    if (!source->options->headers_only)
        RST_TRY(rst_png_decoder(&image->file, &image->form, image->idat, &parts.decoder, err));
    return rst_source_raster(source, &parts, out, err);
}

static enum rst_status open_png(struct rst_source *source, struct rst_raster **out, struct rst_error *err)
{
    if (source->options->page != 0 || source->options->sub_image != 0)
        return rst_fail(err, RST_E_ARGUMENT, "%s: a PNG has one image, page 0", source->path);
    if (!has_signature(source))
        return rst_fail(err, RST_E_FORMAT, "%s: its first 8 bytes are those of a PNG that was sent as text, or damaged",
                        source->path);
    struct image *image = calloc(1, sizeof *image);
    if (!image) return rst_fail(err, RST_E_NOMEM, "%s: no memory to open it", source->path);
    image->file = (struct rst_png_file){
        .path = source->path, .descriptor = rst_map_descriptor(source->map), .length = rst_map_length(source->map)};
    enum rst_status status = read_image(image, err);
    if (status == RST_OK) status = make_raster(source, image, out, err);
    rst_png_meta_close(&image->reader);
    rst_bytes_clear(&image->chunks);
    rst_meta_clear(&image->meta);
    free(image);
    return status;
}

static unsigned compressions(bool written)
{
    (void)written;
    return 1u << RST_COMPRESSION_DEFLATE;
}

const struct rst_codec rst_codec_png = {
    .name = "PNG",
    .extensions = "png",
    .notes = "u8 and u16: gray or RGB, with or without alpha, and palettes; fewer bits are read as u8",
    .probe = probe,
    .open = open_png,
    .keeps = rst_png_keeps,
    .compressions = compressions,
    .create = rst_png_create};
