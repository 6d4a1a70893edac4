/* Rasters for tests: the same seeded noise, stored in every layout that a file can have.
 *
 * The value of a sample depends on the seed and on x, y, band and type alone, so that rasters of one shape and seed
 * hold the same image whatever their layout. What cannot be made ends the running cmocka test.
 */
#ifndef TESTS_SUPPORT_LAYOUTS_H
#define TESTS_SUPPORT_LAYOUTS_H

#include <stdint.h>

#include "raster/image/raster.h"

enum layout_kind {
    LAYOUT_STRIPS,        /* chunky strips of 7 rows, end to end: one block once merged */
    LAYOUT_STRIPS_GAPS,   /* the same with gaps between them, last strip first */
    LAYOUT_TILES_16,      /* chunky 16 x 16 tiles, stored whole at the edges */
    LAYOUT_TILES_64X32,   /* chunky tiles 64 wide and 32 high */
    LAYOUT_PLANAR_TILES,  /* 16 x 16 tiles of one band each */
    LAYOUT_PLANAR_STRIPS, /* strips of 7 rows of one band each, with gaps: never one block */
    LAYOUT_BIP,           /* one block, bands interleaved by pixel */
    LAYOUT_BIL,           /* one block, bands interleaved by line */
    LAYOUT_BSQ,           /* one block, bands one after the other */
    LAYOUT_SWAPPED_BIP,   /* foreign byte order */
    LAYOUT_SWAPPED_TILES, /* foreign byte order, 16 x 16 tiles */
    LAYOUT_ODD,           /* one block at an odd file offset, with odd pixel and row strides */
    LAYOUT_KINDS
};

/* "strips", "tiles 16x16" ... for messages. */
const char *layout_name(enum layout_kind kind);

/* A raster over an unlinked temporary file filled with noise: integers over their whole range, floats in -1000 ... 1000
 * without NaN. Bytes of the file that hold no sample are 0xA5. Its shape is `shape`, with nodata, alpha and palette as
 * they stand there, but no sample is made nodata on purpose. To be closed with rst_close(). */
struct rst_raster *layout_make(enum layout_kind kind, enum rst_mode mode, const struct rst_shape *shape, uint64_t seed);

/* The same over a new file at `path`, which stays. */
struct rst_raster *layout_make_at(const char *path, enum layout_kind kind, enum rst_mode mode,
                                  const struct rst_shape *shape, uint64_t seed);

/* The sample of the noise, in `type`. */
union rst_sample layout_noise(uint64_t seed, enum rst_type type, int64_t x, int64_t y, int32_t band);

/* One sample of a raster, looked up by the layout alone: the slow reference for everything that reads windows. Nodata,
 * else 0, in a block that is not stored. */
union rst_sample layout_sample(const struct rst_raster *raster, int64_t x, int64_t y, int32_t band);

/* All samples that way, packed, bands interleaved by pixel; to be freed with free(). */
void *layout_pixels(const struct rst_raster *raster);

/* All bytes of the file behind the raster, read with pread, not through the mapping: what another process sees of a
 * PRIVATE raster. *length may be NULL. To be freed with free(). */
void *layout_file_bytes(const struct rst_raster *raster, uint64_t *length);

/* A seed from the environment variable RASTER_TEST_SEED, else a fixed one; prints it. */
uint64_t layout_seed(void);

/* The next number of a small generator (splitmix64), for tests that draw cases at random. */
uint64_t layout_random(uint64_t *state);

#endif
