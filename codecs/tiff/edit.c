/* Editing a TIFF's directory.
 *
 * A new directory is appended to the file with the values that changed; then the one pointer that led to the old one is
 * patched. Whenever that is cut short, the file is whole: it has the old directory or the new one, and at worst some
 * bytes at its end that nothing points to. All other entries are copied as they are, known here or not, so pixels,
 * their offsets and foreign tags stay; libtiff, which would write only the tags that it understood, is not asked.
 */
#include "codecs/tiff/edit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codecs/codec.h"
#include "codecs/edit.h"
#include "codecs/range.h"
#include "codecs/tiff/gdal_xml.h"
#include "codecs/tiff/chain.h"
#include "codecs/tiff/file.h"
#include "codecs/tiff/ifd.h"
#include "codecs/tiff/image.h"
#include "codecs/tiff/meta.h"
#include "codecs/tiff/tags.h"
#include "raster/base/size.h"

struct editor {
    const char *path;
    int descriptor;
    uint64_t length;     /* of the file as it was */
    uint64_t at;         /* of the directory */
    uint64_t pointer_at; /* of the number that says so */
    struct rst_tiff_form form;
    enum rst_type type;
    int32_t bands;
    struct rst_meta before, after;
    struct rst_tiff_ifd ifd;
    bool changed;
};

static bool read_file(void *user, uint64_t at, void *to, size_t size)
{
    const struct editor *editor = user;
    size_t got;
    return rst_range_read(editor->descriptor, at, to, size, &got) == 0 && got == size;
}

static enum rst_status write_file(const struct editor *editor, uint64_t at, const void *from, size_t size,
                                  struct rst_error *err)
{
    int error = rst_range_write(editor->descriptor, at, from, size);
    if (error) return rst_fail_errno(err, error, "%s: writing %zu bytes at byte %" PRIu64, editor->path, size, at);
    return RST_OK;
}

static enum rst_status sync_file(const struct editor *editor, struct rst_error *err)
{
    if (fsync(editor->descriptor) == 0) return RST_OK;
    return rst_fail_errno(err, errno, "%s: waiting for the disk", editor->path);
}

static enum rst_status fail_directory(const struct editor *editor, enum rst_status status, struct rst_error *err)
{
    if (status == RST_E_NOMEM) return rst_fail(err, status, "%s: no memory for its directory", editor->path);
    return rst_fail(err, status, "%s: its directory at byte %" PRIu64 " cannot be read", editor->path, editor->at);
}

static size_t pointer_size(const struct editor *editor)
{
    return editor->form.big ? 8 : 4;
}

/* The directory of the page, and the number that points to it. */
static enum rst_status find_page(struct editor *editor, const struct rst_tiff_chain *chain, int page,
                                 struct rst_error *err)
{
    if (page < 0 || (size_t)page >= chain->count)
        return rst_fail(err, RST_E_ARGUMENT, "%s: there is no page %d: the file has %zu, counted from 0", editor->path,
                        page, chain->count);
    editor->at = chain->offsets[page];
    editor->form = (struct rst_tiff_form){chain->big, chain->big_endian};
    editor->pointer_at = chain->big ? 8 : 4;
    if (page > 0) {
        uint64_t before = chain->offsets[page - 1], bytes;
        RST_TRY(rst_tiff_chain_extent(chain, editor->descriptor, before, &bytes, editor->path, err));
        editor->pointer_at = before + bytes - pointer_size(editor);
    }
    struct rst_tiff_input input = {.read = read_file, .user = editor, .length = editor->length, .form = editor->form};
    enum rst_status status = rst_tiff_ifd_read(&input, editor->at, &editor->ifd);
    return status == RST_OK ? RST_OK : fail_directory(editor, status, err);
}

/* A file whose end is missing must not get a directory where its pixels belong. */
static enum rst_status check_blocks(const struct rst_tiff_file *file, const struct rst_tiff_image *image,
                                    struct rst_error *err)
{
    struct rst_tiff_blocks blocks;
    enum rst_status status = rst_tiff_blocks_read(file, image, true, &blocks, err);
    for (uint64_t i = 0; status == RST_OK && blocks.offsets && blocks.bytes && i < blocks.count; i++) {
        uint64_t end;
        if (blocks.offsets[i] == RST_NO_BLOCK) continue;
        if (!rst_add(blocks.offsets[i], blocks.bytes[i], &end) || end > file->length)
            status = rst_fail(err, RST_E_TRUNCATED,
                              "%s: block %" PRIu64 " has %" PRIu64 " bytes from byte %" PRIu64 " on, the file %" PRIu64,
                              file->path, i, blocks.bytes[i], blocks.offsets[i], file->length);
    }
    rst_tiff_blocks_clear(&blocks);
    return status;
}

