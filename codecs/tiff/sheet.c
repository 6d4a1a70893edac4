/* The directory of a new TIFF, which libtiff writes.
 *
 * libtiff is run on a stage, memory that plays the file: while blocks are "written", the stage's end is where the next
 * block belongs and their payload is swallowed; while the directory is written, the end is where that belongs. Of the
 * file only the header and what comes from there on is kept.
 */
#include "codecs/tiff/sheet.h"

#include <stdlib.h>
#include <string.h>

#include "codecs/codec.h"
#include "codecs/tiff/file.h"
#include "codecs/tiff/meta.h"
#include "raster/base/size.h"

/* The memory that plays the file. */
struct stage {
    struct rst_tiff_directory *to;
    size_t capacity;
    uint64_t base; /* where to->bytes stand in the file */
    uint64_t at;
    uint64_t block; /* where the block being written belongs; 0 while the directory is written */
    bool failed;
    struct rst_tiff_log log;
};

void rst_tiff_sheet_clear(struct rst_tiff_sheet *sheet)
{
    free(sheet->head);
    free(sheet->sizes);
    rst_bytes_clear(&sheet->tables);
    rst_layout_clear(&sheet->layout);
    rst_meta_clear(&sheet->meta);
    *sheet = (struct rst_tiff_sheet){0};
}

static bool stage_grow(struct stage *stage, uint64_t size)
{
    enum { LEAST = 4096 };
    struct rst_tiff_directory *to = stage->to;
    if (size > stage->capacity) {
        size_t capacity = stage->capacity ? stage->capacity : LEAST;
        while (capacity < size && capacity <= SIZE_MAX / 2)
            capacity *= 2;
        unsigned char *bytes = capacity >= size ? realloc(to->bytes, capacity) : NULL;
        if (!bytes) return false;
        to->bytes = bytes;
        stage->capacity = capacity;
    }
    if (size > to->size) {
        memset(to->bytes + to->size, 0, (size_t)size - to->size);
        to->size = (size_t)size;
    }
    return true;
}

/* The memory that holds bytes from `at` on up to `end`; NULL where there is none. */
static unsigned char *stage_place(struct stage *stage, uint64_t at, uint64_t end)
{
    if (at >= stage->base) return stage_grow(stage, end - stage->base) ? stage->to->bytes + (at - stage->base) : NULL;
    if (end > sizeof stage->to->header) return NULL;
    if (end > stage->to->header_size) stage->to->header_size = (size_t)end;
    return stage->to->header + at;
}

static tmsize_t stage_write(thandle_t client, void *from, tmsize_t size)
{
    struct stage *stage = client;
    uint64_t end;
    if (size <= 0 || !rst_add(stage->at, (uint64_t)size, &end)) return 0;
    if (stage->block == 0) {
        unsigned char *to = stage_place(stage, stage->at, end);
        if (!to) {
            stage->failed = true;
            return 0;
        }
        memcpy(to, from, (size_t)size);
    }
    stage->at = end;
    return size;
}

static tmsize_t stage_read(thandle_t client, void *to, tmsize_t size)
{
    struct stage *stage = client;
    const struct rst_tiff_directory *held = stage->to;
    if (size <= 0 || stage->at < stage->base || stage->at - stage->base >= held->size) return 0;
    size_t from = (size_t)(stage->at - stage->base), left = held->size - from;
    size_t got = left < (size_t)size ? left : (size_t)size;
    memcpy(to, held->bytes + from, got);
    stage->at += got;
    return (tmsize_t)got;
}

static toff_t stage_size(thandle_t client)
{
    const struct stage *stage = client;
    return stage->block ? stage->block : stage->base + stage->to->size;
}

static toff_t stage_seek(thandle_t client, toff_t offset, int whence)
{
    struct stage *stage = client;
    uint64_t base = whence == SEEK_CUR ? stage->at : whence == SEEK_END ? stage_size(client) : 0, at;
    if (!rst_add(base, offset, &at)) return (toff_t)-1;
    stage->at = at;
    return at;
}

static bool is_tiled(const struct rst_layout *layout)
{
    return layout->tail;
}

uint64_t rst_tiff_block_bytes(const struct rst_layout *layout, int64_t row)
{
    int64_t height = layout->block_height;
    if (!is_tiled(layout)) height = rst_min64(height, layout->height - row * layout->block_height);
    return (uint64_t)height * (uint64_t)layout->row_stride;
}

uint64_t rst_tiff_directory_most(const struct rst_tiff_sheet *sheet, uint64_t count)
{
    enum { TABLES = 1024 }; /* of a JPEG */
    return count * 16 + rst_tiff_meta_bytes(&sheet->meta) + (uint64_t)sheet->layout.bands * 4 + TABLES;
}

