/* EXIF's directories, moved between a TIFF and a block of their own.
 *
 * The block is a classic TIFF without pixels, as PNG and JPEG carry it: its first directory has nothing but the
 * pointers to EXIF's and GPS's. It has this machine's byte order, whatever the file's, so that blocks can be compared.
 * Values are copied as they are, and only turned where byte orders differ; so what a camera's maker keeps in a form of
 * its own, with offsets of its own, does not survive, as it never does.
 *
 * The directories go through libtiff's own callbacks, in front of the directory that it will write.
 */
#include "codecs/tiff/exif.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/codec.h"
#include "codecs/tiff/ifd.h"
#include "codecs/tiff/tags.h"

enum { VALUES_MOST = 16 << 20, LAST_CLASSIC_TYPE = 13, HEADER = 8 };

/* EXIF's directories: each NULL-like (count 0) where it is absent. */
struct exif {
    struct rst_tiff_ifd exif, interoperability, gps;
};

static void clear(struct exif *exif)
{
    rst_tiff_ifd_clear(&exif->exif);
    rst_tiff_ifd_clear(&exif->interoperability);
    rst_tiff_ifd_clear(&exif->gps);
}

/* A directory with all its values; `left` bounds them. Values that only a BigTIFF has, or that are not in the file,
 * are left out. */
static enum rst_status load(const struct rst_tiff_input *input, uint64_t at, struct rst_tiff_ifd *ifd, size_t *left)
{
    if (at == 0) return RST_OK;
    enum rst_status status = rst_tiff_ifd_read(input, at, ifd);
    if (status != RST_OK) return status == RST_E_NOMEM ? status : RST_OK;
    size_t kept = 0;
    for (size_t i = 0; i < ifd->count && status != RST_E_NOMEM; i++) {
        struct rst_tiff_entry *entry = &ifd->entries[i];
        status = entry->type <= LAST_CLASSIC_TYPE ? rst_tiff_entry_load(input, entry, *left) : RST_E_FORMAT;
        if (status != RST_OK) continue;
        *left -= entry->size;
        ifd->entries[kept++] = *entry;
    }
    ifd->count = kept;
    ifd->next = 0;
    return status == RST_E_NOMEM ? status : RST_OK;
}

/* Where an entry points; 0 where there is none that points. */
static uint64_t pointer_at(const struct rst_tiff_input *input, const struct rst_tiff_ifd *ifd, uint16_t tag)
{
    enum { IFD = 13, LONG8 = 16, IFD8 = 18 };
    const struct rst_tiff_entry *entry = rst_tiff_ifd_find(ifd, tag);
    if (!entry || entry->count != 1) return 0;
    bool big = input->form.big && (entry->type == LONG8 || entry->type == IFD8);
    if (!big && entry->type != RST_TIFF_LONG && entry->type != IFD) return 0;
    return rst_tiff_get(entry->field, big ? 8 : 4, input->form.big_endian);
}

static enum rst_status load_all(const struct rst_tiff_input *input, uint64_t exif_at, uint64_t gps_at,
                                struct exif *exif)
{
    size_t left = VALUES_MOST;
    *exif = (struct exif){0};
    enum rst_status status = load(input, exif_at, &exif->exif, &left);
    /* The field is read again, as a pointer of a BigTIFF was not loaded. */
    struct rst_tiff_ifd raw = {0};
    if (status == RST_OK && exif->exif.count > 0 && rst_tiff_ifd_read(input, exif_at, &raw) == RST_OK) {
        status = load(input, pointer_at(input, &raw, RST_TAG_INTEROPERABILITY), &exif->interoperability, &left);
        rst_tiff_ifd_clear(&raw);
    }
    rst_tiff_ifd_remove(&exif->exif, RST_TAG_INTEROPERABILITY);
    if (status == RST_OK) status = load(input, gps_at, &exif->gps, &left);
    if (status != RST_OK) clear(exif);
    return status;
}

static void swap(struct rst_tiff_ifd *ifd)
{
    for (size_t i = 0; i < ifd->count; i++)
        rst_tiff_swap(ifd->entries[i].values, ifd->entries[i].size, ifd->entries[i].type);
}

