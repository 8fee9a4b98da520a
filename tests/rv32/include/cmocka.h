/* In place of cmocka, which does not exist for bare metal: the part of it that the core's tests
 * use, so that the very same files run on both.
 *
 * It prints what cmocka prints, for tests/count.py. What differs: nothing can be unwound here, so
 * the first failure ends the program, and the tests behind it do not run. */
#ifndef VOLTBEACON_RV32_CMOCKA_H
#define VOLTBEACON_RV32_CMOCKA_H

#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct CMUnitTest {
    const char *name;
    void (*test_func)(void **state);
    int (*setup_func)(void **state);
    int (*teardown_func)(void **state);
    void *initial_state;
};

#define cmocka_unit_test(test)             \
    {                                      \
        .name = #test, .test_func = (test) \
    }
#define cmocka_unit_test_setup(test, setup)                       \
    {                                                             \
        .name = #test, .test_func = (test), .setup_func = (setup) \
    }
#define cmocka_unit_test_setup_teardown(test, setup, teardown)                                 \
    {                                                                                          \
        .name = #test, .test_func = (test), .setup_func = (setup), .teardown_func = (teardown) \
    }

/* The test that runs. */
static const char *cmocka_running;

/* Ends the program: the test that runs has failed. */
__attribute__((noreturn, format(printf, 3, 4))) static inline void cmocka_fail(const char *file,
                                                                               int line,
                                                                               const char *format,
                                                                               ...)
{
    va_list arguments;
    va_start(arguments, format);
    printf("[  ERROR   ] --- ");
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n[   LINE   ] --- %s:%d: error: Failure!\n", file, line);
    printf("[  FAILED  ] %s\n[  FAILED  ] 1 test(s), the others not run\n", cmocka_running);
    exit(1);
}

#define fail_msg(...) cmocka_fail(__FILE__, __LINE__, __VA_ARGS__)

#define assert_true(condition)          \
    do {                                \
        if (!(condition))               \
            fail_msg("%s", #condition); \
    } while (0)
#define assert_false(condition) assert_true(!(condition))
#define assert_null(pointer) assert_true((pointer) == NULL)
#define assert_non_null(pointer) assert_true((pointer) != NULL)
#define assert_ptr_equal(a, b) assert_true((const void *)(a) == (const void *)(b))
#define assert_string_equal(a, b) cmocka_strings((a), (b), 1, __FILE__, __LINE__)
#define assert_string_not_equal(a, b) cmocka_strings((a), (b), 0, __FILE__, __LINE__)
#define assert_memory_equal(a, b, size) assert_true(memcmp((a), (b), (size)) == 0)
#define assert_int_equal(a, b) \
    cmocka_integers((uintmax_t)(a), (uintmax_t)(b), 1, __FILE__, __LINE__)
#define assert_int_not_equal(a, b) \
    cmocka_integers((uintmax_t)(a), (uintmax_t)(b), 0, __FILE__, __LINE__)
#define assert_float_equal(a, b, within) assert_true((a) - (b) <= (within) && (b) - (a) <= (within))
#define assert_in_range(value, min, max) \
    cmocka_range((uintmax_t)(value), (uintmax_t)(min), (uintmax_t)(max), __FILE__, __LINE__)

static inline void cmocka_strings(const char *a, const char *b, int equal, const char *file,
                                  int line)
{
    if ((strcmp(a, b) == 0) != equal)
        cmocka_fail(file, line, "\"%s\" %s \"%s\"", a, equal ? "!=" : "==", b);
}

static inline void cmocka_integers(uintmax_t a, uintmax_t b, int equal, const char *file, int line)
{
    if ((a == b) != equal)
        cmocka_fail(file, line, "%#" PRIxMAX " %s %#" PRIxMAX, a, equal ? "!=" : "==", b);
}

static inline void cmocka_range(uintmax_t value, uintmax_t min, uintmax_t max, const char *file,
                                int line)
{
    if (value < min || value > max)
        cmocka_fail(file, line, "%" PRIuMAX " is not in %" PRIuMAX " to %" PRIuMAX, value, min,
                    max);
}

static inline void cmocka_run(const struct CMUnitTest *test, void *group_state)
{
    void *state = test->initial_state != NULL ? test->initial_state : group_state;
    cmocka_running = test->name;
    printf("[ RUN      ] %s\n", test->name);
    if (test->setup_func != NULL && test->setup_func(&state) != 0)
        fail_msg("its setup failed");
    test->test_func(&state);
    if (test->teardown_func != NULL && test->teardown_func(&state) != 0)
        fail_msg("its teardown failed");
    printf("[       OK ] %s\n", test->name);
}

static inline int cmocka_run_tests(const struct CMUnitTest *tests, size_t count,
                                   int (*setup)(void **state), int (*teardown)(void **state))
{
    void *state = NULL;
    cmocka_running = "the group's setup";
    printf("[==========] Running %zu test(s).\n", count);
    if (setup != NULL && setup(&state) != 0)
        fail_msg("it failed");
    for (size_t i = 0; i < count; i++)
        cmocka_run(&tests[i], state);
    cmocka_running = "the group's teardown";
    if (teardown != NULL && teardown(&state) != 0)
        fail_msg("it failed");
    printf("[==========] %zu test(s) run.\n[  PASSED  ] %zu test(s).\n", count, count);
    return 0;
}

#define cmocka_run_group_tests(tests, setup, teardown) \
    cmocka_run_tests((tests), sizeof(tests) / sizeof((tests)[0]), (setup), (teardown))

#endif
