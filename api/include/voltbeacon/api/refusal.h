/* Why a receiver refuses to do something about a transmitter, in sentences that a page and a
 * command line say alike. */
#ifndef VOLTBEACON_API_REFUSAL_H
#define VOLTBEACON_API_REFUSAL_H

#include "voltbeacon/core/err.h"
#include "voltbeacon/core/platform.h"

VB_C_BEGIN

enum vb_place_verb { VB_PLACE_FORGET, VB_PLACE_UNFORGET };

/* What vb_receiver_forget() or vb_receiver_unforget() has answered; not for VB_ERR_OK. */
const char *vb_place_refusal(enum vb_place_verb verb, enum vb_err err);

/* What vb_receiver_edit() or vb_receiver_rename() has answered without reasons; not for
 * VB_ERR_OK. */
const char *vb_edit_refusal(enum vb_err err);

VB_C_END

#endif
