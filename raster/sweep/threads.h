/* Threads that live for one call. */
#ifndef RASTER_SWEEP_THREADS_H
#define RASTER_SWEEP_THREADS_H

/* How many processors this process may run on; at least 1. */
int rst_threads_available(void);

/* Runs body(user, index, count) on `count` threads, index 0 being the caller's, and returns when all are done. Where
 * the system grants fewer threads, count is what it granted: every thread is told the same. */
void rst_threads_run(int count, void (*body)(void *user, int index, int count), void *user);

#endif