const char *rst_tiff_write_mode(bool big, bool swapped)
{
    static const char *const modes[2][2] = {{"w4l", "w4b"}, {"w8l", "w8b"}};
    return modes[big][swapped != RST_BIG_ENDIAN];
}

bool rst_tiff_set_geometry(TIFF *handle, const struct rst_layout *layout, enum rst_compression compression)
{
    unsigned format = rst_type_is_float(layout->type)    ? SAMPLEFORMAT_IEEEFP
                      : rst_type_is_signed(layout->type) ? SAMPLEFORMAT_INT
                                                         : SAMPLEFORMAT_UINT;
    bool done =
        TIFFSetField(handle, TIFFTAG_IMAGEWIDTH, (uint32_t)layout->width) &&
        TIFFSetField(handle, TIFFTAG_IMAGELENGTH, (uint32_t)layout->height) &&
        TIFFSetField(handle, TIFFTAG_BITSPERSAMPLE, (unsigned)(8 * rst_type_size(layout->type))) &&
        TIFFSetField(handle, TIFFTAG_SAMPLESPERPIXEL, (unsigned)layout->bands) &&
        TIFFSetField(handle, TIFFTAG_SAMPLEFORMAT, format) &&
        TIFFSetField(handle, TIFFTAG_COMPRESSION, rst_tiff_coding_scheme(compression)) &&
        TIFFSetField(handle, TIFFTAG_PLANARCONFIG, layout->planes > 1 ? PLANARCONFIG_SEPARATE : PLANARCONFIG_CONTIG);
    if (!done) return false;
    if (!is_tiled(layout)) return TIFFSetField(handle, TIFFTAG_ROWSPERSTRIP, (uint32_t)layout->block_height);
    return TIFFSetField(handle, TIFFTAG_TILEWIDTH, (uint32_t)layout->block_width) &&
           TIFFSetField(handle, TIFFTAG_TILELENGTH, (uint32_t)layout->block_height);
}

/* Lets libtiff note where every block is. Its payload is never looked at, so it may be a single byte. */
static bool note_blocks(TIFF *handle, const struct rst_tiff_sheet *sheet, struct stage *stage)
{
    const struct rst_layout *layout = &sheet->layout;
    int64_t columns = rst_layout_columns(layout), rows = rst_layout_rows(layout);
    char payload = 0;
    uint32_t index = 0;
    bool done = true;
    for (int32_t plane = 0; plane < layout->planes && done; plane++)
        for (int64_t row = 0; row < rows && done; row++) {
            uint64_t whole = rst_tiff_block_bytes(layout, row);
            for (int64_t column = 0; column < columns && done; column++, index++) {
                tmsize_t bytes = (tmsize_t)(sheet->sizes ? sheet->sizes[index] : whole);
                stage->block = layout->offsets[index];
                done = (is_tiled(layout) ? TIFFWriteRawTile(handle, index, &payload, bytes)
                                         : TIFFWriteRawStrip(handle, index, &payload, bytes)) == bytes;
            }
        }
    stage->block = 0;
    return done;
}

static bool set_tables(TIFF *handle, const struct rst_bytes *tables)
{
    return tables->size == 0 || TIFFSetField(handle, TIFFTAG_JPEGTABLES, (uint32_t)tables->size, tables->data);
}

static bool write_directory(const struct rst_tiff_sheet *sheet, const char *path, struct stage *stage)
{
    static const struct rst_tiff_calls calls = {stage_read, stage_write, stage_seek, stage_size};
    const char *mode = rst_tiff_write_mode(sheet->big, sheet->coding.swapped);
    TIFF *handle = rst_tiff_handle_open(path, mode, stage, &calls, 0, &stage->log);
    if (!handle) return false;
    bool done = rst_tiff_set_geometry(handle, &sheet->layout, sheet->coding.compression) &&
                rst_tiff_meta_write(handle, sheet->big, sheet->layout.type, &sheet->meta) &&
                rst_tiff_coding_set(handle, &sheet->coding) && set_tables(handle, &sheet->tables) &&
                note_blocks(handle, sheet, stage) && TIFFWriteDirectory(handle);
    TIFFCleanup(handle); /* unlike TIFFClose() it writes nothing more */
    return done && !stage->failed;
}

enum rst_status rst_tiff_sheet_write(const struct rst_tiff_sheet *sheet, const char *path, uint64_t at,
                                     struct rst_tiff_directory *directory, struct rst_error *err)
{
    *directory = (struct rst_tiff_directory){0};
    struct stage stage = {.to = directory, .base = at};
    if (write_directory(sheet, path, &stage)) return RST_OK;
    free(directory->bytes);
    *directory = (struct rst_tiff_directory){0};
    if (stage.failed || !stage.log.message[0])
        return rst_fail(err, RST_E_NOMEM, "%s: no memory for its directory", path);
    return rst_fail(err, RST_E_ARGUMENT, "%s: its directory cannot be written: %s", path, stage.log.message);
}
