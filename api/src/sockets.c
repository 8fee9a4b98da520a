/* /ws/state and /ws/cells: who may connect, to what, and what is sent there. push.c makes the
 * messages. */
#include <stdio.h>
#include <string.h>

#include "contract.h"

/* ---- The contract ---- */

static const struct vb_property receiver_properties[] = {
    {"type", "'receiver'", NULL},
    {"receiver", "Receiver", NULL},
};

static const struct vb_property transmitter_properties[] = {
    {"type", "'transmitter'", NULL},
    {"transmitter", "Transmitter", NULL},
};

static const struct vb_property section_properties[] = {
    {"type", "'section'", NULL},
    {"mac", "Mac", NULL},
    {"section", "Section", NULL},
};

static const struct vb_property edit_properties[] = {
    {"type", "'edit'", NULL},
    {"mac", "Mac", NULL},
    {"edit", "Edit", NULL},
};

static const struct vb_property event_properties[] = {
    {"type", "'event'", NULL},
    {"event", "Event", NULL},
};

static const struct vb_property missed_properties[] = {{"type", "'events_missed'", NULL}};
static const struct vb_property ready_properties[] = {{"type", "'ready'", NULL}};

static const struct vb_type types[] = {
    {"ReceiverMessage", NULL, VB_OBJECT(receiver_properties)},
    {"TransmitterMessage", NULL, VB_OBJECT(transmitter_properties)},
    {"SectionMessage", NULL, VB_OBJECT(section_properties)},
    {"EditMessage", NULL, VB_OBJECT(edit_properties)},
    {"EventMessage", "An event that began, rose, ended or was acknowledged.",
     VB_OBJECT(event_properties)},
    {"EventsMissedMessage", "This client fell too far behind: read GET /api/v1/events.",
     VB_OBJECT(missed_properties)},
    {"ReadyMessage", "The initial state has been sent.", VB_OBJECT(ready_properties)},
    {"StateMessage", NULL,
     .is = "ReceiverMessage|TransmitterMessage|SectionMessage|EditMessage|EventMessage|"
           "EventsMissedMessage|ReadyMessage"},
};

static bool take_mac(void *ctx, const char *value)
{
    struct vb_socket *socket = ctx;
    socket->only_one = vb_mac_parse(value, strlen(value), &socket->mac);
    return socket->only_one;
}

static const struct vb_query_param cells_params[] = {
    {"mac", "a transmitter's address like 02:1a:2b:3c:4d:5e", take_mac},
};

static const struct vb_route routes[] = {
    {"GET", "/ws/state", VB_ROLE_VIEWER, NULL, "Every change, as it happens.",
     .answer = "StateMessage", .socket = VB_PUSH_STATE},
    {"GET", "/ws/cells", VB_ROLE_VIEWER, NULL, "Every reading, or those of one transmitter.",
     .answer = "CellUpdate", .socket = VB_PUSH_CELLS, VB_PARAMS(cells_params)},
};

const struct vb_topic vb_topic_sockets = VB_TOPIC(routes, types);

/* ---- Who may ---- */

static const struct vb_route *socket_route(const char *path)
{
    for (size_t i = 0; i < VB_COUNT_OF(routes); i++) {
        if (strcmp(routes[i].path, path) == 0)
            return &routes[i];
    }
    return NULL;
}

/* A single "name=value", which is all that sockets take. */
static bool read_query(const struct vb_route *route, const char *query, struct vb_socket *socket)
{
    if (query == NULL || query[0] == '\0' || route->param_count == 0)
        return true;
    const struct vb_query_param *param = &route->params[0];
    const size_t size = strlen(param->name);
    return strncmp(query, param->name, size) != 0 || query[size] != '=' ||
           param->take(socket, query + size + 1);
}

uint16_t vb_api_socket(const struct vb_api *api, const struct vb_request *request,
                       struct vb_socket *socket, char *reason, size_t capacity)
{
    const struct vb_route *route = socket_route(request->path);
    *socket = (struct vb_socket){.kind = VB_PUSH_STATE};
    if (route == NULL) {
        snprintf(reason, capacity,
                 "There is no such WebSocket; connect to /ws/cells or /ws/state.");
        return 404;
    }
    socket->kind = route->socket;
    if (vb_api_role(api, request) < route->role) {
        snprintf(reason, capacity, "Your login does not allow this; ask the owner.");
        return 403;
    }
    if (!read_query(route, request->query, socket)) {
        snprintf(reason, capacity, "mac is not an address; write it as 02:1a:2b:3c:4d:5e.");
        return 400;
    }
    return 0;
}
