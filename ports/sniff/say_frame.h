/* Describes a frame of the link in words, using the core's own parsers. A reading can be decoded
 * only with the keyframe before it, so those of a few sources are kept. */
#ifndef VOLTBEACON_SNIFF_SAY_FRAME_H
#define VOLTBEACON_SNIFF_SAY_FRAME_H

#include "sniff/sniff_text.h"
#include "voltbeacon/core/codec.h"
#include "voltbeacon/core/mac.h"

enum {
    VB_SNIFF_SOURCES_MAX =
        16 /* whose readings are decoded; the one unheard for longest gives way */
};

struct vb_sniff_source {
    struct vb_mac mac;
    uint64_t heard_at;   /* of the frames' clock; 0 = slot not used */
    uint16_t digest_low; /* of its last frame other than a reading */
    bool digest_known;
    struct vb_codec_decoder decoder;
    struct vb_reading reading; /* as far as its parts have arrived */
    uint16_t number;           /* of it in the stream */
    uint8_t parts;             /* bit n: part n has arrived */
};

struct vb_sniff_frames {
    bool verbose; /* every cell */
    uint64_t clock;
    struct vb_sniff_source sources[VB_SNIFF_SOURCES_MAX];
};

void vb_sniff_frames_init(struct vb_sniff_frames *frames, bool verbose);

/* Appends a description of a frame. size may be 0. */
void vb_sniff_say_frame(struct vb_sniff_frames *frames, const struct vb_mac *src,
                        const struct vb_mac *dst, const uint8_t *bytes, size_t size,
                        struct vb_sniff_text *line);

#endif
