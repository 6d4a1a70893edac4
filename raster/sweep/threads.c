/* Threads are made for one call and joined before it returns, so a host may fork at any other time and nothing global
 * exists. Workers wait at a gate until all that the system grants are there: the bodies may then rely on the count for
 * their barriers. Workers take no signals but the synchronous ones, which must stay open (a blocked SIGBUS kills). */
#define _GNU_SOURCE 1
#define _GNU_SOURCE 1

#include "raster/sweep/threads.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>

struct crew {
    pthread_mutex_t lock;
    pthread_cond_t open;
    int count; /* 0 until the gate opens */
    void (*body)(void *user, int index, int count);
    void *user;
};

struct worker {
    struct crew *crew;
    pthread_t thread;
    int index;
};

int rst_threads_available(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set)) return 1;
    int count = CPU_COUNT(&set);
    return count > 0 ? count : 1;
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    struct crew *crew = worker->crew;
    pthread_mutex_lock(&crew->lock);
    while (crew->count == 0)
        pthread_cond_wait(&crew->open, &crew->lock);
    int count = crew->count;
    pthread_mutex_unlock(&crew->lock);
    crew->body(crew->user, worker->index, count);
    return NULL;
}

/* Starts up to `wanted` workers and returns how many there are. */
static int start(struct crew *crew, struct worker *workers, int wanted)
{
    sigset_t most, before;
    sigfillset(&most);
    sigdelset(&most, SIGBUS);
    sigdelset(&most, SIGSEGV);
    sigdelset(&most, SIGFPE);
    sigdelset(&most, SIGILL);
    pthread_sigmask(SIG_BLOCK, &most, &before);
    int started = 0;
    for (; started < wanted; started++) {
        workers[started] = (struct worker){.crew = crew, .index = started + 1};
        if (pthread_create(&workers[started].thread, NULL, work, &workers[started])) break;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

void rst_threads_run(int count, void (*body)(void *user, int index, int count), void *user)
{
    struct worker *workers = count > 1 ? calloc((size_t)count - 1, sizeof *workers) : NULL;
    struct crew crew = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, body, user};
    int started = workers ? start(&crew, workers, count - 1) : 0;
    pthread_mutex_lock(&crew.lock);
    crew.count = started + 1;
    pthread_cond_broadcast(&crew.open);
    pthread_mutex_unlock(&crew.lock);
    body(user, 0, started + 1);
    for (int i = 0; i < started; i++)
        pthread_join(workers[i].thread, NULL);
    pthread_cond_destroy(&crew.open);
    pthread_mutex_destroy(&crew.lock);
    free(workers);
}
