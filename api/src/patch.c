/* What a change must come with: a type, a JSON body, and usually the content it is based on. */
#include <string.h>

#include "call.h"
#include "json_input.h"

/* "application/json", whatever parameters follow. */
static bool is_json(const char *content_type)
{
    static const char *const types[] = {"application/json", "application/merge-patch+json"};
    if (content_type == NULL)
        return false;
    const size_t size = strcspn(content_type, "; \t");
    for (size_t i = 0; i < VB_COUNT_OF(types); i++) {
        if (size == strlen(types[i]) && memcmp(content_type, types[i], size) == 0)
            return true;
    }
    return false;
}

static bool brings_json(struct vb_call *call)
{
    if (is_json(call->request->content_type))
        return true;
    vb_answer_error(call, 415, "The body must be JSON; send Content-Type: application/json.");
    return false;
}

static cJSON *read_body(struct vb_call *call)
{
    const struct vb_request *request = call->request;
    const char *reason;
    const unsigned nodes_max =
        call->api->body_nodes_max == 0 ? VB_BODY_NODES_MAX : call->api->body_nodes_max;
    cJSON *object = vb_json_read_object(request->body, request->size, nodes_max, &reason);
    if (object == NULL)
        vb_answer_error(call, 400, "The body cannot be used: %s. Send one JSON object.", reason);
    return object;
}

cJSON *vb_call_object(struct vb_call *call)
{
    return brings_json(call) ? read_body(call) : NULL;
}

cJSON *vb_call_patch(struct vb_call *call)
{
    if (!brings_json(call))
        return NULL;
    if (call->request->if_match == NULL) {
        vb_answer_error(
            call, 428,
            "The change does not say what it is based on; read the settings first and send "
            "their ETag as If-Match.");
        return NULL;
    }
    return read_body(call);
}

bool vb_call_matches(const struct vb_call *call, const char etag[VB_ETAG_SIZE])
{
    return strcmp(call->request->if_match, etag) == 0;
}
