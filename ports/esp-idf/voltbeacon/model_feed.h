/* The simulated pack as a transmitter's readings, for a board that has no battery yet. */
#ifndef VOLTBEACON_ESP_IDF_MODEL_FEED_H
#define VOLTBEACON_ESP_IDF_MODEL_FEED_H

#include "voltbeacon/core/platform.h"
#include "voltbeacon/device/reading_source.h"

struct vb_model_feed {
    struct vb_reading_source port;
    void *pack;
    uint32_t sequence; /* of the newest reading */
};

/* options as after "sim:" of --source, "cells=96,hz=1"; "" takes the defaults. False where they
 * cannot be read, or there is no memory; the console says why. It must stay where it is. */
VB_MUST_USE bool vb_model_feed_open(struct vb_model_feed *feed, const char *options);

#endif
