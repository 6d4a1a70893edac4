/* The map that reclassify is given as text, and what it comes to for one type of samples.
 *
 *     0-10=1, 10-20=2, 25=7, nan=0, else=keep
 */
#ifndef RASTER_OPS_POINT_RECLASSIFY_MAP_H
#define RASTER_OPS_POINT_RECLASSIFY_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "raster/base/status.h"
#include "raster/base/type.h"

enum rst_class_kind { RST_CLASS_RANGE, RST_CLASS_VALUE, RST_CLASS_NAN, RST_CLASS_ELSE };

/* One entry of the map. Texts are the map's own. */
struct rst_class_entry {
    enum rst_class_kind kind;
    int column;             /* of the entry's first letter, from 1 */
    int length;             /* of the entry */
    int result_column;      /* of what it gives */
    const char *low, *high; /* of a range: low <= sample < high; of a value: both are it */
    const char *result;     /* NULL: the sample is kept */
    double from, below;     /* low and high as doubles */
};

struct rst_class_map {
    char *text;  /* as it was given */
    char *words; /* the same, cut up */
    struct rst_class_entry *entries;
    int count;
};

/* Reads the text. RST_E_ARGUMENT points at the column. To be ended with rst_class_map_clear() in any case. */
RST_MUST_USE enum rst_status rst_class_map_read(const char *text, struct rst_class_map *map, struct rst_error *err);
void rst_class_map_clear(struct rst_class_map *map);

/* The entry for NaN, or for what no other entry names; NULL where there is none. */
const struct rst_class_entry *rst_class_map_find(const struct rst_class_map *map, enum rst_class_kind kind);

/* Samples first ... last belong to the entry. */
struct rst_class_span {
    uint64_t first, last; /* keys */
    const struct rst_class_entry *entry;
};

/* The samples of a type that ranges and values name, in ascending order; `spans` has room for all entries. Entries
 * without any are left out, and entries that share one are refused. */
RST_MUST_USE enum rst_status rst_class_map_spans(const struct rst_class_map *map, enum rst_type type,
                                                 struct rst_class_span *spans, int *count, struct rst_error *err);

#endif
