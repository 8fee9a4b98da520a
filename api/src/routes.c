#include "call.h"

#define TRANSMITTER "/api/v1/transmitters/{}"

const struct vb_route vb_routes[] = {
    {"GET", "/api/v1/receiver", VB_ROLE_VIEWER, vb_get_receiver},
    {"PATCH", "/api/v1/receiver", VB_ROLE_ADMIN, vb_patch_receiver},
    {"GET", "/api/v1/schema", VB_ROLE_VIEWER, vb_get_schema},
    {"GET", "/api/v1/transmitters", VB_ROLE_VIEWER, vb_get_transmitters},
    {"GET", TRANSMITTER, VB_ROLE_VIEWER, vb_get_transmitter},
    {"GET", TRANSMITTER "/sections", VB_ROLE_VIEWER, vb_get_sections},
    {"GET", TRANSMITTER "/sections/{}", VB_ROLE_VIEWER, vb_get_section},
    {"PATCH", TRANSMITTER "/sections/{}", VB_ROLE_ADMIN, vb_patch_section},
    {"GET", TRANSMITTER "/edits/{}", VB_ROLE_VIEWER, vb_get_edit},
    {"GET", TRANSMITTER "/cells", VB_ROLE_VIEWER, vb_get_cells},
    {"GET", TRANSMITTER "/weak-cells", VB_ROLE_VIEWER, vb_get_weak_cells},
    {"GET", "/api/v1/events", VB_ROLE_VIEWER, vb_get_events},
    {"POST", "/api/v1/events/{}/acknowledge", VB_ROLE_ADMIN, vb_post_acknowledge},
    {"GET", "/api/v1/recordings", VB_ROLE_VIEWER, vb_get_recordings},
    {"POST", "/api/v1/recordings", VB_ROLE_ADMIN, vb_post_recording},
    {"GET", "/api/v1/recordings/{}", VB_ROLE_VIEWER, vb_get_recording},
    {"GET", TRANSMITTER "/history", VB_ROLE_VIEWER, vb_get_history},
    {"GET", TRANSMITTER "/energy", VB_ROLE_VIEWER, vb_get_energy},

    {"GET", "/api/get_receiver_info", VB_ROLE_VIEWER, vb_get_receiver_info},
    {"GET", "/api/get_transmitter_info", VB_ROLE_VIEWER, vb_get_transmitter_info},
    {"GET", "/api/get_mqtt_config", VB_ROLE_VIEWER, vb_get_mqtt_config},
    {"GET", "/api/get_network_config", VB_ROLE_VIEWER, vb_get_network_config},
    {"GET", "/api/get_battery_settings", VB_ROLE_VIEWER, vb_get_battery_settings},
    {"GET", "/api/transmitter_status", VB_ROLE_VIEWER, vb_get_transmitter_status},
    {"POST", "/api/request_*", VB_ROLE_VIEWER, vb_post_request},
};

const size_t vb_route_count = VB_COUNT_OF(vb_routes);
