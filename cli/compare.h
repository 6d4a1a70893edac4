/* Comparing two rasters: their samples, and what is said of them. */
#ifndef CLI_COMPARE_H
#define CLI_COMPARE_H

#include <stddef.h>
#include <stdint.h>

#include "raster/raster.h"

struct compare_place {
    int64_t x, y;
    int32_t band; /* from 0 on */
};

struct compare_result {
    int64_t samples;         /* compared */
    int64_t different;       /* by more than the tolerance */
    union rst_sample most;   /* the largest difference there is, in `unit`; infinite between NaN and a number */
    enum rst_type unit;      /* u64 for integers, f64 for floats */
    double mean;             /* of the differences of all samples */
    struct compare_place at; /* the first sample that differs by `most` */
};

/* What is to be compared, and how. */
struct compare_request {
    struct rst_raster *rasters[2]; /* of one size, number of bands and type */
    double tolerance;
    const struct rst_cost *cost; /* of windows_plan(): the size of the windows, and whether pages are let go of */
    void (*progress)(void *user, int64_t rows_done, int64_t rows_total); /* NULL: nobody is told */
    void *user;
    const volatile int *cancel;
    struct rst_report *report; /* filled in */
};

/* Compares all samples, a window of rows at a time. RST_E_CANCELLED once *cancel is not 0. */
RST_MUST_USE enum rst_status compare_samples(const struct compare_request *request, struct compare_result *result,
                                             struct rst_error *err);

/* Bytes that a row of a band takes beside its samples. */
size_t compare_row_bytes(void);

/* The fields that differ, as enum rst_meta_field: of images with that many bands of that type. RST_E_NOMEM alone. */
RST_MUST_USE enum rst_status compare_meta(const struct rst_meta *a, const struct rst_meta *b, int32_t bands,
                                          enum rst_type type, unsigned *fields, struct rst_error *err);

#endif
