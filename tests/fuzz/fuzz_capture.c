/* A file from anywhere is read as a capture: as far as it goes, to its end or an error that is
 * said, and what libpcap hands over is printed. */
#include <stdio.h>
#include <string.h>

#include "fuzz_require.h"
#include "linux/capture/packet_capture.h"
#include "linux/system/cause.h"
#include "sniff/sniff_line.h"

enum { PACKETS_MAX = 10000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct vb_sniff sniff;
    static struct vb_sniff_text line;
    char error[VB_CAPTURE_ERROR_SIZE] = "";
    struct vb_sniff_packet packet;
    if (size == 0)
        return 0; /* glibc's fmemopen() takes no empty file */
    FILE *file = fmemopen((void *)(uintptr_t)data, size, "rb");
    require(file != NULL);
    struct vb_capture *capture = vb_capture_open_stream(file, "it", error);
    if (capture == NULL) {
        require(strncmp(error, "it ", 3) == 0 && vb_cause_take() == VB_CAUSE_DATA);
        return 0;
    }
    vb_sniff_init(&sniff, vb_capture_link(capture), true);
    enum vb_capture_result result;
    size_t packets = 0;
    while ((result = vb_capture_next(capture, &packet, error)) == VB_CAPTURE_PACKET) {
        require(packet.size <= size && ++packets <= PACKETS_MAX + size);
        if (vb_sniff_line(&sniff, &packet, &line))
            require(line.length > 0);
    }
    require(result == VB_CAPTURE_END || (result == VB_CAPTURE_FAILED && error[0] != '\0'));
    require(vb_capture_dropped(capture) == 0);
    vb_capture_close(capture);
    return 0;
}
