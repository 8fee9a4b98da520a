/* /api/v1/transmitters and .../{mac}: what is known of the transmitters themselves. */
#include <stdio.h>
#include <string.h>

#include "call.h"
#include "objects.h"
#include "voltbeacon/core/mqtt_fault.h"

/* ---- What is known of one ---- */

static bool metadata_of(const struct vb_peer *peer, union vb_values *values)
{
    return vb_section_held(peer, vb_section_by_id(VB_SECTION_METADATA), values);
}

void vb_transmitter_name(const struct vb_peer *peer, char name[VB_NAME_SIZE])
{
    union vb_values values;
    if (metadata_of(peer, &values) && values.metadata.device_name[0] != '\0')
        snprintf(name, VB_NAME_SIZE, "%s", values.metadata.device_name);
    else
        vb_mac_format(&peer->mac, name);
}

static void format_version(const union vb_values *values, char text[VB_NAME_SIZE])
{
    snprintf(text, VB_NAME_SIZE, "%u.%u.%u", values->metadata.firmware_major,
             values->metadata.firmware_minor, values->metadata.firmware_patch);
}

bool vb_transmitter_firmware(const struct vb_peer *peer, char text[VB_NAME_SIZE])
{
    union vb_values values;
    const bool held = metadata_of(peer, &values);
    format_version(&values, text);
    return held;
}

bool vb_transmitter_live(const struct vb_peer *peer)
{
    return peer->runtime_known && peer->link != VB_LINK_OFFLINE;
}

/* ---- Out ---- */

/* Null if unknown: a stopwatch that never ran, or that ran for longer than it can count, does not
 * tell. */
static void age_json(struct vb_json *json, const char *key, bool known, const struct vb_age *age,
                     uint32_t now_ms)
{
    const uint32_t age_ms = vb_age_ms(age, now_ms);
    vb_json_fixed_if(json, key, known && age_ms != VB_AGE_UNKNOWN, age_ms / 100, 1);
}

void vb_seconds_since_beacon_json(struct vb_json *json, const struct vb_peer *peer, uint32_t now_ms)
{
    age_json(json, "seconds_since_beacon", peer->heard, &peer->beacon_age, now_ms);
}

void vb_runtime_ip_json(struct vb_json *json, const char *key, const struct vb_runtime *runtime,
                        bool known)
{
    char text[16];
    if (!known || (runtime->flags & VB_RUNTIME_IP_KNOWN) == 0) {
        vb_json_null(json, key);
        return;
    }
    snprintf(text, sizeof text, "%u.%u.%u.%u", runtime->ip[0], runtime->ip[1], runtime->ip[2],
             runtime->ip[3]);
    vb_json_string(json, key, text);
}

static void runtime_json(struct vb_json *json, const struct vb_peer *peer)
{
    static const struct {
        const char *name;
        enum vb_runtime_flag flag;
    } flags[] = {
        {"mqtt_connected", VB_RUNTIME_MQTT_CONNECTED},
        {"ethernet_up", VB_RUNTIME_ETHERNET_UP},
        {"source_ok", VB_RUNTIME_SOURCE_OK},
        {"streaming", VB_RUNTIME_STREAMING},
        {"thinned", VB_RUNTIME_THINNED},
        {"mqtt_only", VB_RUNTIME_MQTT_ONLY},
    };
    const bool known = peer->runtime_known;

    vb_json_object(json, "runtime");
    vb_json_bool(json, "known", known);
    vb_json_bool(json, "stale", known && peer->link == VB_LINK_OFFLINE);
    for (size_t i = 0; i < VB_COUNT_OF(flags); i++) {
        if (known)
            vb_json_bool(json, flags[i].name, (peer->runtime.flags & flags[i].flag) != 0);
        else
            vb_json_null(json, flags[i].name);
    }
    const bool faulty = known && (peer->runtime.flags & VB_RUNTIME_MQTT_FAULT) != 0;
    vb_json_string(json, "mqtt_fault",
                   faulty ? vb_mqtt_fault_name(peer->runtime.mqtt_fault) : NULL);
    vb_json_string(json, "mqtt_fault_text",
                   faulty ? vb_mqtt_fault_text(peer->runtime.mqtt_fault) : NULL);
    vb_runtime_ip_json(json, "ip", &peer->runtime, known);
    vb_json_integer_if(json, "uptime_s", known, peer->uptime_s);
    vb_json_object_end(json);
}

