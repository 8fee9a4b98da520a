/* What the firmware takes of RAM by role, apart from ESP-IDF's own: the nodes, what they ask of the
 * heap, their queue and their tasks' stacks; for size.py, as footprint.c. */
#include "esp-idf/voltbeacon/http_receiver.h"
#include "esp-idf/voltbeacon/http_server.h"
#include "esp-idf/voltbeacon/receiver_node.h"
#include "esp-idf/voltbeacon/transmitter_node.h"
#include "receiver_ram.h"

enum {
    TASKS_BYTES =
        VB_NODE_STACK_BYTES + VB_STORING_STACK_BYTES + VB_INBOX_ITEMS * sizeof(struct vb_inbox_item)
};

static size_t receiver_bytes(uint8_t peers)
{
    const struct vb_receiver_sizes sizes = vb_receiver_node_sizes(peers);
    return sizeof(struct vb_receiver_node) + vb_receiver_device_bytes(&sizes) + TASKS_BYTES;
}

static size_t history_bytes(uint8_t packs, uint16_t days, uint16_t fine_days)
{
    const struct vb_ram_history_sizes sizes = {packs, days, fine_days};
    return vb_ram_history_bytes(&sizes);
}

int main(void)
{
    say("RAM: firmware, receiver of 1" CELLS, receiver_bytes(1));
    say("RAM: firmware, receiver of 2" CELLS, receiver_bytes(2));
    say("RAM: firmware, receiver of 4" CELLS, receiver_bytes(4));
    say("RAM: firmware, receiver of 8" CELLS, receiver_bytes(8));
    say("RAM: firmware, history of 2, 3 days" CELLS, history_bytes(2, 3, 1));
    say("RAM: firmware, history of 4, 30 days" CELLS, history_bytes(4, 30, 7));
    say("RAM: firmware, web server of a receiver" CELLS,
        sizeof(struct vb_http_server) + sizeof(struct vb_http_receiver) + VB_HTTP_STACK_BYTES);
    say("RAM: firmware, of that each WebSocket" CELLS, sizeof(struct vb_http_socket));
    say("RAM: firmware, transmitter" CELLS,
        sizeof(struct vb_transmitter_node) + 2 * (size_t)vb_transmitter_cache_size() + TASKS_BYTES);
    say("RAM: firmware, battery on CAN" CELLS,
        sizeof(struct vb_twai_feed) + VB_TWAI_FRAMES * sizeof(struct vb_can_frame));
    say("RAM: firmware, MQTT" CELLS, sizeof(struct vb_idf_broker) + VB_IDF_BROKER_STACK_BYTES);
    return 0;
}
