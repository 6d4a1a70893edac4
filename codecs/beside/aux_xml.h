/* FILE.aux.xml, where GDAL keeps what a format cannot hold (its "persistent auxiliary metadata"). */
#ifndef CODECS_BESIDE_AUX_XML_H
#define CODECS_BESIDE_AUX_XML_H

#include "raster/base/bytes.h"
#include "raster/image/meta.h"
#include "raster/image/shape.h"

/* What such a file can hold of the metadata, as enum rst_meta_field. */
unsigned rst_aux_keeps(const struct rst_shape *shape, const struct rst_meta *meta);

/* The file's text with those of `fields` that it can hold and that say something; empty where there are none. The
 * caller clears it. */
enum rst_status rst_aux_write(const struct rst_shape *shape, const struct rst_meta *meta, unsigned fields,
                              struct rst_bytes *text, struct rst_error *err);

/* Adds what the file beside `path` says to what is not yet known; nothing where there is none. RST_E_FORMAT for one
 * that is no XML, or longer than 16 MiB; meta is as before where it fails. */
enum rst_status rst_aux_read(const char *path, enum rst_type type, int32_t bands, struct rst_meta *meta,
                             struct rst_error *err);

/* The same of a text; `path` is for messages. */
enum rst_status rst_aux_parse(const char *path, const char *text, size_t size, enum rst_type type, int32_t bands,
                              struct rst_meta *meta, struct rst_error *err);

/* Names that both directions share: GDAL's keys for the texts of TIFF, parts of an RPC, what a band shows. */
struct rst_aux_name {
    const char *ours, *gdals;
};
enum { RST_AUX_KEYS = 6, RST_AUX_ROLES = 3, RST_AUX_RPC_NUMBERS = 12, RST_AUX_RPC_LISTS = 4, RST_AUX_COLORS = 13 };
#define RST_AUX_DESCRIPTION "TIFFTAG_IMAGEDESCRIPTION"
extern const struct rst_aux_name rst_aux_keys[RST_AUX_KEYS];
extern const struct rst_aux_name rst_aux_roles[RST_AUX_ROLES]; /* role, and the element in its place */
extern const char *const rst_aux_rpc[RST_AUX_RPC_NUMBERS + RST_AUX_RPC_LISTS];
extern const struct rst_aux_name rst_aux_colors[RST_AUX_COLORS]; /* rst_meta_band_color(), and GDAL's */

#endif