static void swap_all(struct exif *exif)
{
    swap(&exif->exif);
    swap(&exif->interoperability);
    swap(&exif->gps);
}

/* An entry that points to a directory. */
static enum rst_status set_pointer(struct rst_tiff_ifd *ifd, struct rst_tiff_form form, uint16_t tag, uint64_t at)
{
    unsigned char bytes[4];
    if (at == 0) return RST_OK;
    if (at > UINT32_MAX) return RST_E_FORMAT;
    rst_tiff_put(bytes, sizeof bytes, form.big_endian, at);
    return rst_tiff_ifd_set(ifd, tag, RST_TIFF_LONG, 1, bytes, sizeof bytes);
}

static enum rst_status write_one(const struct rst_tiff_ifd *ifd, struct rst_tiff_form form, uint64_t base,
                                 struct rst_bytes *to, uint64_t *at)
{
    *at = 0;
    return ifd->count > 0 ? rst_tiff_ifd_write(ifd, form, base, to, at) : RST_OK;
}

/* Appends the directories; the places of EXIF's and GPS's, 0 for one that is not there. */
static enum rst_status write_all(struct exif *exif, struct rst_tiff_form form, uint64_t base, struct rst_bytes *to,
                                 uint64_t *exif_at, uint64_t *gps_at)
{
    uint64_t at;
    RST_TRY(write_one(&exif->interoperability, form, base, to, &at));
    RST_TRY(set_pointer(&exif->exif, form, RST_TAG_INTEROPERABILITY, at));
    RST_TRY(write_one(&exif->exif, form, base, to, exif_at));
    return write_one(&exif->gps, form, base, to, gps_at);
}

/* The block: header, the directories, and a first one that points to them. */
static enum rst_status make_block(struct exif *exif, bool big_endian, struct rst_bytes *block)
{
    struct rst_tiff_form form = {.big_endian = big_endian};
    struct rst_tiff_ifd first = {0};
    uint64_t exif_at, gps_at, first_at = 0;
    unsigned char header[HEADER] = {0};
    if (!rst_bytes_append(block, header, sizeof header)) return RST_E_NOMEM;
    enum rst_status status = write_all(exif, form, 0, block, &exif_at, &gps_at);
    if (status == RST_OK) status = set_pointer(&first, form, RST_TAG_EXIF, exif_at);
    if (status == RST_OK) status = set_pointer(&first, form, RST_TAG_GPS, gps_at);
    if (status == RST_OK) status = rst_tiff_ifd_write(&first, form, 0, block, &first_at);
    rst_tiff_ifd_clear(&first);
    if (status != RST_OK) return status;
    memcpy(block->data, big_endian ? "MM" : "II", 2);
    rst_tiff_put(block->data + 2, 2, big_endian, 42);
    rst_tiff_put(block->data + 4, 4, big_endian, first_at);
    return RST_OK;
}

static bool read_handle(void *user, uint64_t at, void *to, size_t size)
{
    TIFF *handle = user;
    thandle_t client = TIFFClientdata(handle);
    return TIFFGetSeekProc(handle)(client, at, SEEK_SET) == at &&
           TIFFGetReadProc(handle)(client, to, (tmsize_t)size) == (tmsize_t)size;
}

static struct rst_tiff_form form_of(TIFF *handle)
{
    return (struct rst_tiff_form){.big = TIFFIsBigTIFF(handle) != 0, .big_endian = TIFFIsBigEndian(handle) != 0};
}

enum rst_status rst_tiff_exif_read(TIFF *handle, struct rst_meta *meta, struct rst_error *err)
{
    uint64_t exif_at = 0, gps_at = 0;
    TIFFGetField(handle, TIFFTAG_EXIFIFD, &exif_at);
    TIFFGetField(handle, TIFFTAG_GPSIFD, &gps_at);
    if (exif_at == 0 && gps_at == 0) return RST_OK;
    struct rst_tiff_input input = {.read = read_handle,
                                   .user = handle,
                                   .length = TIFFGetSizeProc(handle)(TIFFClientdata(handle)),
                                   .form = form_of(handle)};
    struct exif exif;
    struct rst_bytes block = {0};
    enum rst_status status = load_all(&input, exif_at, gps_at, &exif);
    if (status == RST_OK && (exif.exif.count > 0 || exif.gps.count > 0)) {
        if (input.form.big_endian != RST_BIG_ENDIAN) swap_all(&exif);
        status = make_block(&exif, RST_BIG_ENDIAN, &block);
        meta->exif = block.data;
        meta->exif_size = block.size;
    }
    clear(&exif);
    return status == RST_OK ? RST_OK : rst_fail(err, status, "%s: no memory for its EXIF", TIFFFileName(handle));
}

