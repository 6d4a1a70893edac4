/* The one place that libpng jumps back to, and where its messages end.
 *
 * libpng tells of a fault by a warning, after which it goes on, or by an error, after which it must not be returned to.
 * Often the warning before an error is the one that says what is wrong, so the first message is kept.
 */
#include "codecs/png/libpng.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void take_message(struct rst_png_lib *lib, const char *message)
{
    if (lib->message[0] == 0) snprintf(lib->message, sizeof lib->message, "%s", message);
}

static void take_error(png_structp png, png_const_charp message)
{
    take_message(png_get_error_ptr(png), message);
    png_longjmp(png, 1);
}

static void take_warning(png_structp png, png_const_charp message)
{
    struct rst_png_lib *lib = png_get_error_ptr(png);
    bool fatal = lib->fatal && strstr(message, lib->fatal);
    if (fatal) lib->message[0] = 0;
    take_message(lib, message);
    if (fatal) png_longjmp(png, 1);
}

static png_voidp take_memory(png_structp png, png_alloc_size_t size)
{
    struct rst_png_lib *lib = png_get_mem_ptr(png);
    if (size > lib->largest) lib->largest = size;
    return malloc(size);
}

static void give_memory(png_structp png, png_voidp memory)
{
    (void)png;
    free(memory);
}

bool rst_png_lib_open(struct rst_png_lib *lib, bool write)
{
    lib->png = write ? png_create_write_struct(PNG_LIBPNG_VER_STRING, lib, take_error, take_warning)
                     : png_create_read_struct_2(PNG_LIBPNG_VER_STRING, lib, take_error, take_warning, lib, take_memory,
                                                give_memory);
    lib->info = png_create_info_struct(lib->png);
    if (!lib->info) rst_png_lib_close(lib, write);
    if (lib->png) png_set_user_limits(lib->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    return lib->png != NULL;
}

void rst_png_lib_close(struct rst_png_lib *lib, bool write)
{
    if (write)
        png_destroy_write_struct(&lib->png, &lib->info);
    else
        png_destroy_read_struct(&lib->png, &lib->info, NULL);
}

enum rst_status rst_png_lib_run(struct rst_png_lib *lib, void (*work)(struct rst_png_lib *lib, void *argument),
                                void *argument)
{
    if (setjmp(png_jmpbuf(lib->png)) == 0) {
        work(lib, argument);
        return RST_OK;
    }
    if (lib->status != RST_OK) return lib->status;
    return strstr(lib->message, "ut of memory") ? RST_E_NOMEM : RST_E_FORMAT;
}
