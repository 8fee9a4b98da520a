/* A body of the codec as a stream of choices: the layout of docs/codec.md, section "Body", with
 * writer and reader of each part side by side. */
#ifndef VOLTBEACON_CODEC_BODY_H
#define VOLTBEACON_CODEC_BODY_H

#include "codec_profile.h"
#include "codec_range.h"
#include "codec_series.h"

enum vb_body_part { VB_BODY_WHOLE = 0, VB_BODY_FIRST = 1, VB_BODY_SECOND = 2 };

/* The cells and temperatures in a part: from the first up to the last, exclusive. */
struct vb_body_span {
    uint8_t cell_first;
    uint8_t cell_last;
    uint8_t temp_first;
    uint8_t temp_last;
};

struct vb_body_head {
    uint8_t part;       /* enum vb_body_part */
    uint8_t distance;   /* how many readings ago the keyframe was; 0: standalone */
    uint8_t correction; /* enum vb_codec_correction */
};

/* The cells of a body, predicted. */
struct vb_body_cells {
    int32_t common; /* how far all of them moved, in quarters of a mV */
    uint8_t missing_count;
    struct vb_series series; /* of the available ones */
    struct vb_series_code code;
};

struct vb_body_span vb_body_span_of(uint8_t part, const struct vb_reading *reading);

/* profile is NULL for a standalone body. */
void vb_body_predict(const struct vb_codec_profile *profile, const struct vb_reading *reading,
                     const struct vb_body_span *span, struct vb_body_cells *cells);

void vb_body_write(struct vb_range_writer *writer, const struct vb_codec_profile *profile,
                   const struct vb_body_head *head, const struct vb_reading *reading,
                   uint32_t age_ms, const struct vb_body_cells *cells);

void vb_body_head_read(struct vb_range_reader *reader, struct vb_body_head *head);

/* Everything after the head. Sets reader->failed for what no writer produces; *reading is then only
 * partly filled. Sets only the part's cells and temperatures, and age_ms only if the part has it.
 * Returns how far all cells moved, in quarters of a mV. */
int32_t vb_body_read(struct vb_range_reader *reader, const struct vb_codec_profile *profile,
                     const struct vb_body_head *head, struct vb_reading *reading, uint32_t *age_ms);

#endif
