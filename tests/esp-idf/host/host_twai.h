/* A TWAI controller on the host, and the bus that it is on: frames are told to it, what it is to
 * send waits until a test says what became of it. As the driver's, its calls refuse what the state
 * of the node does not allow, and what is being sent is read where the caller keeps it. */
#ifndef VOLTBEACON_TESTS_HOST_TWAI_H
#define VOLTBEACON_TESTS_HOST_TWAI_H

#include <esp_twai_onchip.h>
#include <stdbool.h>

#include "sources/can_battery.h"

enum host_twai_mode {
    HOST_TWAI_NONE, /* no node is enabled */
    HOST_TWAI_LISTENS,
    HOST_TWAI_SPEAKS
};

/* As after a reboot. */
void host_twai_reset(void);

/* No node can be made, because of this; ESP_OK: it can again. */
void host_twai_refuse(esp_err_t why);
/* Nor can one be enabled. */
void host_twai_refuse_to_enable(esp_err_t why);

enum host_twai_mode host_twai_mode(void);
/* Of the last node that was made. */
const twai_onchip_node_config_t *host_twai_config(void);
unsigned host_twai_made(void);

/* A frame is on the bus, as the controller tells of it on its interrupt. Nobody hears it where no
 * node is enabled, or it has left the bus. */
void host_twai_hear(const struct vb_can_frame *frame);
/* One whose header is any. */
void host_twai_hear_header(const twai_frame_header_t *header, const uint8_t bytes[8]);

/* The frame that is being sent, as it would go out now. False: there is none. */
bool host_twai_sending(struct vb_can_frame *frame);
/* It went out, or not. */
void host_twai_confirm(bool success);
unsigned host_twai_sends(void); /* that were taken */

/* It has to leave the bus; what was being sent is lost. */
void host_twai_leave_bus(void);
/* It comes back where it was told to. */
void host_twai_come_back(void);
unsigned host_twai_recoveries(void); /* that were asked for */

#endif
