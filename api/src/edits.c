/* .../edits/{id}: what has become of an edit. */
#include <stdio.h>
#include <string.h>

#include "call.h"
#include "json_values.h"
#include "objects.h"

enum { ID_DIGITS = 16, MESSAGE_SIZE = 160 };

static const char *refused_message(const struct vb_edit *edit)
{
    switch ((enum vb_edit_outcome)edit->outcome) {
    case VB_EDIT_NOT_STORED:
        return "The transmitter could not store it, nothing has changed; save again.";
    case VB_EDIT_BUSY:
        return "The transmitter has too many edits under way; save again in a few seconds.";
    case VB_EDIT_OTHER_STORE:
        return "The transmitter's settings were replaced meanwhile; check them and save again.";
    case VB_EDIT_APPLIED:
    case VB_EDIT_REFUSED:
    case VB_EDIT_CONFLICT:
    case VB_EDIT_NOT_KNOWN:
        break;
    }
    return edit->reasons.count > 0
               ? "The transmitter refused the change; correct the fields and save again."
               : "The transmitter refused the change without a reason; check the values.";
}

static const char *message(const struct vb_edit *edit)
{
    switch (edit->state) {
    case VB_EDIT_STATE_PENDING:
        return edit->answered ? "Saved on the transmitter, fetching the new content."
                              : "Sent to the transmitter, waiting for its answer.";
    case VB_EDIT_STATE_CONFIRMED:
        return "Saved on the transmitter.";
    case VB_EDIT_STATE_REFUSED:
        return refused_message(edit);
    case VB_EDIT_STATE_CONFLICT:
        return "The section was changed meanwhile; compare both values and choose one.";
    case VB_EDIT_STATE_TIMED_OUT:
        if (edit->answered)
            return "Saved on the transmitter; its new content has not arrived yet.";
        if (edit->version != 0)
            return "The transmitter knows nothing of this change; check the values and save again.";
        return "The transmitter does not answer; the change may still be saved and appear here.";
    }
    return NULL;
}

/* The other side's values, once the cache holds anything but what the edit was based on. */
static void theirs_json(struct vb_json *json, const struct vb_receiver *receiver,
                        const struct vb_edit *edit, const struct vb_section *section)
{
    const struct vb_peer *peer = vb_receiver_peer(receiver, &edit->mac);
    const struct vb_cache_entry *entry =
        peer == NULL ? NULL : vb_cache_find(&peer->cache, edit->section);
    union vb_values values;
    if (edit->state != VB_EDIT_STATE_CONFLICT || entry == NULL ||
        (entry->version == edit->base_version &&
         vb_section_hash(vb_cache_bytes(&peer->cache, entry), entry->size) == edit->base_hash) ||
        !vb_section_held(peer, section, &values))
        vb_json_null(json, "theirs");
    else
        vb_changed_json(json, "theirs", section, edit->bytes, edit->size, &values);
}

void vb_edit_json(struct vb_json *json, const char *key, const struct vb_receiver *receiver,
                  const struct vb_edit *edit)
{
    const struct vb_section *section = vb_section_by_id(edit->section);
    VB_ASSERT(section != NULL);
    char id[ID_DIGITS + 1];
    snprintf(id, sizeof id, "%016llx", (unsigned long long)edit->id);

    vb_json_object(json, key);
    vb_json_string(json, "id", id);
    vb_json_string(json, "section", section->name);
    vb_json_string(json, "state", vb_edit_state_name(edit->state));
    vb_json_integer_if(json, "version", edit->state == VB_EDIT_STATE_CONFIRMED, edit->version);
    vb_json_string(json, "message", message(edit));
    vb_changes_json(json, "yours", section, edit->bytes, edit->size);
    theirs_json(json, receiver, edit, section);
    vb_reasons_json(json, "reasons", section, &edit->reasons);
    vb_json_object_end(json);
}

/* 16 hex digits; 0 where it is anything else. */
static uint64_t parse_id(const char *text)
{
    uint64_t id = 0;
    if (strlen(text) != ID_DIGITS || strspn(text, "0123456789abcdef") != ID_DIGITS)
        return 0;
    for (; *text != '\0'; text++)
        id = id << 4 | (uint64_t)(*text <= '9' ? *text - '0' : *text - 'a' + 10);
    return id;
}

bool vb_edit_piece(struct vb_response *response, struct vb_json *json)
{
    const struct vb_edit *edit = vb_receiver_edit_find(response->api->receiver, response->edit);
    VB_ASSERT(edit != NULL);
    vb_edit_json(json, NULL, response->api->receiver, edit);
    return false;
}

static void get_edit(struct vb_call *call)
{
    const struct vb_peer *peer = vb_call_peer(call);
    if (peer == NULL)
        return;
    const uint64_t id = parse_id(call->params[1]);
    const struct vb_edit *edit = id == 0 ? NULL : vb_receiver_edit_find(call->api->receiver, id);
    if (edit == NULL || !vb_mac_equal(&edit->mac, &peer->mac)) {
        vb_answer_error(call, 404,
                        "There is no edit %.40s of this transmitter; only the latest are kept.",
                        call->params[1]);
        return;
    }
    call->response->edit = id;
    vb_answer(call, 200, vb_edit_piece);
}

/* ---- The contract ---- */

static const char *state_name(unsigned index)
{
    return index <= VB_EDIT_STATE_TIMED_OUT ? vb_edit_state_name((enum vb_edit_state)index) : NULL;
}

static const struct vb_property properties[] = {
    {"id", "text", "16 hexadecimal digits."},
    {"section", "text", NULL},
    {"state", "EditState", NULL},
    {"version", "integer|null", "The new version, once confirmed."},
    {"message", "text", NULL},
    {"yours", "SectionChanges", "The requested values; secrets as set or not."},
    {"theirs", "SectionChanges|null", "In a conflict: the current values of these fields."},
    {"reasons", "text{}", "Why it was refused, by field."},
};

static const struct vb_type types[] = {
    {"EditState", "timed_out may still become confirmed.", .value = state_name},
    {"Edit", "A change on its way to a transmitter.", VB_OBJECT(properties)},
};

static const struct vb_route routes[] = {
    {"GET", "/api/v1/transmitters/{mac}/edits/{id}", VB_ROLE_VIEWER, get_edit,
     "The state of a change.", .answer = "Edit"},
};

const struct vb_topic vb_topic_edits = VB_TOPIC(routes, types);
