/* /api/v1/receiver: the receiver itself, and its own settings. */
#include <stdio.h>
#include <string.h>

#include "call.h"
#include "json_values.h"
#include "objects.h"
#include "voltbeacon/core/form.h"

/* Every field of every section at its longest is less: test_api_values. */
enum { CHANGES_BYTES_MAX = 1024 };

uint32_t vb_receiver_uptime_s(const struct vb_receiver *receiver, uint32_t now_ms)
{
    return receiver->uptime_s + (receiver->uptime_ms + (now_ms - receiver->ticked_ms)) / 1000;
}

/* "3-5d2c88a1-1-0f00c0de": version and hash of each section. */
static void receiver_etag(const struct vb_settings *settings, char etag[VB_ETAG_SIZE])
{
    size_t at = 0;
    for (uint8_t i = 0; i < vb_section_count; i++) {
        const struct vb_section *section = &vb_sections[i];
        if (section->owner != VB_OWNER_RECEIVER)
            continue;
        at += (size_t)snprintf(etag + at, VB_ETAG_SIZE - at, "%c%lu-%08lx", at == 0 ? '"' : '-',
                               (unsigned long)vb_settings_version(settings, section->id),
                               (unsigned long)vb_settings_hash(settings, section->id));
        VB_ASSERT(at + 2 < VB_ETAG_SIZE);
    }
    snprintf(etag + at, VB_ETAG_SIZE - at, "\"");
}

/* Whether a power cut now would lose nothing that is meant to be kept. */
static bool all_is_saved(const struct vb_api *api)
{
    const struct vb_occurrence_source *occurrences = api->occurrences;
    return vb_receiver_saved(api->receiver) && (occurrences == NULL || occurrences->waits == NULL ||
                                                !occurrences->waits(occurrences->ctx));
}

static void store_json(struct vb_json *json, const struct vb_api *api)
{
    const struct vb_host_facts *facts = api->facts;
    vb_json_object(json, "store");
    vb_json_integer(json, "writes", facts->store_writes);
    vb_json_integer(json, "failed", facts->store_failed);
    vb_json_bool(json, "saved", all_is_saved(api));
    vb_json_bool(json, "persistent", facts->store_persistent);
    vb_json_string(json, "recovered", facts->store_recovered);
    vb_json_object_end(json);
}

static void history_json(struct vb_json *json, const struct vb_history_source *history)
{
    struct vb_history_status status;
    if (history == NULL) {
        vb_json_null(json, "history");
        return;
    }
    history->status(history->ctx, &status);
    vb_json_object(json, "history");
    vb_json_string(json, "state", vb_history_state_name(status.state));
    vb_json_string(json, "reason", status.reason[0] == '\0' ? NULL : status.reason);
    vb_json_string(json, "recovered", status.recovered[0] == '\0' ? NULL : status.recovered);
    vb_json_integer(json, "written", (int64_t)status.written);
    vb_json_integer(json, "readings_missed", (int64_t)status.readings_missed);
    vb_json_integer(json, "points_missed", (int64_t)status.points_missed);
    vb_json_integer(json, "bytes", (int64_t)status.bytes);
    vb_json_bool(json, "by_cell", history->by_cell);
    vb_json_bool(json, "lasting", history->lasting);
    vb_json_integer(json, "finest_s", history->finest_s);
    if (history->longest_s == 0)
        vb_json_null(json, "longest_s");
    else
        vb_json_integer(json, "longest_s", history->longest_s);
    vb_json_object_end(json);
}

static void access_json(struct vb_json *json, const struct vb_host_facts *facts)
{
    vb_json_object(json, "access");
    vb_json_bool(json, "open_to_network", facts->open_to_network);
    vb_json_string(json, "link_scope", facts->link_scope[0] == '\0' ? NULL : facts->link_scope);
    vb_json_object_end(json);
}

