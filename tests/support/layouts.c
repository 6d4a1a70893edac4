/* Makes rasters in every layout, sample by sample: slow, and plain enough to be the reference for what is tested. */
#include "tests/support/layouts.h"

#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { STRIP_ROWS = 7, GAP = 13, FILLER = 0xA5 };

static const char *const names[LAYOUT_KINDS] = {
    [LAYOUT_STRIPS] = "strips",
    [LAYOUT_STRIPS_GAPS] = "strips with gaps",
    [LAYOUT_TILES_16] = "tiles 16x16",
    [LAYOUT_TILES_64X32] = "tiles 64x32",
    [LAYOUT_PLANAR_TILES] = "planar tiles",
    [LAYOUT_PLANAR_STRIPS] = "planar strips",
    [LAYOUT_BIP] = "bip",
    [LAYOUT_BIL] = "bil",
    [LAYOUT_BSQ] = "bsq",
    [LAYOUT_SWAPPED_BIP] = "foreign order bip",
    [LAYOUT_SWAPPED_TILES] = "foreign order tiles",
    [LAYOUT_ODD] = "odd offset and strides",
};

const char *layout_name(enum layout_kind kind)
{
    return names[kind];
}

uint64_t layout_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

uint64_t layout_seed(void)
{
    const char *text = getenv("RASTER_TEST_SEED");
    uint64_t seed = text ? strtoull(text, NULL, 0) : 20240229;
    printf("RASTER_TEST_SEED=%" PRIu64 "\n", seed);
    return seed;
}

union rst_sample layout_noise(uint64_t seed, enum rst_type type, int64_t x, int64_t y, int32_t band)
{
    uint64_t state = seed ^ ((uint64_t)x * UINT64_C(0xD6E8FEB86659FD93));
    state = layout_random(&state) ^ (uint64_t)y;
    state = layout_random(&state) ^ (uint64_t)(uint32_t)band;
    union rst_sample sample = {.u64 = layout_random(&state)};
    double real = (double)(sample.u64 % 2000001) / 1000.0 - 1000.0;
    if (type == RST_F32) sample = (union rst_sample){.f32 = (float)real};
    if (type == RST_F64) sample.f64 = real;
    return sample;
}

/* Gives every block its offset, `gap` bytes between two, in descending order where `backwards`. Returns the end. */
static uint64_t place_blocks(struct rst_layout *layout, uint64_t start, uint64_t block_bytes, uint64_t gap,
                             bool backwards)
{
    uint64_t count =
        (uint64_t)rst_layout_columns(layout) * (uint64_t)rst_layout_rows(layout) * (uint64_t)layout->planes;
    layout->offsets = calloc(count, sizeof *layout->offsets);
    assert_non_null(layout->offsets);
    for (uint64_t i = 0; i < count; i++)
        layout->offsets[i] = start + (backwards ? count - 1 - i : i) * (block_bytes + gap);
    return start + count * (block_bytes + gap);
}

/* Blocks of width x height pixels, chunky or planar; returns the file's length. */
static uint64_t lay_blocks(struct rst_layout *layout, int64_t width, int64_t height, bool tiles, bool planar,
                           uint64_t gap, bool backwards)
{
    int64_t size = (int64_t)rst_type_size(layout->type);
    layout->block_width = width;
    layout->block_height = height;
    layout->tail = tiles;
    layout->strip_rows = tiles ? 0 : height;
    layout->planes = planar ? layout->bands : 1;
    layout->pixel_stride = planar ? size : size * layout->bands;
    layout->row_stride = layout->pixel_stride * width;
    layout->band_stride = size;
    return place_blocks(layout, 16, (uint64_t)(layout->row_stride * height), gap, backwards);
}

static uint64_t lay_whole(struct rst_layout *layout, uint64_t start, int64_t pixel, int64_t row, int64_t band)
{
    layout->block_width = layout->width;
    layout->block_height = layout->height;
    layout->planes = 1;
    layout->pixel_stride = pixel;
    layout->row_stride = row;
    layout->band_stride = band;
    int64_t last = (layout->width - 1) * pixel + (layout->height - 1) * row + (layout->bands - 1) * band;
    return place_blocks(layout, start, (uint64_t)last + rst_type_size(layout->type), 0, false);
}

