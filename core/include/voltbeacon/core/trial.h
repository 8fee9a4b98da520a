/* The trial of a change that may cut off the link it came over. */
#ifndef VOLTBEACON_TRIAL_H
#define VOLTBEACON_TRIAL_H

#include "voltbeacon/core/platform.h"

VB_C_BEGIN

enum { VB_TRIAL_BYTES_MAX = 512 /* of a section whose edits go on trial */ };

/* What a commit does to the trial. */
enum vb_trial_step { VB_TRIAL_AS_IT_IS, VB_TRIAL_BEGINS, VB_TRIAL_ENDS };

VB_C_END

#endif
