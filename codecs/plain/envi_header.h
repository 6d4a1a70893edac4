/* The text of an ENVI header, and its field "map info". Private to the format. */
#ifndef CODECS_PLAIN_ENVI_HEADER_H
#define CODECS_PLAIN_ENVI_HEADER_H

#include <stdbool.h>

#include "codecs/text/header.h"

/* One field: `name` in small letters with single blanks, `value` without the braces around a list. */
struct rst_envi_field {
    char *name, *value;
    bool braces;
    int line;
};

/* Goes through the fields of a text that it takes apart. Start with at = text, line = 1. */
struct rst_envi_text {
    const char *path; /* for messages */
    char *at;
    int line;
};

/* The next field; field->name is NULL at the end. */
enum rst_status rst_envi_next(struct rst_envi_text *text, struct rst_envi_field *field, struct rst_error *err);

/* The next entry of a list, without blanks around it; NULL at its end. Takes the list apart. */
char *rst_envi_entry(char **list);

/* Reads "map info" into a geotransform and, where it is sure, an EPSG code. false where it is not to be understood. */
bool rst_envi_parse_map(char *list, struct rst_affine *map, int *epsg);

/* Whether "map info" can say the geotransform: square corners, north up or turned, y the other way than rows. */
bool rst_envi_can_map(struct rst_affine map);

/* "map info = {...}" and a line's end. */
void rst_envi_put_map(struct rst_text *text, struct rst_affine map, int epsg);

#endif