static int64_t next_odd(int64_t n)
{
    return n + 1 + n % 2;
}

static uint64_t lay(struct rst_layout *layout, enum layout_kind kind)
{
    int64_t size = (int64_t)rst_type_size(layout->type), width = layout->width, bands = layout->bands;
    int64_t odd = next_odd(size * bands);
    layout->swapped = kind == LAYOUT_SWAPPED_BIP || kind == LAYOUT_SWAPPED_TILES;
    switch (kind) {
    case LAYOUT_STRIPS:
        return lay_blocks(layout, width, STRIP_ROWS, false, false, 0, false);
    case LAYOUT_STRIPS_GAPS:
        return lay_blocks(layout, width, STRIP_ROWS, false, false, GAP, true);
    case LAYOUT_TILES_16:
    case LAYOUT_SWAPPED_TILES:
        return lay_blocks(layout, 16, 16, true, false, 0, false);
    case LAYOUT_TILES_64X32:
        return lay_blocks(layout, 64, 32, true, false, 0, false);
    case LAYOUT_PLANAR_TILES:
        return lay_blocks(layout, 16, 16, true, true, 0, false);
    case LAYOUT_PLANAR_STRIPS:
        return lay_blocks(layout, width, STRIP_ROWS, false, true, GAP, false);
    case LAYOUT_BIL:
        return lay_whole(layout, 64, size, size * width * bands, size * width);
    case LAYOUT_BSQ:
        return lay_whole(layout, 64, size, size * width, size * width * layout->height);
    case LAYOUT_ODD:
        return lay_whole(layout, 1001, odd, next_odd(odd * width), size);
    case LAYOUT_BIP:
    case LAYOUT_SWAPPED_BIP:
    default:
        return lay_whole(layout, 4096, size * bands, size * bands * width, size);
    }
}

/* Where the first byte of a sample lies in the file; RST_NO_BLOCK where it is not stored. */
static uint64_t place_of(const struct rst_layout *layout, int64_t x, int64_t y, int32_t band)
{
    int64_t columns = rst_layout_columns(layout), rows = rst_layout_rows(layout);
    int64_t plane = layout->planes == 1 ? 0 : band, inner = layout->planes == 1 ? band : 0;
    int64_t block = (plane * rows + y / layout->block_height) * columns + x / layout->block_width;
    if (layout->offsets[block] == RST_NO_BLOCK) return RST_NO_BLOCK;
    return layout->offsets[block] +
           (uint64_t)(x % layout->block_width * layout->pixel_stride + y % layout->block_height * layout->row_stride +
                      inner * layout->band_stride);
}

static void copy_sample(unsigned char *to, const unsigned char *from, size_t size, bool swapped)
{
    for (size_t i = 0; i < size; i++)
        to[i] = from[swapped ? size - 1 - i : i];
}

static void write_noise(int descriptor, const struct rst_layout *layout, uint64_t length, uint64_t seed)
{
    size_t size = rst_type_size(layout->type);
    unsigned char *bytes = malloc(length);
    assert_non_null(bytes);
    memset(bytes, FILLER, length);
    for (int64_t y = 0; y < layout->height; y++)
        for (int64_t x = 0; x < layout->width; x++)
            for (int32_t band = 0; band < layout->bands; band++) {
                union rst_sample sample = layout_noise(seed, layout->type, x, y, band);
                copy_sample(bytes + place_of(layout, x, y, band), sample.bytes, size, layout->swapped);
            }
    for (uint64_t done = 0; done < length;) {
        ssize_t written = write(descriptor, bytes + done, length - done);
        if (written <= 0) fail_msg("writing a test image failed");
        done += (uint64_t)written;
    }
    free(bytes);
}

/* Metadata that make a raster's shape this one. */
static struct rst_meta meta_of(const struct rst_shape *shape)
{
    struct rst_meta meta = {.has_nodata = shape->has_nodata,
                            .nodata = shape->nodata,
                            .photometric = shape->palette ? RST_PHOTOMETRIC_PALETTE : RST_PHOTOMETRIC_BLACK_IS_ZERO};
    if (shape->alpha < 0 && shape->opacity < 0) return meta;
    meta.extra_samples = calloc((size_t)shape->bands, sizeof *meta.extra_samples);
    assert_non_null(meta.extra_samples);
    meta.extra_sample_count = (size_t)shape->bands;
    if (shape->opacity >= 0) meta.extra_samples[shape->opacity] = RST_EXTRA_ASSOCIATED_ALPHA;
    if (shape->alpha >= 0) meta.extra_samples[shape->alpha] = RST_EXTRA_UNASSOCIATED_ALPHA;
    return meta;
}

