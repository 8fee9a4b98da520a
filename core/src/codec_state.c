/* The states of an encoder.
 *
 *     NOTHING --(a reading)--> OFFERED --(vb_codec_acked)--> HELD
 *        ^                      ^ |                          | |
 *        |                      +-+--(none suits any more)---+ |
 *        +------------------------+--(receivers changed)-------+
 *
 * NOTHING and OFFERED: every reading stands on its own; in OFFERED one of them is a keyframe, and
 * after a while without acknowledgement another one. HELD: readings refer to the keyframe, and some
 * of them are offered as its successor; the one that is acknowledged replaces it. */
#include "voltbeacon/core/codec.h"

bool vb_codec_legal(enum vb_codec_state from, enum vb_codec_state to)
{
    switch (from) {
    case VB_CODEC_NOTHING:
        return to != VB_CODEC_HELD;
    case VB_CODEC_OFFERED:
    case VB_CODEC_HELD:
        return true;
    }
    return false;
}

void vb_codec_become(struct vb_codec_encoder *encoder, enum vb_codec_state state)
{
    VB_ASSERT(vb_codec_legal(encoder->state, state));
    encoder->state = state;
}
