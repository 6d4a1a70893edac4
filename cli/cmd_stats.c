/* `stats`: what the samples of an image come to, band by band. */
#include "cli/cmd_stats.h"

#include <stdlib.h>
#include <string.h>

#include "cli/cmd_run.h"
#include "cli/input.h"
#include "cli/interrupt.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/numbers.h"
#include "cli/words.h"

enum { COLUMNS = 8, CELL = 40, OWN_PERCENTILES = 0 };

const struct command_option stats_options[STATS_OPTIONS] = {
    [OWN_PERCENTILES] = {"percentiles", "P,P,...",
                         "these percentiles too, from 0 to 100, as in 2,50,98; they are exact"},
};

static const char *const titles[COLUMNS] = {"band", "min", "max", "mean", "stddev", "valid", "nodata", "nan"};

/* An image and its statistics. */
struct listing {
    const char *path;
    int page;
    const struct rst_raster *raster;
    struct rst_shape shape;
    const struct rst_rect *window; /* NULL: all of it */
    const struct rst_band_stats *stats;
    const struct rst_percentile_settings *wanted; /* of which count may be 0 */
    const struct rst_percentiles *percentiles;    /* NULL: none were wanted */
};

static const struct rst_percentile *percentile_of(const struct listing *listing, int32_t band, int column)
{
    return &rst_percentiles_of(listing->percentiles, band)[column - COLUMNS];
}

static int columns_of(const struct listing *listing)
{
    return COLUMNS + (int)listing->wanted->count;
}

static const char *title_of(const struct listing *listing, int column, char title[CELL])
{
    if (column < COLUMNS) return titles[column];
    char number[32];
    snprintf(title, CELL, "p%s", json_format_real(listing->wanted->percents[column - COLUMNS], number, sizeof number));
    return title;
}

/* NULL where the band has no name. */
static const char *name_of(const struct listing *listing, int32_t band)
{
    const struct rst_meta *meta = rst_raster_meta(listing->raster);
    return (size_t)band < meta->band_name_count ? meta->band_names[band] : NULL;
}

static void fill_cell(const struct listing *listing, int32_t band, int column, char cell[CELL])
{
    const struct rst_band_stats *stats = &listing->stats[band];
    if (column >= COLUMNS && stats->valid > 0) {
        snprintf(cell, CELL, "%.10g", percentile_of(listing, band, column)->value);
        return;
    }
    if (column >= COLUMNS) {
        snprintf(cell, CELL, "-");
        return;
    }
    const double values[COLUMNS] = {[3] = stats->mean, [4] = stats->deviation};
    const uint64_t counts[COLUMNS] = {(uint64_t)band + 1, [5] = stats->valid, stats->nodata, stats->nan};
    if (column == 0 || column > 4)
        snprintf(cell, CELL, "%llu", (unsigned long long)counts[column]);
    else if (stats->valid == 0)
        snprintf(cell, CELL, "-");
    else if (column > 2)
        snprintf(cell, CELL, "%.10g", values[column]);
    else
        rst_sample_format(column == 1 ? stats->min : stats->max, listing->shape.type, cell, CELL);
}

static int column_width(const struct listing *listing, int column)
{
    char cell[CELL];
    size_t width = strlen(title_of(listing, column, cell));
    for (int32_t band = 0; band < listing->shape.bands; band++) {
        fill_cell(listing, band, column, cell);
        if (strlen(cell) > width) width = strlen(cell);
    }
    return (int)width;
}

static void print_head(const struct listing *listing)
{
    char value[CELL];
    const struct rst_shape *shape = &listing->shape;
    message_safe(stdout, listing->path);
    if (listing->page > 0) printf(" page %d", listing->page);
    printf(": %lld x %lld, %d band%s of %s", (long long)shape->width, (long long)shape->height, (int)shape->bands,
           shape->bands == 1 ? "" : "s", rst_type_name(shape->type));
    if (shape->has_nodata) printf(", nodata %s", rst_sample_format(shape->nodata, shape->type, value, sizeof value));
    if (listing->window)
        printf(", of which %lld x %lld from %lld,%lld on", (long long)listing->window->width,
               (long long)listing->window->height, (long long)listing->window->x, (long long)listing->window->y);
    printf("\n");
}

static void print_table(const struct listing *listing)
{
    int widths[COLUMNS + RST_PERCENTILE_MOST], columns = columns_of(listing);
    char cell[CELL];
    for (int column = 0; column < columns; column++)
        widths[column] = column_width(listing, column);
    for (int column = 0; column < columns; column++)
        printf("%s%*s", column > 0 ? "  " : "", widths[column], title_of(listing, column, cell));
    for (int32_t band = 0; band < listing->shape.bands; band++) {
        printf("\n");
        for (int column = 0; column < columns; column++) {
            fill_cell(listing, band, column, cell);
            printf("%s%*s", column > 0 ? "  " : "", widths[column], cell);
        }
        if (name_of(listing, band)) {
            printf("  ");
            message_safe(stdout, name_of(listing, band));
        }
    }
    printf("\n");
}

static void print_json_value(struct json *json, const char *key, double value, uint64_t valid)
{
    if (valid > 0)
        json_real(json, key, value);
    else
        json_null(json, key);
}

