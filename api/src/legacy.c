/* The older paths, kept for scripts written against the earlier firmware. They describe
 * the transmitter heard first, for as long as it is known, or the one named by ?mac=. */
#include <string.h>

#include "call.h"
#include "json_values.h"
#include "objects.h"

/* ---- Which transmitter ---- */

static const struct vb_peer *first_peer(const struct vb_api *api)
{
    const struct vb_receiver *receiver = api->receiver;
    const struct vb_peer *chosen = vb_receiver_peer(receiver, &api->first);
    if (chosen != NULL)
        return chosen;
    for (uint8_t i = 0; i < receiver->config.peer_count; i++) {
        if (receiver->config.peers[i].used)
            return &receiver->config.peers[i];
    }
    return NULL;
}

/* The value of mac= in the query; *size is 0 if it is absent. */
static const char *mac_in_query(const char *query, size_t *size)
{
    static const char key[] = "mac=";
    *size = 0;
    while (query != NULL && *query != '\0') {
        const size_t length = strcspn(query, "&");
        if (strncmp(query, key, strlen(key)) == 0) {
            *size = length - strlen(key);
            return query + strlen(key);
        }
        query += length + (query[length] == '&' ? 1 : 0);
    }
    return NULL;
}

static const struct vb_peer *named_peer(const struct vb_call *call)
{
    struct vb_mac mac;
    size_t size;
    const char *text = mac_in_query(call->request->query, &size);
    if (text == NULL)
        return first_peer(call->api);
    return vb_mac_parse(text, size, &mac) ? vb_receiver_peer(call->api->receiver, &mac) : NULL;
}

static bool unknown_piece(struct vb_response *response, struct vb_json *json)
{
    (void)response;
    vb_json_object(json, NULL);
    vb_json_bool(json, "success", false);
    vb_json_string(json, "error", "Waiting for the transmitter's first beacon.");
    vb_json_object_end(json);
    return false;
}

/* Answers with this piece about the transmitter, once we hold that section (0: none). */
static void answer_about(struct vb_call *call, uint8_t section, vb_piece_fn piece)
{
    const struct vb_peer *peer = named_peer(call);
    union vb_values values;
    const bool known =
        peer != NULL && (section == 0 || vb_section_held(peer, vb_section_by_id(section), &values));
    if (known)
        vb_answer_about(call, &peer->mac);
    vb_answer(call, 200, known ? piece : unknown_piece);
}

static const struct vb_peer *answered_peer(const struct vb_response *response)
{
    const struct vb_peer *peer = vb_receiver_peer(response->api->receiver, &response->mac);
    VB_ASSERT(peer != NULL);
    return peer;
}

/* ---- What is said ---- */

static void flag_json(struct vb_json *json, const char *key, const struct vb_peer *peer,
                      enum vb_runtime_flag flag)
{
    if (vb_transmitter_live(peer))
        vb_json_bool(json, key, (peer->runtime.flags & flag) != 0);
    else
        vb_json_null(json, key);
}

/* Begins the object of a section's values and decodes them. */
static void begin_section(struct vb_json *json, const struct vb_peer *peer, uint8_t id,
                          union vb_values *values)
{
    const bool held = vb_section_held(peer, vb_section_by_id(id), values);
    vb_json_object(json, NULL);
    vb_json_bool(json, "success", held);
}

static void end_section(struct vb_json *json, const struct vb_peer *peer, uint8_t id)
{
    const struct vb_cache_entry *entry = vb_cache_find(&peer->cache, id);
    vb_json_integer(json, "version", entry == NULL ? 0 : entry->version);
    vb_json_object_end(json);
}

static bool receiver_info_piece(struct vb_response *response, struct vb_json *json)
{
    const struct vb_api *api = response->api;
    union vb_values own;
    char mac[VB_MAC_TEXT_SIZE];
    vb_settings_values(api->settings, VB_SECTION_RECEIVER, &own);
    vb_mac_format(&api->receiver->config.mac, mac);

    vb_json_object(json, NULL);
    vb_json_bool(json, "success", true);
    vb_json_string(json, "device_name", own.receiver.device_name);
    vb_json_string(json, "ip", api->facts->ip);
    vb_json_string(json, "mac", mac);
    vb_json_string(json, "firmware", api->facts->firmware);
    vb_json_integer(json, "uptime_s", vb_receiver_uptime_s(api->receiver, response->now_ms));
    vb_json_object_end(json);
    return false;
}