static void firmware_json(struct vb_json *json, const struct vb_peer *peer)
{
    union vb_values values;
    const bool held = metadata_of(peer, &values);
    char version[VB_NAME_SIZE];
    format_version(&values, version);

    vb_json_object(json, "firmware");
    vb_json_string(json, "version", held ? version : NULL);
    vb_json_string(json, "build_time", held ? values.metadata.build_time : NULL);
    vb_json_string(json, "git_commit", held ? values.metadata.git_commit : NULL);
    vb_json_string(json, "device_type", held ? values.metadata.device_type : NULL);
    vb_json_string(json, "environment", held ? values.metadata.environment : NULL);
    vb_json_string(json, "board", held ? values.metadata.board : NULL);
    vb_json_object_end(json);
}

static void identity_json(struct vb_json *json, const struct vb_peer *peer)
{
    char store[9];
    snprintf(store, sizeof store, "%08lx", (unsigned long)peer->store_id);
    vb_json_string(json, "store", peer->store_id == 0 ? NULL : store);
    vb_json_integer_if(json, "epoch", peer->epoch_known, peer->epoch);
    vb_json_string(json, "sync", vb_sync_name(vb_peer_sync_worst(peer)));
    vb_json_bool(json, "cloned", peer->boot.state == VB_BOOT_CLONED);
}

static void editable_json(struct vb_json *json, const struct vb_peer *peer, uint32_t now_ms)
{
    const bool editable = peer->link != VB_LINK_OFFLINE;
    const uint32_t silent_ms = vb_age_ms(&peer->frame_age, now_ms);
    char reason[112];
    if (!peer->heard || silent_ms == VB_AGE_UNKNOWN)
        snprintf(reason, sizeof reason,
                 "Transmitter %s. Settings cannot be changed until it answers.",
                 peer->heard ? "offline for weeks" : "not heard yet");
    else
        snprintf(reason, sizeof reason,
                 "Transmitter offline for %lu s. Settings cannot be changed until it answers.",
                 (unsigned long)silent_ms / 1000);
    vb_json_bool(json, "editable", editable);
    vb_json_string(json, "edit_blocked_reason", editable ? NULL : reason);
}

static void quality_json(struct vb_json *json, const struct vb_quality *quality)
{
    vb_json_object(json, "quality");
    vb_json_integer(json, "beacons", quality->beacons);
    vb_json_integer(json, "beacons_lost", quality->beacons_lost);
    vb_json_integer(json, "readings", quality->readings);
    vb_json_integer(json, "readings_lost", quality->readings_lost);
    vb_json_integer(json, "refused", quality->refused);
    vb_json_integer(json, "reboots", quality->reboots);
    vb_json_object_end(json);
}

static void sections_json(struct vb_json *json, const struct vb_receiver *receiver,
                          const struct vb_peer *peer, uint32_t now_ms)
{
    vb_json_array(json, "sections");
    for (uint8_t i = 0; vb_transmitter_section_at(i) != NULL; i++) {
        const struct vb_section *section = vb_transmitter_section_at(i);
        const struct vb_cache_entry *entry = vb_cache_find(&peer->cache, section->id);
        vb_json_object(json, NULL);
        vb_json_string(json, "name", section->name);
        vb_json_integer(json, "version", entry == NULL ? 0 : entry->version);
        vb_json_string(json, "sync", vb_sync_name(vb_peer_sync(peer, section->id)));
        vb_section_age_json(json, receiver, peer, section->id, now_ms);
        vb_json_object_end(json);
    }
    vb_json_array_end(json);
}

