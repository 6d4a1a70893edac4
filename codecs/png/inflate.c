/* The one place that knows which library inflates: ISA-L where the build has it, which takes two thirds of zlib's time,
 * else zlib. Both get the same stream in pieces of any size and must give the same bytes.
 */
#include "codecs/png/inflate.h"

#include <stdlib.h>
#include <string.h>

#if RST_HAVE_ISAL
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#else
#include <zlib.h>
#endif

enum { MOST = 1 << 30 }; /* bytes in one call: both libraries count in 32 bits */

#if RST_HAVE_ISAL

bool rst_png_inflate_open(struct rst_png_inflate *stream)
{
    struct inflate_state *state = malloc(sizeof *state);
    if (!state) return false;
    isal_inflate_init(state);
    state->crc_flag = ISAL_ZLIB;
    stream->state = state;
    return true;
}

void rst_png_inflate_close(struct rst_png_inflate *stream)
{
    free(stream->state);
    stream->state = NULL;
}

static const char *tell(int code, bool in_header)
{
    if (in_header) return "it is no zlib stream";
    switch (code) {
    case ISAL_NEED_DICT:
        return "it needs a dictionary";
    case ISAL_INVALID_BLOCK:
        return "a block has an impossible header";
    case ISAL_INVALID_SYMBOL:
        return "a code that stands for nothing";
    case ISAL_INVALID_LOOKBACK:
        return "a distance reaches back too far";
    case ISAL_INCORRECT_CHECKSUM:
        return "a checksum does not match";
    default:
        return "they cannot be inflated";
    }
}

const char *rst_png_inflate_run(struct rst_png_inflate *stream)
{
    struct inflate_state *state = stream->state;
    uint32_t in = stream->in_size > MOST ? MOST : (uint32_t)stream->in_size;
    uint32_t out = stream->out_size > MOST ? MOST : (uint32_t)stream->out_size;
    state->next_in = (uint8_t *)stream->in; /* which it only reads */
    state->avail_in = in;
    state->next_out = stream->out;
    state->avail_out = out;
    int code = isal_inflate(state);
    stream->in = state->next_in;
    stream->in_size -= in - state->avail_in;
    stream->out = state->next_out;
    stream->out_size -= out - state->avail_out;
    stream->ended = code == ISAL_DECOMP_OK && state->block_state == ISAL_BLOCK_FINISH;
    return code == ISAL_DECOMP_OK ? NULL : tell(code, !state->wrapper_flag);
}

uint32_t rst_png_crc(uint32_t crc, const void *bytes, size_t size)
{
    return crc32_gzip_refl(crc, bytes, size);
}

#else

bool rst_png_inflate_open(struct rst_png_inflate *stream)
{
    z_stream *state = calloc(1, sizeof *state);
    if (!state) return false;
    if (inflateInit(state) != Z_OK) {
        free(state);
        return false;
    }
    stream->state = state;
    return true;
}

void rst_png_inflate_close(struct rst_png_inflate *stream)
{
    if (stream->state) inflateEnd(stream->state);
    free(stream->state);
    stream->state = NULL;
}

static const char *tell(int code, const char *message)
{
    static const char *const said[][2] = {{"incorrect header check", "it is no zlib stream"},
                                          {"unknown compression method", "it is no zlib stream"},
                                          {"invalid window size", "it is no zlib stream"},
                                          {"incorrect data check", "a checksum does not match"},
                                          {"invalid distance too far back", "a distance reaches back too far"},
                                          {"invalid literal/length code", "a code that stands for nothing"},
                                          {"invalid distance code", "a code that stands for nothing"}};
    if (code == Z_NEED_DICT) return "it needs a dictionary";
    if (code == Z_MEM_ERROR) return "no memory to inflate them";
    for (size_t i = 0; message && i < sizeof said / sizeof said[0]; i++)
        if (strcmp(message, said[i][0]) == 0) return said[i][1];
    return code == Z_DATA_ERROR ? "a block has an impossible header" : "they cannot be inflated";
}

const char *rst_png_inflate_run(struct rst_png_inflate *stream)
{
    z_stream *state = stream->state;
    uInt in = stream->in_size > MOST ? MOST : (uInt)stream->in_size;
    uInt out = stream->out_size > MOST ? MOST : (uInt)stream->out_size;
    state->next_in = (Bytef *)stream->in; /* which it only reads */
    state->avail_in = in;
    state->next_out = stream->out;
    state->avail_out = out;
    int code = inflate(state, Z_SYNC_FLUSH);
    stream->in = state->next_in;
    stream->in_size -= in - state->avail_in;
    stream->out = state->next_out;
    stream->out_size -= out - state->avail_out;
    stream->ended = code == Z_STREAM_END;
    return code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR ? NULL : tell(code, state->msg);
}

uint32_t rst_png_crc(uint32_t crc, const void *bytes, size_t size)
{
    return (uint32_t)crc32_z(crc, bytes, size);
}

#endif

const char *rst_png_inflate_all(const void *from, size_t size, size_t most, struct rst_bytes *to, bool *beyond)
{
    enum { PIECE = 16384 };
    struct rst_png_inflate stream = {.in = from, .in_size = size};
    const char *wrong = NULL;
    size_t before = to->size;
    *beyond = false;
    if (!rst_png_inflate_open(&stream)) return "no memory to inflate them";
    while (!wrong && !stream.ended) {
        stream.out = rst_bytes_room(to, PIECE);
        stream.out_size = PIECE;
        if (stream.out) {
            size_t in_size = stream.in_size;
            wrong = rst_png_inflate_run(&stream);
            to->size += PIECE - stream.out_size;
            if (!wrong && !stream.ended && stream.out_size == PIECE && stream.in_size == in_size)
                wrong = "they end too early";
            *beyond = to->size - before > most;
            if (!wrong && *beyond) wrong = "too much";
        } else {
            wrong = "no memory to inflate them";
        }
    }
    rst_png_inflate_close(&stream);
    return wrong;
}
