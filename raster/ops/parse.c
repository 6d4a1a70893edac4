/* A pipeline from text. Text is first cut into words, with a shell's quotes but none of its expansions; words are then
 * read one operation after another, so that what a shell hands over and what stands in one string mean the same. The
 * word `!` ends an operation, whether it was quoted or not. */
#include "raster/ops/ops.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "raster/base/spelling.h"

struct words {
    const char *const *at;
    int left;
};

static bool is_end(const struct words *words)
{
    return words->left == 0 || strcmp(*words->at, "!") == 0;
}

static const char *take(struct words *words)
{
    words->left--;
    return *words->at++;
}

static enum rst_status unknown_operation(const char *name, struct rst_error *err)
{
    const char *nearest = rst_ops_at(0)->name;
    for (int i = 1; i < rst_ops_count(); i++)
        if (rst_spelling_distance(name, rst_ops_at(i)->name) < rst_spelling_distance(name, nearest))
            nearest = rst_ops_at(i)->name;
    return rst_fail(err, RST_E_ARGUMENT, "unknown operation '%.40s'; did you mean '%s'? %d are known", name, nearest,
                    rst_ops_count());
}

/* One --name VALUE or --name=VALUE. `name` is the caller's memory, as large as the longest word. */
static enum rst_status take_param(const struct rst_op_class *kind, struct words *words, char *name, const char **value,
                                  struct rst_error *err)
{
    const char *word = take(words);
    if (strncmp(word, "--", 2) != 0 || !word[2])
        return rst_fail(err, RST_E_ARGUMENT, "%s: '%.60s' is not a parameter; they are given as --name VALUE",
                        kind->name, word);
    size_t length = strcspn(word + 2, "=");
    memcpy(name, word + 2, length);
    name[length] = '\0';
    if (word[2 + length] == '=') {
        *value = word + 2 + length + 1;
        return RST_OK;
    }
    if (is_end(words) || strncmp(*words->at, "--", 2) == 0)
        return rst_fail(err, RST_E_ARGUMENT, "%s --%.60s: its value is missing", kind->name, name);
    *value = take(words);
    return RST_OK;
}

/* The operation whose parameters follow; names[] and params[] have room for every word that is left. */
static enum rst_status take_op(struct words *words, char *names, const char *(*params)[2], struct rst_op **op,
                               struct rst_error *err)
{
    const char *name = take(words);
    const struct rst_op_class *kind = rst_ops_find(name);
    int count = 0;
    if (!kind) return unknown_operation(name, err);
    while (!is_end(words)) {
        RST_TRY(take_param(kind, words, names, &params[count][1], err));
        params[count++][0] = names;
        names += strlen(names) + 1;
    }
    return rst_op_new(kind, (const char *const(*)[2])params, count, op, err);
}

static enum rst_status missing_operation(int before, struct rst_error *err)
{
    if (before == 0) return rst_fail(err, RST_E_ARGUMENT, "the pipeline does not start with an operation");
    return rst_fail(err, RST_E_ARGUMENT, "the pipeline has no operation after the `!` behind operation %d", before);
}

static enum rst_status fill(struct rst_pipeline *pipeline, struct words words, char *names, const char *(*params)[2],
                            struct rst_error *err)
{
    for (;;) {
        struct rst_op *op = NULL;
        if (is_end(&words)) return missing_operation(rst_pipeline_length(pipeline), err);
        RST_TRY(take_op(&words, names, params, &op, err));
        RST_TRY(rst_pipeline_append(pipeline, &op, err));
        if (words.left == 0) return RST_OK;
        (void)take(&words);
    }
}

enum rst_status rst_pipeline_parse_words(const char *const *words, int count, struct rst_pipeline **out,
                                         struct rst_error *err)
{
    size_t bytes = 1;
    struct rst_pipeline *pipeline = NULL;
    *out = NULL;
    for (int i = 0; i < count; i++)
        bytes += strlen(words[i]) + 1;
    char *names = malloc(bytes);
    const char *(*params)[2] = calloc((size_t)count + 1, sizeof *params);
    enum rst_status status = RST_E_NOMEM;
    if (!names || !params)
        rst_fail(err, status, "no memory for a pipeline of %d words", count);
    else
        status = rst_pipeline_new(&pipeline, err);
    if (!status) status = fill(pipeline, (struct words){words, count}, names, params, err);
    if (status)
        rst_pipeline_free(&pipeline);
    else
        *out = pipeline;
    free(params);
    free(names);
    return status;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Copies the next word of *text to `to`, without its quotes; false where a quote is not closed. */
static bool cut_word(const char **text, char **to)
{
    const char *at = *text;
    char quote = '\0';
    for (; *at && (quote || !is_blank(*at)); at++) {
        if (quote && *at == quote)
            quote = '\0';
        else if (!quote && (*at == '\'' || *at == '"'))
            quote = *at;
        else
            *(*to)++ = *at;
    }
    *(*to)++ = '\0';
    *text = at;
    return !quote;
}

/* Cuts the text into `words`, whose letters go to `to`. */
static enum rst_status cut_words(const char *text, char *to, const char **words, int *count, struct rst_error *err)
{
    for (;;) {
        while (is_blank(*text))
            text++;
        if (!*text) return RST_OK;
        const char *start = text;
        words[(*count)++] = to;
        if (!cut_word(&text, &to)) return rst_fail(err, RST_E_ARGUMENT, "a quote is not closed in: %.100s", start);
    }
}

enum rst_status rst_pipeline_parse(const char *text, struct rst_pipeline **out, struct rst_error *err)
{
    size_t length = strlen(text);
    char *letters = malloc(length + 1);
    const char **words = malloc((length / 2 + 1) * sizeof *words);
    int count = 0;
    enum rst_status status = RST_E_NOMEM;
    *out = NULL;
    if (letters && words)
        status = cut_words(text, letters, words, &count, err);
    else
        rst_fail(err, status, "no memory for a pipeline of %zu letters", length);
    if (!status) status = rst_pipeline_parse_words(words, count, out, err);
    free(words);
    free(letters);
    return status;
}
