/* What `info` tells of one image of a file, in words and for programs. */
#ifndef CLI_INFO_H
#define CLI_INFO_H

#include "cli/json.h"
#include "raster/raster.h"

/* Words for what a layout and its metadata mean. */
const char *info_kind(const struct rst_layout *layout);       /* "strips", "tiles" or "whole" */
const char *info_interleave(const struct rst_layout *layout); /* "bip", "bil" or "bsq" */
const char *info_byte_order(const struct rst_layout *layout); /* "little" or "big"; NULL for single bytes */
const char *info_photometric(int code);                       /* "RGB" ...; NULL where it has no name */
const char *info_extra_sample(uint16_t code);                 /* "unassociated alpha" ... */
const char *info_resolution_unit(int code);                   /* "inch" ...; NULL where there is none */
bool info_is_one_block(const struct rst_layout *layout);
uint64_t info_first_byte(const struct rst_layout *layout); /* RST_NO_BLOCK where nothing is stored */

void info_print(const struct rst_raster *raster, int page);
void info_print_json(struct json *json, const struct rst_raster *raster, int page);

#endif
