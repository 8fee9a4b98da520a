/* An image of firmware for an ESP32, as its bytes come: whether it is for this board, and whether
 * it is whole and bears a signature. Whose that is, is ESP-IDF's to say, once all is in flash.
 *
 *     header          24 bytes: 0xe9, segments u8, ..., chip u16 at 12, hash appended u8 at 23
 *     segment         8 bytes: load address u32, size u32; and its bytes. Those of the first begin
 *                     with the description, 256 bytes: 0xabcd5432, ..., program at 48, ESP-IDF's
 *                     version at 112
 *     ...             up to 16 of them
 *     padding         0 to 15 bytes, and one: the exclusive or of all segments' bytes and 0xef,
 *                     at the end of 16
 *     hash            32 bytes
 *     padding         to a multiple of 4,096
 *     signatures      4,096 bytes, the first of which is 0xe7
 *
 * Numbers are little-endian. ESP-IDF 5.5: "App Image Format", and "Signature Block Format" of
 * "Secure Boot v2". */
#ifndef VOLTBEACON_FIRMWARE_IMAGE_H
#define VOLTBEACON_FIRMWARE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "firmware/firmware_verdict.h"

VB_C_BEGIN

enum {
    VB_IMAGE_HEADER_BYTES = 24,
    VB_IMAGE_SEGMENT_HEAD_BYTES = 8,
    VB_IMAGE_DESCRIPTION_BYTES = 256,
    /* After so many it is known whether the image is for this board. */
    VB_IMAGE_HEAD_BYTES =
        VB_IMAGE_HEADER_BYTES + VB_IMAGE_SEGMENT_HEAD_BYTES + VB_IMAGE_DESCRIPTION_BYTES,
    VB_IMAGE_SEGMENTS_MAX = 16,
    VB_IMAGE_HASH_BYTES = 32,
    VB_IMAGE_SIGNATURES_BYTES = 4096,
    VB_IMAGE_PROGRAM_SIZE = 32
};

/* What this board can run. */
struct vb_image_board {
    uint16_t chip;                       /* as in the header of the firmware that runs */
    char program[VB_IMAGE_PROGRAM_SIZE]; /* likewise of its description */
    uint32_t slot_bytes;                 /* place for an image, a multiple of 4,096 */
};

enum vb_image_part {
    VB_IMAGE_HEADER,
    VB_IMAGE_SEGMENT_HEAD,
    VB_IMAGE_DESCRIPTION, /* of the first segment */
    VB_IMAGE_SEGMENT,
    VB_IMAGE_CHECKSUM, /* and the padding before it */
    VB_IMAGE_HASH,
    VB_IMAGE_PADDING,
    VB_IMAGE_SIGNATURES,
    VB_IMAGE_END
};

struct vb_image_check {
    struct vb_image_board board;
    enum vb_firmware_verdict verdict; /* VB_FIRMWARE_OK so far, else why not */
    uint32_t size;                    /* of the whole, as announced */
    uint32_t at;                      /* bytes that have come */
    enum vb_image_part part;
    uint32_t left; /* bytes of that part to come */
    bool is_known; /* the head has come, and is for this board */
    uint8_t segments_left;
    uint8_t checksum;
    uint8_t bytes[VB_IMAGE_DESCRIPTION_BYTES]; /* of a part that is looked at as a whole */
    uint32_t filled;
};

/* An image of so many bytes will come. What is announced may be wrong. */
enum vb_firmware_verdict vb_image_begin(struct vb_image_check *check,
                                        const struct vb_image_board *board, uint32_t size);
/* Its next bytes. Other than VB_FIRMWARE_OK: it is refused, whatever may come. */
enum vb_firmware_verdict vb_image_take(struct vb_image_check *check, const uint8_t *bytes,
                                       size_t size);
/* No more will come. */
enum vb_firmware_verdict vb_image_end(struct vb_image_check *check);

/* Of the firmware that runs: what is before is of its image. False: that is no such firmware. */
VB_MUST_USE bool vb_image_board_of(const uint8_t head[VB_IMAGE_HEAD_BYTES], uint32_t slot_bytes,
                                   struct vb_image_board *board);

VB_C_END

#endif
