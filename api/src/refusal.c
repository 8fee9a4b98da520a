#include "voltbeacon/api/refusal.h"

const char *vb_place_refusal(enum vb_place_verb verb, enum vb_err err)
{
    VB_ASSERT(err != VB_ERR_OK);
    if (err == VB_ERR_STORE)
        return "The list of forgotten transmitters cannot be read now, so it is not changed. "
               "Check the disk, or try again in a minute.";
    if (err == VB_ERR_BUSY && verb == VB_PLACE_FORGET)
        return "There is no room for another forgotten transmitter, and all of them are still "
               "heard; follow one of them again first.";
    if (err == VB_ERR_BUSY)
        return "All places are taken; forget a transmitter that is gone first.";
    return "This transmitter is unknown.";
}

const char *vb_edit_refusal(enum vb_err err)
{
    VB_ASSERT(err != VB_ERR_OK);
    if (err == VB_ERR_BUSY)
        return "Too many edits are under way; save again in a few seconds.";
    if (err == VB_ERR_OFFLINE)
        return "The transmitter is offline; save again once it answers.";
    if (err == VB_ERR_NOT_FOUND)
        return "These settings have not arrived yet; save again once they have.";
    return vb_err_text(err);
}