/* How many are open, and whether the balance can be judged now. */
static void alarms_json(struct vb_json *json, const struct vb_api *api, const struct vb_peer *peer)
{
    struct vb_alarm_tally tally = {.open = 0};
    if (api->occurrences != NULL)
        api->occurrences->tally(api->occurrences->ctx, &peer->mac, &tally);
    vb_json_object(json, "alarms");
    vb_json_integer(json, "open", tally.open);
    vb_json_integer(json, "unacknowledged", tally.unacknowledged);
    vb_json_string(json, "worst",
                   tally.open == 0 ? NULL : vb_alarm_level_name((enum vb_alarm_level)tally.worst));
    vb_json_string(json, "worst_unacknowledged",
                   tally.unacknowledged == 0
                       ? NULL
                       : vb_alarm_level_name((enum vb_alarm_level)tally.worst_unacknowledged));
    vb_json_string(json, "balance", tally.balance[0] == '\0' ? NULL : tally.balance);
    vb_json_integer(json, "calm", tally.calm);
    vb_json_integer(json, "calm_needed", tally.calm_needed);
    vb_json_integer(json, "contradicted", tally.contradicted);
    vb_json_integer(json, "without_place", tally.without_place);
    vb_json_array(json, "absent_sensors");
    for (unsigned i = 0; i < VB_TEMPS_MAX; i++) {
        if ((tally.absent_sensors[i / 8] >> i % 8 & 1) != 0)
            vb_json_integer(json, NULL, i + 1);
    }
    vb_json_array_end(json);
    vb_json_object_end(json);
}

void vb_transmitter_json(struct vb_json *json, const char *key, const struct vb_api *api,
                         const struct vb_peer *peer, uint32_t now_ms)
{
    const uint32_t next_ms = vb_peer_next_beacon_ms(api->receiver, peer, now_ms);
    char mac[VB_MAC_TEXT_SIZE];
    char name[VB_NAME_SIZE];
    vb_mac_format(&peer->mac, mac);
    vb_transmitter_name(peer, name);

    vb_json_object(json, key);
    vb_json_string(json, "mac", mac);
    vb_json_string(json, "name", name);
    vb_json_string(json, "link", vb_link_name(peer->link));
    vb_seconds_since_beacon_json(json, peer, now_ms);
    age_json(json, "seconds_since_frame", peer->heard, &peer->frame_age, now_ms);
    const bool beacon_known = vb_age_ms(&peer->beacon_age, now_ms) != VB_AGE_UNKNOWN;
    vb_json_fixed_if(json, "next_beacon_s",
                     peer->heard && beacon_known && peer->link != VB_LINK_OFFLINE, next_ms / 100,
                     1);
    runtime_json(json, peer);
    vb_board_json(json, "board", &peer->facts);
    firmware_json(json, peer);
    identity_json(json, peer);
    editable_json(json, peer, now_ms);
    vb_compatibility_json(json, peer);
    quality_json(json, &peer->quality);
    alarms_json(json, api, peer);
    sections_json(json, api->receiver, peer, now_ms);
    vb_json_object_end(json);
}

/* ---- Handlers ---- */

const struct vb_peer *vb_call_peer(struct vb_call *call)
{
    struct vb_mac mac;
    const char *text = call->params[0];
    if (!vb_mac_parse(text, strlen(text), &mac)) {
        vb_answer_error(call, 404,
                        "%.40s is not a transmitter's address; write it as 02:1a:2b:3c:4d:5e.",
                        text);
        return NULL;
    }
    const struct vb_peer *peer = vb_receiver_peer(call->api->receiver, &mac);
    if (peer == NULL)
        vb_answer_error(call, 404,
                        "No transmitter %.40s is followed; GET /api/v1/transmitters lists them.",
                        text);
    else
        vb_answer_about(call, &mac);
    return peer;
}

