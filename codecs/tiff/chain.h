/* The pages of a TIFF: its header, and where its directories are. */
#ifndef CODECS_TIFF_CHAIN_H
#define CODECS_TIFF_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "raster/base/status.h"

struct rst_tiff_chain {
    bool big;                 /* BigTIFF */
    bool big_endian;          /* of the file */
    unsigned char header[16]; /* as it stands in the file */
    size_t header_size;       /* 8, or 16 of a BigTIFF */
    uint64_t *offsets;        /* of the directories, in the order of pages; owned */
    size_t count;
};

/* Whether these are the first bytes of a TIFF or BigTIFF. */
bool rst_tiff_is(const unsigned char *head, size_t size);

/* Follows the chain of directories, or finds the first one only. It ends early at a directory that does not lie in the
 * file or was met before; where there is not one, that is RST_E_TRUNCATED or RST_E_FORMAT. `length` is the file's. */
enum rst_status rst_tiff_chain_read(int descriptor, uint64_t length, const char *path, bool first_only,
                                    struct rst_tiff_chain *chain, struct rst_error *err);
void rst_tiff_chain_clear(struct rst_tiff_chain *chain);

/* The header as it would stand in a file whose first directory is the one at `offset`. */
void rst_tiff_chain_header(const struct rst_tiff_chain *chain, uint64_t offset, unsigned char header[16]);

/* The bytes of the file that the directory at `offset` takes, without the values that do not fit its entries; where its
 * number of entries does not lie in the file, *bytes is UINT64_MAX. */
enum rst_status rst_tiff_chain_extent(const struct rst_tiff_chain *chain, int descriptor, uint64_t offset,
                                      uint64_t *bytes, const char *path, struct rst_error *err);

#endif
