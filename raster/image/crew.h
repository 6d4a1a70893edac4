/* The workers of a coder: made when a thread needs one and none is idle, kept for the next thread. Private to this
 * folder. From any thread. */
#ifndef RASTER_IMAGE_CREW_H
#define RASTER_IMAGE_CREW_H

#include <pthread.h>
#include <stdbool.h>

#include "raster/base/status.h"

struct rst_crew {
    enum rst_status (*start)(void *state, void **worker, struct rst_error *err); /* NULL: no workers */
    void (*stop)(void *worker);
    void *state;
    void **idle;
    int count, capacity;
    pthread_mutex_t lock;
};

void rst_crew_open(struct rst_crew *crew, enum rst_status (*start)(void *, void **, struct rst_error *),
                   void (*stop)(void *), void *state);
void rst_crew_close(struct rst_crew *crew); /* all must be idle */

enum rst_status rst_crew_take(struct rst_crew *crew, void **worker, struct rst_error *err);
/* `broken`: the worker failed, and may be in any state: it is stopped. */
void rst_crew_return(struct rst_crew *crew, void *worker, bool broken);

#endif
