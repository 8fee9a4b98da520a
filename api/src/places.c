/* Who has a place at this receiver, and .../{mac}/forget, unforget and rename. */
#include <stdio.h>
#include <string.h>

#include "call.h"
#include "objects.h"
#include "voltbeacon/api/refusal.h"

/* ---- What is said ---- */

/* Completes "This transmitter ...". */
static const char *reason_of(const struct vb_receiver *receiver, const struct vb_outside *outside)
{
    switch ((enum vb_outside_why)outside->why) {
    case VB_OUTSIDE_NONE:
    case VB_OUTSIDE_UNPLACED:
        break;
    case VB_OUTSIDE_GIVEN_UP:
        return "was silent for too long; it is followed again once it is heard";
    case VB_OUTSIDE_FORGOTTEN:
        return outside->heard ? "is forgotten, but still heard" : "is forgotten";
    }
    return receiver->config.adopt_new
               ? "is heard, but all places are taken; forget one that is gone"
               : "is heard, but this receiver follows no new transmitters";
}

static void outside_json(struct vb_json *json, const struct vb_receiver *receiver,
                         const struct vb_outside *outside)
{
    char mac[VB_MAC_TEXT_SIZE];
    vb_mac_format(&outside->mac, mac);
    vb_json_object(json, NULL);
    vb_json_string(json, "mac", mac);
    vb_json_string(json, "name", outside->name[0] == '\0' ? NULL : outside->name);
    vb_json_string(json, "why", vb_outside_why_name((enum vb_outside_why)outside->why));
    vb_json_string(json, "reason", reason_of(receiver, outside));
    vb_json_bool(json, "heard", outside->heard);
    vb_json_object_end(json);
}

void vb_places_json(struct vb_json *json, const char *key, const struct vb_receiver *receiver)
{
    const struct vb_receiver_config *config = &receiver->config;
    char mac[VB_MAC_TEXT_SIZE];
    vb_json_object(json, key);
    vb_json_integer(json, "total", config->peer_count);
    vb_json_array(json, "followed");
    for (uint8_t i = 0; i < config->peer_count; i++) {
        if (!config->peers[i].used)
            continue;
        vb_mac_format(&config->peers[i].mac, mac);
        vb_json_string(json, NULL, mac);
    }
    vb_json_array_end(json);
    vb_json_array(json, "outside");
    for (unsigned i = 0; i < VB_OUTSIDE_MAX; i++) {
        if (receiver->places.outside[i].why != VB_OUTSIDE_NONE)
            outside_json(json, receiver, &receiver->places.outside[i]);
    }
    vb_json_array_end(json);
    vb_json_object_end(json);
}

static bool places_piece(struct vb_response *response, struct vb_json *json)
{
    vb_places_json(json, NULL, response->api->receiver);
    return false;
}

/* ---- Handlers ---- */

static void answer_places(struct vb_call *call, enum vb_place_verb verb, enum vb_err err)
{
    if (err == VB_ERR_OK)
        vb_answer(call, 200, places_piece);
    else if (err == VB_ERR_NOT_FOUND)
        vb_answer_error(call, 404,
                        "No transmitter %.40s is known; GET /api/v1/receiver lists them "
                        "under \"places\".",
                        call->params[0]);
    else
        vb_answer_error(call, err == VB_ERR_BUSY ? 409 : 503, "%s", vb_place_refusal(verb, err));
}

static enum vb_err parse_mac(const struct vb_call *call, struct vb_mac *mac)
{
    const char *text = call->params[0];
    return vb_mac_parse(text, strlen(text), mac) ? VB_ERR_OK : VB_ERR_NOT_FOUND;
}

static void post_forget(struct vb_call *call)
{
    struct vb_mac mac;
    enum vb_err err = parse_mac(call, &mac);
    if (err == VB_ERR_OK)
        err = vb_receiver_forget(call->api->receiver, call->now_ms, &mac);
    answer_places(call, VB_PLACE_FORGET, err);
}

static void post_unforget(struct vb_call *call)
{
    struct vb_mac mac;
    enum vb_err err = parse_mac(call, &mac);
    if (err == VB_ERR_OK)
        err = vb_receiver_unforget(call->api->receiver, call->now_ms, &mac);
    answer_places(call, VB_PLACE_UNFORGET, err);
}

static void rename_to(struct vb_call *call, const cJSON *object)
{
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "name"));
    struct vb_response *response = call->response;
    struct vb_problems problems = vb_call_problems(call);
    struct vb_reasons reasons = {0};
    if (name == NULL)
        vb_problem_add(&problems, "name", "must be a text");
    for (const cJSON *item = object->child; item != NULL; item = item->next) {
        if (strcmp(item->string, "name") != 0)
            vb_problem_add(&problems, item->string, "is not known");
    }
    if (name == NULL || problems.count > 0) {
        vb_answer_refused_fields(call, "the name", &problems);
        return;
    }
    const enum vb_err err =
        vb_receiver_rename(call->api->receiver, call->now_ms, &response->mac, (const uint8_t *)name,
                           strlen(name), &response->edit, &reasons);
    vb_answer_edit(call, vb_section_by_id(VB_SECTION_METADATA), err, &reasons);
}

/* A transmitter's name is one of its own settings: every receiver shows the same. */
static void post_rename(struct vb_call *call)
{
    if (vb_call_peer(call) == NULL)
        return;
    cJSON *object = vb_call_object(call);
    if (object == NULL)
        return;
    rename_to(call, object);
    cJSON_Delete(object);
}

/* ---- The contract ---- */

static const char *why_name(unsigned index)
{
    return index < VB_OUTSIDE_FORGOTTEN ? vb_outside_why_name((enum vb_outside_why)(index + 1))
                                        : NULL;
}

static const struct vb_property outside_properties[] = {
    {"mac", "Mac", NULL},
    {"name", "text|null", "Its last known name."},
    {"why", "OutsideWhy", NULL},
    {"reason", "text", "The same as text, without a subject."},
    {"heard", "boolean", "It is being heard."},
};

static const struct vb_property places_properties[] = {
    {"total", "integer", "Transmitters that can be followed."},
    {"followed", "Mac[]", NULL},
    {"outside", "Outside[]", "At most 24."},
};

static const struct vb_property name_properties[] = {
    {"name", "text", "If empty, its address is shown."},
};

static const struct vb_type types[] = {
    {"OutsideWhy",
     "unplaced: no place is free. given_up: silent for `forget_after_days`. forgotten: by its "
     "owner, and not followed however much it sends.",
     .value = why_name},
    {"Outside", "A transmitter that is known and not followed.", VB_OBJECT(outside_properties)},
    {"Places", "The transmitters that are followed, and those that are not.",
     VB_OBJECT(places_properties)},
    {"NewName", NULL, VB_OBJECT(name_properties)},
};

static const struct vb_route routes[] = {
    {"POST", "/api/v1/transmitters/{mac}/forget", VB_ROLE_ADMIN, post_forget,
     "Stops following it; it does not come back by itself. Its open alarms end.",
     .answer = "Places"},
    {"POST", "/api/v1/transmitters/{mac}/unforget", VB_ROLE_ADMIN, post_unforget,
     "Gives it a place, for whatever reason it had none.", .answer = "Places"},
    {"POST", "/api/v1/transmitters/{mac}/rename", VB_ROLE_ADMIN, post_rename,
     "Sends a new name to the transmitter.", .answer = "Edit", .status = 202, .body = "NewName"},
};

const struct vb_topic vb_topic_places = VB_TOPIC(routes, types);