static bool transmitter_piece(struct vb_response *response, struct vb_json *json)
{
    const struct vb_peer *peer = vb_receiver_peer(response->api->receiver, &response->mac);
    VB_ASSERT(peer != NULL);
    vb_transmitter_json(json, NULL, response->api, peer, response->now_ms);
    return false;
}

static void get_transmitter(struct vb_call *call)
{
    if (vb_call_peer(call) != NULL)
        vb_answer(call, 200, transmitter_piece);
}

/* A piece for each slot that is used; the first opens the list, the last closes it. */
static bool transmitters_piece(struct vb_response *response, struct vb_json *json)
{
    const struct vb_receiver_config *config = &response->api->receiver->config;
    if (response->at.part == 0) {
        response->at.part = 1;
        vb_json_object(json, NULL);
        vb_json_array(json, "transmitters");
        return true;
    }
    while (response->at.item < config->peer_count && !config->peers[response->at.item].used)
        response->at.item++;
    if (response->at.item < config->peer_count) {
        const struct vb_peer *peer = &config->peers[response->at.item++];
        vb_transmitter_json(json, NULL, response->api, peer, response->now_ms);
        return true;
    }
    vb_json_array_end(json);
    vb_json_object_end(json);
    return false;
}

static void get_transmitters(struct vb_call *call)
{
    vb_answer(call, 200, transmitters_piece);
}

/* ---- The contract ---- */

static const char *link_name(unsigned index)
{
    return index <= VB_LINK_CONNECTED ? vb_link_name((enum vb_link_state)index) : NULL;
}

static const char *sync_name(unsigned index)
{
    return index <= VB_SYNC_VERIFIED ? vb_sync_name((enum vb_sync)index) : NULL;
}

static const struct vb_property runtime_properties[] = {
    {"known", "boolean", "False until the first beacon after this receiver's start."},
    {"stale", "boolean", "True while the transmitter is offline: the values are the last known."},
    {"mqtt_connected", "boolean|null", NULL},
    {"ethernet_up", "boolean|null", NULL},
    {"source_ok", "boolean|null", "The battery is being read."},
    {"streaming", "boolean|null", "Readings are sent over the link."},
    {"thinned", "boolean|null", "Readings are thinned out to stay below the airtime cap."},
    {"mqtt_only", "boolean|null",
     "`telemetry.path` sends readings only to MQTT: none arrive here."},
    {"mqtt_fault", "text|null",
     "Why there is no connection to the broker: `refused`, `name_not_found`, `silent`..."},
    {"mqtt_fault_text", "text|null", "The same as text, without a subject."},
    {"ip", "text|null", NULL},
    {"uptime_s", "integer|null", NULL},
};

static const struct vb_property firmware_properties[] = {
    {"version", "text|null", NULL},     {"build_time", "text|null", NULL},
    {"git_commit", "text|null", NULL},  {"device_type", "text|null", NULL},
    {"environment", "text|null", NULL}, {"board", "text|null", NULL},
};

static const struct vb_property compatibility_properties[] = {
    {"complete", "boolean", NULL},
    {"unknown_sections", "integer", "Kept, but without a name here."},
    {"unknown_fields", "integer", NULL},
    {"unknown_values", "integer", "Outside the range known here; shown as the default."},
    {"missing_sections", "integer", "The transmitter's firmware lacks them."},
    {"missing_fields", "integer", "Shown with their defaults."},
    {"message", "text|null", "For a banner; null when complete."},
};

static const struct vb_property quality_properties[] = {
    {"beacons", "integer", NULL},  {"beacons_lost", "integer", NULL},
    {"readings", "integer", NULL}, {"readings_lost", "integer", NULL},
    {"refused", "integer", NULL},  {"reboots", "integer", NULL},
};

