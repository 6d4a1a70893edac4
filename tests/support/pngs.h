/* PNGs for tests: written and read by libpng alone, or put together from chunks by hand. */
#ifndef TESTS_SUPPORT_PNGS_H
#define TESTS_SUPPORT_PNGS_H

#include <png.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

#include "codecs/codecs.h"
#include "raster/base/bytes.h"
#include "raster/image/raster.h"
#include "tests/support/files.h"
#include "tests/support/layouts.h"

struct pngs_form {
    uint32_t width, height;
    int depth, color; /* PNG_COLOR_TYPE_* */
    bool interlaced, transparent;
    int filters; /* PNG_FILTER_* as a mask; 0: libpng's choice */
    int level;   /* of compression */
};

static inline int pngs_channels(int color)
{
    return color == PNG_COLOR_TYPE_RGB          ? 3
           : color == PNG_COLOR_TYPE_GRAY_ALPHA ? 2
           : color == PNG_COLOR_TYPE_RGB_ALPHA  ? 4
                                                : 1;
}

static inline void pngs_complain(png_structp png, png_const_charp message)
{
    (void)message;
    longjmp(png_jmpbuf(png), 1);
}

static inline void pngs_keep_quiet(png_structp png, png_const_charp message)
{
    (void)png, (void)message;
}

static inline void pngs_set_tables(png_structp png, png_infop info, const struct pngs_form *form)
{
    png_color colors[256] = {{0}};
    png_byte alphas[256];
    int entries = 1 << (form->depth < 8 ? form->depth : 8);
    for (int i = 0; i < entries; i++) {
        colors[i] = (png_color){(png_byte)(i * 7), (png_byte)(255 - i), (png_byte)(i * i)};
        alphas[i] = (png_byte)(i * 31);
    }
    if (form->color == PNG_COLOR_TYPE_PALETTE) png_set_PLTE(png, info, colors, entries);
    if (!form->transparent) return;
    png_uint_16 one = 1;
    png_color_16 key = {.gray = one, .red = one, .green = one, .blue = one};
    if (form->color == PNG_COLOR_TYPE_PALETTE)
        png_set_tRNS(png, info, alphas, (entries + 1) / 2, NULL);
    else
        png_set_tRNS(png, info, NULL, 0, &key);
}

/* A row of bytes: runs of small steps, so that there is something to compress, and of ones, which is what the
 * transparent colour is. */
static inline void pngs_fill_row(unsigned char *row, size_t size, int depth, uint64_t *random)
{
    unsigned value = 0;
    for (size_t i = 0; i < size; i++) {
        uint64_t draw = layout_random(random);
        value += draw & 3;
        row[i] = (unsigned char)(draw >> 8 & 7 ? value : draw >> 16);
        if ((i / 24) % 4 == 1) row[i] = (unsigned char)(depth == 16 ? i & 1 : 1);
    }
}

static inline void pngs_write(const char *path, const struct pngs_form *form, uint64_t seed)
{
    size_t size = ((size_t)form->width * (size_t)(form->depth * pngs_channels(form->color)) + 7) / 8;
    unsigned char *bytes = malloc(size * form->height);
    unsigned char **rows = malloc(form->height * sizeof *rows);
    FILE *file = fopen(path, "wb");
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, pngs_complain, pngs_keep_quiet);
    png_infop info = png_create_info_struct(png);
    if (!bytes || !rows || !file || !info) abort();
    if (setjmp(png_jmpbuf(png))) fail_msg("%s: libpng cannot write it", path);
    for (uint32_t y = 0; y < form->height; y++) {
        rows[y] = bytes + y * size;
        pngs_fill_row(rows[y], size, form->depth, &seed);
    }
    png_init_io(png, file);
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_IHDR(png, info, form->width, form->height, form->depth, form->color,
                 form->interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    pngs_set_tables(png, info, form);
    if (form->filters) png_set_filter(png, PNG_FILTER_TYPE_BASE, form->filters);
    png_set_compression_level(png, form->level);
    png_write_info(png, info);
    png_write_image(png, rows);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    assert_int_equal(fclose(file), 0);
    free(rows);
    free(bytes);
}

/* What libpng makes of a file: gray of a byte at least, indices where nothing is transparent. */
struct pngs_image {
    uint32_t width, height;
    int bands, size;        /* bytes of a sample, 1 or 2, in this machine's order */
    unsigned char *samples; /* owned */
    char message[128];      /* why it cannot be read */
};

static inline void pngs_take_message(png_structp png, png_const_charp message)
{
    struct pngs_image *image = png_get_error_ptr(png);
    snprintf(image->message, sizeof image->message, "%s", message);
    longjmp(png_jmpbuf(png), 1);
}

static inline void pngs_set_transforms(png_structp png, png_infop info)
{
    int color = png_get_color_type(png, info);
    if (png_get_valid(png, info, PNG_INFO_tRNS))
        png_set_expand(png);
    else if (color == PNG_COLOR_TYPE_GRAY)
        png_set_expand_gray_1_2_4_to_8(png);
    png_set_packing(png);
    if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) png_set_swap(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
}

