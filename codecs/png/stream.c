/* Reading IDAT chunks as one stream.
 *
 * The file is read in pieces. In a piece the data of chunks are moved together over the headers and CRCs between them,
 * so that however short chunks are, the inflater gets long runs of input; and it gets room for many rows at a time, as
 * both its libraries keep 32 KiB of history aside at the end of each call. Every chunk's CRC is checked when its last
 * byte has been read.
 */
#include "codecs/png/stream.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/png/inflate.h"
#include "raster/base/size.h"

enum { IN_SIZE = 128 << 10, OUT_SIZE = 256 << 10 };

struct rst_png_stream {
    const struct rst_png_file *file;
    struct rst_png_inflate inflate;
    uint64_t at;                 /* of the next byte to be read from the file */
    struct rst_png_chunk chunk;  /* that this byte belongs to */
    uint32_t left, crc;          /* of the chunk: bytes to come, the CRC so far */
    bool done;                   /* all of the chunks have been read */
    unsigned char *in, *out;     /* owned */
    size_t capacity, from, size; /* of `out`: what is to be taken lies at `from` */
    uint64_t taken;
};

/* The chunk that begins at `at`, whose first RST_PNG_BEFORE bytes are there. */
static void begin_chunk(struct rst_png_stream *stream, uint64_t at, const unsigned char *bytes)
{
    stream->chunk = (struct rst_png_chunk){.at = at, .length = rst_png_get32(bytes)};
    memcpy(stream->chunk.type, bytes + 4, 4);
    stream->left = stream->chunk.length;
    stream->crc = rst_png_crc(0, stream->chunk.type, 4);
    stream->done = !rst_png_chunk_is(&stream->chunk, "IDAT");
}

enum rst_status rst_png_stream_open(const struct rst_png_file *file, uint64_t idat, size_t most,
                                    struct rst_png_stream **out, struct rst_error *err)
{
    uint64_t capacity;
    unsigned char head[RST_PNG_BEFORE];
    *out = NULL;
    struct rst_png_stream *stream = calloc(1, sizeof *stream);
    if (stream && rst_add(most, OUT_SIZE + RST_PNG_SLACK, &capacity) && capacity <= SIZE_MAX) {
        stream->in = malloc(IN_SIZE);
        stream->out = malloc((size_t)capacity);
        stream->capacity = (size_t)capacity - RST_PNG_SLACK;
    }
    if (!stream || !stream->in || !stream->out || !rst_png_inflate_open(&stream->inflate)) {
        rst_png_stream_close(&stream);
        return rst_fail(err, RST_E_NOMEM, "%s: no memory to decode rows of %zu bytes", file->path, most);
    }
    enum rst_status status = rst_png_read_at(file, idat, head, sizeof head, err);
    if (status != RST_OK) {
        rst_png_stream_close(&stream);
        return status;
    }
    stream->file = file;
    stream->at = idat + sizeof head;
    begin_chunk(stream, idat, head);
    *out = stream;
    return RST_OK;
}

void rst_png_stream_close(struct rst_png_stream **stream)
{
    if (!*stream) return;
    rst_png_inflate_close(&(*stream)->inflate);
    free((*stream)->in);
    free((*stream)->out);
    free(*stream);
    *stream = NULL;
}

uint64_t rst_png_stream_bytes(uint64_t most)
{
    enum { INFLATE = 96 << 10 }; /* ISA-L's state; zlib's is smaller */
    return sizeof(struct rst_png_stream) + IN_SIZE + OUT_SIZE + RST_PNG_SLACK + most + INFLATE;
}

/* The CRC of the chunk, whose bytes have all been read, stands there; behind it the next chunk. */
static enum rst_status end_chunk(struct rst_png_stream *stream, uint64_t at, const unsigned char *bytes,
                                 struct rst_error *err)
{
    uint32_t crc = rst_png_get32(bytes);
    if (crc != stream->crc)
        return rst_png_chunk_fail(stream->file, &stream->chunk, RST_E_FORMAT, err,
                                  "it is damaged: its CRC is 0x%08" PRIx32 ", computed 0x%08" PRIx32, crc, stream->crc);
    begin_chunk(stream, at + 4, bytes + 4);
    return RST_OK;
}

