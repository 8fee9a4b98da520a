#include "voltbeacon/api/api.h"

#include <stdio.h>
#include <string.h>

#include "call.h"
#include "percent.h"

static bool path_matches(const char *pattern, const char *path, struct vb_call *call)
{
    size_t param = 0;
    while (*pattern != '\0' && *pattern != '*') {
        if (*pattern != '{') {
            if (*pattern++ != *path++)
                return false;
            continue;
        }
        const size_t size = strcspn(path, "/");
        VB_ASSERT(param < VB_PARAMS_MAX);
        if (size == 0 || size >= VB_PARAM_SIZE)
            return false;
        memcpy(call->params[param], path, size);
        call->params[param++][size] = '\0';
        path += size;
        pattern += strcspn(pattern, "}") + 1;
    }
    return *pattern == '*' || *path == '\0';
}

static void allow(char methods[VB_ALLOW_SIZE], const char *method)
{
    const size_t at = strlen(methods);
    const char *name = strcmp(method, "GET") == 0 ? "GET, HEAD" : method;
    snprintf(methods + at, VB_ALLOW_SIZE - at, at > 0 ? ", %s" : "%s", name);
}

/* Whether the caller may; else the refusal is begun. */
static bool admits(struct vb_call *call, const struct vb_route *route)
{
    if (vb_api_role(call->api, call->request) >= route->role)
        return true;
    vb_answer_error(call, 403, "Your login does not allow this; ask the owner.");
    return false;
}

static void dispatch(struct vb_call *call, const char *path)
{
    const char *method = strcmp(call->request->method, "HEAD") == 0 ? "GET" : call->request->method;
    const struct vb_route *route;
    char methods[VB_ALLOW_SIZE] = "";

    for (unsigned i = 0; (route = vb_route_at(i)) != NULL; i++) {
        if (route->handler == NULL || !path_matches(route->path, path, call))
            continue;
        if (strcmp(route->method, method) == 0) {
            if (admits(call, route))
                route->handler(call);
            return;
        }
        allow(methods, route->method);
    }
    if (methods[0] == '\0') {
        vb_answer_error(call, 404,
                        "There is no %.100s here; GET /api/v1/openapi.json lists all paths.", path);
        return;
    }
    memcpy(call->response->allow, methods, sizeof methods);
    vb_answer_error(call, 405, "%.16s is not possible on %.100s; use %s.", call->request->method,
                    path, methods);
}

static void begin(struct vb_api *api, uint32_t now_ms, struct vb_response *response)
{
    response->status = 0;
    response->later = false;
    response->token = 0;
    response->content_type = "application/json";
    response->etag[0] = '\0';
    response->location[0] = '\0';
    response->allow[0] = '\0';
    response->disposition[0] = '\0';
    response->set_cookie[0] = '\0';
    response->api = api;
    response->now_ms = now_ms;
    response->piece = NULL;
    response->about = false;
    response->begun = false;
}

void vb_api_handle(struct vb_api *api, const struct vb_request *request, uint32_t now_ms,
                   struct vb_response *response)
{
    struct vb_call call = {.api = api, .request = request, .now_ms = now_ms, .response = response};
    char path[VB_PATH_SIZE];
    char reason[VB_PATH_SIZE + 160];

    begin(api, now_ms, response);
    const uint16_t refused =
        vb_site_check(&api->policy, request->host, request->origin, reason, sizeof reason);
    if (refused != 0)
        vb_answer_error(&call, refused, "%s", reason);
    else if (request->size > vb_body_bytes_max(api))
        vb_answer_error(&call, 413, "The body is %zu bytes long; at most %zu are read.",
                        request->size, vb_body_bytes_max(api));
    else if (!vb_percent_decode(request->path, strlen(request->path), path, sizeof path))
        vb_answer_error(&call, 400, "The path is malformed or too long; check the address.");
    else
        dispatch(&call, path);
    VB_ASSERT(response->later || response->status != 0);
}

void vb_api_resume(struct vb_api *api, enum vb_err result, uint32_t now_ms,
                   struct vb_response *response)
{
    const struct vb_request request = {.method = "GET", .path = "/api/v1/receiver"};
    struct vb_call call = {.api = api, .request = &request, .now_ms = now_ms, .response = response};
    begin(api, now_ms, response);
    if (result == VB_ERR_OK)
        vb_answer_receiver(&call);
    else if (result == VB_ERR_UNCERTAIN)
        vb_answer_error(&call, 500,
                        "The disk failed while the settings were being stored: the old ones are in "
                        "use, the next start may find either. Check this receiver's disk and save "
                        "again.");
    else
        vb_answer_error(&call, 500,
                        "The settings could not be stored, nothing has changed; check this "
                        "receiver's disk and save again.");
}
