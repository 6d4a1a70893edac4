/* `generate`: runs the drawing operation from a raster of one pixel into a new file. */
#include "cli/cmd_generate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd_run.h"
#include "cli/generate.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/words.h"

enum { OWN_SIZE, OWN_TYPE, OWN_PATTERN, OWN_SEED, OWN_VALUE };

const struct command_option generate_options[GENERATE_OPTIONS] = {
    [OWN_SIZE] = {"size", "WxHxB", "columns, rows and bands; WxH is one band (default: those of --raw)"},
    [OWN_TYPE] = {"type", "TYPE", "u8 (default) i8 u16 i16 u32 i32 u64 i64 f32 f64"},
    [OWN_PATTERN] = {"pattern", "NAME", "noise (default), gradient, checker or constant"},
    [OWN_SEED] = {"seed", "N", "other noise for every seed (default 0)"},
    [OWN_VALUE] = {"value", "V", "value of the constant pattern (default 0)"},
};

/* "WxHxB" or "WxH" into the shape. */
static bool parse_size(const char *text, struct rst_shape *shape)
{
    int64_t n[3] = {0, 0, 1};
    int count = 0;
    for (const char *at = text; count < 3; at++) {
        char *end;
        if (*at < '0' || *at > '9') return false;
        n[count++] = strtoll(at, &end, 10);
        at = end;
        if (*at == '\0') break;
        if (*at != 'x') return false;
        if (count == 3) return false;
    }
    if (count < 2 || n[0] < 1 || n[1] < 1 || n[2] < 1) return false;
    if (n[0] > RST_MAX_SIDE || n[1] > RST_MAX_SIDE || n[2] > RST_MAX_BANDS) return false;
    shape->width = n[0];
    shape->height = n[1];
    shape->bands = (int32_t)n[2];
    return true;
}

/* What to make, from --size and --type, or from --raw, or from both where they agree. */
static enum rst_status find_shape(const struct options *options, const char *const own[GENERATE_OPTIONS],
                                  struct rst_shape *shape, struct rst_error *err)
{
    bool raw = options_has(options, OPTION_RAW);
    *shape = (struct rst_shape){.type = RST_U8, .alpha = -1, .opacity = -1};
    if (raw) {
        shape->width = options->raw.width;
        shape->height = options->raw.height;
        shape->bands = options->raw.bands;
        shape->type = options->raw.type;
    }
    if (own[OWN_SIZE] == NULL && !raw)
        return rst_fail(err, RST_E_ARGUMENT, "'generate' wants --size WxHxB, as in --size 640x480x3");
    if (own[OWN_SIZE] != NULL && !parse_size(own[OWN_SIZE], shape))
        return rst_fail(err, RST_E_ARGUMENT, "--size %s: WxHxB or WxH is wanted, each from 1 on, as in 640x480x3",
                        own[OWN_SIZE]);
    if (own[OWN_TYPE] != NULL && !rst_type_parse(own[OWN_TYPE], &shape->type))
        return rst_fail(err, RST_E_ARGUMENT, "--type %s: one of u8 i8 u16 i16 u32 i32 u64 i64 f32 f64 is wanted",
                        own[OWN_TYPE]);
    return raw ? output_check_raw(options, shape, err) : RST_OK;
}

static enum rst_status make_pipeline(const struct rst_shape *shape, const char *const own[GENERATE_OPTIONS],
                                     struct rst_pipeline **pipeline, struct rst_error *err)
{
    char width[32], height[32];
    union rst_sample sample;
    const char *params[5][2] = {{"width", width}, {"height", height}};
    int count = 2;
    struct rst_op *op = NULL;
    snprintf(width, sizeof width, "%lld", (long long)shape->width);
    snprintf(height, sizeof height, "%lld", (long long)shape->height);
    if (own[OWN_VALUE] != NULL && !rst_sample_parse(own[OWN_VALUE], shape->type, &sample))
        return rst_fail(err, RST_E_ARGUMENT, "--value %s is no value of type %s", own[OWN_VALUE],
                        rst_type_name(shape->type));
    for (int i = OWN_PATTERN; i <= OWN_VALUE; i++) {
        if (own[i] == NULL) continue;
        params[count][0] = generate_options[i].name;
        params[count++][1] = own[i];
    }
    RST_TRY(rst_op_new(&generate_class, (const char *const(*)[2])params, count, &op, err));
    enum rst_status status = rst_pipeline_new(pipeline, err);
    if (status != RST_OK) {
        rst_op_free(&op);
        return status;
    }
    status = rst_pipeline_append(*pipeline, &op, err);
    if (status != RST_OK) rst_pipeline_free(pipeline);
    return status;
}