static bool read_block(void *user, uint64_t at, void *to, size_t size)
{
    const struct rst_meta *meta = user;
    if (at > meta->exif_size || size > meta->exif_size - at) return false;
    memcpy(to, (const unsigned char *)meta->exif + at, size);
    return true;
}

/* The directories of the block; both empty where it has none that can be read. */
static enum rst_status read_exif(const struct rst_meta *meta, struct exif *exif, bool *big_endian)
{
    struct rst_tiff_input input = {.read = read_block, .user = (void *)meta, .length = meta->exif_size};
    const unsigned char *head = meta->exif;
    struct rst_tiff_ifd first;
    *exif = (struct exif){0};
    if (!head || meta->exif_size < HEADER || head[0] != head[1] || (head[0] != 'I' && head[0] != 'M')) return RST_OK;
    *big_endian = input.form.big_endian = head[0] == 'M';
    if (rst_tiff_get(head + 2, 2, *big_endian) != 42) return RST_OK;
    enum rst_status status = rst_tiff_ifd_read(&input, rst_tiff_get(head + 4, 4, *big_endian), &first);
    if (status != RST_OK) return status == RST_E_NOMEM ? status : RST_OK;
    status = load_all(&input, pointer_at(&input, &first, RST_TAG_EXIF), pointer_at(&input, &first, RST_TAG_GPS), exif);
    rst_tiff_ifd_clear(&first);
    return status;
}

bool rst_tiff_exif_keeps(const struct rst_meta *meta)
{
    struct exif exif;
    bool big_endian;
    if (read_exif(meta, &exif, &big_endian) != RST_OK) return false;
    bool any = exif.exif.count > 0 || exif.gps.count > 0;
    clear(&exif);
    return any;
}

uint64_t rst_tiff_exif_bytes(const struct rst_meta *meta)
{
    return meta->exif ? 4 * (uint64_t)meta->exif_size : 0; /* wider entries of a BigTIFF, padding, shared values */
}

/* Appends the directories to the file. */
static bool append(TIFF *handle, struct rst_tiff_form form, struct exif *exif, uint64_t *exif_at, uint64_t *gps_at)
{
    enum { UNIT = 8 };
    struct rst_bytes bytes = {0};
    thandle_t client = TIFFClientdata(handle);
    uint64_t end = TIFFGetSeekProc(handle)(client, 0, SEEK_END);
    static const unsigned char zeros[UNIT];
    bool done = rst_bytes_append(&bytes, zeros, (size_t)(UNIT - end % UNIT) % UNIT) &&
                write_all(exif, form, end, &bytes, exif_at, gps_at) == RST_OK &&
                TIFFGetWriteProc(handle)(client, bytes.data, (tmsize_t)bytes.size) == (tmsize_t)bytes.size;
    rst_bytes_clear(&bytes);
    return done;
}

bool rst_tiff_exif_write(TIFF *handle, bool big, const struct rst_meta *meta)
{
    /* TIFFIsBigTIFF() is wrong of a file that is written in foreign byte order. */
    struct rst_tiff_form form = {.big = big, .big_endian = TIFFIsBigEndian(handle) != 0};
    struct exif exif;
    bool big_endian = false, done = true;
    uint64_t exif_at = 0, gps_at = 0;
    if (read_exif(meta, &exif, &big_endian) != RST_OK) return false;
    if (exif.exif.count > 0 || exif.gps.count > 0) {
        if (big_endian != form.big_endian) swap_all(&exif);
        done = append(handle, form, &exif, &exif_at, &gps_at) &&
               (exif_at == 0 || TIFFSetField(handle, TIFFTAG_EXIFIFD, exif_at)) &&
               (gps_at == 0 || TIFFSetField(handle, TIFFTAG_GPSIFD, gps_at));
    }
    clear(&exif);
    return done;
}
