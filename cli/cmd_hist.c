/* `hist`: how often which values occur, as a table, as JSON, and as a picture. All bands share their bins, so that they
 * stand side by side. */
#include "cli/cmd_hist.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd_run.h"
#include "cli/interrupt.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/numbers.h"
#include "cli/output.h"
#include "cli/plot.h"
#include "cli/words.h"

enum { OWN_BINS, OWN_RANGE, OWN_PLOT };
enum { CELL = 40 };

const struct command_option hist_options[HIST_OPTIONS] = {
    [OWN_BINS] = {"bins", "N", "bins of equal width (default: each value of 8-bit types, 256 bins of others)"},
    [OWN_RANGE] = {"range", "LOW,HIGH", "lay bins from LOW to HIGH (default: from the least to the greatest sample)"},
    [OWN_PLOT] = {"plot", "OUT.png", "draw it into a new file, too; any format that takes RGB of u8 will do"},
};

/* An image and its histogram. */
struct listing {
    const char *path, *plot;
    int page;
    const struct rst_raster *raster;
    struct rst_shape shape;
    bool exact; /* a bin for each value */
    const struct rst_histogram *histogram;
};

static double edge_of(const struct listing *listing, int32_t bin)
{
    const struct rst_band_histogram *band = &listing->histogram->band[0];
    double part = (double)bin / listing->histogram->bins;
    return bin == listing->histogram->bins ? band->high : band->low + (band->high - band->low) * part;
}

/* Columns: one or two for the bin, then one per band. */
static void fill_cell(const struct listing *listing, int32_t bin, int32_t column, char cell[CELL])
{
    int32_t edges = listing->exact ? 1 : 2;
    if (column < edges)
        snprintf(cell, CELL, "%.10g", edge_of(listing, bin + column));
    else
        snprintf(cell, CELL, "%llu", (unsigned long long)rst_histogram_counts(listing->histogram, column - edges)[bin]);
}

static void fill_title(const struct listing *listing, int32_t column, char cell[CELL])
{
    int32_t edges = listing->exact ? 1 : 2;
    if (column < edges)
        snprintf(cell, CELL, "%s", listing->exact ? "value" : column == 0 ? "from" : "to");
    else
        snprintf(cell, CELL, "band %d", (int)(column - edges + 1));
}

static void print_band(const struct listing *listing, int32_t band)
{
    const struct rst_band_histogram *of = &listing->histogram->band[band];
    printf("band %d: %llu valid, %llu nodata, %llu nan", (int)band + 1, (unsigned long long)of->valid,
           (unsigned long long)of->nodata, (unsigned long long)of->nan);
    if (of->below + of->above > 0)
        printf(", %llu below and %llu above the range", (unsigned long long)of->below, (unsigned long long)of->above);
    printf("\n");
}

static void print_table(const struct listing *listing)
{
    int32_t columns = listing->shape.bands + (listing->exact ? 1 : 2), bins = listing->histogram->bins;
    char cell[CELL];
    int *widths = calloc((size_t)columns, sizeof *widths);
    for (int32_t column = 0; column < columns && widths != NULL; column++) {
        fill_title(listing, column, cell);
        widths[column] = (int)strlen(cell);
        for (int32_t bin = 0; bin < bins; bin++) {
            fill_cell(listing, bin, column, cell);
            if ((int)strlen(cell) > widths[column]) widths[column] = (int)strlen(cell);
        }
    }
    for (int32_t bin = -1; bin < bins; bin++)
        for (int32_t column = 0; column < columns; column++) {
            if (bin < 0)
                fill_title(listing, column, cell);
            else
                fill_cell(listing, bin, column, cell);
            printf("%s%*s%s", column > 0 ? "  " : "", widths != NULL ? widths[column] : 0, cell,
                   column + 1 < columns ? "" : "\n");
        }
    free(widths);
}

static void print_text(const struct listing *listing)
{
    message_safe(stdout, listing->path);
    printf(": %lld x %lld, %d band%s of %s\n", (long long)listing->shape.width, (long long)listing->shape.height,
           (int)listing->shape.bands, listing->shape.bands == 1 ? "" : "s", rst_type_name(listing->shape.type));
    for (int32_t band = 0; band < listing->shape.bands; band++)
        print_band(listing, band);
    print_table(listing);
}