static void own_sections_json(struct vb_json *json, const struct vb_settings *settings)
{
    vb_json_object(json, "sections");
    for (uint8_t i = 0; i < vb_section_count; i++) {
        const struct vb_section *section = &vb_sections[i];
        union vb_values values;
        if (section->owner != VB_OWNER_RECEIVER)
            continue;
        vb_settings_values(settings, section->id, &values);
        vb_json_object(json, section->name);
        vb_json_string(json, "name", section->name);
        vb_json_integer(json, "version", vb_settings_version(settings, section->id));
        vb_values_json(json, "values", section, &values);
        vb_json_object_end(json);
    }
    vb_json_object_end(json);
}

void vb_receiver_json(struct vb_json *json, const char *key, const struct vb_api *api,
                      uint32_t now_ms)
{
    const struct vb_host_facts *facts = api->facts;
    const bool secrets = api->receiver->config.remote_secrets;
    union vb_values own;
    char mac[VB_MAC_TEXT_SIZE];
    char etag[VB_ETAG_SIZE];
    uint64_t refused = 0;

    for (size_t i = 0; i < VB_ERR_COUNT; i++)
        refused += api->receiver->refused[i];
    vb_settings_values(api->settings, VB_SECTION_RECEIVER, &own);
    vb_mac_format(&api->receiver->config.mac, mac);
    receiver_etag(api->settings, etag);

    vb_json_object(json, key);
    vb_json_string(json, "name", own.receiver.device_name);
    vb_json_string(json, "mac", mac);
    vb_json_string(json, "ip", facts->ip);
    vb_json_string(json, "firmware", facts->firmware);
    vb_json_string(json, "build_time", facts->build_time);
    vb_json_string(json, "git_commit", facts->git_commit);
    vb_json_integer(json, "uptime_s", vb_receiver_uptime_s(api->receiver, now_ms));
    vb_json_string(json, "etag", etag);
    vb_json_bool(json, "secrets_editable", secrets);
    vb_json_string(json, "secrets_blocked_reason", secrets ? NULL : vb_secrets_blocked);
    vb_board_json(json, "board", &facts->board);
    access_json(json, facts);
    store_json(json, api);
    history_json(json, api->history);
    vb_places_json(json, "places", api->receiver);
    vb_json_integer(json, "refused_frames", (int64_t)refused);
    own_sections_json(json, api->settings);
    vb_json_object_end(json);
}

static bool receiver_piece(struct vb_response *response, struct vb_json *json)
{
    vb_receiver_json(json, NULL, response->api, response->now_ms);
    return false;
}

void vb_answer_receiver(struct vb_call *call)
{
    vb_answer(call, 200, receiver_piece);
    receiver_etag(call->api->settings, call->response->etag);
}

static bool conflict_piece(struct vb_response *response, struct vb_json *json)
{
    vb_json_object(json, NULL);
    vb_json_string(json, "error",
                   "This receiver's settings were changed meanwhile; check them and save again.");
    vb_receiver_json(json, "current", response->api, response->now_ms);
    vb_json_object_end(json);
    return false;
}

struct changes {
    struct vb_section_change items[VB_SETTINGS_SECTIONS_MAX];
    uint8_t bytes[CHANGES_BYTES_MAX]; /* of all, one after the other */
    size_t used;
    uint8_t count;
};

static void read_section(const cJSON *object, struct changes *changes, struct vb_problems *problems)
{
    const struct vb_section *section = vb_section_by_name(object->string);
    if (section == NULL || section->owner != VB_OWNER_RECEIVER) {
        vb_problem_add(problems, object->string, "is not a section of the receiver");
        return;
    }
    if (!cJSON_IsObject(object)) {
        vb_problem_add(problems, section->name, "must be an object of the changed fields");
        return;
    }
    VB_ASSERT(changes->count < VB_SETTINGS_SECTIONS_MAX); /* no key comes twice */
    struct vb_section_change *change = &changes->items[changes->count];
    uint8_t *bytes = changes->bytes + changes->used;
    struct vb_writer writer = vb_writer_of(bytes, sizeof changes->bytes - changes->used);
    vb_changes_of_json(section, object, true, &writer, problems);
    if (writer.failed)
        vb_problem_add(problems, section->name, "holds too many changes at once; save fewer");
    change->section = section->id;
    change->bytes = bytes;
    change->size = writer.at;
    changes->used += writer.at;
    changes->count++;
}

