/* /api/v1/events: the past: alarms and changes of state, newest first. */
#include <string.h>

#include "call.h"
#include "query.h"
#include "voltbeacon/api/calendar.h"

enum { LIMIT_DEFAULT = 100, LIMIT_MAX = 1000 };

/* Numbers that a JavaScript client reads exactly. */
static const uint64_t id_max = UINT64_C(9007199254740991);

/* ---- What is asked for ---- */

static bool take_mac(void *ctx, const char *value)
{
    struct vb_event_ask *ask = ctx;
    ask->has_mac = vb_mac_parse(value, strlen(value), &ask->mac);
    return ask->has_mac;
}

static bool take_type(void *ctx, const char *value)
{
    struct vb_event_ask *ask = ctx;
    ask->has_type = true;
    ask->type = (uint8_t)(strcmp(value, "state") == 0 ? VB_OCCURRENCE_STATE : VB_OCCURRENCE_ALARM);
    return strcmp(vb_occurrence_type_name((enum vb_occurrence_type)ask->type), value) == 0;
}

static bool take_kind(void *ctx, const char *value)
{
    struct vb_event_ask *ask = ctx;
    struct vb_occurrence occurrence = {.id = 0};
    if (!vb_occurrence_kind_by_name(value, &occurrence))
        return false;
    ask->kind = vb_occurrence_kind_name(&occurrence);
    return true;
}

static bool take_open(void *ctx, const char *value)
{
    struct vb_event_ask *ask = ctx;
    ask->has_open = true;
    ask->open = strcmp(value, "true") == 0;
    return ask->open || strcmp(value, "false") == 0;
}

static bool take_moment(const char *value, uint64_t *wall_ms)
{
    int64_t at_s;
    if (!vb_moment_parse(value, &at_s))
        return false;
    *wall_ms = (uint64_t)at_s * 1000;
    return true;
}

static bool take_from(void *ctx, const char *value)
{
    return take_moment(value, &((struct vb_event_ask *)ctx)->from_ms);
}

static bool take_to(void *ctx, const char *value)
{
    return take_moment(value, &((struct vb_event_ask *)ctx)->to_ms);
}

static bool take_limit(void *ctx, const char *value)
{
    uint64_t limit;
    if (!vb_query_number(value, LIMIT_MAX, &limit))
        return false;
    ((struct vb_event_ask *)ctx)->left = (uint16_t)limit;
    return true;
}

static bool take_before(void *ctx, const char *value)
{
    return vb_query_number(value, id_max, &((struct vb_event_ask *)ctx)->before);
}

static const struct vb_query_param params[] = {
    {"mac", "a transmitter's address like 02:1a:2b:3c:4d:5e", take_mac},
    {"type", "alarm or state", take_type},
    {"kind", "one of the kinds that GET /api/v1/openapi.json lists", take_kind},
    {"open", "true or false", take_open},
    {"from", VB_QUERY_MOMENT, take_from},
    {"to", VB_QUERY_MOMENT, take_to},
    {"limit", "a number from 1 to 1000", take_limit},
    {"before", "the id of an event", take_before},
};

/* ---- The list ---- */

/* An occurrence lies in a range that it overlaps. */
static bool wanted(const struct vb_event_ask *ask, const struct vb_occurrence *occurrence)
{
    const struct vb_alarm *alarm = &occurrence->alarm;
    const bool open = vb_occurrence_is_open(occurrence);
    if (ask->has_mac && !(occurrence->mac_known && vb_mac_equal(&ask->mac, &occurrence->mac)))
        return false;
    if (ask->has_type && occurrence->type != ask->type)
        return false;
    if (ask->kind != NULL && strcmp(vb_occurrence_kind_name(occurrence), ask->kind) != 0)
        return false;
    if (ask->has_open && open != ask->open)
        return false;
    /* An event of unknown time is in every range: it may belong there. */
    return alarm->begin_wall_ms < ask->to_ms &&
           (open || alarm->end_wall_ms == 0 || alarm->end_wall_ms >= ask->from_ms);
}

static const struct vb_occurrence *next_wanted(const struct vb_response *response)
{
    const struct vb_occurrence_source *source = response->api->occurrences;
    const struct vb_occurrence *occurrence = source->before(source->ctx, response->events.before);
    while (occurrence != NULL && !wanted(&response->events, occurrence))
        occurrence = source->before(source->ctx, occurrence->id);
    return occurrence;
}

static void end_list(struct vb_json *json, uint64_t next)
{
    vb_json_array_end(json);
    if (next == 0)
        vb_json_null(json, "next");
    else
        vb_json_integer(json, "next", (int64_t)next);
    vb_json_object_end(json);
}

/* A piece for each event; the first opens the list, the last closes it. */
static bool events_piece(struct vb_response *response, struct vb_json *json)
{
    const struct vb_occurrence_source *source = response->api->occurrences;
    struct vb_event_ask *ask = &response->events;
    if (response->at.part == 0) {
        response->at.part = 1;
        vb_json_object(json, NULL);
        vb_json_array(json, "events");
        return true;
    }
    const struct vb_occurrence *occurrence = next_wanted(response);
    if (occurrence == NULL || ask->left == 0) {
        end_list(json, occurrence == NULL ? 0 : ask->before);
        return false;
    }
    vb_occurrence_json(json, NULL, occurrence, source->now_wall_ms(source->ctx));
    if (!json->failed) { /* else the same once more, into the next write */
        ask->before = occurrence->id;
        ask->left--;
    }
    return true;
}

