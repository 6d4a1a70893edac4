/* Deflating a band.
 *
 * Bands are deflated apart from each other, and meet at byte boundaries: each but the last ends with an empty stored
 * block that is not final. No band refers to bytes of another one, which costs some tenths of a percent, so each may be
 * filtered and deflated in the way that suits it: photographs want filters, and no search for strings at all; drawings
 * and screens want the search, and often no filters; noise is best stored. Some samples of the band are deflated in
 * every way, and the smallest way is taken.
 */
#include "codecs/png/deflate.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "codecs/png/put.h"
#include "raster/base/size.h"

enum {
    WINDOW = 32 << 10,  /* how far back deflate looks */
    SAMPLE = 8 << 10,   /* bytes of a sample, beside the window before it */
    SAMPLES = 4,        /* of a band */
    TAKE = 64 << 10,    /* filtered bytes that are deflated together */
    CHUNK = 2 << 20,    /* data of a chunk, at most */
    PLAIN_LEVEL = 6,    /* where no level is asked for: of bytes that are not filtered */
    FILTERED_LEVEL = 4, /* ... and of those that are, which a long search does not make much smaller */
    THOROUGH_LEVEL = 7, /* from here on time does not count */
    STORE_NUMBER = 199, /* what does not get smaller than 199/200 is stored */
    STORE_DENOMINATOR = 200
};

struct way {
    bool filter;
    int level, strategy;
};

struct sample {
    unsigned char *bytes;
    size_t first, end; /* what is before the first byte is there for the window alone */
};

struct rst_png_deflate {
    int level;
    z_stream stream;
    struct rst_png_rows rows;
    struct sample sample[2][SAMPLES]; /* not filtered, and filtered */
    int samples;
    unsigned char bytes[2][SAMPLES * (WINDOW + SAMPLE)];
    unsigned char waste[TAKE]; /* what samples become */
};

enum rst_status rst_png_deflate_open(int level, struct rst_png_deflate **out, struct rst_error *err)
{
    struct rst_png_deflate *self = calloc(1, sizeof *self);
    *out = NULL;
    if (self) {
        self->level = level;
        if (deflateInit2(&self->stream, 1, Z_DEFLATED, -MAX_WBITS, MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY) == Z_OK) {
            *out = self;
            return RST_OK;
        }
        free(self);
    }
    return rst_fail(err, RST_E_NOMEM, "no memory for deflate");
}

void rst_png_deflate_close(struct rst_png_deflate *self)
{
    if (!self) return;
    deflateEnd(&self->stream);
    free(self);
}

uint64_t rst_png_deflate_bytes(void)
{
    enum { ZLIB = 464 << 10 }; /* a window, its links, 64 Ki hashes, 32 Ki symbols to come */
    return sizeof(struct rst_png_deflate) + ZLIB;
}

/* Room for the data of a chunk that begins a band of so many bytes. */
static uint64_t chunk_room(uint64_t bytes)
{
    return (uint64_t)rst_min64(CHUNK, (int64_t)(bytes + bytes / 64 + WINDOW));
}

uint64_t rst_png_deflate_most(uint64_t bytes)
{
    uint64_t room = chunk_room(bytes), all = bytes + bytes / 64 + WINDOW;
    return (all + room - 1) / room * (room + RST_PNG_AROUND);
}

/* The stream, as new. */
static void restart(struct rst_png_deflate *self, struct way way)
{
    z_stream *stream = &self->stream;
    deflateReset(stream);
    stream->next_in = self->waste;
    stream->avail_in = 0;
    stream->next_out = self->waste;
    stream->avail_out = sizeof self->waste;
    deflateParams(stream, way.level, way.strategy);
}

