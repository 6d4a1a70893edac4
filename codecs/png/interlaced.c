/* Interlaced images come as seven small ones, which libpng reads and puts together, in memory: the file is read from
 * its beginning, all chunks but those of the image passed over.
 */
#include "codecs/png/interlaced.h"

#include "codecs/codec.h"
#include "codecs/png/libpng.h"
#include "raster/base/size.h"

bool rst_png_interlaced_size(const struct rst_png_form *form, uint64_t *size)
{
    *size = 0;
    for (int pass = 0; pass < PNG_INTERLACE_ADAM7_PASSES; pass++) {
        uint64_t width = (uint64_t)PNG_PASS_COLS((int64_t)form->width, pass);
        uint64_t height = (uint64_t)PNG_PASS_ROWS((int64_t)form->height, pass);
        if (width > 0 && !rst_mul_add(rst_png_row_size(form, width) + 1, height, *size, size)) return false;
    }
    return true;
}

struct reader {
    struct rst_png_lib lib;
    const struct rst_png_file *file;
    const struct rst_png_form *form;
    const struct rst_view *to;
    uint64_t at;
    struct rst_error *err;
};

static void read_bytes(png_structp png, png_bytep to, size_t size)
{
    struct reader *reader = png_get_io_ptr(png);
    reader->lib.status = rst_png_read_at(reader->file, reader->at, to, size, reader->err);
    reader->at += size;
    if (reader->lib.status != RST_OK) png_error(png, "it cannot be read");
}

/* The same pixels as rst_png_unpack() makes. */
static void set_transforms(struct rst_png_lib *lib, const struct rst_png_form *form)
{
    if (form->transparent)
        png_set_expand(lib->png);
    else if (form->color == RST_PNG_GRAY)
        png_set_expand_gray_1_2_4_to_8(lib->png);
    png_set_packing(lib->png);
    if (!RST_BIG_ENDIAN) png_set_swap(lib->png);
    png_set_check_for_invalid_index(lib->png, -1);
}

static void read_image(struct rst_png_lib *lib, void *argument)
{
    const struct reader *reader = argument;
    const struct rst_view *to = reader->to;
    png_set_read_fn(lib->png, argument, read_bytes);
    png_set_keep_unknown_chunks(lib->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_read_info(lib->png, lib->info);
    set_transforms(lib, reader->form);
    int passes = png_set_interlace_handling(lib->png);
    png_read_update_info(lib->png, lib->info);
    uint64_t row = (uint64_t)to->width * (uint64_t)to->bands * rst_type_size(to->type);
    if (png_get_rowbytes(lib->png, lib->info) != row || png_get_image_height(lib->png, lib->info) != to->height)
        png_error(lib->png, "the file was changed while it is read");
    lib->message[0] = 0;
    lib->fatal = "data check"; /* zlib's checksum of all samples */
    while (passes-- > 0)
        for (int64_t y = 0; y < to->height; y++)
            png_read_row(lib->png, rst_view_at(to, 0, y, 0), NULL);
    png_read_end(lib->png, NULL);
}

enum rst_status rst_png_read_interlaced(const struct rst_png_file *file, const struct rst_png_form *form,
                                        const struct rst_view *to, struct rst_error *err)
{
    struct reader reader = {.file = file, .form = form, .to = to, .err = err};
    if (!rst_png_lib_open(&reader.lib, false))
        return rst_fail(err, RST_E_NOMEM, "%s: no memory to decode it", file->path);
    enum rst_status status = rst_png_lib_run(&reader.lib, read_image, &reader);
    if (status != RST_OK) status = rst_fail(err, status, "%s: libpng: %s", file->path, reader.lib.message);
    rst_png_lib_close(&reader.lib, false);
    return status;
}
