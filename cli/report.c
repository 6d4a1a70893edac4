/* The report of a run. Peak resident memory is VmHWM of /proc/self/status: getrusage()'s ru_maxrss, which stands in
 * where there is no /proc, also remembers the process that started us. The kernel keeps no peak of its parts (anonymous
 * memory, pages of files, shared memory), so those are the greatest of samples taken while the run goes on. */
#include "cli/report.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "cli/message.h"
#include "cli/size.h"

static const double sample_after = 0.01;

/* Bytes of a line "Field:   N kB" of /proc/self/status; 0 where there is none. */
static uint64_t status_bytes(const char *field)
{
    char line[256];
    unsigned long long kilobytes = 0;
    size_t length = strlen(field);
    FILE *status = fopen("/proc/self/status", "re");
    if (status == NULL) return 0;
    while (fgets(line, sizeof line, status) != NULL)
        if (strncmp(line, field, length) == 0 && line[length] == ':' &&
            sscanf(line + length + 1, "%llu", &kilobytes) == 1)
            break;
    fclose(status);
    return (uint64_t)kilobytes * 1024;
}

static uint64_t peak_resident(void)
{
    struct rusage usage;
    uint64_t bytes = status_bytes("VmHWM");
    if (bytes != 0 || getrusage(RUSAGE_SELF, &usage) != 0) return bytes;
    return (uint64_t)usage.ru_maxrss * 1024;
}