static void print_json(const struct listing *listing, struct report *report, const struct options *options)
{
    struct json json = {.to = stdout};
    json_open(&json, NULL, '{');
    json_text(&json, "command", "hist");
    json_text(&json, "input", listing->path);
    json_integer(&json, "page", listing->page);
    json_text(&json, "type", rst_type_name(listing->shape.type));
    json_integer(&json, "bins", listing->histogram->bins);
    json_real(&json, "low", edge_of(listing, 0));
    json_real(&json, "high", edge_of(listing, listing->histogram->bins));
    json_open(&json, "bands", '[');
    for (int32_t band = 0; band < listing->shape.bands; band++) {
        const struct rst_band_histogram *of = &listing->histogram->band[band];
        json_open(&json, NULL, '{');
        json_integer(&json, "band", band + 1);
        json_integer(&json, "valid", (int64_t)of->valid);
        json_integer(&json, "nodata", (int64_t)of->nodata);
        json_integer(&json, "nan", (int64_t)of->nan);
        json_integer(&json, "below", (int64_t)of->below);
        json_integer(&json, "above", (int64_t)of->above);
        json_open(&json, "counts", '[');
        for (int32_t bin = 0; bin < listing->histogram->bins; bin++)
            json_integer(&json, NULL, (int64_t)rst_histogram_counts(listing->histogram, band)[bin]);
        json_close(&json, ']');
        json_close(&json, '}');
    }
    json_close(&json, ']');
    json_text(&json, "plot", listing->plot);
    report_print_member(report, &json, options);
    json_close(&json, '}');
}

/* ---- the picture ---- */

/* Red, green and blue for what is these; else colours that are told apart. */
static void choose_colour(const struct listing *listing, int32_t band, uint8_t colour[3])
{
    static const uint8_t rgb[3][3] = {{214, 39, 40}, {44, 150, 44}, {31, 90, 200}};
    static const uint8_t others[6][3] = {{70, 70, 70},  {255, 127, 14}, {31, 119, 180},
                                         {148, 0, 211}, {0, 140, 140},  {140, 86, 75}};
    bool colours = rst_raster_meta(listing->raster)->photometric == RST_PHOTOMETRIC_RGB && listing->shape.bands >= 3;
    memcpy(colour, colours && band < 3 ? rgb[band] : others[(colours ? band - 3 : band) % 6], 3);
}

static enum rst_status write_picture(const char *path, const uint8_t *pixels, const struct options *options,
                                     struct rst_error *err)
{
    struct rst_shape shape = {.type = RST_U8, .width = PLOT_WIDTH, .height = PLOT_HEIGHT, .bands = 3};
    struct rst_view view = rst_view_packed((void *)(uintptr_t)pixels, RST_U8, PLOT_WIDTH, PLOT_HEIGHT, 3);
    const struct rst_meta meta = {.photometric = RST_PHOTOMETRIC_RGB};
    const struct rst_create_options create = {.overwrite = options_has(options, OPTION_OVERWRITE)};
    struct rst_raster *out = NULL;
    shape.alpha = shape.opacity = -1;
    RST_TRY(rst_create(path, &shape, &meta, &create, &out, err));
    enum rst_status status = rst_raster_write(out, 0, 0, 0, &view, err);
    if (status == RST_OK) status = rst_commit(out, err);
    rst_close(&out);
    return status;
}

static enum rst_status draw(const struct listing *listing, const struct options *options, struct rst_error *err)
{
    uint8_t *pixels = NULL;
    if (listing->plot == NULL) return RST_OK;
    struct plot_band *bands = calloc((size_t)listing->shape.bands, sizeof *bands);
    if (bands == NULL) return rst_fail(err, RST_E_NOMEM, "out of memory");
    for (int32_t band = 0; band < listing->shape.bands; band++) {
        bands[band].counts = rst_histogram_counts(listing->histogram, band);
        choose_colour(listing, band, bands[band].colour);
    }
    const struct plot plot = {.bins = listing->histogram->bins,
                              .low = listing->histogram->band[0].low,
                              .high = listing->histogram->band[0].high,
                              .bands = bands,
                              .band_count = listing->shape.bands};
    enum rst_status status = plot_draw(&plot, &pixels, err);
    free(bands);
    if (status == RST_OK) status = write_picture(listing->plot, pixels, options, err);
    free(pixels);
    return status;
}