static bool have_events(struct vb_call *call)
{
    if (call->api->occurrences != NULL)
        return true;
    vb_answer_error(call, 503, "This receiver keeps no events; its log says why.");
    return false;
}

static void get_events(struct vb_call *call)
{
    struct vb_event_ask *ask = &call->response->events;
    *ask = (struct vb_event_ask){.to_ms = UINT64_MAX, .before = UINT64_MAX, .left = LIMIT_DEFAULT};
    if (have_events(call) && vb_query_read(call, params, VB_COUNT_OF(params), ask))
        vb_answer(call, 200, events_piece);
}

/* ---- One of them ---- */

static bool event_piece(struct vb_response *response, struct vb_json *json)
{
    const struct vb_occurrence_source *source = response->api->occurrences;
    const struct vb_occurrence *occurrence = source->find(source->ctx, response->events.before);
    VB_ASSERT(occurrence != NULL);
    vb_occurrence_json(json, NULL, occurrence, source->now_wall_ms(source->ctx));
    return false;
}

static void post_acknowledge(struct vb_call *call)
{
    uint64_t id;
    if (!have_events(call))
        return;
    const struct vb_occurrence_source *source = call->api->occurrences;
    if (!vb_query_number(call->params[0], id_max, &id) ||
        source->acknowledge(source->ctx, id) == NULL) {
        vb_answer_error(
            call, 404,
            "There is no event %.40s; only the latest are kept, GET /api/v1/events lists "
            "them.",
            call->params[0]);
        return;
    }
    call->response->events.before = id;
    vb_answer(call, 200, event_piece);
}

/* ---- The contract ---- */

static const char *type_name(unsigned index)
{
    return index <= VB_OCCURRENCE_STATE ? vb_occurrence_type_name((enum vb_occurrence_type)index)
                                        : NULL;
}

static const char *level_name(unsigned index)
{
    return index <= VB_ALARM_ALERT ? vb_alarm_level_name((enum vb_alarm_level)index) : NULL;
}

static const char *alarm_kind(unsigned index)
{
    return index < VB_ALARM_KINDS ? vb_alarm_name((enum vb_alarm_kind)index) : NULL;
}

static const char *state_kind(unsigned index)
{
    const struct vb_occurrence occurrence = {.type = VB_OCCURRENCE_STATE, .state = (uint8_t)index};
    return index < VB_STATE_KINDS ? vb_occurrence_kind_name(&occurrence) : NULL;
}

static const struct vb_property event_properties[] = {
    {"id", "integer", "Always grows, and is never reused."},
    {"type", "EventType", NULL},
    {"mac", "Mac|null", "Null for an event of the receiver itself."},
    {"kind", "AlarmKind|StateKind", NULL},
    {"level", "Level", NULL},
    {"cell", "integer|null", "From 1; null if it is about the whole pack."},
    {"begin", "time|null", NULL},
    {"end", "time|null", "Null while it is open."},
    {"open", "boolean", "An alarm that has begun and not ended."},
    {"watched", "boolean", "It is open and its transmitter is heard: `text` is current."},
    {"last_known", "time|null",
     "When the transmitter of an open alarm was last heard; null while it is heard."},
    {"duration_s", "number|null", "Null if a clock was not set, or wrong."},
    {"value", "number|null",
     "The current value, or the last one heard, in `unit`; null once over."},
    {"worst", "number|null", "The worst since it began, in `unit`."},
    {"worst_at", "time|null", NULL},
    {"threshold", "number|null", NULL},
    {"unit", "text|null", NULL},
    {"text", "text", NULL},
    {"seen", "boolean", "It has been acknowledged."},
    {"acknowledged", "time|null", NULL},
    {"recording", "text|null", "The download of an alert's black box."},
};

static const struct vb_property list_properties[] = {
    {"events", "Event[]", "Newest first."},
    {"next", "integer|null", "For `before`, to get older ones; null after the last."},
};

static const struct vb_type types[] = {
    {"EventType", NULL, .value = type_name},
    {"Level", NULL, .value = level_name},
    {"AlarmKind", NULL, .value = alarm_kind},
    {"StateKind", "A change of state; it begins and ends at the same moment.", .value = state_kind},
    {"Event", "An alarm, or a change of state.", VB_OBJECT(event_properties)},
    {"EventList", NULL, VB_OBJECT(list_properties)},
};

static const struct vb_route routes[] = {
    {"GET", "/api/v1/events", VB_ROLE_VIEWER, get_events,
     "Alarms and changes of state, newest first.", .answer = "EventList", VB_PARAMS(params)},
    {"POST", "/api/v1/events/{id}/acknowledge", VB_ROLE_ADMIN, post_acknowledge,
     "Marks an alarm as seen.", .answer = "Event"},
};

const struct vb_topic vb_topic_events = VB_TOPIC(routes, types);