/* What the page says now. */
static enum rst_status read_meta(struct editor *editor, const struct rst_tiff_chain *chain, struct rst_error *err)
{
    struct rst_tiff_file file = {.path = editor->path, .descriptor = editor->descriptor, .length = editor->length};
    struct rst_tiff_image image;
    RST_TRY(rst_tiff_file_open(&file, chain, editor->at, err));
    enum rst_status status = rst_tiff_image_read(&file, &image, err);
    if (status == RST_OK) status = check_blocks(&file, &image, err);
    if (status == RST_OK) {
        editor->type = rst_tiff_image_type(&image);
        editor->bands = image.bands;
        status = rst_tiff_meta_read(file.handle, editor->type, &editor->before, err);
    }
    rst_tiff_file_close(&file);
    return status;
}

/* Puts an array of numbers, `each` bytes wide, in the place of a tag's; none: removes it. */
static enum rst_status put_array(struct editor *editor, uint16_t tag, uint16_t type, const void *values, size_t count)
{
    size_t size = count * rst_tiff_type_size(type);
    if (!values || count == 0) {
        editor->changed |= rst_tiff_ifd_find(&editor->ifd, tag) != NULL;
        rst_tiff_ifd_remove(&editor->ifd, tag);
        return RST_OK;
    }
    editor->changed = true;
    unsigned char *copy = malloc(size);
    if (!copy) return RST_E_NOMEM;
    memcpy(copy, values, size);
    if (editor->form.big_endian != RST_BIG_ENDIAN) rst_tiff_swap(copy, size, type);
    enum rst_status status = rst_tiff_ifd_set(&editor->ifd, tag, type, count, copy, size);
    free(copy);
    return status;
}

static enum rst_status put_text(struct editor *editor, uint16_t tag, const char *text)
{
    return put_array(editor, tag, RST_TIFF_ASCII, text, text && *text ? strlen(text) + 1 : 0);
}

/* Puts a text where it is not what it was. */
static enum rst_status change_text(struct editor *editor, uint16_t tag, const char *before, const char *after)
{
    return strcmp(before ? before : "", after ? after : "") == 0 ? RST_OK : put_text(editor, tag, after);
}

static enum rst_status change_items(struct editor *editor, struct rst_error *err)
{
    const struct rst_meta *before = &editor->before, *after = &editor->after;
    struct rst_bytes was = {0}, is = {0};
    const struct rst_item *old[RST_TIFF_TEXTS], *new[RST_TIFF_TEXTS];
    rst_tiff_text_items(before, old);
    rst_tiff_text_items(after, new);
    for (int i = 0; i < RST_TIFF_TEXTS; i++)
        RST_TRY(
            change_text(editor, rst_tiff_texts[i].tag, old[i] ? old[i]->value : NULL, new[i] ? new[i]->value : NULL));
    RST_TRY(change_text(editor, RST_TAG_DESCRIPTION, before->description, after->description));
    enum rst_status status = rst_gdal_xml_write(before, editor->bands, old, RST_TIFF_TEXTS, &was, err);
    if (status == RST_OK) status = rst_gdal_xml_write(after, editor->bands, new, RST_TIFF_TEXTS, &is, err);
    if (status == RST_OK)
        status = change_text(editor, RST_TAG_GDAL_METADATA, (const char *)was.data, (const char *)is.data);
    rst_bytes_clear(&was);
    rst_bytes_clear(&is);
    return status;
}

static enum rst_status change_system(struct editor *editor)
{
    const struct rst_geo *geo = &editor->after.geo;
    RST_TRY(put_array(editor, RST_TAG_KEYS, RST_TIFF_SHORT, geo->keys, geo->key_count));
    RST_TRY(put_array(editor, RST_TAG_KEY_DOUBLES, RST_TIFF_DOUBLE, geo->key_doubles, geo->key_double_count));
    return put_text(editor, RST_TAG_KEY_ASCII, geo->key_ascii);
}

static enum rst_status change_transform(struct editor *editor)
{
    const struct rst_geo *geo = &editor->after.geo;
    RST_TRY(put_array(editor, RST_TAG_PIXEL_SCALE, RST_TIFF_DOUBLE, geo->pixel_scale, geo->pixel_scale_count));
    RST_TRY(put_array(editor, RST_TAG_TIEPOINTS, RST_TIFF_DOUBLE, geo->tiepoints, geo->tiepoint_numbers));
    return put_array(editor, RST_TAG_MATRIX, RST_TIFF_DOUBLE, geo->matrix, geo->matrix_count);
}

static enum rst_status change_nodata(struct editor *editor)
{
    char text[32];
    const struct rst_meta *after = &editor->after;
    if (!after->has_nodata) return put_text(editor, RST_TAG_GDAL_NODATA, NULL);
    return put_text(editor, RST_TAG_GDAL_NODATA, rst_sample_format(after->nodata, editor->type, text, sizeof text));
}