/* Takes filtered bytes from byte `at` of the band on, as many as there are up to `most`. */
static size_t take_from(struct rst_png_deflate *self, const struct rst_png_band *band, bool filter, uint64_t at,
                        unsigned char *to, size_t most)
{
    uint64_t row = rst_png_band_bytes(band) / (uint64_t)band->view.height;
    uint64_t step = (row - 1) / (uint64_t)band->view.width, x = at % row / step;
    size_t size = 0, got;
    x -= x == (uint64_t)band->view.width;
    rst_png_rows_start(&self->rows, band, filter, (int64_t)(at / row), (int64_t)x);
    while (most - size >= RST_PNG_TAKE && (got = rst_png_rows_take(&self->rows, to + size, most - size)) > 0)
        size += got;
    return size;
}

/* Filters samples from all over the band; a band that is hardly larger than they are is a sample as a whole. */
static void take_samples(struct rst_png_deflate *self, const struct rst_png_band *band)
{
    uint64_t bytes = rst_png_band_bytes(band), part = bytes / (2 * (uint64_t)SAMPLES);
    bool whole = bytes <= sizeof self->bytes[0] - RST_PNG_TAKE;
    self->samples = whole ? 1 : SAMPLES;
    for (int filter = 0; filter < 2; filter++)
        for (int i = 0; i < self->samples; i++) {
            struct sample *sample = &self->sample[filter][i];
            uint64_t at = whole ? 0 : part * (2 * (uint64_t)i + 1) - (WINDOW + SAMPLE) / 2;
            sample->bytes = self->bytes[filter] + (size_t)i * (WINDOW + SAMPLE);
            sample->end = take_from(self, band, filter != 0, at, sample->bytes,
                                    whole ? sizeof self->bytes[0] : (size_t)(WINDOW + SAMPLE));
            sample->first = whole || sample->end <= SAMPLE ? 0 : sample->end - SAMPLE;
        }
}

/* What the samples come to in this way. */
static size_t try_way(struct rst_png_deflate *self, struct way way)
{
    z_stream *stream = &self->stream;
    size_t total = 0;
    for (int i = 0; i < self->samples; i++) {
        const struct sample *sample = &self->sample[way.filter][i];
        restart(self, way);
        if (sample->first > 0 && way.strategy != Z_RLE && way.strategy != Z_HUFFMAN_ONLY)
            deflateSetDictionary(stream, sample->bytes, (uInt)sample->first);
        stream->next_in = sample->bytes + sample->first;
        stream->avail_in = (uInt)(sample->end - sample->first);
        do {
            stream->next_out = self->waste;
            stream->avail_out = sizeof self->waste;
            deflate(stream, Z_SYNC_FLUSH);
            total += sizeof self->waste - stream->avail_out;
        } while (stream->avail_out == 0);
    }
    return total;
}

/* Puts the way in the place of the best one if it is better: ways that come first are faster. */
static void consider(struct rst_png_deflate *self, struct way way, struct way *best, size_t *least)
{
    size_t size = try_way(self, way);
    if (size >= *least) return;
    *least = size;
    *best = way;
}

/* All pixels are the same: margins, and what an image has no data for. */
static bool is_uniform(const struct rst_view *view)
{
    size_t sample = rst_type_size(view->type), step = (size_t)view->bands * sample;
    if (view->pixel_stride != (ptrdiff_t)step || (view->bands > 1 && view->band_stride != (ptrdiff_t)sample))
        return false;
    for (int64_t y = 0; y < view->height; y++) {
        const unsigned char *row = rst_view_at(view, 0, y, 0);
        if (memcmp(row, view->data, step) != 0 || memcmp(row, row + step, ((size_t)view->width - 1) * step) != 0)
            return false;
    }
    return true;
}

/* The way that makes the samples smallest. A thorough search for strings is slow where there are few, so a hasty one
 * tells whether it is worth trying. */