/* Reads the next piece of the file into `in`, and leaves there what it holds of IDAT data. */
static enum rst_status read_piece(struct rst_png_stream *stream, size_t *size, struct rst_error *err)
{
    uint64_t rest = stream->file->length - stream->at;
    size_t want = rest < IN_SIZE ? (size_t)rest : IN_SIZE, from = 0, to = 0;
    RST_TRY(rst_png_read_at(stream->file, stream->at, stream->in, want, err));
    while (!stream->done) {
        size_t run = want - from < stream->left ? want - from : stream->left;
        memmove(stream->in + to, stream->in + from, run);
        stream->crc = rst_png_crc(stream->crc, stream->in + to, run);
        stream->left -= (uint32_t)run;
        from += run;
        to += run;
        if (stream->left > 0 || want - from < RST_PNG_AROUND) break;
        RST_TRY(end_chunk(stream, stream->at + from, stream->in + from, err));
        from += RST_PNG_AROUND;
    }
    if (from == 0)
        return rst_fail(err, RST_E_TRUNCATED, "%s: it ends at byte %" PRIu64 ", while it is read", stream->file->path,
                        stream->file->length);
    stream->at += from;
    *size = to;
    return RST_OK;
}

static enum rst_status fill_input(struct rst_png_stream *stream, struct rst_error *err)
{
    struct rst_png_inflate *inflate = &stream->inflate;
    while (inflate->in_size == 0 && !stream->done) {
        inflate->in = stream->in;
        RST_TRY(read_piece(stream, &inflate->in_size, err));
    }
    return RST_OK;
}

/* Inflates into the room behind what is there, until `size` bytes are. Less is no error here: *end. */
static enum rst_status fill_output(struct rst_png_stream *stream, size_t size, bool *end, struct rst_error *err)
{
    struct rst_png_inflate *inflate = &stream->inflate;
    memmove(stream->out, stream->out + stream->from, stream->size);
    stream->from = 0;
    *end = false;
    while (stream->size < size && !inflate->ended && !*end) {
        RST_TRY(fill_input(stream, err));
        size_t room = stream->capacity - stream->size, in_size = inflate->in_size;
        inflate->out = stream->out + stream->size;
        inflate->out_size = room;
        const char *wrong = rst_png_inflate_run(inflate);
        stream->size += room - inflate->out_size;
        bool moved = inflate->ended || inflate->in_size < in_size || inflate->out_size < room;
        *end = !moved && in_size == 0;
        if (!wrong && !moved && !*end) wrong = "they cannot be inflated";
        if (wrong)
            return rst_fail(err, RST_E_FORMAT, "%s: the compressed samples before byte %" PRIu64 " are damaged: %s",
                            stream->file->path, stream->at, wrong);
    }
    return RST_OK;
}

enum rst_status rst_png_stream_take(struct rst_png_stream *stream, size_t size, const unsigned char **bytes,
                                    struct rst_error *err)
{
    bool end;
    if (stream->size < size) RST_TRY(fill_output(stream, size, &end, err));
    if (stream->size < size)
        return rst_fail(err, RST_E_TRUNCATED, "%s: its IDAT chunks hold only %" PRIu64 " bytes of samples",
                        stream->file->path, stream->taken + stream->size);
    *bytes = stream->out + stream->from;
    stream->from += size;
    stream->size -= size;
    stream->taken += size;
    return RST_OK;
}

enum rst_status rst_png_stream_finish(struct rst_png_stream *stream, struct rst_error *err)
{
    bool end = false;
    size_t size;
    if (stream->size == 0) RST_TRY(fill_output(stream, 1, &end, err));
    if (end)
        return rst_fail(err, RST_E_TRUNCATED, "%s: its IDAT chunks end before the checksum of the samples",
                        stream->file->path);
    while (!stream->done)
        RST_TRY(read_piece(stream, &size, err));
    return RST_OK;
}
