/* Why a receiver refuses to do something about a transmitter, in sentences shared by pages and
 * command line. */
#ifndef VOLTBEACON_API_REFUSAL_H
#define VOLTBEACON_API_REFUSAL_H

#include "voltbeacon/core/err.h"
#include "voltbeacon/core/platform.h"

VB_C_BEGIN

enum vb_place_verb { VB_PLACE_FORGET, VB_PLACE_UNFORGET };

/* For the result of vb_receiver_forget() or vb_receiver_unforget(); not for VB_ERR_OK. */
const char *vb_place_refusal(enum vb_place_verb verb, enum vb_err err);

/* For the result of vb_receiver_edit() or vb_receiver_rename() without reasons; not for
 * VB_ERR_OK. */
const char *vb_edit_refusal(enum vb_err err);

VB_C_END

#endif
