/* Idle workers on a stack: the one that was used last is taken first, since its memory is warm. */
#include "raster/image/crew.h"

#include <stdlib.h>

void rst_crew_open(struct rst_crew *crew, enum rst_status (*start)(void *, void **, struct rst_error *),
                   void (*stop)(void *), void *state)
{
    *crew = (struct rst_crew){.start = start, .stop = stop, .state = state};
    pthread_mutex_init(&crew->lock, NULL);
}

void rst_crew_close(struct rst_crew *crew)
{
    for (int i = 0; i < crew->count; i++)
        crew->stop(crew->idle[i]);
    free(crew->idle);
    pthread_mutex_destroy(&crew->lock);
}

enum rst_status rst_crew_take(struct rst_crew *crew, void **worker, struct rst_error *err)
{
    *worker = NULL;
    if (!crew->start) return RST_OK;
    pthread_mutex_lock(&crew->lock);
    if (crew->count > 0) *worker = crew->idle[--crew->count];
    pthread_mutex_unlock(&crew->lock);
    return *worker ? RST_OK : crew->start(crew->state, worker, err);
}

/* Called with the lock. */
static int make_room(struct rst_crew *crew)
{
    if (crew->count < crew->capacity) return 1;
    int capacity = crew->capacity ? 2 * crew->capacity : 8;
    void **idle = realloc(crew->idle, (size_t)capacity * sizeof *idle);
    if (!idle) return 0;
    crew->idle = idle;
    crew->capacity = capacity;
    return 1;
}

void rst_crew_return(struct rst_crew *crew, void *worker, bool broken)
{
    if (!worker) return;
    pthread_mutex_lock(&crew->lock);
    int kept = !broken && make_room(crew);
    if (kept) crew->idle[crew->count++] = worker;
    pthread_mutex_unlock(&crew->lock);
    if (!kept) crew->stop(worker);
}
