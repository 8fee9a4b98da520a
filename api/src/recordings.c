/* /api/v1/recordings: what black boxes have kept, and one on demand. */
#include <stdio.h>
#include <string.h>

#include "call.h"
#include "json_input.h"
#include "json_time.h"
#include "voltbeacon/api/recording_source.h"

enum { READ_BYTES_MIN = 4096 /* of a piece: with less room it goes into the next write */ };

/* Letters, digits and '-': no path leaves the folder, and no name looks like an option. */
bool vb_recording_name_is_sound(const char *name)
{
    static const char ending[] = ".jsonl";
    static const char allowed[] = "-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const size_t stem = strspn(name, allowed);
    return stem > 0 && name[0] != '-' && strcmp(name + stem, ending) == 0 &&
           stem + sizeof ending <= VB_RECORDING_NAME_SIZE;
}

/* NULL behind the last. */
static const char *state_name(unsigned state)
{
    static const char *const names[] = {"under_way", "complete", "cut"};
    return state < VB_COUNT_OF(names) ? names[state] : NULL;
}

static void entry_json(struct vb_json *json, const struct vb_recording_entry *entry)
{
    char mac[VB_MAC_TEXT_SIZE];
    vb_mac_format(&entry->mac, mac);
    vb_json_object(json, NULL);
    vb_json_string(json, "name", entry->name);
    vb_json_string(json, "state", state_name(entry->state));
    vb_json_string(json, "mac", entry->mac_known ? mac : NULL);
    vb_time_json(json, "begin", entry->begin_ms);
    vb_time_json(json, "end", entry->state == VB_RECORDING_UNDER_WAY ? 0 : entry->end_ms);
    vb_json_integer(json, "bytes", (int64_t)entry->bytes);
    vb_json_string(json, "reason", entry->reason);
    vb_json_object_end(json);
}

static bool have_recordings(struct vb_call *call)
{
    if (call->api->recordings != NULL)
        return true;
    vb_answer_error(
        call, 503,
        "This receiver keeps no recordings; a small board has no room for them, any other "
        "says why in its log.");
    return false;
}

/* ---- The list ---- */

static bool recordings_piece(struct vb_response *response, struct vb_json *json)
{
    const struct vb_recording_source *source = response->api->recordings;
    struct vb_recording_entry entry;
    if (response->at.part == 0) {
        response->at.part = 1;
        vb_json_object(json, NULL);
        vb_json_array(json, "recordings");
        return true;
    }
    if (source->at(source->ctx, response->at.item, &entry)) {
        response->at.item++;
        entry_json(json, &entry);
        return true;
    }
    vb_json_array_end(json);
    vb_json_object_end(json);
    return false;
}

static void get_recordings(struct vb_call *call)
{
    if (have_recordings(call))
        vb_answer(call, 200, recordings_piece);
}

/* ---- One of them ---- */

static bool file_piece(struct vb_response *response, struct vb_json *json)
{
    const struct vb_recording_source *source = response->api->recordings;
    if (json->capacity - json->at < READ_BYTES_MIN) {
        json->failed = true;
        return true;
    }
    const size_t size = source->read(source->ctx, response->recording, response->recording_at,
                                     json->text + json->at, json->capacity - json->at);
    json->at += size;
    response->recording_at += size;
    return size > 0;
}

static void get_recording(struct vb_call *call)
{
    struct vb_recording_entry entry;
    const char *name = call->params[0];
    struct vb_response *response = call->response;
    if (!have_recordings(call))
        return;
    const struct vb_recording_source *source = call->api->recordings;
    if (!vb_recording_name_is_sound(name) || !source->find(source->ctx, name, &entry)) {
        vb_answer_error(call, 404,
                        "There is no recording %.60s; GET /api/v1/recordings lists them.", name);
        return;
    }
    memcpy(response->recording, entry.name, sizeof response->recording);
    response->recording_at = 0;
    response->content_type = "application/x-ndjson";
    snprintf(response->disposition, sizeof response->disposition, "attachment; filename=\"%s\"",
             entry.name);
    vb_answer(call, 200, file_piece);
}

/* ---- One on demand ---- */

static bool entry_piece(struct vb_response *response, struct vb_json *json)
{
    const struct vb_recording_source *source = response->api->recordings;
    struct vb_recording_entry entry;
    if (!source->find(source->ctx, response->recording, &entry)) {
        entry = (struct vb_recording_entry){.state = VB_RECORDING_CUT}; /* the disk refused it */
        memcpy(entry.name, response->recording, sizeof entry.name);
    }
    entry_json(json, &entry);
    return false;
}

