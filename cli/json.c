/* A JSON writer. Strings come from file names and from metadata of files that nobody vouches for, so they are escaped
 * byte by byte: what is not UTF-8 becomes U+FFFD, and numbers that JSON has no word for become strings. */
#include "cli/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Length of the well-formed UTF-8 sequence at `s` (no overlong form, no surrogate), 0 where there is none. */
static size_t utf8_length(const unsigned char *s)
{
    if (s[0] < 0x80) return 1;
    size_t length = s[0] >= 0xc2 && s[0] <= 0xdf ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 : s[0] >= 0xf0 && s[0] <= 0xf4 ? 4 : 0;
    for (size_t i = 1; i < length; i++)
        if ((s[i] & 0xc0) != 0x80) return 0;
    if (s[0] == 0xe0 && s[1] < 0xa0) return 0;
    if (s[0] == 0xed && s[1] > 0x9f) return 0;
    if (s[0] == 0xf0 && s[1] < 0x90) return 0;
    if (s[0] == 0xf4 && s[1] > 0x8f) return 0;
    return length;
}

static void put_string(FILE *to, const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    putc('"', to);
    while (*s != '\0') {
        size_t length = utf8_length(s);
        if (length == 0)
            fputs("\\ufffd", to);
        else if (*s == '"' || *s == '\\')
            fprintf(to, "\\%c", *s);
        else if (*s == '\n')
            fputs("\\n", to);
        else if (*s == '\t')
            fputs("\\t", to);
        else if (*s < 0x20 || *s == 0x7f)
            fprintf(to, "\\u%04x", *s);
        else
            fwrite(s, 1, length, to);
        s += length == 0 ? 1 : length;
    }
    putc('"', to);
}

static void indent(struct json *json)
{
    putc('\n', json->to);
    for (int i = 0; i < json->depth; i++)
        fputs("  ", json->to);
}

static void start(struct json *json, const char *key)
{
    if (json->follows) putc(',', json->to);
    if (json->depth > 0) indent(json);
    json->follows = true;
    if (key == NULL) return;
    put_string(json->to, key);
    fputs(": ", json->to);
}

void json_open(struct json *json, const char *key, char bracket)
{
    start(json, key);
    putc(bracket, json->to);
    json->depth++;
    json->follows = false;
}

void json_close(struct json *json, char bracket)
{
    json->depth--;
    if (json->follows) indent(json);
    putc(bracket, json->to);
    if (json->depth == 0) putc('\n', json->to);
    json->follows = true;
}

void json_text(struct json *json, const char *key, const char *text)
{
    start(json, key);
    if (text == NULL)
        fputs("null", json->to);
    else
        put_string(json->to, text);
}

void json_bool(struct json *json, const char *key, bool value)
{
    start(json, key);
    fputs(value ? "true" : "false", json->to);
}

void json_null(struct json *json, const char *key)
{
    json_text(json, key, NULL);
}

void json_integer(struct json *json, const char *key, int64_t value)
{
    start(json, key);
    fprintf(json->to, "%lld", (long long)value);
}

char *json_format_real(double value, char *buffer, size_t size)
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(buffer, size, "%.*g", digits, value);
        if (strtod(buffer, NULL) == value) break;
    }
    return buffer;
}

static void put_real(FILE *to, double value)
{
    char buffer[32];
    if (isnan(value))
        fputs("\"nan\"", to);
    else if (isinf(value))
        fputs(value > 0 ? "\"inf\"" : "\"-inf\"", to);
    else
        fputs(json_format_real(value, buffer, sizeof buffer), to);
}

void json_real(struct json *json, const char *key, double value)
{
    start(json, key);
    put_real(json->to, value);
}

void json_reals(struct json *json, const char *key, const double *values, size_t count)
{
    start(json, key);
    putc('[', json->to);
    for (size_t i = 0; i < count; i++) {
        if (i > 0) fputs(", ", json->to);
        put_real(json->to, values[i]);
    }
    putc(']', json->to);
}

void json_sample(struct json *json, const char *key, union rst_sample sample, enum rst_type type)
{
    if (rst_type_is_float(type)) {
        json_real(json, key, rst_sample_to_double(sample, type));
        return;
    }
    char buffer[32];
    start(json, key);
    fputs(rst_sample_format(sample, type, buffer, sizeof buffer), json->to);
}
