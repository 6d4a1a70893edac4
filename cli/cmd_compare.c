/* `compare`: two images side by side. Headers come first: where size, bands or type differ there is nothing to compare
 * sample by sample, and that is an answer, not a failure. As cmp(1) does, it ends with 1 for a difference and with 2
 * for trouble. */
#include "cli/cmd_compare.h"

#include <string.h>

#include "cli/compare.h"
#include "cli/input.h"
#include "cli/interrupt.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/output.h"
#include "cli/plan.h"
#include "cli/sweep.h"
#include "cli/windows.h"
#include "cli/words.h"

enum { OWN_TOLERANCE, OWN_ONLY };

const struct command_option compare_options[COMPARE_OPTIONS] = {
    [OWN_TOLERANCE] = {"tolerance", "T", "samples that differ by T or less count as the same (default 0)"},
    [OWN_ONLY] = {"only", "pixels|metadata", "compare these alone (default: both)"},
};

/* What is to be compared, and what came out. */
struct comparison {
    const char *names[2];
    struct rst_raster *rasters[2];
    double tolerance;
    bool pixels, metadata; /* asked for */
    bool same_shape;
    bool told;     /* what it would cost, in the place of an answer */
    bool compared; /* the samples were */
    struct compare_result result;
    unsigned fields; /* of metadata that differ */
    struct report report;
};

static bool is_same(const struct comparison *comparison)
{
    return comparison->same_shape && comparison->result.different == 0 && comparison->fields == 0;
}

static bool same_shape(const struct rst_layout *a, const struct rst_layout *b)
{
    return a->width == b->width && a->height == b->height && a->bands == b->bands && a->type == b->type;
}

static bool fits(void *user, uint64_t bytes)
{
    struct comparison *comparison = user;
    struct rst_cost cost;
    return windows_plan(comparison->rasters, compare_row_bytes(), bytes, &cost, NULL) == RST_OK;
}

static enum rst_status find_cost(struct comparison *comparison, const struct sweep *sweep, struct rst_cost *cost,
                                 struct rst_error *err)
{
    struct rst_error why = {0};
    enum rst_status status = windows_plan(comparison->rasters, compare_row_bytes(), sweep->run.max_memory, cost, &why);
    if (status == RST_E_ARGUMENT && sweep->budget.name != NULL)
        RST_TRY(budget_refuse(&sweep->budget, "compare", fits, comparison, err));
    return status == RST_OK ? RST_OK : rst_fail(err, status, "%s", why.message);
}

static void tell(const struct comparison *comparison, const struct sweep *sweep, const struct rst_cost *cost)
{
    struct plan plan = {.input_names = {comparison->names[0], comparison->names[1]},
                        .inputs = {comparison->rasters[0], comparison->rasters[1]},
                        .input_count = 2,
                        .cost = *cost,
                        .budget = sweep->budget,
                        .reads = comparison->pixels && comparison->same_shape ? NULL : "the headers of both"};
    plan_print(&plan, sweep->options);
}

static enum rst_status compare_pixels(struct comparison *comparison, struct sweep *sweep, const struct rst_cost *cost,
                                      struct rst_error *err)
{
    struct compare_request request = {.rasters = {comparison->rasters[0], comparison->rasters[1]},
                                      .tolerance = comparison->tolerance,
                                      .cost = cost,
                                      .progress = sweep->run.progress,
                                      .user = sweep->run.user,
                                      .cancel = interrupt_flag(),
                                      .report = &comparison->report.run};
    progress_start(&sweep->progress, options_has(sweep->options, OPTION_QUIET));
    enum rst_status status = compare_samples(&request, &comparison->result, err);
    progress_clear(&sweep->progress);
    comparison->compared = true;
    return status;
}

