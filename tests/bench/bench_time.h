/* Times of batches, on a machine where others are at work: what the quickest took counts. */
#ifndef VOLTBEACON_TESTS_BENCH_TIME_H
#define VOLTBEACON_TESTS_BENCH_TIME_H

#include <stddef.h>
#include <stdlib.h>
#include <time.h>

/* Monotonic. */
static inline double now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static inline int compare_times(const void *left, const void *right)
{
    const double difference = *(const double *)left - *(const double *)right;
    return (difference > 0) - (difference < 0);
}

static inline void sort_times(double *values, size_t count)
{
    qsort(values, count, sizeof values[0], compare_times);
}

#endif