static uint64_t greater(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

void report_sample(struct report *report)
{
    double now = clock_now();
    if (now - report->sampled < sample_after) return;
    report->sampled = now;
    struct rst_resident resident = rst_memory_resident();
    report->peak.anonymous = greater(report->peak.anonymous, resident.anonymous);
    report->peak.file = greater(report->peak.file, resident.file);
    report->peak.shared = greater(report->peak.shared, resident.shared);
}

static double to_microsecond(double seconds)
{
    return (double)(int64_t)(seconds * 1e6 + 0.5) / 1e6;
}

static double pixels_per_second(const struct rst_report *run)
{
    return run->seconds > 0 ? (double)run->pixels / run->seconds : 0;
}

static void print_json_memory(struct json *json, const struct report *report)
{
    json_integer(json, "peak_resident_bytes", (int64_t)peak_resident());
    json_integer(json, "peak_anonymous_bytes", (int64_t)report->peak.anonymous);
    json_integer(json, "peak_file_bytes", (int64_t)report->peak.file);
    json_integer(json, "peak_shared_bytes", (int64_t)report->peak.shared);
    if (report->max_memory != 0)
        json_integer(json, "max_memory_bytes", (int64_t)report->max_memory);
    else
        json_null(json, "max_memory_bytes");
}

static void print_json_work(struct json *json, const struct rst_report *run)
{
    json_integer(json, "pixels", run->pixels);
    json_real(json, "pixels_per_second", (double)(int64_t)pixels_per_second(run));
    json_integer(json, "passes", run->passes);
    json_integer(json, "threads", run->threads);
    json_integer(json, "tiles", run->tiles);
    json_integer(json, "tile_width", run->tile_width);
    json_integer(json, "tile_height", run->tile_height);
    json_integer(json, "buffer_bytes", (int64_t)run->buffer_bytes);
    json_integer(json, "bytes_read", (int64_t)run->bytes_read);
    json_integer(json, "bytes_written", (int64_t)run->bytes_written);
    json_integer(json, "bytes_decoded", (int64_t)run->bytes_decoded);
    json_integer(json, "minor_faults", run->minor_faults);
    json_integer(json, "major_faults", run->major_faults);
    json_real(json, "io_seconds", to_microsecond(run->io_seconds));
    json_real(json, "decode_seconds", to_microsecond(run->decode_seconds));
    json_real(json, "encode_seconds", to_microsecond(run->encode_seconds));
    json_real(json, "kernel_seconds", to_microsecond(run->kernel_seconds));
    json_real(json, "wait_seconds", to_microsecond(run->wait_seconds));
}

/* What every report has, whatever the document that it is part of. */
static void print_json_cost(struct json *json, const struct report *report, double seconds)
{
    json_real(json, "seconds", to_microsecond(seconds));
    json_real(json, "run_seconds", to_microsecond(report->run.seconds));
    print_json_memory(json, report);
    print_json_work(json, &report->run);
}

static void print_json(const struct report *report, const struct options *options, double seconds)
{
    struct json json = {.to = stdout};
    json_open(&json, NULL, '{');
    json_text(&json, "command", options->command);
    json_text(&json, "input", report->input);
    json_text(&json, "output", report->output);
    json_text(&json, "mode", report->run.in_place ? "in-place" : "new-file");
    print_json_cost(&json, report, seconds);
    json_integer(&json, "collisions", report->run.collisions);
    json_text(&json, "warning", report->run.warning[0] != '\0' ? report->run.warning : NULL);
    json_text(&json, "lost", report->lost[0] != '\0' ? report->lost : NULL);
    json_close(&json, '}');
}

/* A line of the text, with up to three sizes behind their names. */
static void print_sizes(const char *title, const char *const names[3], const uint64_t sizes[3])
{
    char text[32];
    fprintf(stderr, "  %-13s ", title);
    for (int i = 0; i < 3; i++)
        fprintf(stderr, "%s%s %s", i > 0 ? ", " : "", names[i], size_format(sizes[i], text, sizeof text));
    putc('\n', stderr);
}

static void print_text(const struct report *report)
{
    const struct rst_report *run = &report->run;
    char text[32];
    fprintf(stderr, "  run:          %.3f s, %.1f million pixels a second, on %d thread%s\n", run->seconds,
            pixels_per_second(run) / 1e6, run->threads, run->threads == 1 ? "" : "s");
    fprintf(stderr, "  passes:       %d, in %lld tiles of %lld x %lld\n", run->passes, (long long)run->tiles,
            (long long)run->tile_width, (long long)run->tile_height);
    fprintf(stderr, "  buffers:      %s\n", size_format(run->buffer_bytes, text, sizeof text));
    fprintf(stderr, "  peak memory:  %s resident", size_format(peak_resident(), text, sizeof text));
    if (report->max_memory != 0) fprintf(stderr, ", of %s allowed", size_format(report->max_memory, text, sizeof text));
    putc('\n', stderr);
    print_sizes("peaks of:", (const char *const[]){"anonymous memory", "pages of files", "shared memory"},
                (const uint64_t[]){report->peak.anonymous, report->peak.file, report->peak.shared});
    fprintf(stderr, "  page faults:  %lld minor, %lld major\n", (long long)run->minor_faults,
            (long long)run->major_faults);
    print_sizes("samples:", (const char *const[]){"read", "written", "decoded"},
                (const uint64_t[]){run->bytes_read, run->bytes_written, run->bytes_decoded});
    fprintf(
        stderr,
        "  time:         kernels %.3f s, waiting for the disk %.3f s, decoding %.3f s, encoding %.3f s, waiting for "
        "each other %.3f s; all threads together\n",
        run->kernel_seconds, run->io_seconds, run->decode_seconds, run->encode_seconds, run->wait_seconds);
}

/* The last sample, whenever the one before was. */
static void sample_now(struct report *report)
{
    report->sampled = 0;
    report_sample(report);
}

void report_print_details(struct report *report, const struct options *options)
{
    sample_now(report);
    if (options_has(options, OPTION_REPORT) && !options_has(options, OPTION_JSON)) print_text(report);
}

void report_print_member(struct report *report, struct json *json, const struct options *options)
{
    if (!options_has(options, OPTION_REPORT)) {
        json_null(json, "report");
        return;
    }
    sample_now(report);
    json_open(json, "report", '{');
    print_json_cost(json, report, clock_now() - options->started);
    json_close(json, '}');
}

static void print_warnings(const struct report *report)
{
    char text[128];
    if (report->run.warning[0] != '\0') message_warning(report->run.warning);
    if (report->lost[0] != '\0') message_warning(report->lost);
    if (report->run.collisions > 0) {
        snprintf(text, sizeof text, "%lld valid results are equal to nodata, and will be taken for it",
                 (long long)report->run.collisions);
        message_warning(text);
    }
}

void report_print(struct report *report, const struct options *options)
{
    double seconds = clock_now() - options->started;
    sample_now(report);
    if (!options_has(options, OPTION_QUIET)) print_warnings(report);
    if (options_has(options, OPTION_JSON)) {
        print_json(report, options, seconds);
        return;
    }
    if (!options_has(options, OPTION_QUIET))
        fprintf(stderr, "rasterctl: %s: %lld pixels %s in %.3f s, peak memory %.0f MiB (%.0f MiB of it anonymous)\n",
                options->command, (long long)report->run.pixels, report->run.in_place ? "changed in place" : "written",
                seconds, (double)peak_resident() / 1048576, (double)report->peak.anonymous / 1048576);
    report_print_details(report, options);
}