static enum rst_status compare(struct comparison *comparison, const struct options *options, struct rst_error *err)
{
    const struct rst_raster *a = comparison->rasters[0], *b = comparison->rasters[1];
    const struct rst_layout *layout = rst_raster_layout(a);
    struct rst_cost cost = {0};
    struct sweep sweep;
    RST_TRY(sweep_start(&sweep, NULL, options, &comparison->report, err));
    comparison->same_shape = same_shape(layout, rst_raster_layout(b));
    bool pixels = comparison->pixels && comparison->same_shape;
    if (pixels) RST_TRY(find_cost(comparison, &sweep, &cost, err));
    comparison->told = options_has(options, OPTION_DRY_RUN);
    if (comparison->told) tell(comparison, &sweep, &cost);
    if (comparison->told || !comparison->same_shape) return RST_OK;
    if (comparison->metadata)
        RST_TRY(compare_meta(rst_raster_meta(a), rst_raster_meta(b), layout->bands, layout->type, &comparison->fields,
                             err));
    return pixels ? compare_pixels(comparison, &sweep, &cost, err) : RST_OK;
}

static void print_shape(const struct rst_raster *raster)
{
    const struct rst_layout *layout = rst_raster_layout(raster);
    printf("%lld x %lld, %d band%s of %s", (long long)layout->width, (long long)layout->height, (int)layout->bands,
           layout->bands == 1 ? "" : "s", rst_type_name(layout->type));
}

static void print_samples(const struct comparison *comparison)
{
    const struct compare_result *result = &comparison->result;
    char text[32];
    const char *by = comparison->tolerance > 0 ? " by more than " : "";
    const char *tolerance = *by != '\0' ? json_format_real(comparison->tolerance, text, sizeof text) : "";
    if (result->different > 0)
        printf("  samples:      %lld of %lld differ%s%s\n", (long long)result->different, (long long)result->samples,
               by, tolerance);
    else if (*by != '\0')
        printf("  samples:      none of %lld differs%s%s\n", (long long)result->samples, by, tolerance);
    else
        printf("  samples:      the same, %lld of them\n", (long long)result->samples);
    if (rst_sample_to_double(result->most, result->unit) == 0) return;
    printf("  largest:      %s, at column %lld, row %lld, band %d\n",
           rst_sample_format(result->most, result->unit, text, sizeof text), (long long)result->at.x,
           (long long)result->at.y, (int)result->at.band + 1);
    printf("  mean:         %s\n", json_format_real(result->mean, text, sizeof text));
}

static void print(const struct comparison *comparison)
{
    char text[512];
    message_safe(stdout, comparison->names[0]);
    printf(" and ");
    message_safe(stdout, comparison->names[1]);
    printf(is_same(comparison) ? " are the same\n" : " differ\n");
    if (!comparison->same_shape) {
        printf("  shape:        ");
        print_shape(comparison->rasters[0]);
        printf("; ");
        print_shape(comparison->rasters[1]);
        printf("\n");
        return;
    }
    if (comparison->compared) print_samples(comparison);
    if (comparison->metadata)
        printf("  metadata:     %s\n",
               comparison->fields == 0 ? "the same" : rst_meta_fields_text(comparison->fields, text, sizeof text));
}

static void print_json_shape(struct json *json, const struct rst_raster *raster, const char *name)
{
    const struct rst_layout *layout = rst_raster_layout(raster);
    json_open(json, NULL, '{');
    json_text(json, "file", name);
    json_text(json, "format", rst_raster_format(raster));
    json_integer(json, "width", layout->width);
    json_integer(json, "height", layout->height);
    json_integer(json, "bands", layout->bands);
    json_text(json, "type", rst_type_name(layout->type));
    json_close(json, '}');
}

static void print_json_samples(struct json *json, const struct comparison *comparison)
{
    const struct compare_result *result = &comparison->result;
    if (!comparison->compared) {
        json_null(json, "samples");
        return;
    }
    json_open(json, "samples", '{');
    json_integer(json, "compared", result->samples);
    json_integer(json, "different", result->different);
    json_sample(json, "largest", result->most, result->unit);
    json_real(json, "mean", result->mean);
    if (rst_sample_to_double(result->most, result->unit) == 0) {
        json_null(json, "at");
    } else {
        json_open(json, "at", '{');
        json_integer(json, "x", result->at.x);
        json_integer(json, "y", result->at.y);
        json_integer(json, "band", result->at.band + 1);
        json_close(json, '}');
    }
    json_close(json, '}');
}

