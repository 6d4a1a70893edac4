/* `convert`: a copy in another layout or format, which is what running the empty pipeline makes. --bands and --type put
 * the operations of the same meaning into it. */
#include "cli/cmd_convert.h"

#include "cli/cmd_run.h"
#include "cli/words.h"

enum { OWN_BANDS, OWN_TYPE };

const struct command_option convert_options[CONVERT_OPTIONS] = {
    [OWN_BANDS] = {"bands", "LIST",
                   "bands of the output in their order, counted from 1 on, as in 3,2,1 (default: all)"},
    [OWN_TYPE] = {"type", "TYPE", "convert to u8 i8 u16 i16 u32 i32 u64 i64 f32 f64; what does not fit saturates"},
};

/* Appends the operation `name` with its one parameter; nothing where the line has no value for it. */
static enum rst_status append(struct rst_pipeline *pipeline, const char *name, const char *parameter, const char *value,
                              struct rst_error *err)
{
    const char *const params[1][2] = {{parameter, value}};
    struct rst_op *op = NULL;
    if (value == NULL) return RST_OK;
    RST_TRY(rst_op_new(rst_ops_find(name), params, 1, &op, err));
    return rst_pipeline_append(pipeline, &op, err);
}

static enum rst_status convert(const struct words *words, const struct options *options, struct rst_error *err)
{
    struct rst_pipeline *pipeline = NULL;
    RST_TRY(words_files(words, options, 2, err));
    RST_TRY(rst_pipeline_new(&pipeline, err));
    enum rst_status status = append(pipeline, "bands", "pick", words_value(words, OWN_BANDS), err);
    if (status == RST_OK) status = append(pipeline, "cast", "type", words_value(words, OWN_TYPE), err);
    if (status == RST_OK) status = run_files(pipeline, words->files, words->file_count, options, err);
    rst_pipeline_free(&pipeline);
    return status;
}

enum rst_status run_convert(struct options *options, struct rst_error *err)
{
    const struct command *command = command_find("convert");
    struct words words;
    RST_TRY(options_check(options, command->takes | OPTIONS_OF_ALL, err));
    enum rst_status status = words_part(options, command, &words, err);
    if (status == RST_OK) status = convert(&words, options, err);
    words_free(&words);
    return status;
}