/* A well-formed time zone unknown to this system would silently mean UTC. */
static void check_zone(const struct vb_api *api, const struct vb_field *field,
                       const struct vb_section_change *change, struct vb_problems *problems)
{
    char name[64];
    size_t size;
    const uint8_t *text = vb_section_find(change->bytes, change->size, field->tag, &size);
    if (text == NULL)
        return;
    vb_form_trim(&text, &size);
    if (size >= sizeof name || !vb_form_holds(VB_FORM_ZONE, text, size))
        return; /* refused for that */
    memcpy(name, text, size);
    name[size] = '\0';
    if (size > 0 && !api->facts->zone_is_known(name))
        vb_problem_add(problems, field->name,
                       "is not in this machine's time zone database; try one like Europe/Vienna");
}

static void check_zones(const struct vb_api *api, const struct changes *changes,
                        struct vb_problems *problems)
{
    for (uint8_t i = 0; i < changes->count && api->facts->zone_is_known != NULL; i++) {
        const struct vb_section *section = vb_section_by_id(changes->items[i].section);
        for (uint8_t j = 0; j < section->field_count; j++) {
            const struct vb_field *field = &section->fields[j];
            if (field->type == VB_TYPE_STRING && field->form == VB_FORM_ZONE)
                check_zone(api, field, &changes->items[i], problems);
        }
    }
}

static void change_settings(struct vb_call *call, const struct changes *changes)
{
    struct vb_problems problems = vb_call_problems(call);
    struct vb_reasons reasons = {0};
    uint8_t bad_section;
    uint32_t token;
    const enum vb_err err = vb_settings_change(call->api->settings, changes->items, changes->count,
                                               &token, &bad_section, &reasons);
    if (err == VB_ERR_BUSY) {
        vb_answer_error(call, 503, "Another change is being stored; save again.");
    } else if (err != VB_ERR_OK) {
        const struct vb_section *section = vb_section_by_id(bad_section);
        VB_ASSERT(section != NULL);
        vb_problems_of(&problems, section, &reasons);
        vb_answer_refused_fields(call, "the receiver's settings", &problems);
    } else if (token == 0) {
        vb_answer_receiver(call);
    } else {
        call->response->later = true;
        call->response->token = token;
    }
}

static void patch_receiver(struct vb_call *call)
{
    struct vb_problems problems = vb_call_problems(call);
    struct changes changes = {.count = 0};
    char etag[VB_ETAG_SIZE];
    cJSON *object = vb_call_patch(call);
    if (object == NULL)
        return;
    for (const cJSON *item = object->child; item != NULL; item = item->next)
        read_section(item, &changes, &problems);
    cJSON_Delete(object);
    check_zones(call->api, &changes, &problems);

    receiver_etag(call->api->settings, etag);
    if (!vb_call_matches(call, etag)) {
        vb_answer(call, 409, conflict_piece);
        memcpy(call->response->etag, etag, sizeof etag);
    } else if (problems.count > 0) {
        vb_answer_refused_fields(call, "the receiver's settings", &problems);
    } else {
        change_settings(call, &changes);
    }
}

/* ---- The contract ---- */

static const char *history_state(unsigned index)
{
    return index <= VB_HISTORY_WAITING ? vb_history_state_name((enum vb_history_state)index) : NULL;
}