static void print_json(struct comparison *comparison, const struct options *options)
{
    struct json json = {.to = stdout};
    char name[64];
    json_open(&json, NULL, '{');
    json_open(&json, "files", '[');
    for (int i = 0; i < 2; i++)
        print_json_shape(&json, comparison->rasters[i], comparison->names[i]);
    json_close(&json, ']');
    json_bool(&json, "same", is_same(comparison));
    json_bool(&json, "same_shape", comparison->same_shape);
    json_real(&json, "tolerance", comparison->tolerance);
    print_json_samples(&json, comparison);
    if (comparison->metadata && comparison->same_shape) {
        json_open(&json, "metadata", '[');
        for (int i = 0; i < RST_META_FIELDS; i++)
            if (comparison->fields & 1u << i) json_text(&json, NULL, rst_meta_fields_text(1u << i, name, sizeof name));
        json_close(&json, ']');
    } else {
        json_null(&json, "metadata");
    }
    report_print_member(&comparison->report, &json, options);
    json_close(&json, '}');
}

static enum rst_status read_options(const struct words *words, struct comparison *comparison, struct rst_error *err)
{
    const char *tolerance = words_value(words, OWN_TOLERANCE), *only = words_value(words, OWN_ONLY);
    union rst_sample number = {.f64 = 0};
    if (tolerance != NULL && (!rst_sample_parse(tolerance, RST_F64, &number) || !(number.f64 >= 0)))
        return rst_fail(err, RST_E_ARGUMENT, "--tolerance %s: a number from 0 on is wanted", tolerance);
    comparison->tolerance = number.f64;
    comparison->pixels = only == NULL || strcmp(only, "pixels") == 0;
    comparison->metadata = only == NULL || strcmp(only, "metadata") == 0;
    if (!comparison->pixels && !comparison->metadata)
        return rst_fail(err, RST_E_ARGUMENT, "--only %s: pixels or metadata is wanted", only);
    return RST_OK;
}

/* The first file, or the second; the other one decides with it which of them --raw speaks of. */
static enum rst_status open_one(struct comparison *comparison, int index, const struct options *options,
                                struct rst_error *err)
{
    struct input input = {0}, other = {0};
    enum rst_status status = input_parse(comparison->names[index], options, &input, err);
    if (status == RST_OK) status = input_parse(comparison->names[1 - index], options, &other, err);
    if (status == RST_OK) {
        struct rst_open_options open = input_open_options(&input, options);
        open.headers_only = !comparison->pixels;
        if (output_raw_is_input(input.path, other.path, options)) open.raw = &options->raw;
        status = rst_open(input.path, RST_READ, &open, &comparison->rasters[index], err);
    }
    input_free(&other);
    input_free(&input);
    return status;
}

static void answer(struct comparison *comparison, struct options *options)
{
    options->done = is_same(comparison) ? EXIT_DONE : EXIT_FAILED;
    if (options_has(options, OPTION_JSON))
        print_json(comparison, options);
    else if (!options_has(options, OPTION_QUIET))
        print(comparison);
    report_print_details(&comparison->report, options);
}

static enum rst_status compare_files(const struct words *words, struct options *options, struct rst_error *err)
{
    struct comparison comparison = {0};
    RST_TRY(words_files(words, options, 2, err));
    RST_TRY(read_options(words, &comparison, err));
    interrupt_catch();
    enum rst_status status = RST_OK;
    for (int i = 0; i < 2; i++)
        comparison.names[i] = words->files[i];
    for (int i = 0; i < 2 && status == RST_OK; i++)
        status = open_one(&comparison, i, options, err);
    if (status == RST_OK) status = compare(&comparison, options, err);
    if (status == RST_OK && !comparison.told) answer(&comparison, options);
    rst_close(&comparison.rasters[0]);
    rst_close(&comparison.rasters[1]);
    return status;
}

enum rst_status run_compare(struct options *options, struct rst_error *err)
{
    const struct command *command = command_find("compare");
    struct words words;
    options->failed = EXIT_USAGE;
    RST_TRY(options_check(options, command->takes | OPTIONS_OF_ALL, err));
    enum rst_status status = words_part(options, command, &words, err);
    if (status == RST_OK) status = compare_files(&words, options, err);
    words_free(&words);
    return status;
}
