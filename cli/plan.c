/* The plan of a run. All numbers are the library's, which works them out just as it does for a run, but for the memory
 * of the process, to which what it holds already is added, and for the space on disks. That space is looked at, and not
 * taken: a plan that it does not suffice for is still a plan, and no failure. */
#include "cli/plan.h"

#include <stdio.h>
#include <sys/stat.h>

#include "cli/disk.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/size.h"

/* What is to be written where, and whether there is room. */
struct space {
    bool written, known; /* an output; its size */
    bool sparse;         /* ... which it need not take up */
    uint64_t output, output_free, scratch, scratch_free;
    const char *scratch_folder;
    bool output_enough, scratch_enough;
};

static bool in_place(const struct plan *plan)
{
    return plan->output != NULL && plan->output == plan->inputs[0];
}

/* Bytes of holes that in place get their space before the run. */
static uint64_t holes_of(const struct rst_raster *raster)
{
    struct stat file;
    struct rst_map *map = rst_raster_map(raster);
    if (map == NULL || fstat(rst_map_descriptor(map), &file) != 0) return 0;
    uint64_t stored = (uint64_t)file.st_blocks * 512, length = (uint64_t)file.st_size;
    return stored < length ? length - stored : 0;
}

static struct space find_space(const struct plan *plan, const struct options *options)
{
    struct space space = {.scratch = plan->cost.scratch_bytes, .scratch_free = UINT64_MAX, .written = plan->output};
    space.scratch_folder = rst_scratch_folder(options->create.scratch_dir);
    space.scratch_free = disk_free(space.scratch_folder);
    space.scratch_enough = space.scratch <= space.scratch_free;
    if (!space.written) return space;
    space.output = in_place(plan) ? holes_of(plan->output) : rst_raster_file_bytes(plan->output);
    space.known = in_place(plan) || space.output > 0;
    space.output_free = in_place(plan) ? disk_free(rst_raster_path(plan->output)) : rst_raster_space_free(plan->output);
    uint64_t together = disk_is_shared(space.scratch_folder, rst_raster_path(plan->output)) ? space.scratch : 0;
    space.output_enough = space.output + together <= space.output_free;
    space.sparse = options_has(options, OPTION_SPARSE);
    return space;
}

static uint64_t peak_of(const struct plan *plan)
{
    return plan->budget.held + plan->cost.peak_bytes;
}

/* The limit of the whole process; UINT64_MAX where there is none. */
static uint64_t limit_of(const struct plan *plan)
{
    uint64_t run = plan->cost.limit, held = plan->budget.held;
    if (plan->reads != NULL) return UINT64_MAX;
    if (plan->budget.name != NULL) return plan->budget.asked;
    return run < UINT64_MAX - held ? run + held : UINT64_MAX;
}

static void print_size(const char *title, uint64_t bytes, const char *more)
{
    char text[64];
    printf("  %-13s %s%s\n", title, size_format_exact(bytes, text, sizeof text), more);
}

static void print_input(const char *name, const struct rst_raster *raster)
{
    printf("  input:        ");
    message_safe(stdout, name);
    if (raster != NULL) {
        const struct rst_layout *layout = rst_raster_layout(raster);
        printf(": %s, %lld x %lld, %d band%s of %s, ", rst_raster_format(raster), (long long)layout->width,
               (long long)layout->height, (int)layout->bands, layout->bands == 1 ? "" : "s",
               rst_type_name(layout->type));
        if (rst_raster_unmapped(raster) != NULL)
            printf("not mapped: %s", rst_raster_unmapped(raster));
        else
            printf("mapped");
    }
    printf("\n");
}

static void print_free(uint64_t bytes, bool enough)
{
    char text[32];
    if (bytes == UINT64_MAX)
        printf("; nobody knows what is free\n");
    else
        printf("; %s free%s\n", size_format(bytes, text, sizeof text), enough ? "" : ": not enough space");
}

static void print_output(const struct plan *plan, const struct space *space)
{
    char text[64];
    if (!space->written) return;
    printf("  output:       ");
    message_safe(stdout, plan->output_name);
    if (in_place(plan)) {
        printf(" itself, in place");
        if (space->output == 0) {
            printf("\n");
            return;
        }
        printf(", %s for its holes", size_format_exact(space->output, text, sizeof text));
    } else if (space->known) {
        printf(": %s, %s", rst_raster_format(plan->output), size_format_exact(space->output, text, sizeof text));
    } else {
        printf(": %s, %s, as long as it gets", rst_raster_format(plan->output), rst_raster_unmapped(plan->output));
    }
    print_free(space->output_free, space->output_enough || space->sparse);
    if (space->sparse && !space->output_enough)
        printf("                not enough space unless parts of it stay holes\n");
}

static void print_memory(const struct plan *plan)
{
    char text[96];
    uint64_t limit = limit_of(plan);
    print_size("buffers:", plan->cost.buffer_bytes, "");
    print_size("pages:", plan->cost.page_bytes, " of files and scratch, at most at one time");
    snprintf(text, sizeof text, " at most, %llu of them for the program itself", (unsigned long long)plan->budget.held);
    print_size("peak memory:", peak_of(plan), text);
    if (limit == UINT64_MAX) {
        printf("  limit:        none is known\n");
        return;
    }
    snprintf(text, sizeof text, " %s%s", plan->budget.name != NULL ? "by " : "by what the system can spare",
             plan->budget.name != NULL ? plan->budget.name : "");
    print_size("limit:", limit, text);
    printf("  %-13s %s\n", "", plan->cost.bounded ? "not all fits: pages are let go of behind the pass" : "all fits");
}

