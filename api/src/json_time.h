/* Moments and addresses as the API writes them. */
#ifndef VOLTBEACON_API_JSON_TIME_H
#define VOLTBEACON_API_JSON_TIME_H

#include "voltbeacon/json_writer.h"

/* "2026-11-22T20:00:00.000Z"; null for 0. wall_ms is in ms since 1970 UTC, up to the year 9999. */
void vb_time_json(struct vb_json *json, const char *key, uint64_t wall_ms);

/* "/api/v1/recordings/NAME"; null for "". */
void vb_recording_path_json(struct vb_json *json, const char *key, const char *name);

#endif
