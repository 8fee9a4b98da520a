/* What the handlers of the API share: the call they answer, and how answers are begun. */
#ifndef VOLTBEACON_API_CALL_H
#define VOLTBEACON_API_CALL_H

#include <cjson/cJSON.h>

#include "problems.h"
#include "voltbeacon/api/api.h"

enum { VB_PATH_SIZE = 160, VB_PARAMS_MAX = 2, VB_PARAM_SIZE = VB_RECORDING_NAME_SIZE };

struct vb_call {
    struct vb_api *api;
    const struct vb_request *request;
    uint32_t now_ms;
    struct vb_response *response;
    char params[VB_PARAMS_MAX][VB_PARAM_SIZE]; /* what stood for each {} of the route */
};

typedef void (*vb_handler_fn)(struct vb_call *call);

struct vb_route {
    const char *method;
    const char *path; /* {} stands for one segment, a final * for the rest */
    enum vb_role role;
    vb_handler_fn handler;
};

/* All of them; the first that matches answers. */
extern const struct vb_route vb_routes[];
extern const size_t vb_route_count;

/* ---- Answers ---- */

/* Begins an answer whose body piece writes. */
void vb_answer(struct vb_call *call, uint16_t status, vb_piece_fn piece);
/* Answers with {"error": the sentence}. */
void vb_answer_error(struct vb_call *call, uint16_t status, const char *format, ...)
    VB_PRINTF(3, 4);
/* ... and with "reasons" by field, as many as fit. */
void vb_answer_problems(struct vb_call *call, const struct vb_problems *problems,
                        const char *format, ...) VB_PRINTF(3, 4);
/* "1 field of <what> was refused; correct it and save again." */
void vb_answer_refused_fields(struct vb_call *call, const char *what,
                              const struct vb_problems *problems);

/* ---- What a call names; NULL, and the answer begun, where there is no such thing ---- */

const struct vb_peer *vb_call_peer(struct vb_call *call);
const struct vb_section *vb_call_section(struct vb_call *call);

/* ---- Changes ---- */

/* The body, for cJSON_Delete; NULL, and the answer begun, if its type or the body is not
 * acceptable. */
cJSON *vb_call_object(struct vb_call *call);
/* The body of a PATCH, for cJSON_Delete; NULL, and the answer begun, if its type, its If-Match
 * header or the body is not acceptable. */
cJSON *vb_call_patch(struct vb_call *call);
/* Whether If-Match names this content. */
bool vb_call_matches(const struct vb_call *call, const char etag[VB_ETAG_SIZE]);

/* ---- Handlers ---- */

void vb_get_receiver(struct vb_call *call);
void vb_patch_receiver(struct vb_call *call);
void vb_get_transmitters(struct vb_call *call);
void vb_get_transmitter(struct vb_call *call);
void vb_get_sections(struct vb_call *call);
void vb_get_section(struct vb_call *call);
void vb_patch_section(struct vb_call *call);
void vb_get_edit(struct vb_call *call);
void vb_get_cells(struct vb_call *call);
void vb_get_weak_cells(struct vb_call *call);
void vb_get_events(struct vb_call *call);
void vb_post_acknowledge(struct vb_call *call);
void vb_get_recordings(struct vb_call *call);
void vb_get_recording(struct vb_call *call);
void vb_post_recording(struct vb_call *call);
void vb_get_history(struct vb_call *call);
void vb_get_energy(struct vb_call *call);
void vb_get_schema(struct vb_call *call);
void vb_get_receiver_info(struct vb_call *call);
void vb_get_transmitter_info(struct vb_call *call);
void vb_get_mqtt_config(struct vb_call *call);
void vb_get_network_config(struct vb_call *call);
void vb_get_battery_settings(struct vb_call *call);
void vb_get_transmitter_status(struct vb_call *call);
void vb_post_request(struct vb_call *call);

#endif
