#include "esp-idf/voltbeacon/model_feed.h"
#include "readings.h"

void vb_readings_open(struct vb_transmitter_node_config *config)
{
    static struct vb_model_feed feed;
    if (vb_model_feed_open(&feed, ""))
        config->source = &feed.port;
}
