/* Writing JSON: members in the order of the calls, two blanks of indent, always valid. */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "raster/raster.h"

struct json {
    FILE *to;
    int depth;
    bool follows; /* a value stands before the next one on this level */
};

/* `key` is NULL inside an array and for the outermost value. open: '{' or '['; close: '}' or ']', where the outermost
 * one ends the line. */
void json_open(struct json *json, const char *key, char bracket);
void json_close(struct json *json, char bracket);

void json_text(struct json *json, const char *key, const char *text); /* NULL gives null */
void json_bool(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);
void json_integer(struct json *json, const char *key, int64_t value);
void json_real(struct json *json, const char *key, double value); /* NaN and infinities as "nan", "inf", "-inf" */
void json_reals(struct json *json, const char *key, const double *values, size_t count);
void json_sample(struct json *json, const char *key, union rst_sample sample, enum rst_type type);

/* The shortest text of a double that reads back as the same; size 32 is enough. Returns buffer. */
char *json_format_real(double value, char *buffer, size_t size);

#endif