/* Brings the entries up to the edit. */
static enum rst_status change(struct editor *editor, const struct rst_edit *edit, struct rst_error *err)
{
    RST_TRY(rst_meta_copy(&editor->after, &editor->before, err));
    RST_TRY(rst_edit_apply(edit, editor->path, editor->type, editor->bands, &editor->after, err));
    enum rst_status status = change_items(editor, err);
    if (status == RST_OK && edit->epsg != 0) status = change_system(editor);
    if (status == RST_OK && edit->transform) status = change_transform(editor);
    if (status == RST_OK && edit->nodata) status = change_nodata(editor);
    return status == RST_OK ? RST_OK : fail_directory(editor, status, err);
}

/* Where GDAL notes that the file is laid out as a Cloud Optimized GeoTIFF, which it is no more: the place of the "NO"
 * that says that nothing was edited, 0 where there is none. */
static uint64_t find_ghost(const struct editor *editor)
{
    static const char start[] = "GDAL_STRUCTURAL_METADATA_SIZE=", mark[] = "KNOWN_INCOMPATIBLE_EDITION=NO\n ";
    char area[1024];
    uint64_t at = editor->form.big ? 16 : 8;
    size_t size = editor->length - at < sizeof area - 1 ? (size_t)(editor->length - at) : sizeof area - 1;
    if (!read_file((void *)editor, at, area, size)) return 0;
    area[size] = '\0';
    if (strncmp(area, start, sizeof start - 1) != 0) return 0;
    const char *found = strstr(area, mark);
    return found ? at + (uint64_t)(found - area) + sizeof mark - 1 - 4 : 0;
}

static enum rst_status append(const struct editor *editor, uint64_t ghost, const struct rst_bytes *bytes,
                              uint64_t directory, struct rst_error *err)
{
    unsigned char pointer[8];
    rst_tiff_put(pointer, pointer_size(editor), editor->form.big_endian, directory);
    RST_TRY(write_file(editor, editor->length, bytes->data, bytes->size, err));
    if (ghost) RST_TRY(write_file(editor, ghost, "YES\n", 4, err));
    RST_TRY(sync_file(editor, err));
    RST_TRY(write_file(editor, editor->pointer_at, pointer, pointer_size(editor), err));
    return sync_file(editor, err);
}

/* Makes the file what it was. */
static void undo(const struct editor *editor, uint64_t ghost)
{
    unsigned char pointer[8];
    rst_tiff_put(pointer, pointer_size(editor), editor->form.big_endian, editor->at);
    if (write_file(editor, editor->pointer_at, pointer, pointer_size(editor), NULL) != RST_OK) return;
    if (ghost && write_file(editor, ghost, "NO\n ", 4, NULL) != RST_OK) return;
    if (ftruncate(editor->descriptor, (off_t)editor->length) != 0) return;
    (void)fsync(editor->descriptor);
}

static enum rst_status write_directory(const struct editor *editor, bool rehearse, struct rst_error *err)
{
    struct rst_bytes bytes = {0};
    uint64_t directory = 0, end;
    enum rst_status status = rst_tiff_ifd_write(&editor->ifd, editor->form, editor->length, &bytes, &directory);
    if (status != RST_OK) {
        rst_bytes_clear(&bytes);
        return fail_directory(editor, status, err);
    }
    if (!rst_add(editor->length, bytes.size, &end) || end > (editor->form.big ? INT64_MAX : UINT32_MAX)) {
        rst_bytes_clear(&bytes);
        return rst_fail(err, RST_E_UNSUPPORTED,
                        "%s: %" PRIu64 " bytes and a new directory are more than the 4 GiB of a classic TIFF",
                        editor->path, editor->length);
    }
    uint64_t ghost = find_ghost(editor);
    if (!rehearse) status = append(editor, ghost, &bytes, directory, err);
    if (status != RST_OK) undo(editor, ghost);
    rst_bytes_clear(&bytes);
    return status;
}

static enum rst_status edit_file(struct editor *editor, int page, const struct rst_edit *edit, struct rst_error *err)
{
    struct rst_tiff_chain chain;
    RST_TRY(rst_tiff_chain_read(editor->descriptor, editor->length, editor->path, false, &chain, err));
    enum rst_status status = find_page(editor, &chain, page, err);
    if (status == RST_OK) status = read_meta(editor, &chain, err);
    rst_tiff_chain_clear(&chain);
    RST_TRY(status);
    RST_TRY(change(editor, edit, err));
    return editor->changed ? write_directory(editor, edit->rehearse, err) : RST_OK;
}

enum rst_status rst_tiff_edit(const char *path, int page, const struct rst_edit *edit, struct rst_error *err)
{
    struct rst_map *map = NULL;
    struct editor editor = {.path = path};
    RST_TRY(rst_map_open(path, RST_SHARED, 0, 0, &map, err));
    enum rst_status status = rst_map_lock(map, RST_LOCK_EXCLUSIVE, 0, 0, false, err);
    if (status == RST_OK) {
        editor.descriptor = rst_map_descriptor(map);
        editor.length = rst_map_length(map);
        status = edit_file(&editor, page, edit, err);
    }
    rst_tiff_ifd_clear(&editor.ifd);
    rst_meta_clear(&editor.before);
    rst_meta_clear(&editor.after);
    rst_map_close(&map);
    return status;
}
