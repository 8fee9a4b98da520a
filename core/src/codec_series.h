/* A series of residuals: cells or temperatures minus their predictions. How they are written is
 * chosen for each series: whatever takes the fewest bits. */
#ifndef VOLTBEACON_CODEC_SERIES_H
#define VOLTBEACON_CODEC_SERIES_H

#include <stdint.h>

#include "codec_range.h"
#include "voltbeacon/core/reading.h"

enum { VB_SERIES_MAX = VB_CELLS_MAX };

struct vb_series {
    uint8_t count;
    uint8_t symbols[VB_SERIES_MAX]; /* derived from the residuals by vb_series_choose */
    int32_t residuals[VB_SERIES_MAX];
};

/* How a series is written. */
struct vb_series_code {
    uint8_t form;    /* 0: all residuals are 0; 1 to 6: normally distributed, see codec_tables.h */
    uint8_t shift;   /* the residuals' lowest bits, written verbatim */
    uint8_t escapes; /* residuals far from all the others */
    uint32_t bits;   /* estimated size */
};

/* A form for the caller's use: the values themselves. */
enum { VB_SERIES_PLAIN = 7 };

struct vb_series_code vb_series_choose(struct vb_series *series);

/* Form and shift. */
void vb_series_code_write(struct vb_range_writer *writer, const struct vb_series_code *code);
struct vb_series_code vb_series_code_read(struct vb_range_reader *reader);

/* The residuals, in any form but VB_SERIES_PLAIN. */
void vb_series_write(struct vb_range_writer *writer, const struct vb_series *series,
                     const struct vb_series_code *code);
/* series->count values; anything may come out of a stream that no writer produced. */
void vb_series_read(struct vb_range_reader *reader, const struct vb_series_code *code,
                    struct vb_series *series);

#endif