static void print_json_percentiles(struct json *json, const struct listing *listing, int32_t band)
{
    uint64_t valid = listing->stats[band].valid;
    json_open(json, "percentiles", '[');
    for (int column = COLUMNS; column < columns_of(listing); column++) {
        json_open(json, NULL, '{');
        json_real(json, "percent", listing->wanted->percents[column - COLUMNS]);
        print_json_value(json, "value", percentile_of(listing, band, column)->value, valid);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void print_json_band(struct json *json, const struct listing *listing, int32_t band)
{
    const struct rst_band_stats *stats = &listing->stats[band];
    json_open(json, NULL, '{');
    json_integer(json, "band", band + 1);
    json_text(json, "name", name_of(listing, band));
    json_integer(json, "valid", (int64_t)stats->valid);
    json_integer(json, "nodata", (int64_t)stats->nodata);
    json_integer(json, "nan", (int64_t)stats->nan);
    if (stats->valid > 0) {
        json_sample(json, "min", stats->min, listing->shape.type);
        json_sample(json, "max", stats->max, listing->shape.type);
    } else {
        json_null(json, "min");
        json_null(json, "max");
    }
    print_json_value(json, "sum", stats->sum, stats->valid);
    print_json_value(json, "mean", stats->mean, stats->valid);
    print_json_value(json, "stddev", stats->deviation, stats->valid);
    if (listing->percentiles != NULL) print_json_percentiles(json, listing, band);
    json_close(json, '}');
}

static void print_json(const struct listing *listing, struct report *report, const struct options *options)
{
    struct json json = {.to = stdout};
    const struct rst_shape *shape = &listing->shape;
    const struct rst_rect all = {0, 0, shape->width, shape->height};
    const struct rst_rect *window = listing->window ? listing->window : &all;
    json_open(&json, NULL, '{');
    json_text(&json, "command", "stats");
    json_text(&json, "input", listing->path);
    json_integer(&json, "page", listing->page);
    json_text(&json, "type", rst_type_name(shape->type));
    if (shape->has_nodata)
        json_sample(&json, "nodata", shape->nodata, shape->type);
    else
        json_null(&json, "nodata");
    json_open(&json, "window", '{');
    json_integer(&json, "x", window->x);
    json_integer(&json, "y", window->y);
    json_integer(&json, "width", window->width);
    json_integer(&json, "height", window->height);
    json_close(&json, '}');
    json_open(&json, "bands", '[');
    for (int32_t band = 0; band < shape->bands; band++)
        print_json_band(&json, listing, band);
    json_close(&json, ']');
    report_print_member(report, &json, options);
    json_close(&json, '}');
}

static void answer(const struct listing *listing, struct report *report, const struct options *options)
{
    if (options_has(options, OPTION_JSON)) {
        print_json(listing, report, options);
    } else {
        print_head(listing);
        print_table(listing);
    }
    report_print_details(report, options);
}

static enum rst_status tell(const struct input *input, const struct rst_percentile_settings *wanted,
                            struct rst_raster *raster, const struct options *options, struct rst_error *err)
{
    struct report report = {.input = input->path};
    struct rst_reduction percentiles = rst_percentile_reduction;
    const struct rst_reduction *const reductions[] = {&rst_stats_reduction, &percentiles};
    void *results[2] = {NULL, NULL};
    percentiles.settings = wanted;
    enum rst_status status =
        run_reductions(reductions, wanted->count > 0 ? 2 : 1, raster, options, &report, results, err);
    const struct listing listing = {.path = input->path,
                                    .page = input->page,
                                    .raster = raster,
                                    .shape = rst_raster_shape(raster),
                                    .window = options_has(options, OPTION_WINDOW) ? &options->window : NULL,
                                    .stats = results[0],
                                    .wanted = wanted,
                                    .percentiles = results[1]};
    if (status == RST_OK && listing.stats != NULL) answer(&listing, &report, options);
    free(results[0]);
    free(results[1]);
    return status;
}

static enum rst_status stats(const struct words *words, const struct options *options, struct rst_error *err)
{
    const char *list = words_value(words, OWN_PERCENTILES);
    double percents[RST_PERCENTILE_MOST];
    struct rst_percentile_settings wanted = {.percents = percents};
    struct rst_raster *raster = NULL;
    struct input input;
    RST_TRY(words_files(words, options, 1, err));
    if (list != NULL) {
        const struct numbers numbers = {"--percentiles", 0, 100, RST_PERCENTILE_MOST};
        int count;
        RST_TRY(numbers_parse(&numbers, list, percents, &count, err));
        wanted.count = count;
    }
    RST_TRY(input_parse(words->files[0], options, &input, err));
    interrupt_catch();
    enum rst_status status = input_open(&input, RST_READ, options_has(options, OPTION_RAW), options, &raster, err);
    if (status == RST_OK) status = tell(&input, &wanted, raster, options, err);
    rst_close(&raster);
    input_free(&input);
    return status;
}

enum rst_status run_stats(struct options *options, struct rst_error *err)
{
    const struct command *command = command_find("stats");
    struct words words;
    RST_TRY(options_check(options, command->takes | OPTIONS_OF_ALL, err));
    enum rst_status status = words_part(options, command, &words, err);
    if (status == RST_OK) status = stats(&words, options, err);
    words_free(&words);
    return status;
}
