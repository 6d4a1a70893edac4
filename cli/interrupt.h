/* Being interrupted: SIGINT, SIGTERM and SIGHUP raise a flag, which runs look at between tiles. */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

/* From here on the signals raise the flag (those that the process was started ignoring stay ignored). */
void interrupt_catch(void);

/* The flag, for rst_run_options.cancel. */
const volatile int *interrupt_flag(void);

#endif