static struct way choose_way(struct rst_png_deflate *self, const struct rst_png_band *band)
{
    if (is_uniform(&band->view)) return (struct way){true, 1, Z_RLE};
    take_samples(self, band);
    size_t least = SIZE_MAX, raw = 0;
    struct way best = {true, 1, Z_RLE};
    for (int i = 0; i < self->samples; i++)
        raw += self->sample[0][i].end - self->sample[0][i].first;
    consider(self, (struct way){true, 1, Z_RLE}, &best, &least);
    consider(self, (struct way){false, 1, Z_RLE}, &best, &least);
    bool dense = least > raw / 3;
    if (dense && best.filter) consider(self, (struct way){true, 1, Z_HUFFMAN_ONLY}, &best, &least);
    size_t worth = least + least / 32;
    for (int filter = 0; filter < 2; filter++) {
        int level = self->level ? self->level : filter ? FILTERED_LEVEL : PLAIN_LEVEL;
        struct way hasty = {filter != 0, 1, Z_DEFAULT_STRATEGY};
        if (dense && level < THOROUGH_LEVEL && try_way(self, hasty) > worth) continue;
        consider(self, (struct way){filter != 0, level, Z_DEFAULT_STRATEGY}, &best, &least);
        if (level >= THOROUGH_LEVEL) consider(self, (struct way){filter != 0, level, Z_FILTERED}, &best, &least);
    }
    if (least * STORE_DENOMINATOR >= raw * STORE_NUMBER) return (struct way){false, 0, Z_DEFAULT_STRATEGY};
    return best;
}

/* The chunk that is being filled: behind what `out` has. */
struct open_chunk {
    struct rst_bytes *out;
    unsigned char *at;
    size_t size, room; /* of its data */
};

static bool open_chunk(struct open_chunk *chunk, size_t room)
{
    chunk->at = rst_bytes_room(chunk->out, RST_PNG_AROUND + room);
    chunk->size = 0;
    chunk->room = room;
    return chunk->at != NULL;
}

static void close_chunk(struct open_chunk *chunk)
{
    if (chunk->size == 0) return;
    rst_png_chunk_close(chunk->at, "IDAT", chunk->size);
    chunk->out->size += RST_PNG_AROUND + chunk->size;
}

/* Deflates all input of the stream. */
static bool pump(struct open_chunk *chunk, z_stream *stream, int flush)
{
    do {
        if (chunk->size == chunk->room) {
            close_chunk(chunk);
            if (!open_chunk(chunk, chunk->room)) return false;
        }
        size_t room = chunk->room - chunk->size;
        stream->next_out = chunk->at + RST_PNG_BEFORE + chunk->size;
        stream->avail_out = (uInt)room;
        deflate(stream, flush);
        chunk->size += room - stream->avail_out;
    } while (stream->avail_out == 0);
    return true;
}

enum rst_status rst_png_deflate_band(struct rst_png_deflate *self, const struct rst_png_band *band, bool last,
                                     struct rst_bytes *out, uint32_t *adler, struct rst_error *err)
{
    static const unsigned char zlib_head[] = {0x78, 0x9c}; /* deflate with a window of 32 KiB, no dictionary */
    uint64_t left = rst_png_band_bytes(band);
    struct open_chunk chunk = {.out = out};
    z_stream *stream = &self->stream;
    uLong sum = adler32(0, NULL, 0);

    struct way way = choose_way(self, band);
    restart(self, way);
    bool done = open_chunk(&chunk, (size_t)chunk_room(left));
    if (done && band->first) {
        memcpy(chunk.at + RST_PNG_BEFORE, zlib_head, sizeof zlib_head);
        chunk.size = sizeof zlib_head;
    }
    rst_png_rows_start(&self->rows, band, way.filter, 0, 0);
    while (done && left > 0) {
        size_t size = rst_png_rows_take(&self->rows, self->bytes[0], TAKE);
        sum = adler32(sum, self->bytes[0], (uInt)size);
        left -= size;
        stream->next_in = self->bytes[0];
        stream->avail_in = (uInt)size;
        done = pump(&chunk, stream, left > 0 ? Z_NO_FLUSH : last ? Z_FINISH : Z_SYNC_FLUSH);
    }
    if (!done) return rst_fail(err, RST_E_NOMEM, "no memory for %zu bytes of deflated samples", out->size);
    close_chunk(&chunk);
    *adler = (uint32_t)sum;
    return RST_OK;
}