/* To be freed by the caller: samples, whatever the outcome. */
static inline bool pngs_read(const char *path, struct pngs_image *image)
{
    *image = (struct pngs_image){0};
    FILE *file = fopen(path, "rb");
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, image, pngs_take_message, pngs_keep_quiet);
    png_infop info = png_create_info_struct(png);
    unsigned char **volatile rows = NULL;
    volatile bool good = false;
    if (!file || !info) abort();
    if (!setjmp(png_jmpbuf(png))) {
        png_init_io(png, file);
        png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
        png_read_info(png, info);
        pngs_set_transforms(png, info);
        image->width = png_get_image_width(png, info);
        image->height = png_get_image_height(png, info);
        image->bands = png_get_channels(png, info);
        image->size = png_get_bit_depth(png, info) / 8;
        size_t row = png_get_rowbytes(png, info);
        if (row * image->height > 1 << 28) png_error(png, "larger than tests are");
        image->samples = calloc(image->height, row);
        rows = malloc(image->height * sizeof *rows);
        if (!image->samples || !rows) abort();
        for (uint32_t y = 0; y < image->height; y++)
            rows[y] = image->samples + y * row;
        png_read_image(png, rows);
        good = true;
    }
    png_destroy_read_struct(&png, &info, NULL);
    fclose(file);
    free(rows);
    return good;
}

/* The raster holds what libpng reads from its file. */
static inline bool pngs_is_equal(const struct rst_raster *raster, const struct pngs_image *image, struct rst_error *err)
{
    struct rst_shape shape = rst_raster_shape(raster);
    size_t size = (size_t)(shape.width * shape.height) * (size_t)shape.bands * rst_type_size(shape.type);
    if (shape.width != image->width || shape.height != image->height || shape.bands != image->bands ||
        rst_type_size(shape.type) != (size_t)image->size)
        return false;
    void *have = malloc(size);
    if (!have) abort();
    struct rst_view view = rst_view_packed(have, shape.type, shape.width, shape.height, shape.bands);
    bool equal = rst_raster_read(raster, 0, 0, NULL, &view, err) == RST_OK && memcmp(have, image->samples, size) == 0;
    free(have);
    return equal;
}

/* rst_open() reads what libpng reads. */
static inline void pngs_assert_reads(const char *path)
{
    struct pngs_image image;
    struct rst_raster *raster = NULL;
    struct rst_error err = {0};
    if (!pngs_read(path, &image)) fail_msg("libpng: %s", image.message);
    if (rst_open(path, RST_READ, NULL, &raster, &err) != RST_OK) fail_msg("%s", err.message);
    assert_string_equal(rst_raster_format(raster), "PNG");
    assert_string_equal(rst_raster_unmapped(raster), "compressed (deflate)");
    if (!pngs_is_equal(raster, &image, &err)) fail_msg("not what libpng reads: %s", err.message);
    rst_close(&raster);
    free(image.samples);
}

/* Files made by hand: the signature, then chunk after chunk. */
static inline void pngs_begin(struct rst_bytes *file)
{
    file->size = 0;
    assert_true(rst_bytes_append(file, "\x89PNG\r\n\x1a\n", 8));
}

static inline void pngs_put32(unsigned char *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (unsigned char)(value >> (24 - 8 * i));
}

static inline void pngs_add(struct rst_bytes *file, const char *type, const void *data, size_t size)
{
    unsigned char head[8], tail[4];
    pngs_put32(head, (uint32_t)size);
    memcpy(head + 4, type, 4);
    uLong crc = crc32(0, head + 4, 4);
    if (size > 0) crc = crc32(crc, data, (uInt)size);
    pngs_put32(tail, (uint32_t)crc);
    assert_true(rst_bytes_append(file, head, sizeof head));
    assert_true(rst_bytes_append(file, data, size));
    assert_true(rst_bytes_append(file, tail, sizeof tail));
}

static inline void pngs_add_header(struct rst_bytes *file, uint32_t width, uint32_t height, int depth, int color)
{
    unsigned char header[13] = {0};
    pngs_put32(header, width);
    pngs_put32(header + 4, height);
    header[8] = (unsigned char)depth;
    header[9] = (unsigned char)color;
    pngs_add(file, "IHDR", header, sizeof header);
}

/* One IDAT chunk that holds these bytes, deflated. */
static inline void pngs_add_data(struct rst_bytes *file, const void *bytes, size_t size)
{
    uLongf length = compressBound((uLong)size);
    unsigned char *deflated = malloc(length);
    assert_non_null(deflated);
    assert_int_equal(compress(deflated, &length, bytes, (uLong)size), Z_OK);
    pngs_add(file, "IDAT", deflated, length);
    free(deflated);
}

static inline void pngs_store(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* Cuts the data of IDAT chunks anew, `size` bytes to a chunk, with one empty chunk among them. */
static inline void pngs_cut(const char *path, size_t size)
{
    size_t length;
    unsigned char *old = files_read(path, &length);
    struct rst_bytes file = {0}, data = {0};
    assert_non_null(old);
    pngs_begin(&file);
    for (size_t at = 8; at < length;) {
        uint32_t count =
            (uint32_t)old[at] << 24 | (uint32_t)old[at + 1] << 16 | (uint32_t)old[at + 2] << 8 | old[at + 3];
        const char *type = (const char *)old + at + 4;
        if (memcmp(type, "IDAT", 4) == 0) {
            assert_true(rst_bytes_append(&data, type + 4, count));
        } else {
            for (size_t from = 0; from < data.size; from += size) {
                if (from == size) pngs_add(&file, "IDAT", NULL, 0);
                pngs_add(&file, "IDAT", data.data + from, data.size - from < size ? data.size - from : size);
            }
            data.size = 0;
            pngs_add(&file, type, type + 4, count);
        }
        at += 12 + count;
    }
    pngs_store(path, file.data, file.size);
    rst_bytes_clear(&file);
    rst_bytes_clear(&data);
    free(old);
}

#endif
