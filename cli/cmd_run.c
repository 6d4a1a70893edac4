/* Running operations over files: every operation of the library as a command, and `pipeline`. The order is the same for
 * all: the line is understood first, then names are checked, then headers, and only then is an output created; whatever
 * fails, closing the output removes it. */
#include "cli/cmd_run.h"

#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/plan.h"
#include "cli/sweep.h"

/* Tells what the job would cost, in the place of doing it. */
static enum rst_status tell(struct sweep *sweep, struct rst_error *err)
{
    const struct report *report = sweep->report;
    const struct sweep_job *job = &sweep->job;
    struct plan plan = {.input_names = {report->input},
                        .inputs = {job->in},
                        .input_count = report->input != NULL ? 1 : 0,
                        .output_name = report->output,
                        .output = job->out,
                        .budget = sweep->budget};
    for (int i = 0; job->others != NULL && i < job->others->count && plan.input_count < PLAN_INPUTS; i++) {
        plan.input_names[plan.input_count] = job->others->names[i];
        plan.inputs[plan.input_count++] = job->others->list[i];
    }
    RST_TRY(sweep_cost(sweep, &plan.cost, err));
    if (job->out != NULL && job->out != job->in) output_lost(job->out, sweep->options, plan.lost, sizeof plan.lost);
    plan_print(&plan, sweep->options);
    return RST_OK;
}

static enum rst_status run_or_tell(const struct sweep_job *job, const struct options *options, struct report *report,
                                   struct rst_error *err)
{
    struct sweep sweep;
    RST_TRY(sweep_start(&sweep, job, options, report, err));
    return options_has(options, OPTION_DRY_RUN) ? tell(&sweep, err) : sweep_run(&sweep, err);
}

enum rst_status run_sweep(const struct rst_pipeline *pipeline, struct rst_raster *in, struct rst_raster *out,
                          const struct others *others, const struct options *options, struct report *report,
                          struct rst_error *err)
{
    const struct sweep_job job = {.pipeline = pipeline, .in = in, .out = out, .others = others};
    return run_or_tell(&job, options, report, err);
}

enum rst_status run_reductions(const struct rst_reduction *const *reductions, int count, struct rst_raster *in,
                               const struct options *options, struct report *report, void **results,
                               struct rst_error *err)
{
    const struct sweep_job job = {.reductions = reductions, .reduction_count = count, .in = in, .results = results};
    for (int i = 0; i < count; i++)
        results[i] = NULL;
    return run_or_tell(&job, options, report, err);
}

enum rst_status run_commit(struct rst_raster *out, const struct options *options, struct report *report,
                           struct rst_error *err)
{
    if (options_has(options, OPTION_DRY_RUN)) return RST_OK;
    output_lost(out, options, report->lost, sizeof report->lost);
    if (*interrupt_flag() != 0)
        return rst_fail(err, RST_E_CANCELLED, "%s: interrupted; nothing was written", rst_raster_path(out));
    return rst_commit(out, err);
}

/* Creates the output, runs and publishes it. */
static enum rst_status run_into(const struct rst_pipeline *pipeline, struct rst_raster *in, const struct others *others,
                                const char *path, const struct options *options, struct report *report,
                                struct rst_error *err)
{
    struct rst_raster *out = NULL;
    struct rst_shape in_shape = rst_raster_shape(in), shape;
    const struct rst_rect *window = options_has(options, OPTION_WINDOW) ? &options->window : NULL;
    RST_TRY(rst_pipeline_plan(pipeline, &in_shape, window, &shape, NULL, err));
    struct rst_create_options create;
    struct rst_raw raw;
    RST_TRY(output_layout(path, in, options, &raw, &create, err));
    create.window = window;
    if (create.raw != NULL && !output_raw_is_input(rst_raster_path(in), path, options))
        RST_TRY(output_check_raw(options, &shape, err));
    RST_TRY(rst_create_like(path, in, pipeline, &create, &out, err));
    enum rst_status status = run_sweep(pipeline, in, out, others, options, report, err);
    if (status == RST_OK) status = run_commit(out, options, report, err);
    rst_close(&out);
    return status;
}

static enum rst_status run_in_place(const struct rst_pipeline *pipeline, const struct input *input,
                                    const struct others *others, const struct options *options, struct report *report,
                                    struct rst_error *err)
{
    struct rst_raster *raster = NULL;
    RST_TRY(input_open(input, RST_SHARED, output_raw_is_input(input->path, NULL, options), options, &raster, err));
    enum rst_status status = run_sweep(pipeline, raster, raster, others, options, report, err);
    bool sync = options_has(options, OPTION_SYNC) && !options_has(options, OPTION_DRY_RUN);
    if (status == RST_OK && sync) status = rst_commit(raster, err);
    rst_close(&raster);
    return status;
}

