/* What the handlers of the API share: the call they answer, and how answers are begun. */
#ifndef VOLTBEACON_API_CALL_H
#define VOLTBEACON_API_CALL_H

#include "contract.h"
#include "json_parser.h"
#include "problems.h"
#include "voltbeacon/api/api.h"

enum { VB_PATH_SIZE = 160, VB_PARAMS_MAX = 2, VB_PARAM_SIZE = VB_RECORDING_NAME_SIZE };

struct vb_call {
    struct vb_api *api;
    const struct vb_request *request;
    uint32_t now_ms;
    struct vb_response *response;
    char params[VB_PARAMS_MAX][VB_PARAM_SIZE]; /* what stood for each {name} of the route */
};

/* ---- Answers ---- */

/* Begins an answer whose body piece writes. */
void vb_answer(struct vb_call *call, uint16_t status, vb_piece_fn piece);
/* The answer is about this transmitter; it ends early if the transmitter is forgotten meanwhile. */
void vb_answer_about(struct vb_call *call, const struct vb_mac *mac);
/* Answers with {"error": the sentence}. */
void vb_answer_error(struct vb_call *call, uint16_t status, const char *format, ...)
    VB_PRINTF(3, 4);
/* Where to collect the problems of a change until the call is answered: part of the response. */
struct vb_problems vb_call_problems(struct vb_call *call);
/* Answers with a sentence about the change, and the problems as "reasons" by field. */
void vb_answer_problems(struct vb_call *call, struct vb_problems *problems, const char *format, ...)
    VB_PRINTF(3, 4);
/* "1 field of <what> was refused; correct it and save again." */
void vb_answer_refused_fields(struct vb_call *call, const char *what, struct vb_problems *problems);

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

/* The answer to a change that was sent, or was not: response->edit, or err and its reasons. */
void vb_answer_edit(struct vb_call *call, const struct vb_section *section, enum vb_err err,
                    const struct vb_reasons *reasons);

/* Answers with the receiver itself, as GET /api/v1/receiver does. */
void vb_answer_receiver(struct vb_call *call);

#endif