/* Three bands and more are red, green, blue; what is beyond one or three is unspecified. */
static enum rst_status create(const char *path, const struct rst_shape *shape, const struct options *options,
                              struct rst_raster **out, struct rst_error *err)
{
    int32_t colours = shape->bands >= 3 ? 3 : 1;
    size_t extras = (size_t)(shape->bands - colours);
    struct rst_meta meta = {.photometric = colours == 3 ? RST_PHOTOMETRIC_RGB : RST_PHOTOMETRIC_BLACK_IS_ZERO};
    struct rst_create_options layout;
    struct rst_raw raw;
    RST_TRY(output_layout(path, NULL, options, &raw, &layout, err));
    if (options_has(options, OPTION_NODATA) && strcmp(options->nodata, "none") != 0) {
        RST_TRY(input_parse_nodata(options, shape->type, &meta.nodata, err));
        meta.has_nodata = true;
    }
    if (extras > 0) {
        meta.extra_samples = calloc(extras, sizeof *meta.extra_samples);
        if (meta.extra_samples == NULL) return rst_fail(err, RST_E_NOMEM, "out of memory");
        meta.extra_sample_count = extras;
    }
    enum rst_status status = rst_create(path, shape, &meta, &layout, out, err);
    free(meta.extra_samples);
    return status;
}

static enum rst_status draw(const struct rst_pipeline *pipeline, const struct rst_shape *shape, const char *path,
                            const struct options *options, struct report *report, struct rst_error *err)
{
    struct rst_raster *seed = NULL, *out = NULL;
    struct rst_shape one = *shape;
    one.width = one.height = 1;
    RST_TRY(rst_raster_scratch(&one, NULL, &seed, err));
    enum rst_status status = create(path, shape, options, &out, err);
    if (status == RST_OK) status = run_sweep(pipeline, seed, out, NULL, options, report, err);
    if (status == RST_OK) status = run_commit(out, options, report, err);
    rst_close(&out);
    rst_close(&seed);
    return status;
}

static enum rst_status generate(const struct words *words, const struct options *options, struct rst_error *err)
{
    const char *own[GENERATE_OPTIONS];
    struct rst_shape shape;
    struct rst_pipeline *pipeline = NULL;
    if (words->file_count == 0) return rst_fail(err, RST_E_ARGUMENT, "'generate' wants the name of the file to make");
    if (words->file_count > 1)
        return rst_fail(err, RST_E_ARGUMENT, "'generate' makes one file, and does not know what '%s' is",
                        words->files[1]);
    for (int i = 0; i < GENERATE_OPTIONS; i++)
        own[i] = words_value(words, i);
    const char *output = words->files[0];
    RST_TRY(find_shape(options, own, &shape, err));
    RST_TRY(output_check(NULL, output, options, err));
    RST_TRY(make_pipeline(&shape, own, &pipeline, err));
    struct report report = {.output = output};
    interrupt_catch();
    enum rst_status status = draw(pipeline, &shape, output, options, &report, err);
    rst_pipeline_free(&pipeline);
    if (status == RST_OK && !options_has(options, OPTION_DRY_RUN)) report_print(&report, options);
    return status;
}

enum rst_status run_generate(struct options *options, struct rst_error *err)
{
    const struct command *command = command_find("generate");
    struct words words;
    RST_TRY(options_check(options, command->takes | OPTIONS_OF_ALL, err));
    enum rst_status status = words_part(options, command, &words, err);
    if (status == RST_OK) status = generate(&words, options, err);
    words_free(&words);
    return status;
}
