/* Two 32-bit checksums, with different polynomials on purpose.
 *
 * A frame ends in CRC-32 (IEEE 802.3, reflected 0xEDB88320); content is identified by CRC-32C
 * (Castagnoli, RFC 3720 appendix B.4, reflected 0x82F63B78). With a single polynomial, damage that
 * slips through the frame check would by construction be invisible to the digest as well: see
 * docs/adr/0004. */
#ifndef VOLTBEACON_CRC_H
#define VOLTBEACON_CRC_H

#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/platform.h"

VB_C_BEGIN

/* Start with 0 and pass the result back in to continue over several pieces. */
uint32_t vb_crc32(uint32_t crc, const uint8_t *bytes, size_t size);
uint32_t vb_crc32c(uint32_t crc, const uint8_t *bytes, size_t size);

VB_C_END

#endif
