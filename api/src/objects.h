/* The objects that answers and pushed messages are made of. */
#ifndef VOLTBEACON_API_OBJECTS_H
#define VOLTBEACON_API_OBJECTS_H

#include "voltbeacon/api/api.h"

enum { VB_NAME_SIZE = 64 /* of a device's name, or its MAC */ };

/* ---- Receiver ---- */

void vb_receiver_json(struct vb_json *json, const char *key, const struct vb_api *api,
                      uint32_t now_ms);
uint32_t vb_receiver_uptime_s(const struct vb_receiver *receiver, uint32_t now_ms);

/* ---- Transmitter ---- */

void vb_transmitter_json(struct vb_json *json, const char *key, const struct vb_api *api,
                         const struct vb_peer *peer, uint32_t now_ms);
/* What its owner calls it; its MAC until that is known. */
void vb_transmitter_name(const struct vb_peer *peer, char name[VB_NAME_SIZE]);
/* "0.1.0"; false while metadata is not held. */
bool vb_transmitter_firmware(const struct vb_peer *peer, char text[VB_NAME_SIZE]);
/* Its runtime status is known, and does not date from before it went offline. */
bool vb_transmitter_live(const struct vb_peer *peer);
void vb_seconds_since_beacon_json(struct vb_json *json, const struct vb_peer *peer,
                                  uint32_t now_ms);
void vb_runtime_ip_json(struct vb_json *json, const char *key, const struct vb_runtime *runtime,
                        bool known);

/* What a board tells of itself; null if nothing. */
void vb_board_json(struct vb_json *json, const char *key, const struct vb_board_facts *facts);

/* Who has a place at this receiver, and who has none. */
void vb_places_json(struct vb_json *json, const char *key, const struct vb_receiver *receiver);

/* What it and this receiver do not know of each other: "compatibility". */
void vb_compatibility_json(struct vb_json *json, const struct vb_peer *peer);

/* ---- Section ---- */

void vb_section_json(struct vb_json *json, const char *key, const struct vb_receiver *receiver,
                     const struct vb_peer *peer, const struct vb_section *section, uint32_t now_ms);
/* False, and *values the defaults, if nothing of it is held. */
bool vb_section_held(const struct vb_peer *peer, const struct vb_section *section, void *values);
/* Stands for store, version and content; quotes included. */
void vb_section_etag(const struct vb_peer *peer, const struct vb_section *section,
                     char etag[VB_ETAG_SIZE]);
void vb_section_age_json(struct vb_json *json, const struct vb_receiver *receiver,
                         const struct vb_peer *peer, uint8_t section, uint32_t now_ms);
/* The n-th section that transmitters own; NULL past the last. */
const struct vb_section *vb_transmitter_section_at(uint8_t n);

/* ---- Edit, cells ---- */

void vb_edit_json(struct vb_json *json, const char *key, const struct vb_receiver *receiver,
                  const struct vb_edit *edit);
/* The whole answer about response->edit. */
bool vb_edit_piece(struct vb_response *response, struct vb_json *json);
/* As the outermost value. */
void vb_cells_json(struct vb_json *json, const struct vb_peer *peer, uint32_t now_ms);

#endif
