/* Where this board's readings come from, as its build has chosen: Kconfig.projbuild. */
#ifndef VOLTBEACON_ESP_IDF_READINGS_H
#define VOLTBEACON_ESP_IDF_READINGS_H

#include "esp-idf/voltbeacon/transmitter_node.h"

/* Sets the one of config's sources that there is; neither, and the console says why, where it
 * cannot be opened. There is one in a program. */
void vb_readings_open(struct vb_transmitter_node_config *config);

#endif
