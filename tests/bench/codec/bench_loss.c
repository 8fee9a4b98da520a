/* What losses cost in readings: for codec.bench.mjs, a line of JSON for each receiver. */
#include <inttypes.h>
#include <stdio.h>

#include "../../fixtures/reading_loss.h"

enum { RUN_MS = 3600000 };

static struct reading_loss loss;

int main(void)
{
    static const uint16_t permille[][LOSS_RECEIVERS_MAX] = {
        {10}, {100}, {300}, {50, 200}, {100, 100, 300}};
    static const uint8_t receivers[] = {1, 1, 1, 2, 3};
    for (unsigned run = 0; run < VB_COUNT_OF(receivers); run++) {
        loss_run(&loss, receivers[run], permille[run], RUN_MS);
        for (unsigned i = 0; i < receivers[run]; i++) {
            const struct loss_figures figures = loss_of(&loss, i);
            printf("{\"receivers\":%u,\"loss\":%u,\"sent\":%" PRIu32 ",\"frames_lost\":%" PRIu32
                   ",\"keyframes_lost\":%" PRIu32 ",\"readings_lost\":%" PRIu32 ",\"acks\":%" PRIu32
                   "}\n",
                   receivers[run], permille[run][i], loss.sent, figures.frames_lost,
                   figures.keyframes_lost, figures.readings_lost, loss.acks);
        }
    }
    return 0;
}