static const struct vb_property alarms_properties[] = {
    {"open", "integer", NULL},
    {"unacknowledged", "integer", "Of the open ones."},
    {"worst", "Level|null", "The highest level of the open ones."},
    {"worst_unacknowledged", "Level|null", "The highest level of the unacknowledged ones."},
    {"balance", "text|null", "\"judged\", or why the last sweep was not."},
    {"calm", "integer",
     "Sweeps that balance can rest on, since the start, or the transmitter's reboot."},
    {"calm_needed", "integer",
     "While fewer came, balance has not been judged yet: no open imbalance is no good news."},
    {"contradicted", "integer",
     "Values set aside since the start because the readings before and after contradict them."},
    {"without_place", "integer", "Cell alarms for which there is no room now."},
    {"absent_sensors", "integer[]",
     "Sensors, from 1, that have never read anything but -40 degC. If they are missing, list them "
     "in the battery's `absent_sensors`."},
};

static const struct vb_property summary_properties[] = {
    {"name", "text", NULL},
    {"version", "integer", NULL},
    {"sync", "Sync", NULL},
    {"age_s", "number|null", "Seconds since last verified."},
    {"no_age", "text|null", "Why the age is unknown; null if it is known."},
};

static const struct vb_property transmitter_properties[] = {
    {"mac", "Mac", NULL},
    {"name", "text", "Its address until the section metadata is held."},
    {"link", "Link", NULL},
    {"seconds_since_beacon", "number|null", "Null until one is heard after this receiver's start."},
    {"seconds_since_frame", "number|null", "Likewise."},
    {"next_beacon_s", "number|null",
     "When it is due at the latest; 0 if late, null while offline and before the first."},
    {"runtime", "Runtime", NULL},
    {"board", "Board|null", "Null if it has told nothing, as on Linux; as stale as `runtime`."},
    {"firmware", "Firmware", NULL},
    {"store", "text|null", NULL},
    {"epoch", "integer|null", "The boot counter."},
    {"sync", "Sync", "The worst of the sections."},
    {"cloned", "boolean", "Two devices have this address: values alternate between them."},
    {"editable", "boolean", NULL},
    {"edit_blocked_reason", "text|null", NULL},
    {"compatibility", "Compatibility", NULL},
    {"quality", "Quality", "Counted since this receiver's start."},
    {"alarms", "AlarmSummary", NULL},
    {"sections", "SectionSummary[]", NULL},
};

static const struct vb_property list_properties[] = {
    {"transmitters", "Transmitter[]", NULL},
};

static const struct vb_type types[] = {
    {"Link", "An authentic frame was heard within 20 s, within 30 s, or not.", .value = link_name},
    {"Sync", "From worst to best.", .value = sync_name},
    {"Runtime", "What the last beacon said; every value is null until it is known.",
     VB_OBJECT(runtime_properties)},
    {"Firmware", "Null until the section metadata is held.", VB_OBJECT(firmware_properties)},
    {"Compatibility", "What the two firmwares do not know of each other.",
     VB_OBJECT(compatibility_properties)},
    {"Quality", NULL, VB_OBJECT(quality_properties)},
    {"AlarmSummary", NULL, VB_OBJECT(alarms_properties)},
    {"SectionSummary", NULL, VB_OBJECT(summary_properties)},
    {"Transmitter", NULL, VB_OBJECT(transmitter_properties)},
    {"TransmitterList", NULL, VB_OBJECT(list_properties)},
};

static const struct vb_route routes[] = {
    {"GET", "/api/v1/transmitters", VB_ROLE_VIEWER, get_transmitters,
     "All transmitters that are followed.", .answer = "TransmitterList"},
    {"GET", "/api/v1/transmitters/{mac}", VB_ROLE_VIEWER, get_transmitter, "One transmitter.",
     .answer = "Transmitter"},
};

const struct vb_topic vb_topic_transmitters = VB_TOPIC(routes, types);
