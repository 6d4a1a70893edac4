/* `convert`: a copy in another layout or format, which is what running the empty pipeline makes. */
#include "cli/cmd_run.h"
#include "cli/command.h"

enum rst_status run_convert(struct options *options, struct rst_error *err)
{
    struct rst_pipeline *pipeline = NULL;
    unsigned takes = command_find("convert")->takes | OPTIONS_OF_ALL;
    RST_TRY(options_check(options, takes, err));
    RST_TRY(options_files(options, takes, 2, 2, err));
    RST_TRY(rst_pipeline_new(&pipeline, err));
    enum rst_status status = run_files(pipeline, options->words, options->word_count, options, err);
    rst_pipeline_free(&pipeline);
    return status;
}
