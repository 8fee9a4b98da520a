/* Moments as the API writes them; calendar.h reads them. */
#ifndef VOLTBEACON_API_JSON_TIME_H
#define VOLTBEACON_API_JSON_TIME_H

#include "voltbeacon/api/json_writer.h"

/* "2026-11-22T20:00:00.000Z"; null for 0. wall_ms is in ms since 1970 UTC, up to the year 9999. */
void vb_time_json(struct vb_json *json, const char *key, uint64_t wall_ms);

#endif