static enum rst_status run_to_file(const struct rst_pipeline *pipeline, const struct input *input,
                                   const struct others *others, const char *output, const struct options *options,
                                   struct report *report, struct rst_error *err)
{
    struct rst_raster *in = NULL;
    RST_TRY(output_check(input->path, output, options, err));
    for (int i = 0; i < others->count; i++)
        RST_TRY(output_check(rst_raster_path(others->list[i]), output, options, err));
    RST_TRY(input_open(input, RST_READ, output_raw_is_input(input->path, output, options), options, &in, err));
    enum rst_status status = run_into(pipeline, in, others, output, options, report, err);
    rst_close(&in);
    return status;
}

/* Whether there are as many files as operations want that read `more` of them beside their input. */
static enum rst_status check_files(const struct options *options, const char *const *files, int count, int more,
                                   struct rst_error *err)
{
    bool in_place = options_has(options, OPTION_IN_PLACE);
    int wanted = more + (in_place ? 1 : 2);
    if (count == 0) return rst_fail(err, RST_E_ARGUMENT, "'%s' wants an input and an output file", options->command);
    if (count == wanted) return RST_OK;
    if (more > 0)
        return rst_fail(err, RST_E_ARGUMENT,
                        "'%s' wants %d files, the input, %d to be read beside it%s, and %d were given: %s ...",
                        options->command, wanted, more, in_place ? "" : ", the output", count, files[0]);
    if (in_place)
        return rst_fail(err, RST_E_ARGUMENT, "--in-place changes one file, and %d were given: %s ...", count, files[0]);
    if (count == 1)
        return rst_fail(err, RST_E_ARGUMENT, "no output file given; '%s %s --in-place' would change %s itself",
                        options->command, files[0], files[0]);
    return rst_fail(err, RST_E_ARGUMENT, "'%s' does not know what to do with '%s'", options->command, files[2]);
}

enum rst_status run_files(const struct rst_pipeline *pipeline, const char *const *files, int count,
                          const struct options *options, struct rst_error *err)
{
    bool in_place = options_has(options, OPTION_IN_PLACE);
    int more = rst_pipeline_others(pipeline, -1);
    RST_TRY(check_files(options, files, count, more, err));
    struct report report = {.input = files[0], .output = in_place ? files[0] : files[count - 1]};
    struct others others;
    struct input input;
    RST_TRY(input_parse(files[0], options, &input, err));
    interrupt_catch();
    enum rst_status status = others_open(&others, files + 1, more, options, err);
    if (status == RST_OK)
        status = in_place ? run_in_place(pipeline, &input, &others, options, &report, err)
                          : run_to_file(pipeline, &input, &others, files[count - 1], options, &report, err);
    others_close(&others);
    input_free(&input);
    if (status == RST_OK && !options_has(options, OPTION_DRY_RUN)) report_print(&report, options);
    return status;
}

/* RST_E_ARGUMENT where words[index] is written as an option and no parameter of the operation has its name. */
static enum rst_status check_parameter(const struct options *options, int index, const struct rst_op_class *kind,
                                       struct rst_error *err)
{
    const char *name, *names[32];
    int length, count = 0;
    if (!options_word(options, index, &name, &length)) return RST_OK;
    for (int i = 0; i < kind->param_count && count < 32; i++) {
        names[count++] = kind->params[i].name;
        if (options->words[index][1] == '-' && (int)strlen(kind->params[i].name) == length &&
            strncmp(kind->params[i].name, name, (size_t)length) == 0)
            return RST_OK;
    }
    struct options owner = *options;
    owner.command = kind->name;
    return options_unknown(&owner, index, OPTIONS_OF_OPERATIONS | OPTIONS_OF_ALL, names, count, err);
}

/* Index of the word after words[index], which is written as an option, and its value. */
static int after_option(const struct options *options, int index)
{
    bool alone = strchr(options->words[index], '=') != NULL || index + 1 >= options->word_count;
    return index + (alone ? 1 : 2);
}

