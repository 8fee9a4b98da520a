/* Who the caller is: resolved once per request and once per WebSocket, whatever it asks for. */
#include "voltbeacon/api/api.h"

enum vb_role vb_api_role(const struct vb_api *api, const struct vb_request *request)
{
    return api->gate == NULL ? VB_ROLE_ADMIN : api->gate->role(api->gate->ctx, request);
}

const char *vb_role_name(enum vb_role role)
{
    static const char *const names[] = {"anyone", "viewer", "admin"};
    VB_ASSERT((size_t)role < VB_COUNT_OF(names));
    return names[role];
}
