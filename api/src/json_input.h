/* JSON input: cJSON parses it; this refuses what cJSON would accept. */
#ifndef VOLTBEACON_API_JSON_INPUT_H
#define VOLTBEACON_API_JSON_INPUT_H

#include <stddef.h>

#include "json_parser.h"

enum {
    VB_JSON_DEPTH_MAX = 4,   /* of objects and arrays within each other */
    VB_JSON_MEMBERS_MAX = 64 /* of one object */
};

/* An object, which the caller frees with cJSON_Delete; or NULL, and *reason says why: it is not
 * JSON or not an object, a key comes twice or has \u0000 in it, it is nested too deeply, it has
 * more than nodes_max values. Static storage. */
cJSON *vb_json_read_object(const char *text, size_t size, unsigned nodes_max, const char **reason);

#endif
