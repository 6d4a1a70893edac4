/* What the threads of a pass spend their time on, and how much they move. */
#ifndef RASTER_SWEEP_METER_H
#define RASTER_SWEEP_METER_H

#include <stdint.h>
#include <time.h>

struct rst_meter {
    double io, decode, encode, kernel, wait; /* seconds */
    uint64_t read, written;                  /* bytes of samples */
    double since;                            /* of the section that goes on */
};

static inline double rst_seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Ends the section that goes on, whose time goes to `account`, and starts the next. */
static inline void rst_meter_charge(struct rst_meter *meter, double *account)
{
    double now = rst_seconds_now();
    *account += now - meter->since;
    meter->since = now;
}

static inline void rst_meter_add(struct rst_meter *to, const struct rst_meter *more)
{
    to->io += more->io;
    to->decode += more->decode;
    to->encode += more->encode;
    to->kernel += more->kernel;
    to->wait += more->wait;
    to->read += more->read;
    to->written += more->written;
}

#endif