static void print_text(const struct plan *plan, const struct space *space, const char *command)
{
    const struct rst_cost *cost = &plan->cost;
    printf("%s, dry run: nothing is made or changed\n", command);
    for (int i = 0; i < plan->input_count; i++)
        print_input(plan->input_names[i], plan->inputs[i]);
    if (plan->reads != NULL) {
        printf("  reads:        %s, and no pixel\n", plan->reads);
        return;
    }
    print_output(plan, space);
    printf("  passes:       %d, on %d thread%s, in %lld tiles of %lld x %lld\n", cost->passes, cost->threads,
           cost->threads == 1 ? "" : "s", (long long)cost->tiles, (long long)cost->tile_width,
           (long long)cost->tile_height);
    print_memory(plan);
    if (cost->scratch_bytes == 0) return;
    char text[64];
    printf("  scratch:      %s in ", size_format_exact(cost->scratch_bytes, text, sizeof text));
    message_safe(stdout, space->scratch_folder);
    print_free(space->scratch_free, space->scratch_enough);
}

static void json_bytes(struct json *json, const char *key, bool known, uint64_t bytes)
{
    if (known && bytes <= INT64_MAX)
        json_integer(json, key, (int64_t)bytes);
    else
        json_null(json, key);
}

/* Whether there is enough; null where it is not known. */
static void json_enough(struct json *json, bool known, bool enough)
{
    if (known)
        json_bool(json, "enough", enough);
    else
        json_null(json, "enough");
}

/* Keys of what was not looked at are null. */
static void print_json_raster(struct json *json, const char *name, const struct rst_raster *raster)
{
    static const char *const unknown[] = {"format", "width", "height", "bands", "type", "mapped", "unmapped_reason"};
    json_text(json, "file", name);
    for (size_t i = 0; raster == NULL && i < sizeof unknown / sizeof *unknown; i++)
        json_null(json, unknown[i]);
    if (raster == NULL) return;
    const struct rst_layout *layout = rst_raster_layout(raster);
    json_text(json, "format", rst_raster_format(raster));
    json_integer(json, "width", layout->width);
    json_integer(json, "height", layout->height);
    json_integer(json, "bands", layout->bands);
    json_text(json, "type", rst_type_name(layout->type));
    json_bool(json, "mapped", rst_raster_unmapped(raster) == NULL);
    json_text(json, "unmapped_reason", rst_raster_unmapped(raster));
}

static void print_json_output(struct json *json, const struct plan *plan, const struct space *space)
{
    if (!space->written) {
        json_null(json, "output");
        return;
    }
    json_open(json, "output", '{');
    print_json_raster(json, plan->output_name, plan->output);
    json_bytes(json, "bytes", space->known, space->output);
    json_bytes(json, "free_bytes", true, space->output_free);
    bool told = space->known && space->output_free != UINT64_MAX && (space->output_enough || !space->sparse);
    json_enough(json, told, space->output_enough);
    json_close(json, '}');
}

static void print_json_scratch(struct json *json, const struct space *space)
{
    json_open(json, "scratch", '{');
    json_text(json, "folder", space->scratch_folder);
    json_bytes(json, "bytes", true, space->scratch);
    json_bytes(json, "free_bytes", true, space->scratch_free);
    json_enough(json, space->scratch_free != UINT64_MAX, space->scratch_enough);
    json_close(json, '}');
}

static void print_json_cost(struct json *json, const struct plan *plan)
{
    const struct rst_cost *cost = &plan->cost;
    json_integer(json, "passes", cost->passes);
    json_integer(json, "threads", cost->threads);
    json_integer(json, "tiles", cost->tiles);
    json_integer(json, "tile_width", cost->tile_width);
    json_integer(json, "tile_height", cost->tile_height);
    json_bytes(json, "buffer_bytes", true, cost->buffer_bytes);
    json_bytes(json, "page_bytes", true, cost->page_bytes);
    json_bytes(json, "program_bytes", true, plan->budget.held);
    json_bytes(json, "peak_resident_bytes", true, peak_of(plan));
    json_bytes(json, "limit_bytes", true, limit_of(plan));
    json_text(json, "limit_from", plan->budget.name != NULL ? plan->budget.name : "system");
    json_bool(json, "bounded", cost->bounded);
}

static void print_json(const struct plan *plan, const struct space *space, const char *command)
{
    struct json json = {.to = stdout};
    json_open(&json, NULL, '{');
    json_text(&json, "command", command);
    json_bool(&json, "dry_run", true);
    json_text(&json, "mode", plan->output == NULL ? NULL : in_place(plan) ? "in-place" : "new-file");
    json_open(&json, "inputs", '[');
    for (int i = 0; i < plan->input_count; i++) {
        json_open(&json, NULL, '{');
        print_json_raster(&json, plan->input_names[i], plan->inputs[i]);
        json_close(&json, '}');
    }
    json_close(&json, ']');
    print_json_output(&json, plan, space);
    print_json_scratch(&json, space);
    print_json_cost(&json, plan);
    json_text(&json, "reads", plan->reads != NULL ? plan->reads : "pixels");
    json_text(&json, "lost", plan->lost[0] != '\0' ? plan->lost : NULL);
    json_close(&json, '}');
}

void plan_print(const struct plan *plan, const struct options *options)
{
    struct space space = find_space(plan, options);
    if (plan->lost[0] != '\0' && !options_has(options, OPTION_QUIET)) message_warning(plan->lost);
    if (options_has(options, OPTION_JSON))
        print_json(plan, &space, options->command);
    else
        print_text(plan, &space, options->command);
}

bool plan_is_idle(const char *reads, const char *file, const struct options *options)
{
    struct plan plan = {.input_names = {file}, .input_count = file != NULL ? 1 : 0, .reads = reads};
    if (!options_has(options, OPTION_DRY_RUN)) return false;
    plan_print(&plan, options);
    return true;
}