static const struct vb_property store_properties[] = {
    {"writes", "integer", "Commits since the start."},
    {"failed", "integer", NULL},
    {"saved", "boolean", "False: a power cut now would lose the last 2 s of what should be kept."},
    {"persistent", "boolean", "False: nothing survives the process."},
    {"recovered", "text|null", "A sentence, if a damaged database was moved aside at this start."},
};

static const struct vb_property history_properties[] = {
    {"state", "HistoryState", NULL},
    {"reason", "text|null", "Why it is paused or off."},
    {"recovered", "text|null", "A sentence, if a damaged file was moved aside."},
    {"written", "integer", "Points of finest_s since the start."},
    {"readings_missed", "integer", "Readings that found the queue full."},
    {"points_missed", "integer", "Points of finest_s that could not be kept."},
    {"bytes", "integer", "Size of the file, or of the memory."},
    {"by_cell", "boolean", "False: of cells and sensors only what all of them together had."},
    {"lasting", "boolean", "False: it is in memory, and a restart clears it."},
    {"finest_s", "integer", "The shortest that a point covers."},
    {"longest_s", "integer|null", "How far it goes back at the most; null: by its settings."},
};

static const struct vb_property access_properties[] = {
    {"open_to_network", "boolean",
     "Anybody on the network can change settings: the pages are served there without a login."},
    {"link_scope", "text|null", "Where the link listens: this machine only, or on which networks."},
};

static const struct vb_property own_section_properties[] = {
    {"name", "text", NULL},
    {"version", "integer", NULL},
    {"values", "SectionValues", NULL},
};

static const struct vb_property receiver_properties[] = {
    {"name", "text", NULL},
    {"mac", "Mac", NULL},
    {"ip", "text", "Empty if unknown."},
    {"firmware", "text", NULL},
    {"build_time", "text", NULL},
    {"git_commit", "text", NULL},
    {"uptime_s", "integer", NULL},
    {"etag", "text", "For If-Match; quotes included."},
    {"secrets_editable", "boolean", NULL},
    {"secrets_blocked_reason", "text|null", NULL},
    {"board", "Board|null", "Null where it is no board, as on Linux."},
    {"access", "Access", NULL},
    {"store", "Store", NULL},
    {"history", "HistoryStatus|null", "Null if none is kept."},
    {"places", "Places", NULL},
    {"refused_frames", "integer", NULL},
    {"sections", "OwnSection{}", "The receiver's own settings, by name."},
};

static const struct vb_property error_properties[] = {
    {"error", "text", "What happened, to what, and what to do."},
    {"reasons?", "text{}", "What is wrong, by field."},
    {"current?", "Receiver|Section",
     "The current content, if it is not what the change is based on."},
};

static const struct vb_type types[] = {
    {"Mac", "A device's address: 02:1a:2b:3c:4d:5e.", .pattern = "^([0-9a-f]{2}:){5}[0-9a-f]{2}$"},
    {"Error", "Every answer with a status of 400 or above.", VB_OBJECT(error_properties)},
    {"HistoryState", NULL, .value = history_state},
    {"HistoryStatus", NULL, VB_OBJECT(history_properties)},
    {"Access", NULL, VB_OBJECT(access_properties)},
    {"Store", NULL, VB_OBJECT(store_properties)},
    {"OwnSection", NULL, VB_OBJECT(own_section_properties)},
    {"Receiver", "This receiver.", VB_OBJECT(receiver_properties)},
};

static const struct vb_route routes[] = {
    {"GET", "/api/v1/receiver", VB_ROLE_VIEWER, vb_answer_receiver,
     "The receiver itself, with its settings.", .answer = "Receiver"},
    {"PATCH", "/api/v1/receiver", VB_ROLE_ADMIN, patch_receiver,
     "Changes the receiver's settings; answered once they are stored.", .answer = "Receiver",
     .body = "SectionChanges{}", .conditional = true},
};

const struct vb_topic vb_topic_receiver = VB_TOPIC(routes, types);
