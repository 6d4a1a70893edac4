/* The bytes that one block of a layout takes. Private to this folder. */
#ifndef RASTER_IMAGE_BLOCK_H
#define RASTER_IMAGE_BLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "raster/image/layout.h"

struct rst_block_axis {
    uint64_t count, stride; /* the stride's magnitude */
};

struct rst_block_form {
    struct rst_block_axis outer; /* the axis with the longest stride */
    uint64_t inner;              /* bytes from the first to the last at one place of it */
    uint64_t span;               /* bytes from the first to the last of the whole block */
    uint64_t before;             /* of these, how many lie before the sample at column 0, row 0, band 0 */
};

struct rst_block_place {
    int64_t column, row;
    int32_t plane;
};

/* Blocks in all planes; 0 where the block size is 0. */
uint64_t rst_block_count(const struct rst_layout *layout);

/* Where the block with this place in `offsets` stands. */
struct rst_block_place rst_block_place(const struct rst_layout *layout, uint64_t index);

/* The form of a block in the last column, the last row, both or neither, with the padding that is stored. false where
 * samples overlap or the span does not fit 64 bits. */
bool rst_block_form(const struct rst_layout *layout, bool last_column, bool last_row, struct rst_block_form *form);

#endif