static bool transmitter_info_piece(struct vb_response *response, struct vb_json *json)
{
    const struct vb_peer *peer = answered_peer(response);
    char text[VB_NAME_SIZE];

    vb_json_object(json, NULL);
    vb_json_bool(json, "success", true);
    vb_transmitter_name(peer, text);
    vb_json_string(json, "device_name", text);
    vb_mac_format(&peer->mac, text);
    vb_json_string(json, "mac", text);
    vb_json_string(json, "firmware", vb_transmitter_firmware(peer, text) ? text : NULL);
    vb_json_bool(json, "connected", peer->link != VB_LINK_OFFLINE);
    vb_seconds_since_beacon_json(json, peer, response->now_ms);
    flag_json(json, "mqtt_connected", peer, VB_RUNTIME_MQTT_CONNECTED);
    flag_json(json, "ethernet_connected", peer, VB_RUNTIME_ETHERNET_UP);
    vb_runtime_ip_json(json, "ip", &peer->runtime, vb_transmitter_live(peer));
    vb_json_object_end(json);
    return false;
}

static bool mqtt_config_piece(struct vb_response *response, struct vb_json *json)
{
    const struct vb_peer *peer = answered_peer(response);
    union vb_values values;
    begin_section(json, peer, VB_SECTION_MQTT, &values);
    vb_json_bool(json, "enabled", values.mqtt.enabled);
    vb_json_string(json, "server", values.mqtt.server);
    vb_json_integer(json, "port", values.mqtt.port);
    vb_json_string(json, "username", values.mqtt.username);
    vb_json_string(json, "client_id", values.mqtt.client_id);
    vb_json_bool(json, "password_set", values.mqtt.password.set);
    flag_json(json, "connected", peer, VB_RUNTIME_MQTT_CONNECTED);
    end_section(json, peer, VB_SECTION_MQTT);
    return false;
}

static bool network_config_piece(struct vb_response *response, struct vb_json *json)
{
    static const char *const names[][2] = {{"static_ip", "address"},
                                           {"gateway", "gateway"},
                                           {"subnet", "netmask"},
                                           {"dns1", "dns1"},
                                           {"dns2", "dns2"}};
    const struct vb_peer *peer = answered_peer(response);
    const struct vb_section *section = vb_section_by_id(VB_SECTION_NETWORK);
    union vb_values values;
    begin_section(json, peer, VB_SECTION_NETWORK, &values);
    vb_json_bool(json, "use_static", values.network.mode == VB_ADDRESSING_STATIC);
    for (size_t i = 0; i < VB_COUNT_OF(names); i++)
        vb_value_json(json, names[i][0], vb_field_by_name(section, names[i][1]), &values);
    vb_runtime_ip_json(json, "current_ip", &peer->runtime, vb_transmitter_live(peer));
    end_section(json, peer, VB_SECTION_NETWORK);
    return false;
}

static bool battery_settings_piece(struct vb_response *response, struct vb_json *json)
{
    const struct vb_peer *peer = answered_peer(response);
    const struct vb_section *section = vb_section_by_id(VB_SECTION_BATTERY);
    union vb_values values;
    begin_section(json, peer, VB_SECTION_BATTERY, &values);
    for (uint8_t i = 0; i < section->field_count; i++)
        vb_value_json(json, section->fields[i].name, &section->fields[i], &values);
    end_section(json, peer, VB_SECTION_BATTERY);
    return false;
}

static bool transmitter_status_piece(struct vb_response *response, struct vb_json *json)
{
    const struct vb_peer *peer = answered_peer(response);
    vb_json_object(json, NULL);
    vb_json_bool(json, "success", true);
    vb_json_bool(json, "connected", peer->link != VB_LINK_OFFLINE);
    vb_json_string(json, "status", vb_link_name(peer->link));
    vb_seconds_since_beacon_json(json, peer, response->now_ms);
    vb_json_object_end(json);
    return false;
}

/* ---- Handlers ---- */

static void get_receiver_info(struct vb_call *call)
{
    vb_answer(call, 200, receiver_info_piece);
}

static void get_transmitter_info(struct vb_call *call)
{
    answer_about(call, 0, transmitter_info_piece);
}

static void get_mqtt_config(struct vb_call *call)
{
    answer_about(call, VB_SECTION_MQTT, mqtt_config_piece);
}

static void get_network_config(struct vb_call *call)
{
    answer_about(call, VB_SECTION_NETWORK, network_config_piece);
}

