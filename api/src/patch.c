/* What every change has to bring: a type, the content it was made on, and a body of JSON. */
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

cJSON *vb_call_patch(struct vb_call *call)
{
    const struct vb_request *request = call->request;
    if (!is_json(request->content_type)) {
        vb_answer_error(call, 415, "The body must be JSON; send Content-Type: application/json.");
        return NULL;
    }
    if (request->if_match == NULL) {
        vb_answer_error(
            call, 428,
            "The change does not say what it was made on; read the settings first and send "
            "their ETag as If-Match.");
        return NULL;
    }
    const char *reason;
    cJSON *object = vb_json_read_object(request->body, request->size, &reason);
    if (object == NULL)
        vb_answer_error(call, 400, "The body cannot be used: %s. Send one JSON object.", reason);
    return object;
}

bool vb_call_matches(const struct vb_call *call, const char etag[VB_ETAG_SIZE])
{
    return strcmp(call->request->if_match, etag) == 0;
}
