/* The command line: common options, which may stand anywhere on it, and all other words in their order. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "codecs/codecs.h"
#include "raster/raster.h"

enum option {
    OPTION_THREADS,
    OPTION_MAX_MEMORY,
    OPTION_BORDER,
    OPTION_NODATA,
    OPTION_ALPHA,
    OPTION_WINDOW,
    OPTION_PAGE,
    OPTION_RAW,
    OPTION_IN_PLACE,
    OPTION_OVERWRITE,
    OPTION_FORMAT,
    OPTION_COMPRESSION,
    OPTION_LEVEL,
    OPTION_QUALITY,
    OPTION_MAX_ERROR,
    OPTION_PREDICTOR,
    OPTION_TILE,
    OPTION_STRIP,
    OPTION_PLANAR,
    OPTION_CHUNKY,
    OPTION_BYTE_ORDER,
    OPTION_BIG_TIFF,
    OPTION_SIDECAR,
    OPTION_SPARSE,
    OPTION_SCRATCH_DIR,
    OPTION_SYNC,
    OPTION_DRY_RUN,
    OPTION_REPORT,
    OPTION_QUIET,
    OPTION_JSON,
    OPTION_HELP,
    OPTION_COUNT
};

#define OPTION_BIT(option) (UINT64_C(1) << (option))
#define OPTIONS_ANY UINT64_MAX
#define OPTIONS_OF_ALL                                                                                                 \
    (OPTION_BIT(OPTION_THREADS) | OPTION_BIT(OPTION_MAX_MEMORY) | OPTION_BIT(OPTION_DRY_RUN) |                         \
     OPTION_BIT(OPTION_QUIET) | OPTION_BIT(OPTION_JSON) | OPTION_BIT(OPTION_HELP))

/* What lays out a new file. */
#define OPTIONS_OF_LAYOUT                                                                                              \
    (OPTION_BIT(OPTION_FORMAT) | OPTION_BIT(OPTION_COMPRESSION) | OPTION_BIT(OPTION_LEVEL) |                           \
     OPTION_BIT(OPTION_QUALITY) | OPTION_BIT(OPTION_MAX_ERROR) | OPTION_BIT(OPTION_PREDICTOR) |                        \
     OPTION_BIT(OPTION_TILE) | OPTION_BIT(OPTION_STRIP) | OPTION_BIT(OPTION_PLANAR) | OPTION_BIT(OPTION_CHUNKY) |      \
     OPTION_BIT(OPTION_BYTE_ORDER) | OPTION_BIT(OPTION_BIG_TIFF) | OPTION_BIT(OPTION_SIDECAR) |                        \
     OPTION_BIT(OPTION_SPARSE))

struct options {
    uint64_t given;      /* OPTION_BIT()s of what stands on the line */
    int threads;         /* 0: as many as there are */
    uint64_t max_memory; /* of the process, in bytes; 0: not on the line */
    struct rst_border border;
    const char *nodata; /* text; its type is the raster's */
    enum rst_alpha alpha;
    struct rst_rect window;
    int page;
    struct rst_raw raw;
    struct rst_create_options create; /* as far as the line says it: see output_layout() */
    bool same_compression;            /* --compression same */

    const char *command; /* NULL: none on the line */
    const char **words;  /* the rest, in order; borrowed from argv, the array owned */
    int word_count;
    int literal_from; /* words from here on stood after `--`: not options whatever they look like */
    double started;   /* seconds, of clock_now() */

    int done, failed; /* exit statuses of a command that came to its end, and of one that failed */
};

/* One row of the table that parsing and help are made from. */
struct option_row {
    const char *name;
    const char *argument; /* "N"; NULL: takes no value */
    const char *summary;
    enum rst_status (*set)(struct options *options, const char *value, struct rst_error *err); /* NULL: just given */
};

const struct option_row *option_row(enum option option);

/* Takes the line apart. A word `--name` that is no common option is kept, with the word after it, which is its value
 * (all parameters of operations have one). RST_E_ARGUMENT for a value that cannot be. End with options_free(). */
RST_MUST_USE enum rst_status options_parse(int argc, char **argv, struct options *options, struct rst_error *err);
void options_free(struct options *options);

static inline bool options_has(const struct options *options, enum option option)
{
    return (options->given & OPTION_BIT(option)) != 0;
}

/* RST_E_ARGUMENT where the line has a common option that is not among `takes`, or two that exclude each other. */
RST_MUST_USE enum rst_status options_check(const struct options *options, uint64_t takes, struct rst_error *err);

/* True where words[index] is written as an option; *name gets its name (up to '=', not terminated there) and *length
 * the name's length. */
bool options_word(const struct options *options, int index, const char **name, int *length);

/* RST_E_ARGUMENT for an option nobody knows, with the nearest known name: one of the common options in `takes`, or of
 * `names` (may be NULL). */
RST_MUST_USE enum rst_status options_unknown(const struct options *options, int index, uint64_t takes,
                                             const char *const *names, int name_count, struct rst_error *err);

/* RST_E_ARGUMENT unless every word is a file name, and there are `least` to `most` of them. */
RST_MUST_USE enum rst_status options_files(const struct options *options, uint64_t takes, int least, int most,
                                           struct rst_error *err);

/* Seconds of a clock that never goes back. */
double clock_now(void);

#endif
