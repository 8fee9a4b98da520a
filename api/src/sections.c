/* .../sections and .../sections/{name}: what is held of a transmitter's sections, and changing
 * them. */
#include <stdio.h>
#include <string.h>

#include "call.h"
#include "json_values.h"
#include "objects.h"
#include "voltbeacon/api/refusal.h"

/* ---- What is held of one ---- */

/* The entry, if it can be decoded. *notes is only set then. */
static const struct vb_cache_entry *held_entry(const struct vb_peer *peer,
                                               const struct vb_section *section, void *values,
                                               struct vb_decode_notes *notes)
{
    const struct vb_cache_entry *entry = vb_cache_find(&peer->cache, section->id);
    if (entry == NULL || vb_section_decode(section, vb_cache_bytes(&peer->cache, entry),
                                           entry->size, values, notes) != VB_ERR_OK)
        return NULL;
    return entry;
}

bool vb_section_held(const struct vb_peer *peer, const struct vb_section *section, void *values)
{
    struct vb_decode_notes notes;
    if (held_entry(peer, section, values, &notes) != NULL)
        return true;
    vb_section_defaults(section, values);
    return false;
}

void vb_section_etag(const struct vb_peer *peer, const struct vb_section *section,
                     char etag[VB_ETAG_SIZE])
{
    const struct vb_cache_entry *entry = vb_cache_find(&peer->cache, section->id);
    const uint32_t hash =
        entry == NULL ? 0 : vb_section_hash(vb_cache_bytes(&peer->cache, entry), entry->size);
    snprintf(etag, VB_ETAG_SIZE, "\"%08lx-%lu-%08lx\"",
             (unsigned long)peer->sections[section->id].store_id,
             entry == NULL ? 0ul : (unsigned long)entry->version, (unsigned long)hash);
}

/* Why there is no age; NULL where there is one. */
static const char *no_age(enum vb_verified verified)
{
    switch (verified) {
    case VB_VERIFIED_AT:
        return NULL;
    case VB_VERIFIED_NEVER:
        return "not verified yet";
    case VB_VERIFIED_NO_CLOCK:
        return "verified before this receiver started, and its clock is not set";
    case VB_VERIFIED_AHEAD:
        return "verified before this receiver started, and its clock was set back";
    }
    return NULL;
}

void vb_section_age_json(struct vb_json *json, const struct vb_receiver *receiver,
                         const struct vb_peer *peer, uint8_t section, uint32_t now_ms)
{
    uint32_t age_ds;
    const enum vb_verified verified = vb_peer_verified(receiver, peer, section, now_ms, &age_ds);
    vb_json_fixed_if(json, "age_s", verified == VB_VERIFIED_AT, age_ds, 1);
    vb_json_string(json, "no_age", no_age(verified));
}

/* Fields shown with their defaults because their values are not known here. */
static void unknown_values_json(struct vb_json *json, const struct vb_section *section,
                                const struct vb_decode_notes *notes)
{
    vb_json_array(json, "unknown_values");
    for (uint8_t i = 0; i < section->field_count; i++) {
        if ((notes->repaired >> i & 1) != 0)
            vb_json_string(json, NULL, section->fields[i].name);
    }
    vb_json_array_end(json);
}

void vb_section_json(struct vb_json *json, const char *key, const struct vb_receiver *receiver,
                     const struct vb_peer *peer, const struct vb_section *section, uint32_t now_ms)
{
    union vb_values values;
    struct vb_decode_notes notes = {0};
    const struct vb_cache_entry *entry = held_entry(peer, section, &values, &notes);
    char etag[VB_ETAG_SIZE];
    vb_section_etag(peer, section, etag);

    vb_json_object(json, key);
    vb_json_string(json, "name", section->name);
    vb_json_integer(json, "version", entry == NULL ? 0 : entry->version);
    if (entry == NULL)
        vb_json_null(json, "values");
    else
        vb_values_json(json, "values", section, &values);
    vb_json_string(json, "sync", vb_sync_name(vb_peer_sync(peer, section->id)));
    vb_section_age_json(json, receiver, peer, section->id, now_ms);
    vb_json_string(json, "etag", etag);
    vb_json_integer(json, "unknown_fields", notes.unknown_count);
    unknown_values_json(json, section, &notes);
    vb_json_object_end(json);
}

