/* The only global state of rasterctl: a flag that signal handlers raise. The process then ends by the ordinary way out,
 * which removes the unfinished output. */
#include "cli/interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile int raised; /* an int, as rst_run() wants it; stores of one are atomic wherever this builds */

static void on_signal(int number)
{
    raised = number;
}

void interrupt_catch(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        struct sigaction action = {0};
        if (sigaction(signals[i], NULL, &action) == 0 && action.sa_handler == SIG_IGN) continue;
        action = (struct sigaction){.sa_handler = on_signal, .sa_flags = SA_RESTART};
        sigemptyset(&action.sa_mask);
        sigaction(signals[i], &action, NULL);
    }
}

const volatile int *interrupt_flag(void)
{
    return &raised;
}
