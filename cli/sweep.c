/* What stands around rst_run(). The budget is checked by asking for the cost first: what the library refuses it refuses
 * in its own numbers, and the user is told the size to ask for instead. */
#include "cli/sweep.h"

#include "cli/interrupt.h"

static void on_progress(void *user, int64_t done, int64_t total)
{
    struct sweep *sweep = user;
    int parts = sweep->job.reduction_count > 0 ? sweep->job.reduction_count : 1;
    progress_draw(&sweep->progress, sweep->done * total + done, parts * total);
    report_sample(sweep->report);
}

enum rst_status sweep_start(struct sweep *sweep, const struct sweep_job *job, const struct options *options,
                            struct report *report, struct rst_error *err)
{
    *sweep = (struct sweep){.options = options, .report = report};
    if (job != NULL) sweep->job = *job;
    RST_TRY(budget_read(options, &sweep->budget, err));
    budget_start(&sweep->budget);
    report->max_memory = sweep->budget.asked;
    sweep->run = (struct rst_run_options){
        .threads = options->threads,
        .max_memory = budget_of_run(&sweep->budget),
        .scratch_dir = options->create.scratch_dir,
        .border = options->border,
        .window = options_has(options, OPTION_WINDOW) ? &options->window : NULL,
        .alpha = options->alpha,
        .progress = on_progress,
        .user = sweep,
        .cancel = interrupt_flag(),
        .report = &report->run,
    };
    if (sweep->job.others != NULL) {
        sweep->run.others = sweep->job.others->list;
        sweep->run.other_count = sweep->job.others->count;
    }
    return RST_OK;
}

static enum rst_status reduce_cost(const struct sweep_job *job, const struct rst_run_options *run,
                                   struct rst_cost *cost, struct rst_error *err)
{
    for (int i = 0; i < job->reduction_count; i++) {
        struct rst_cost one;
        RST_TRY(rst_reduce_cost(job->reductions[i], job->pipeline, job->in, run, &one, err));
        if (i > 0) rst_cost_add(&one, cost);
        *cost = one;
    }
    return RST_OK;
}

/* A report of all reductions together. */
static enum rst_status reduce(struct sweep *sweep, struct rst_error *err)
{
    const struct sweep_job *job = &sweep->job;
    struct rst_report before = {0}, *report = sweep->run.report;
    enum rst_status status = RST_OK;
    for (; status == RST_OK && sweep->done < job->reduction_count; sweep->done++) {
        status = rst_reduce(job->reductions[sweep->done], job->pipeline, job->in, &sweep->run,
                            &job->results[sweep->done], err);
        rst_report_add(report, &before);
        before = *report;
    }
    return status;
}

static enum rst_status find_cost(const struct sweep *sweep, uint64_t max_memory, struct rst_cost *cost,
                                 struct rst_error *err)
{
    const struct sweep_job *job = &sweep->job;
    struct rst_run_options run = sweep->run;
    run.max_memory = max_memory;
    return job->reduction_count > 0 ? reduce_cost(job, &run, cost, err)
                                    : rst_run_cost(job->pipeline, job->in, job->out, &run, cost, err);
}

static bool fits(void *user, uint64_t bytes)
{
    struct rst_cost cost;
    return find_cost(user, bytes, &cost, NULL) == RST_OK;
}

enum rst_status sweep_cost(struct sweep *sweep, struct rst_cost *cost, struct rst_error *err)
{
    struct rst_error why = {0};
    enum rst_status status = find_cost(sweep, sweep->run.max_memory, cost, &why);
    if (status == RST_E_ARGUMENT && sweep->budget.name != NULL)
        RST_TRY(budget_refuse(&sweep->budget, sweep->options->command, fits, sweep, err));
    return status == RST_OK ? RST_OK : rst_fail(err, status, "%s", why.message);
}

enum rst_status sweep_run(struct sweep *sweep, struct rst_error *err)
{
    const struct sweep_job *job = &sweep->job;
    struct rst_cost cost;
    if (sweep->budget.name != NULL) RST_TRY(sweep_cost(sweep, &cost, err));
    progress_start(&sweep->progress, options_has(sweep->options, OPTION_QUIET));
    enum rst_status status =
        job->reduction_count > 0 ? reduce(sweep, err) : rst_run(job->pipeline, job->in, job->out, &sweep->run, err);
    progress_clear(&sweep->progress);
    return status;
}
