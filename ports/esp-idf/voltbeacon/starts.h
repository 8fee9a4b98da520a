/* Why the board started, and how often in a row it started because it had crashed. From the third
 * on it starts in safe mode: radio and settings alone, so that whatever crashes it can be set
 * otherwise. A minute without a crash ends the row. */
#ifndef VOLTBEACON_ESP_IDF_STARTS_H
#define VOLTBEACON_ESP_IDF_STARTS_H

#include <esp_system.h>
#include <stdbool.h>

#include "voltbeacon/core/board_facts.h"
#include "voltbeacon/core/platform.h"

VB_C_BEGIN

enum { VB_STARTS_SAFE = 3, VB_STARTS_HEALTHY_S = 60 };

enum vb_start_reason vb_starts_reason(esp_reset_reason_t reason);
bool vb_starts_is_crash(esp_reset_reason_t reason);

/* Counts this start; vb_nvs_start() was called for the partition. Returns the crashes in a row, 0
 * where this start is none. What NVS refuses is said on the console, and counted as far as it goes:
 * a board whose NVS is broken starts as ever. */
unsigned vb_starts_count(const char *partition, esp_reset_reason_t reason);
/* The board has run for VB_STARTS_HEALTHY_S: the row has ended. */
void vb_starts_healthy(const char *partition);

/* What there is to tell of this start, with so many crashes in a row. */
struct vb_board_facts vb_starts_facts(esp_reset_reason_t reason, unsigned crashes,
                                      bool has_core_dump);

VB_C_END

#endif