/* ---- the command ---- */

static enum rst_status parse(const struct words *words, struct rst_histogram_settings *settings, struct rst_error *err)
{
    const char *bins = words_value(words, OWN_BINS), *range = words_value(words, OWN_RANGE);
    double values[2];
    int count;
    *settings = (struct rst_histogram_settings){.one_range = true};
    if (bins != NULL) {
        const struct numbers wanted = {"--bins", 1, RST_HISTOGRAM_MOST_BINS, 1};
        RST_TRY(numbers_parse(&wanted, bins, values, &count, err));
        settings->bins = (int32_t)values[0];
        if (settings->bins != values[0])
            return rst_fail(err, RST_E_ARGUMENT, "--bins %.60s: a whole number is wanted", bins);
    }
    if (range == NULL) return RST_OK;
    const struct numbers wanted = {"--range", -(double)INFINITY, (double)INFINITY, 2};
    RST_TRY(numbers_parse(&wanted, range, values, &count, err));
    if (count != 2 || !(values[0] < values[1]))
        return rst_fail(err, RST_E_ARGUMENT, "--range %.60s: LOW,HIGH is wanted, LOW below HIGH", range);
    settings->has_range = true;
    settings->low = values[0];
    settings->high = values[1];
    return RST_OK;
}

static enum rst_status tell(struct listing *listing, struct rst_raster *raster, struct rst_histogram_settings *settings,
                            const struct options *options, struct rst_error *err)
{
    struct report report = {.input = listing->path};
    struct rst_reduction reduction = rst_histogram_reduction;
    const struct rst_reduction *const reductions[] = {&reduction};
    void *result = NULL;
    listing->raster = raster;
    listing->shape = rst_raster_shape(raster);
    listing->exact = rst_type_size(listing->shape.type) == 1 && settings->bins == 0 && !settings->has_range;
    settings->exact = listing->exact;
    reduction.settings = settings;
    enum rst_status status = run_reductions(reductions, 1, raster, options, &report, &result, err);
    listing->histogram = result;
    if (status == RST_OK && result == NULL && listing->plot != NULL && !options_has(options, OPTION_JSON)) {
        printf("  plot:         "); /* after the plan of a dry run */
        message_safe(stdout, listing->plot);
        printf(", %d x %d\n", PLOT_WIDTH, PLOT_HEIGHT);
    }
    if (status == RST_OK && result != NULL) status = draw(listing, options, err);
    if (status == RST_OK && result != NULL && options_has(options, OPTION_JSON))
        print_json(listing, &report, options);
    else if (status == RST_OK && result != NULL)
        print_text(listing);
    if (status == RST_OK && result != NULL) report_print_details(&report, options);
    free(result);
    return status;
}

static enum rst_status hist(const struct words *words, const struct options *options, struct rst_error *err)
{
    struct rst_histogram_settings settings;
    struct rst_raster *raster = NULL;
    struct input input;
    RST_TRY(words_files(words, options, 1, err));
    RST_TRY(parse(words, &settings, err));
    RST_TRY(input_parse(words->files[0], options, &input, err));
    struct listing listing = {.path = input.path, .page = input.page, .plot = words_value(words, OWN_PLOT)};
    enum rst_status status = RST_OK;
    if (listing.plot != NULL) status = output_check(input.path, listing.plot, options, err);
    interrupt_catch();
    if (status == RST_OK)
        status = input_open(&input, RST_READ, options_has(options, OPTION_RAW), options, &raster, err);
    if (status == RST_OK) status = tell(&listing, raster, &settings, options, err);
    rst_close(&raster);
    input_free(&input);
    return status;
}

enum rst_status run_hist(struct options *options, struct rst_error *err)
{
    const struct command *command = command_find("hist");
    struct words words;
    RST_TRY(options_check(options, command->takes | OPTIONS_OF_ALL, err));
    enum rst_status status = words_part(options, command, &words, err);
    if (status == RST_OK) status = hist(&words, options, err);
    words_free(&words);
    return status;
}
