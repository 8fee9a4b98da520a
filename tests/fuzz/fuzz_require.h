/* What a fuzzer holds to be true. */
#ifndef VOLTBEACON_TESTS_FUZZ_REQUIRE_H
#define VOLTBEACON_TESTS_FUZZ_REQUIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void require(bool held)
{
    if (!held)
        abort();
}

#endif
