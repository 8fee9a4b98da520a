#include "json_time.h"

#include <stdio.h>
#include <string.h>

#include "voltbeacon/api/calendar.h"

void vb_time_json(struct vb_json *json, const char *key, uint64_t wall_ms)
{
    char moment[VB_MOMENT_TEXT_SIZE];
    char text[VB_MOMENT_TEXT_SIZE + sizeof ".000"];
    if (wall_ms == 0) {
        vb_json_null(json, key);
        return;
    }
    vb_moment_format((int64_t)(wall_ms / 1000), moment);
    snprintf(text, sizeof text, "%.*s.%03uZ", (int)strcspn(moment, "Z"), moment,
             (unsigned)(wall_ms % 1000));
    vb_json_string(json, key, text);
}