static void begin_recording(struct vb_call *call, const struct vb_mac *mac, uint32_t seconds)
{
    const struct vb_recording_source *source = call->api->recordings;
    struct vb_response *response = call->response;
    struct vb_recording_entry entry;
    const enum vb_err err = source->begin(source->ctx, mac, seconds, &entry);
    if (err == VB_ERR_OK) {
        memcpy(response->recording, entry.name, sizeof response->recording);
        snprintf(response->location, sizeof response->location, "/api/v1/recordings/%s",
                 entry.name);
        vb_answer(call, 202, entry_piece);
    } else if (err == VB_ERR_BUSY) {
        vb_answer_error(call, 409, "%s of this transmitter is under way; wait until it ends.",
                        entry.name);
    } else if (err == VB_ERR_NOT_FOUND) {
        vb_answer_error(call, 404,
                        "No reading of this transmitter has arrived; there is nothing to record.");
    } else {
        vb_answer_error(call, 503, "Too many recordings are under way; try again in a minute.");
    }
}

/* Takes the members out of the body. False, and the answer begun, if one is not acceptable. */
static bool read_wish(struct vb_call *call, const cJSON *object, struct vb_mac *mac,
                      uint32_t *seconds)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "mac"));
    const cJSON *length = cJSON_GetObjectItemCaseSensitive(object, "seconds");
    struct vb_problems problems = vb_call_problems(call);
    if (text == NULL || !vb_mac_parse(text, strlen(text), mac))
        vb_problem_add(&problems, "mac", "is not an address like 02:1a:2b:3c:4d:5e");
    const double value = cJSON_IsNumber(length) ? length->valuedouble : -1;
    if (!(value >= 0 && value <= VB_RECORDING_SECONDS_MAX))
        vb_problem_add(&problems, "seconds", "is not a number from 0 to %d",
                       VB_RECORDING_SECONDS_MAX);
    for (const cJSON *item = object->child; item != NULL; item = item->next) {
        if (strcmp(item->string, "mac") != 0 && strcmp(item->string, "seconds") != 0)
            vb_problem_add(&problems, item->string, "is not known");
    }
    if (problems.count > 0) {
        vb_answer_refused_fields(call, "the recording", &problems);
        return false;
    }
    *seconds = (uint32_t)value;
    return true;
}

static void post_recording(struct vb_call *call)
{
    struct vb_mac mac;
    uint32_t seconds;
    if (!have_recordings(call))
        return;
    cJSON *object = vb_call_object(call);
    if (object == NULL)
        return;
    if (read_wish(call, object, &mac, &seconds))
        begin_recording(call, &mac, seconds);
    cJSON_Delete(object);
}

/* ---- The contract ---- */

static const struct vb_property entry_properties[] = {
    {"name", "text", NULL},
    {"state", "RecordingState", NULL},
    {"mac", "Mac|null", NULL},
    {"begin", "time|null", NULL},
    {"end", "time|null", "Null while it is under way."},
    {"bytes", "integer", NULL},
    {"reason", "text", NULL},
};

static const struct vb_property list_properties[] = {
    {"recordings", "Recording[]", "Newest first."},
};

static const struct vb_property wish_properties[] = {
    {"mac", "Mac", NULL},
    {"seconds", "number", "0 to 600 from now, in addition to the minute before."},
};

static const struct vb_type types[] = {
    {"RecordingState", "cut: a restart or a full disk ended it early.", .value = state_name},
    {"Recording", NULL, VB_OBJECT(entry_properties)},
    {"RecordingList", NULL, VB_OBJECT(list_properties)},
    {"RecordingWish", NULL, VB_OBJECT(wish_properties)},
};

static const struct vb_route routes[] = {
    {"GET", "/api/v1/recordings", VB_ROLE_VIEWER, get_recordings, "All recordings.",
     .answer = "RecordingList"},
    {"POST", "/api/v1/recordings", VB_ROLE_ADMIN, post_recording, "Starts a recording.",
     .answer = "Recording", .status = 202, .body = "RecordingWish"},
    {"GET", "/api/v1/recordings/{name}", VB_ROLE_VIEWER, get_recording, "One recording.",
     .content = "application/x-ndjson"},
};

const struct vb_topic vb_topic_recordings = VB_TOPIC(routes, types);
