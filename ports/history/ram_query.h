/* What the API asks of the history in memory. */
#ifndef VOLTBEACON_HISTORY_RAM_QUERY_H
#define VOLTBEACON_HISTORY_RAM_QUERY_H

#include "history/ram_history.h"

VB_C_BEGIN

/* As it is to be in the history itself. */
struct vb_history_source vb_ram_history_source_of(struct vb_ram_history *history);

/* The day in UTC that a moment belongs to; ctx is not used. */
int32_t vb_ram_day_of(void *ctx, int64_t at_s);

VB_C_END

#endif