/* ---- GET ---- */

const struct vb_section *vb_call_section(struct vb_call *call)
{
    const struct vb_section *section = vb_section_by_name(call->params[1]);
    if (section == NULL || section->owner != VB_OWNER_TRANSMITTER) {
        vb_answer_error(call, 404,
                        "Transmitters have no section %.40s; GET /api/v1/schema lists them.",
                        call->params[1]);
        return NULL;
    }
    call->response->section = section->id;
    return section;
}

static void answered_section(const struct vb_response *response, struct vb_json *json,
                             const char *key)
{
    const struct vb_peer *peer = vb_receiver_peer(response->api->receiver, &response->mac);
    const struct vb_section *section = vb_section_by_id(response->section);
    VB_ASSERT(peer != NULL && section != NULL);
    vb_section_json(json, key, response->api->receiver, peer, section, response->now_ms);
}

static bool section_piece(struct vb_response *response, struct vb_json *json)
{
    answered_section(response, json, NULL);
    return false;
}

static void get_section(struct vb_call *call)
{
    const struct vb_peer *peer = vb_call_peer(call);
    const struct vb_section *section = peer == NULL ? NULL : vb_call_section(call);
    if (section == NULL)
        return;
    vb_section_etag(peer, section, call->response->etag);
    vb_answer(call, 200, section_piece);
}

static bool sections_piece(struct vb_response *response, struct vb_json *json)
{
    const struct vb_peer *peer = vb_receiver_peer(response->api->receiver, &response->mac);
    VB_ASSERT(peer != NULL);
    if (response->at.part == 0) {
        response->at.part = 1;
        vb_json_object(json, NULL);
        vb_json_array(json, "sections");
        return true;
    }
    const struct vb_section *section = vb_transmitter_section_at(response->at.item++);
    if (section != NULL) {
        vb_section_json(json, NULL, response->api->receiver, peer, section, response->now_ms);
        return true;
    }
    vb_json_array_end(json);
    vb_json_object_end(json);
    return false;
}

static void get_sections(struct vb_call *call)
{
    if (vb_call_peer(call) != NULL)
        vb_answer(call, 200, sections_piece);
}

/* ---- PATCH ---- */

static bool conflict_piece(struct vb_response *response, struct vb_json *json)
{
    vb_json_object(json, NULL);
    vb_json_string(
        json, "error",
        "The section was changed meanwhile; compare your values with these and save again.");
    answered_section(response, json, "current");
    vb_json_object_end(json);
    return false;
}

/* Whether the transmitter has announced its sections, and this is not one of them. */
static bool is_missing(const struct vb_receiver *receiver, const struct vb_mac *mac,
                       const struct vb_section *section)
{
    const struct vb_peer *peer = vb_receiver_peer(receiver, mac);
    return peer != NULL && peer->fetch != VB_FETCH_UNKNOWN && peer->sections[section->id].mark == 0;
}

void vb_answer_edit(struct vb_call *call, const struct vb_section *section, enum vb_err err,
                    const struct vb_reasons *reasons)
{
    struct vb_problems problems = vb_call_problems(call);
    struct vb_response *response = call->response;
    char mac[VB_MAC_TEXT_SIZE];
    if (err == VB_ERR_OK) {
        vb_mac_format(&response->mac, mac);
        snprintf(response->location, sizeof response->location,
                 "/api/v1/transmitters/%s/edits/%016llx", mac, (unsigned long long)response->edit);
        vb_answer(call, 202, vb_edit_piece);
    } else if (err == VB_ERR_BUSY || err == VB_ERR_OFFLINE) {
        vb_answer_error(call, 503, "%s", vb_edit_refusal(err));
    } else if (err == VB_ERR_NOT_FOUND &&
               is_missing(call->api->receiver, &response->mac, section)) {
        vb_answer_error(call, 404, "The transmitter's firmware has no section %s; update it.",
                        section->name);
    } else if (err == VB_ERR_NOT_FOUND) {
        vb_answer_error(call, 503, "Section %s has not arrived yet; save again once it has.",
                        section->name);
    } else if (reasons->count > 0) {
        vb_problems_of(&problems, section, reasons);
        vb_answer_refused_fields(call, section->name, &problems);
    } else {
        vb_answer_problems(call, &problems,
                           "The change of section %s %s; save fewer fields at once.", section->name,
                           vb_err_text(err));
    }
}

