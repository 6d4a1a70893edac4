/* Directories of a TIFF as they stand in a file, entry by entry, with nothing interpreted: for what libtiff would lose.
 */
#ifndef CODECS_TIFF_IFD_H
#define CODECS_TIFF_IFD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "raster/base/bytes.h"
#include "raster/base/status.h"

/* How the numbers of a file are written. */
struct rst_tiff_form {
    bool big, big_endian;
};

/* Where a directory is read from. */
struct rst_tiff_input {
    bool (*read)(void *user, uint64_t at, void *to, size_t size); /* false where that cannot be read whole */
    void *user;
    uint64_t length;
    struct rst_tiff_form form;
};

struct rst_tiff_entry {
    uint16_t tag, type;
    uint64_t count;
    unsigned char field[8]; /* the value, or its place, as it stands in the file */
    unsigned char *values;  /* owned, in the file's byte order; NULL: not loaded */
    size_t size;
};

struct rst_tiff_ifd {
    struct rst_tiff_entry *entries; /* owned */
    size_t count;
    uint64_t next;
};

enum { RST_TIFF_ASCII = 2, RST_TIFF_SHORT = 3, RST_TIFF_LONG = 4, RST_TIFF_DOUBLE = 12 };

/* Bytes of one value of a type; 0 for a type that there is not. */
size_t rst_tiff_type_size(uint16_t type);

uint64_t rst_tiff_get(const unsigned char *bytes, size_t size, bool big_endian);
void rst_tiff_put(unsigned char *bytes, size_t size, bool big_endian, uint64_t number);

/* Values of a type from one byte order to the other, in place. */
void rst_tiff_swap(unsigned char *values, size_t size, uint16_t type);

/* Reads the entries, not their values. RST_E_FORMAT without a message where it does not lie in the file. The caller
 * clears it, on success. */
enum rst_status rst_tiff_ifd_read(const struct rst_tiff_input *input, uint64_t at, struct rst_tiff_ifd *ifd);
void rst_tiff_ifd_clear(struct rst_tiff_ifd *ifd);

struct rst_tiff_entry *rst_tiff_ifd_find(const struct rst_tiff_ifd *ifd, uint16_t tag);
void rst_tiff_ifd_remove(struct rst_tiff_ifd *ifd, uint16_t tag);

/* Puts an entry in the place of the one with its tag, or in where it belongs. `values` are copied, and are in the
 * file's byte order. */
enum rst_status rst_tiff_ifd_set(struct rst_tiff_ifd *ifd, uint16_t tag, uint16_t type, uint64_t count,
                                 const void *values, size_t size);

/* Reads the values of an entry, at most `most` bytes. RST_E_FORMAT where they do not lie in the file, are of no known
 * type, or are more. */
enum rst_status rst_tiff_entry_load(const struct rst_tiff_input *input, struct rst_tiff_entry *entry, size_t most);

/* Appends loaded values and then the directory to `to`, whose first byte will stand at `base` of a file. Entries that
 * are not loaded point to where they did. *at gets the directory's place in the file. */
enum rst_status rst_tiff_ifd_write(const struct rst_tiff_ifd *ifd, struct rst_tiff_form form, uint64_t base,
                                   struct rst_bytes *to, uint64_t *at);

#endif
