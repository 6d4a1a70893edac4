/* A bar with the time that is left, reckoned from the mean speed so far. Short runs show none: the first one is drawn
 * after a third of a second, then at most ten in a second. It never wraps, so that clearing it takes one line. */
#include "cli/progress.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/options.h"

static const double first_after = 0.33, next_after = 0.1;

void progress_start(struct progress *progress, bool quiet)
{
    *progress = (struct progress){.wanted = !quiet && isatty(STDERR_FILENO), .started = clock_now()};
}

static int terminal_columns(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
    return size.ws_col;
}

static void format_left(double seconds, char *text, size_t size)
{
    long whole = (long)(seconds + 0.5);
    if (seconds < 10)
        snprintf(text, size, "%.1f s left", seconds);
    else if (whole < 3600)
        snprintf(text, size, "%ld:%02ld left", whole / 60, whole % 60);
    else
        snprintf(text, size, "%ld:%02ld:%02ld left", whole / 3600, whole / 60 % 60, whole % 60);
}

void progress_draw(struct progress *progress, int64_t done, int64_t total)
{
    double now = clock_now(), spent = now - progress->started;
    if (!progress->wanted || total < 1 || done < 1 || spent < first_after) return;
    if (progress->shown && now - progress->drawn < next_after) return;
    double part = (double)done / (double)total;
    char left[48], numbers[64];
    format_left(spent / part - spent, left, sizeof left);
    int used = snprintf(numbers, sizeof numbers, " %3d %%  %s", (int)(part * 100), left);
    int width = terminal_columns() - used - 3;
    if (width > 50) width = 50;
    fputs("\r", stderr);
    if (width >= 5) {
        putc('[', stderr);
        for (int i = 0; i < width; i++)
            putc(i < (int)(part * width) ? '=' : ' ', stderr);
        putc(']', stderr);
    }
    fprintf(stderr, "%s\033[K", numbers);
    fflush(stderr);
    progress->shown = true;
    progress->drawn = now;
}

void progress_clear(struct progress *progress)
{
    if (!progress->shown) return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    progress->shown = false;
}
