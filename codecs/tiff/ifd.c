/* Raw directories: entries are copied as they are, known to us or not, so that changing one changes no other.
 *
 * In a classic file an entry has 12 bytes: tag, type, a count and a field of 4 bytes each; in a BigTIFF 20, with 8 for
 * count and field. Values that fit the field stand in it, others where it points.
 */
#include "codecs/tiff/ifd.h"

#include <stdlib.h>
#include <string.h>

#include "raster/base/size.h"

enum { ENTRIES_MOST = 65535, ENTRY_MOST = 20 };

static size_t field_size(struct rst_tiff_form form)
{
    return form.big ? 8 : 4;
}

static size_t entry_size(struct rst_tiff_form form)
{
    return 4 + 2 * field_size(form);
}

size_t rst_tiff_type_size(uint16_t type)
{
    static const unsigned char sizes[] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8};
    return type < sizeof sizes ? sizes[type] : 0;
}

uint64_t rst_tiff_get(const unsigned char *bytes, size_t size, bool big_endian)
{
    uint64_t number = 0;
    for (size_t i = 0; i < size; i++)
        number = number << 8 | bytes[big_endian ? i : size - 1 - i];
    return number;
}

void rst_tiff_put(unsigned char *bytes, size_t size, bool big_endian, uint64_t number)
{
    for (size_t i = 0; i < size; i++)
        bytes[big_endian ? size - 1 - i : i] = (unsigned char)(number >> (8 * i));
}

void rst_tiff_swap(unsigned char *values, size_t size, uint16_t type)
{
    enum { RATIONAL = 5, SRATIONAL = 10 }; /* two numbers of 4 bytes */
    size_t each = type == RATIONAL || type == SRATIONAL ? 4 : rst_tiff_type_size(type);
    for (size_t at = 0; each > 1 && at + each <= size; at += each)
        for (size_t i = 0; i < each / 2; i++) {
            unsigned char byte = values[at + i];
            values[at + i] = values[at + each - 1 - i];
            values[at + each - 1 - i] = byte;
        }
}

static void read_entry(const unsigned char *from, struct rst_tiff_form form, struct rst_tiff_entry *entry)
{
    size_t field = field_size(form);
    *entry = (struct rst_tiff_entry){.tag = (uint16_t)rst_tiff_get(from, 2, form.big_endian),
                                     .type = (uint16_t)rst_tiff_get(from + 2, 2, form.big_endian),
                                     .count = rst_tiff_get(from + 4, field, form.big_endian)};
    memcpy(entry->field, from + 4 + field, field);
}

enum rst_status rst_tiff_ifd_read(const struct rst_tiff_input *input, uint64_t at, struct rst_tiff_ifd *ifd)
{
    struct rst_tiff_form form = input->form;
    size_t head = form.big ? 8 : 2, each = entry_size(form), field = field_size(form);
    unsigned char number[8];
    *ifd = (struct rst_tiff_ifd){0};
    if (at > input->length || !input->read(input->user, at, number, head)) return RST_E_FORMAT;
    uint64_t count = rst_tiff_get(number, head, form.big_endian), left = input->length - at;
    if (count == 0 || count > ENTRIES_MOST || count * each + head > left) return RST_E_FORMAT;
    unsigned char *bytes = malloc((size_t)count * each);
    ifd->entries = calloc((size_t)count, sizeof *ifd->entries);
    enum rst_status status = bytes && ifd->entries ? RST_OK : RST_E_NOMEM;
    if (status == RST_OK && !input->read(input->user, at + head, bytes, (size_t)count * each)) status = RST_E_FORMAT;
    for (size_t i = 0; status == RST_OK && i < count; i++)
        read_entry(bytes + i * each, form, &ifd->entries[ifd->count++]);
    free(bytes);
    if (status != RST_OK) {
        rst_tiff_ifd_clear(ifd);
    } else if (left - head - count * each >= field) { /* else the file ends here, and so does the chain */
        if (input->read(input->user, at + head + count * each, number, field))
            ifd->next = rst_tiff_get(number, field, form.big_endian);
    }
    return status;
}

void rst_tiff_ifd_clear(struct rst_tiff_ifd *ifd)
{
    for (size_t i = 0; i < ifd->count; i++)
        free(ifd->entries[i].values);
    free(ifd->entries);
    *ifd = (struct rst_tiff_ifd){0};
}

struct rst_tiff_entry *rst_tiff_ifd_find(const struct rst_tiff_ifd *ifd, uint16_t tag)
{
    for (size_t i = 0; i < ifd->count; i++)
        if (ifd->entries[i].tag == tag) return &ifd->entries[i];
    return NULL;
}

void rst_tiff_ifd_remove(struct rst_tiff_ifd *ifd, uint16_t tag)
{
    size_t kept = 0;
    for (size_t i = 0; i < ifd->count; i++) {
        if (ifd->entries[i].tag == tag)
            free(ifd->entries[i].values);
        else
            ifd->entries[kept++] = ifd->entries[i];
    }
    ifd->count = kept;
}