static void send_changes(struct vb_call *call, const struct vb_section *section,
                         const struct vb_writer *changes)
{
    struct vb_reasons reasons = {0};
    struct vb_response *response = call->response;
    const enum vb_err err =
        vb_receiver_edit(call->api->receiver, call->now_ms, &response->mac, section->id,
                         changes->bytes, changes->at, &response->edit, &reasons);
    vb_answer_edit(call, section, err, &reasons);
}

/* Problems of a change are reported before it is sent; a valid one is sent. */
static void change_section(struct vb_call *call, const struct vb_peer *peer,
                           const struct vb_section *section, const cJSON *object)
{
    struct vb_problems problems = vb_call_problems(call);
    uint8_t bytes[VB_EDIT_CHANGES_MAX];
    struct vb_writer changes = vb_writer_of(bytes, sizeof bytes);

    vb_section_etag(peer, section, call->response->etag);
    if (peer->link == VB_LINK_OFFLINE) {
        vb_answer_error(call, 503, "%s", vb_edit_refusal(VB_ERR_OFFLINE));
        return;
    }
    if (!vb_call_matches(call, call->response->etag)) {
        vb_answer(call, 409, conflict_piece);
        return;
    }
    vb_changes_of_json(section, object, call->api->receiver->config.remote_secrets, &changes,
                       &problems);
    if (changes.failed)
        vb_answer_problems(call, &problems,
                           "The change of section %s is too long; save fewer fields at once.",
                           section->name);
    else if (problems.count > 0)
        vb_answer_refused_fields(call, section->name, &problems);
    else if (changes.at == 0)
        vb_answer_problems(call, &problems, "The change names no field; there is nothing to save.");
    else
        send_changes(call, section, &changes);
}

static void patch_section(struct vb_call *call)
{
    const struct vb_peer *peer = vb_call_peer(call);
    const struct vb_section *section = peer == NULL ? NULL : vb_call_section(call);
    cJSON *object = section == NULL ? NULL : vb_call_patch(call);
    if (object == NULL)
        return;
    change_section(call, peer, section, object);
    cJSON_Delete(object);
}

/* ---- The contract ---- */

static const struct vb_property section_properties[] = {
    {"name", "text", NULL},
    {"version", "integer", "0 until it is received."},
    {"values", "SectionValues|null", NULL},
    {"sync", "Sync", NULL},
    {"age_s", "number|null", "Seconds since last verified, in this run or an earlier one."},
    {"no_age", "text|null", "Why the age is unknown; null if it is known."},
    {"etag", "text", "For If-Match; quotes included. Stands for store, version and content."},
    {"unknown_fields", "integer", "How many fields of newer firmware it has."},
    {"unknown_values", "text[]", "Fields whose value is unknown here; the default is shown."},
};

static const struct vb_property list_properties[] = {{"sections", "Section[]", NULL}};

static const struct vb_type types[] = {
    {"Section", "A section as this receiver holds it.", VB_OBJECT(section_properties)},
    {"SectionList", NULL, VB_OBJECT(list_properties)},
};

static const struct vb_route routes[] = {
    {"GET", "/api/v1/transmitters/{mac}/sections", VB_ROLE_VIEWER, get_sections,
     "All sections of a transmitter.", .answer = "SectionList"},
    {"GET", "/api/v1/transmitters/{mac}/sections/{name}", VB_ROLE_VIEWER, get_section,
     "One section.", .answer = "Section"},
    {"PATCH", "/api/v1/transmitters/{mac}/sections/{name}", VB_ROLE_ADMIN, patch_section,
     "Sends a change of the section to the transmitter.", .answer = "Edit", .status = 202,
     .body = "SectionChanges", .conditional = true},
};

const struct vb_topic vb_topic_sections = VB_TOPIC(routes, types);
