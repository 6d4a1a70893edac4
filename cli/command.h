/* A command of rasterctl. Every operation of the library is a command too; those are not listed here but found in the
 * library's table, and all run by run_operation(). */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "cli/options.h"

/* An option that one command alone has; it takes a value. */
struct command_option {
    const char *name, *argument, *summary;
};

struct command {
    const char *name;
    const char *synopsis; /* what follows the name */
    const char *summary;  /* one line, no full stop */
    const char *details;  /* paragraphs for `help COMMAND`; may be NULL */
    uint64_t takes;       /* OPTION_BIT()s of the common options that mean something to it */
    int own_count;
    const struct command_option *own;
    enum rst_status (*handler)(struct options *options, struct rst_error *err);
};

int command_count(void);
const struct command *command_at(int index);
const struct command *command_find(const char *name); /* NULL where there is none */

/* RST_E_ARGUMENT for a name that is neither a command nor an operation, with the nearest that is. */
enum rst_status command_unknown(const char *name, struct rst_error *err);

/* The common options of what is read and of what is written. */
#define OPTIONS_OF_INPUT (OPTION_BIT(OPTION_PAGE) | OPTION_BIT(OPTION_RAW) | OPTION_BIT(OPTION_SCRATCH_DIR))
#define OPTIONS_OF_OUTPUT                                                                                              \
    (OPTIONS_OF_LAYOUT | OPTION_BIT(OPTION_OVERWRITE) | OPTION_BIT(OPTION_SCRATCH_DIR) | OPTION_BIT(OPTION_SYNC))

/* The common options that an operation run from file to file takes. */
#define OPTIONS_OF_OPERATIONS                                                                                          \
    (OPTION_BIT(OPTION_BORDER) | OPTION_BIT(OPTION_NODATA) | OPTION_BIT(OPTION_ALPHA) | OPTION_BIT(OPTION_WINDOW) |    \
     OPTION_BIT(OPTION_IN_PLACE) | OPTION_BIT(OPTION_REPORT) | OPTIONS_OF_INPUT | OPTIONS_OF_OUTPUT)

enum rst_status run_info(struct options *options, struct rst_error *err);
enum rst_status run_ops(struct options *options, struct rst_error *err);
enum rst_status run_help(struct options *options, struct rst_error *err);
enum rst_status run_version(struct options *options, struct rst_error *err);
enum rst_status run_generate(struct options *options, struct rst_error *err);
enum rst_status run_convert(struct options *options, struct rst_error *err);
enum rst_status run_edit(struct options *options, struct rst_error *err);
enum rst_status run_compare(struct options *options, struct rst_error *err);
enum rst_status run_stats(struct options *options, struct rst_error *err);
enum rst_status run_hist(struct options *options, struct rst_error *err);
enum rst_status run_formats(struct options *options, struct rst_error *err);
enum rst_status run_pipeline(struct options *options, struct rst_error *err);
enum rst_status run_operation(struct options *options, struct rst_error *err);

#endif
