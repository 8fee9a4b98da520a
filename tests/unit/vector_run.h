/* How the vectors of a file of tests/vectors are walked: every line of a kind is checked. */
#ifndef VOLTBEACON_TESTS_VECTOR_RUN_H
#define VOLTBEACON_TESTS_VECTOR_RUN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "vector_line.h"

#include <cmocka.h>

/* check gets each vector of that kind, and how as it is given here; one there has to be. */
static inline void run_vectors(const char *path, const char *kind,
                               void (*check)(const struct vector *vector, const void *how),
                               const void *how)
{
    static char line[VECTOR_LINE_SIZE];
    static struct vector vector;
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    unsigned checked = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        assert_non_null(strchr(line, '\n'));
        if (line[0] == '#' || line[0] == '\n')
            continue;
        assert_true(vector_parse(&vector, line));
        if (strcmp(vector.kind, kind) != 0)
            continue;
        check(&vector, how);
        checked++;
    }
    assert_int_equal(fclose(file), 0);
    assert_true(checked > 0);
}

#endif
