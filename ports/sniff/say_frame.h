/* What a frame of the link says, in words, by the core's own parsers. What a reading holds takes
 * the keyframe before it, so those of a few sources are kept. */
#ifndef VOLTBEACON_SNIFF_SAY_FRAME_H
#define VOLTBEACON_SNIFF_SAY_FRAME_H

#include "sniff/sniff_text.h"
#include "voltbeacon/core/codec.h"
#include "voltbeacon/core/mac.h"

enum { VB_SNIFF_SOURCES_MAX = 16 /* whose readings are decoded; the longest unheard gives way */ };

struct vb_sniff_source {
    struct vb_mac mac;
    uint64_t heard_at;   /* of the frames' clock; 0 = slot not used */
    uint16_t digest_low; /* of what it has said last, readings aside */
    bool digest_known;
    struct vb_codec_decoder decoder;
    struct vb_reading reading; /* as far as its parts have come */
    uint16_t number;           /* of it in the stream */
    uint8_t parts;             /* bit n: part n has come */
};

struct vb_sniff_frames {
    bool verbose; /* every cell */
    uint64_t clock;
    struct vb_sniff_source sources[VB_SNIFF_SOURCES_MAX];
};

void vb_sniff_frames_init(struct vb_sniff_frames *frames, bool verbose);

/* Appends what a frame says. size may be 0. */
void vb_sniff_say_frame(struct vb_sniff_frames *frames, const struct vb_mac *src,
                        const struct vb_mac *dst, const uint8_t *bytes, size_t size,
                        struct vb_sniff_text *line);

#endif