/* Parts the words into file names and the words of the operation, which go to `op` behind its name. */
static enum rst_status part_words(const struct options *options, const struct rst_op_class *kind, const char **files,
                                  int *file_count, const char **op, int *op_count, struct rst_error *err)
{
    const char *name;
    int length;
    op[(*op_count)++] = kind->name;
    for (int i = 0; i < options->word_count;) {
        if (!options_word(options, i, &name, &length)) {
            if (strcmp(options->words[i], "!") == 0)
                return rst_fail(err, RST_E_ARGUMENT, "'!' joins the operations of 'pipeline IN OUT', not of '%s'",
                                kind->name);
            files[(*file_count)++] = options->words[i++];
            continue;
        }
        RST_TRY(check_parameter(options, i, kind, err));
        for (int end = after_option(options, i); i < end; i++)
            op[(*op_count)++] = options->words[i];
    }
    return RST_OK;
}

static enum rst_status run_words(const struct options *options, const struct rst_op_class *kind, const char **files,
                                 const char **op, struct rst_error *err)
{
    int file_count = 0, op_count = 0;
    struct rst_pipeline *pipeline = NULL;
    RST_TRY(part_words(options, kind, files, &file_count, op, &op_count, err));
    RST_TRY(rst_pipeline_parse_words(op, op_count, &pipeline, err));
    enum rst_status status = run_files(pipeline, files, file_count, options, err);
    rst_pipeline_free(&pipeline);
    return status;
}

enum rst_status run_operation(struct options *options, struct rst_error *err)
{
    size_t room = (size_t)options->word_count + 1;
    RST_TRY(options_check(options, OPTIONS_OF_OPERATIONS | OPTIONS_OF_ALL, err));
    const char **files = calloc(2 * room, sizeof *files);
    if (files == NULL) return rst_fail(err, RST_E_NOMEM, "out of memory");
    enum rst_status status = run_words(options, rst_ops_find(options->command), files, files + room, err);
    free(files);
    return status;
}

/* Finds misspelt parameters from word `at` on, so that the message can also offer the common options. Unknown
 * operations are left to the parser of pipelines. */
static enum rst_status check_pipeline_words(const struct options *options, int at, struct rst_error *err)
{
    const char *name;
    int length;
    const struct rst_op_class *kind = NULL;
    bool at_name = true;
    while (at < options->word_count) {
        if (!options_word(options, at, &name, &length)) {
            bool joint = strcmp(options->words[at], "!") == 0;
            if (at_name && !joint) kind = rst_ops_find(options->words[at]);
            at_name = joint;
            at++;
            continue;
        }
        if (kind != NULL) RST_TRY(check_parameter(options, at, kind, err));
        at = after_option(options, at);
    }
    return RST_OK;
}

/* Where the operations begin: behind the files, of which there are more than `least` where operations read several. A
 * word that is neither is left for the parser of pipelines to complain of. */
static int operations_at(const struct options *options, int least)
{
    const char *name;
    int length;
    for (int i = least; i < options->word_count; i++) {
        const char *word = options->words[i];
        bool whole = i + 1 == options->word_count && strpbrk(word, " \t") != NULL; /* all of them in one word */
        if (whole || rst_ops_find(word) != NULL) return i;
        if (options_word(options, i, &name, &length) || strcmp(word, "!") == 0) break;
    }
    return least;
}

enum rst_status run_pipeline(struct options *options, struct rst_error *err)
{
    const char *name;
    int length, files = options_has(options, OPTION_IN_PLACE) ? 1 : 2;
    bool in_place = files == 1;
    uint64_t takes = OPTIONS_OF_OPERATIONS | OPTIONS_OF_ALL;
    struct rst_pipeline *pipeline = NULL;
    RST_TRY(options_check(options, takes, err));
    for (int i = 0; i < files && i < options->word_count; i++)
        if (options_word(options, i, &name, &length)) return options_unknown(options, i, takes, NULL, 0, err);
    if (options->word_count <= files)
        return rst_fail(err, RST_E_ARGUMENT,
                        "'pipeline' wants %s and then operations, as in: %s gaussblur --sigma 2 ! invert",
                        in_place ? "a file" : "an input and an output file", in_place ? "FILE" : "IN OUT");
    files = operations_at(options, files);
    const char *const *words = options->words + files;
    int count = options->word_count - files;
    RST_TRY(check_pipeline_words(options, files, err));
    enum rst_status status = count == 1 && strpbrk(words[0], " \t") != NULL
                                 ? rst_pipeline_parse(words[0], &pipeline, err)
                                 : rst_pipeline_parse_words(words, count, &pipeline, err);
    if (status == RST_OK) status = run_files(pipeline, options->words, files, options, err);
    rst_pipeline_free(&pipeline);
    return status;
}
