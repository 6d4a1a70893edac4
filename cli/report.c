/* The report of a run. Peak resident memory is VmHWM of /proc/self/status: getrusage()'s ru_maxrss, which stands in
 * where there is no /proc, also remembers the process that started us. The kernel keeps no peak of anonymous memory, so
 * that is the greatest of samples taken while the run goes on. */
#include "cli/report.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "cli/json.h"
#include "cli/message.h"

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

void report_sample(struct report *report)
{
    double now = clock_now();
    if (now - report->sampled < sample_after) return;
    report->sampled = now;
    uint64_t bytes = status_bytes("RssAnon");
    if (bytes > report->peak_anonymous) report->peak_anonymous = bytes;
}

static double to_microsecond(double seconds)
{
    return (double)(int64_t)(seconds * 1e6 + 0.5) / 1e6;
}

static void print_json(const struct report *report, const struct options *options, double seconds)
{
    struct json json = {.to = stdout};
    json_open(&json, NULL, '{');
    json_text(&json, "command", options->command);
    json_text(&json, "input", report->input);
    json_text(&json, "output", report->output);
    json_text(&json, "mode", report->run.in_place ? "in-place" : "new-file");
    json_real(&json, "seconds", to_microsecond(seconds));
    json_real(&json, "run_seconds", to_microsecond(report->run.seconds));
    json_integer(&json, "peak_resident_bytes", (int64_t)peak_resident());
    json_integer(&json, "peak_anonymous_bytes", (int64_t)report->peak_anonymous);
    json_integer(&json, "pixels", report->run.pixels);
    json_integer(&json, "threads", report->run.threads);
    json_integer(&json, "collisions", report->run.collisions);
    json_text(&json, "warning", report->run.warning[0] != '\0' ? report->run.warning : NULL);
    json_text(&json, "lost", report->lost[0] != '\0' ? report->lost : NULL);
    json_close(&json, '}');
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
    report->sampled = 0;
    report_sample(report);
    if (!options_has(options, OPTION_QUIET)) print_warnings(report);
    if (options_has(options, OPTION_JSON)) {
        print_json(report, options, seconds);
        return;
    }
    if (options_has(options, OPTION_QUIET)) return;
    fprintf(stderr, "rasterctl: %s: %lld pixels %s in %.3f s, peak memory %.0f MiB (%.0f MiB of it anonymous)\n",
            options->command, (long long)report->run.pixels, report->run.in_place ? "changed in place" : "written",
            seconds, (double)peak_resident() / 1048576, (double)report->peak_anonymous / 1048576);
}