static struct rst_raster *make(int descriptor, const char *path, enum layout_kind kind, enum rst_mode mode,
                               const struct rst_shape *shape, uint64_t seed)
{
    struct rst_error err = {0};
    struct rst_raster *raster = NULL;
    struct rst_meta meta = meta_of(shape);
    struct rst_raster_parts parts = {.path = path, .format = "noise", .meta = &meta};
    parts.layout.type = shape->type;
    parts.layout.width = shape->width;
    parts.layout.height = shape->height;
    parts.layout.bands = shape->bands;
    uint64_t length = lay(&parts.layout, kind);
    write_noise(descriptor, &parts.layout, length, seed);
    if (kind == LAYOUT_STRIPS) rst_layout_merge(&parts.layout);
    if (rst_map_adopt(descriptor, path, mode, 0, 0, &parts.map, &err) != RST_OK ||
        rst_raster_new(&parts, &raster, &err) != RST_OK)
        fail_msg("%s: %s", layout_name(kind), err.message);
    rst_layout_clear(&parts.layout);
    rst_meta_clear(&meta);
    return raster;
}

struct rst_raster *layout_make(enum layout_kind kind, enum rst_mode mode, const struct rst_shape *shape, uint64_t seed)
{
    const char *directory = getenv("TMPDIR");
    char path[4096];
    snprintf(path, sizeof path, "%s/raster-test-XXXXXX", directory ? directory : "/tmp");
    int descriptor = mkstemp(path);
    if (descriptor < 0) fail_msg("%s: no temporary file can be made", path);
    unlink(path);
    return make(descriptor, path, kind, mode, shape, seed);
}

struct rst_raster *layout_make_at(const char *path, enum layout_kind kind, enum rst_mode mode,
                                  const struct rst_shape *shape, uint64_t seed)
{
    int descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0) fail_msg("%s: cannot be made", path);
    return make(descriptor, path, kind, mode, shape, seed);
}

union rst_sample layout_sample(const struct rst_raster *raster, int64_t x, int64_t y, int32_t band)
{
    const struct rst_layout *layout = rst_raster_layout(raster);
    const struct rst_meta *meta = rst_raster_meta(raster);
    union rst_sample sample = {0};
    uint64_t place = place_of(layout, x, y, band);
    if (place == RST_NO_BLOCK) return meta->has_nodata ? meta->nodata : sample;
    const unsigned char *data = rst_map_data(rst_raster_map(raster));
    copy_sample(sample.bytes, data + place, rst_type_size(layout->type), layout->swapped);
    return sample;
}

void *layout_pixels(const struct rst_raster *raster)
{
    const struct rst_layout *layout = rst_raster_layout(raster);
    size_t size = rst_type_size(layout->type);
    unsigned char *pixels = malloc((size_t)layout->width * (size_t)layout->height * (size_t)layout->bands * size);
    assert_non_null(pixels);
    unsigned char *at = pixels;
    for (int64_t y = 0; y < layout->height; y++)
        for (int64_t x = 0; x < layout->width; x++)
            for (int32_t band = 0; band < layout->bands; band++, at += size)
                memcpy(at, layout_sample(raster, x, y, band).bytes, size);
    return pixels;
}

void *layout_file_bytes(const struct rst_raster *raster, uint64_t *length)
{
    int descriptor = rst_map_descriptor(rst_raster_map(raster));
    struct stat file;
    assert_int_equal(fstat(descriptor, &file), 0);
    char *bytes = malloc((size_t)file.st_size + 1);
    assert_non_null(bytes);
    for (off_t done = 0; done < file.st_size;) {
        ssize_t got = pread(descriptor, bytes + done, (size_t)(file.st_size - done), done);
        if (got <= 0) fail_msg("reading a test image back failed");
        done += got;
    }
    if (length) *length = (uint64_t)file.st_size;
    return bytes;
}