static void get_battery_settings(struct vb_call *call)
{
    answer_about(call, VB_SECTION_BATTERY, battery_settings_piece);
}

static void get_transmitter_status(struct vb_call *call)
{
    answer_about(call, 0, transmitter_status_piece);
}

static void post_request(struct vb_call *call)
{
    vb_answer_error(
        call, 410,
        "There is nothing to request: this receiver always has what the transmitter last "
        "sent; read it with GET.");
}

/* ---- The contract ---- */

static const struct vb_property unknown_properties[] = {
    {"success", "boolean", "False."},
    {"error", "text", NULL},
};

static const struct vb_property receiver_info_properties[] = {
    {"success", "boolean", NULL}, {"device_name", "text", NULL}, {"ip", "text", NULL},
    {"mac", "Mac", NULL},         {"firmware", "text", NULL},    {"uptime_s", "integer", NULL},
};

static const struct vb_property transmitter_info_properties[] = {
    {"success", "boolean", NULL},
    {"device_name", "text", NULL},
    {"mac", "Mac", NULL},
    {"firmware", "text|null", NULL},
    {"connected", "boolean", NULL},
    {"seconds_since_beacon", "number|null", NULL},
    {"mqtt_connected", "boolean|null", NULL},
    {"ethernet_connected", "boolean|null", NULL},
    {"ip", "text|null", NULL},
};

static const struct vb_property mqtt_config_properties[] = {
    {"success", "boolean", NULL},      {"enabled", "boolean", NULL},
    {"server", "text", NULL},          {"port", "integer", NULL},
    {"username", "text", NULL},        {"client_id", "text", NULL},
    {"password_set", "boolean", NULL}, {"connected", "boolean|null", "Null: unknown."},
    {"version", "integer", NULL},
};

static const struct vb_property network_config_properties[] = {
    {"success", "boolean", NULL}, {"use_static", "boolean", NULL},   {"static_ip", "text", NULL},
    {"gateway", "text", NULL},    {"subnet", "text", NULL},          {"dns1", "text", NULL},
    {"dns2", "text", NULL},       {"current_ip", "text|null", NULL}, {"version", "integer", NULL},
};

static const struct vb_property status_properties[] = {
    {"success", "boolean", NULL},
    {"connected", "boolean", NULL},
    {"status", "Link", NULL},
    {"seconds_since_beacon", "number|null", NULL},
};

static const struct vb_type types[] = {
    {"Waiting", "Nothing is known about the transmitter yet.", VB_OBJECT(unknown_properties)},
    {"ReceiverInfo", NULL, VB_OBJECT(receiver_info_properties)},
    {"TransmitterInfo", NULL, VB_OBJECT(transmitter_info_properties)},
    {"MqttConfig", NULL, VB_OBJECT(mqtt_config_properties)},
    {"NetworkConfig", NULL, VB_OBJECT(network_config_properties)},
    {"BatterySettings", "success, version, and every field of section battery.", .is = "any"},
    {"TransmitterStatus", NULL, VB_OBJECT(status_properties)},
};

static const struct vb_route routes[] = {
    {"GET", "/api/get_receiver_info", VB_ROLE_VIEWER, get_receiver_info,
     "In the form of earlier firmware.", .answer = "ReceiverInfo"},
    {"GET", "/api/get_transmitter_info", VB_ROLE_VIEWER, get_transmitter_info, "Likewise.",
     .answer = "TransmitterInfo|Waiting"},
    {"GET", "/api/get_mqtt_config", VB_ROLE_VIEWER, get_mqtt_config, "Likewise.",
     .answer = "MqttConfig|Waiting"},
    {"GET", "/api/get_network_config", VB_ROLE_VIEWER, get_network_config, "Likewise.",
     .answer = "NetworkConfig|Waiting"},
    {"GET", "/api/get_battery_settings", VB_ROLE_VIEWER, get_battery_settings, "Likewise.",
     .answer = "BatterySettings|Waiting"},
    {"GET", "/api/transmitter_status", VB_ROLE_VIEWER, get_transmitter_status, "Likewise.",
     .answer = "TransmitterStatus|Waiting"},
    {"POST", "/api/request_*", VB_ROLE_VIEWER, post_request,
     "There is nothing to request: answers 410.", .status = 410},
};

const struct vb_topic vb_topic_legacy = VB_TOPIC(routes, types);