/* Room for an entry before the first with a greater tag. */
static struct rst_tiff_entry *insert(struct rst_tiff_ifd *ifd, uint16_t tag)
{
    struct rst_tiff_entry *entries = realloc(ifd->entries, (ifd->count + 1) * sizeof *entries);
    if (!entries) return NULL;
    ifd->entries = entries;
    size_t at = 0;
    while (at < ifd->count && entries[at].tag <= tag)
        at++;
    memmove(entries + at + 1, entries + at, (ifd->count - at) * sizeof *entries);
    ifd->count++;
    return &entries[at];
}

enum rst_status rst_tiff_ifd_set(struct rst_tiff_ifd *ifd, uint16_t tag, uint16_t type, uint64_t count,
                                 const void *values, size_t size)
{
    unsigned char *copy = malloc(size > 0 ? size : 1);
    struct rst_tiff_entry *entry = rst_tiff_ifd_find(ifd, tag);
    if (copy && entry) free(entry->values);
    if (copy && !entry) entry = insert(ifd, tag);
    if (!copy || !entry) {
        free(copy);
        return RST_E_NOMEM;
    }
    if (size > 0) memcpy(copy, values, size);
    *entry = (struct rst_tiff_entry){.tag = tag, .type = type, .count = count, .values = copy, .size = size};
    return RST_OK;
}

enum rst_status rst_tiff_entry_load(const struct rst_tiff_input *input, struct rst_tiff_entry *entry, size_t most)
{
    size_t each = rst_tiff_type_size(entry->type), field = field_size(input->form);
    uint64_t size;
    if (each == 0 || !rst_mul(entry->count, each, &size) || size > most || size > input->length) return RST_E_FORMAT;
    unsigned char *values = malloc(size > 0 ? (size_t)size : 1);
    if (!values) return RST_E_NOMEM;
    uint64_t at = rst_tiff_get(entry->field, field, input->form.big_endian);
    if (size <= field) {
        memcpy(values, entry->field, (size_t)size);
    } else if (at > input->length - size || !input->read(input->user, at, values, (size_t)size)) {
        free(values);
        return RST_E_FORMAT;
    }
    free(entry->values);
    entry->values = values;
    entry->size = (size_t)size;
    return RST_OK;
}

/* Zeros until the next byte will stand at a multiple of `unit`. */
static bool pad(struct rst_bytes *to, uint64_t base, size_t unit)
{
    static const unsigned char zeros[8];
    size_t over = (size_t)((base + to->size) % unit);
    return over == 0 || rst_bytes_append(to, zeros, unit - over);
}

/* Gives an entry its field, and appends the values that do not fit it. */
static bool place_values(const struct rst_tiff_entry *entry, struct rst_tiff_form form, uint64_t base,
                         struct rst_bytes *to, unsigned char field[8])
{
    memset(field, 0, 8);
    if (!entry->values) {
        memcpy(field, entry->field, 8);
    } else if (entry->size <= field_size(form)) {
        memcpy(field, entry->values, entry->size);
    } else {
        if (!pad(to, base, field_size(form))) return false;
        rst_tiff_put(field, field_size(form), form.big_endian, base + to->size);
        return rst_bytes_append(to, entry->values, entry->size);
    }
    return true;
}

enum rst_status rst_tiff_ifd_write(const struct rst_tiff_ifd *ifd, struct rst_tiff_form form, uint64_t base,
                                   struct rst_bytes *to, uint64_t *at)
{
    size_t field = field_size(form), each = entry_size(form), head = form.big ? 8 : 2;
    unsigned char number[ENTRY_MOST];
    struct rst_bytes entries = {0};
    bool done = true;
    rst_tiff_put(number, head, form.big_endian, ifd->count);
    done = rst_bytes_append(&entries, number, head);
    for (size_t i = 0; done && i < ifd->count; i++) {
        const struct rst_tiff_entry *entry = &ifd->entries[i];
        rst_tiff_put(number, 2, form.big_endian, entry->tag);
        rst_tiff_put(number + 2, 2, form.big_endian, entry->type);
        rst_tiff_put(number + 4, field, form.big_endian, entry->count);
        unsigned char value[8];
        done = place_values(entry, form, base, to, value);
        memcpy(number + 4 + field, value, field);
        done = done && rst_bytes_append(&entries, number, each);
    }
    rst_tiff_put(number, field, form.big_endian, ifd->next);
    done = done && rst_bytes_append(&entries, number, field) && pad(to, base, field);
    *at = base + to->size;
    done = done && rst_bytes_append(to, entries.data, entries.size);
    rst_bytes_clear(&entries);
    return done ? RST_OK : RST_E_NOMEM;
}
