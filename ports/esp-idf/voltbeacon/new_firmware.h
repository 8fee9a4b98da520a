/* New firmware on its board: tried for as long as ports/firmware says, and then kept, or the one
 * before is started again, however it has come into flash. What becomes of it is said on the
 * console. */
#ifndef VOLTBEACON_ESP_IDF_NEW_FIRMWARE_H
#define VOLTBEACON_ESP_IDF_NEW_FIRMWARE_H

#include "esp-idf/voltbeacon/http_receiver.h"
#include "esp-idf/voltbeacon/netif_address.h"
#include "esp-idf/voltbeacon/pulse.h"
#include "esp-idf/voltbeacon/wifi.h"
#include "firmware/firmware_trial.h"

VB_C_BEGIN

enum { VB_NEW_FIRMWARE_LOOK_MS = 1000 };

/* What its health is known by. */
struct vb_new_firmware_board {
    const struct vb_pulse *pulse; /* NULL: the node has not started */
    const struct vb_wifi *wifi;
    struct vb_interfaces interfaces;
    bool is_receiver;                   /* it serves; a transmitter sends at least every 15 s */
    const struct vb_http_receiver *web; /* NULL: it does not serve now */
};

struct vb_new_firmware {
    struct vb_trial trial;
    uint32_t looked_at_ms;
    bool has_failed; /* and that was said */
};

/* Once, after the start. */
void vb_new_firmware_begin(struct vb_new_firmware *firmware, uint32_t now_ms);
/* As often as it likes. True: the board is to start anew, with the firmware before. */
VB_MUST_USE bool vb_new_firmware_look(struct vb_new_firmware *firmware,
                                      const struct vb_new_firmware_board *board, uint32_t now_ms);

/* On any task: whether what runs is on trial. */
bool vb_new_firmware_is_on_trial(void);

VB_C_END

#endif
