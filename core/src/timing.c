#include "voltbeacon/core/timing.h"

const struct vb_timing vb_timing_default = {
    /* A1: at rest the next follows after 13.5 to 15 s. Half a second of jitter is enough to keep
     * several transmitters from falling into step. */
    .beacon_rest_min = 14500,
    .beacon_rest_max = 15000,
    .beacon_repeat = 50,
    .degraded_after = 20000,
    .offline_after = 30000,
    .ask_at = {16000, 17000, 18000, 19000, 22000, 25000, 28000},
    .request_retry = 60,
    .request_retry_max = 4000,
    .request_tries = 10,
    .answer_hold = 5,
    .edit_retry = 100,
    .edit_timeout = 5000,
    .ack_wait = 200,
    .ack_retry = 100,
    .forget = 7u * 24 * 3600 * 1000,
    .stream_silence = 60000,
    .trial = 60000,
    .commit_retry = 1000,
    .commit_coalesce = 2000,
};
