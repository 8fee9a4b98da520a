/* ESP-NOW frames that others have captured: each is read, and built again to the byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "espnow/espnow_frame.h"
#include "espnow/radiotap.h"
#include "voltbeacon/core/platform.h"

enum { FILE_BYTES_MAX = 65536, CAPTURE_BYTES_MAX = 512, NOT_KNOWN = -1 };

/* What is true of each, beside its bytes. */
struct truth {
    const char *name;
    enum vb_espnow_verdict verdict;
    const char *src;
    const char *dst;
    uint16_t sequence;
    int body_bytes; /* NOT_KNOWN where the capture is cut */
    int rate_500kbps;
    int channel;
    int signal_dbm;
};

static const struct truth truths[] = {
    {"esp8266_broadcast_text", VB_ESPNOW_OK, "cc:50:e3:5d:6a:90", "ff:ff:ff:ff:ff:ff", 0xbd2, 8,
     NOT_KNOWN, NOT_KNOWN, NOT_KNOWN},
    {"esp32_broadcast_struct", VB_ESPNOW_OK, "10:52:1c:67:d9:c4", "ff:ff:ff:ff:ff:ff", 0x01c, 44,
     NOT_KNOWN, NOT_KNOWN, NOT_KNOWN},
    {"esp32_broadcast_6byte", VB_ESPNOW_OK, "7c:df:a1:01:f3:14", "ff:ff:ff:ff:ff:ff", 0x37a, 6,
     NOT_KNOWN, NOT_KNOWN, NOT_KNOWN},
    {"radiotap_apple_src_bad_fcs", VB_ESPNOW_FCS, "8c:85:90:16:6d:33", "ff:ff:ff:ff:ff:ff", 0x011,
     22, 2, 1, -22},
    {"esp8266_unicast_250", VB_ESPNOW_CUT, "86:f3:eb:73:ca:61", "84:f3:eb:73:55:0d", 0x09a,
     NOT_KNOWN, 12, 1, -43},
    {"esp32_broadcast_250_truncated", VB_ESPNOW_CUT, "c4:4f:33:0f:fe:71", "ff:ff:ff:ff:ff:ff",
     0x288, NOT_KNOWN, 2, 1, -18},
};

struct capture {
    uint8_t bytes[CAPTURE_BYTES_MAX];
    size_t size;
    bool has_radiotap;
    bool cut;
};

static const char *text_of(const cJSON *record, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(record, key));
    assert_non_null(text);
    return text;
}

static cJSON *load(void)
{
    static char text[FILE_BYTES_MAX];
    char path[512];
    const char *folder = getenv("VB_SHARED_DATA");
    (void)snprintf(path, sizeof path, "%s/espnow/espnow_frames.json",
                   folder != NULL ? folder : VB_SOURCE_DIR "/../shared/data");
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        print_message("skipped: there is no %s\n", path);
        skip();
        return NULL;
    }
    const size_t size = fread(text, 1, sizeof text - 1, file);
    assert_int_equal(fclose(file), 0);
    text[size] = '\0';
    cJSON *records = cJSON_Parse(text);
    assert_true(cJSON_IsArray(records));
    return records;
}

static struct capture capture_of(const cJSON *record)
{
    struct capture capture = {.size = 0};
    const char *hex = text_of(record, "hex");
    capture.size = strlen(hex) / 2;
    assert_true(capture.size > 0 && capture.size <= sizeof capture.bytes);
    for (size_t i = 0; i < capture.size; i++)
        capture.bytes[i] = (uint8_t)strtoul((char[3]){hex[2 * i], hex[2 * i + 1], '\0'}, NULL, 16);
    capture.has_radiotap = strcmp(text_of(record, "link"), "radiotap") == 0;
    capture.cut = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(record, "truncated"));
    return capture;
}

static const struct truth *truth_of(const char *name)
{
    for (size_t i = 0; i < VB_COUNT_OF(truths); i++) {
        if (strcmp(truths[i].name, name) == 0)
            return &truths[i];
    }
    fail_msg("there is a capture %s, and nothing is known of it", name);
    return NULL;
}

static void check_radiotap(const struct truth *truth, const struct vb_radiotap *radiotap)
{
    assert_int_equal(radiotap->rate_500kbps, truth->rate_500kbps);
    assert_int_equal(vb_radiotap_channel(radiotap->channel_mhz), truth->channel);
    assert_int_equal(radiotap->signal_dbm, truth->signal_dbm);
    assert_true(radiotap->fcs_at_end);
}

/* Built anew, with the FCS that it was captured with or none. */
static void check_rebuilt(const struct vb_espnow_frame *frame, const uint8_t *bytes, size_t size,
                          bool with_fcs, bool same_fcs)
{
    uint8_t built[VB_ESPNOW_FRAME_BYTES_MAX];
    uint8_t joined[VB_ESPNOW_BODY_BYTES_MAX];
    const size_t built_size = vb_espnow_build(&frame->head, vb_espnow_body(frame, joined),
                                              frame->body_size, with_fcs, built, sizeof built);
    assert_int_equal(built_size, size);
    const size_t compared = with_fcs && !same_fcs ? size - VB_ESPNOW_FCS_BYTES : size;
    assert_memory_equal(built, bytes, compared);
}

static void check_capture(const struct truth *truth, const struct capture *capture)
{
    struct vb_radiotap radiotap = {.size = 0};
    struct vb_espnow_frame frame;
    if (capture->has_radiotap) {
        assert_true(vb_radiotap_parse(capture->bytes, capture->size, &radiotap));
        check_radiotap(truth, &radiotap);
    }
    const uint8_t *bytes = capture->bytes + radiotap.size;
    const size_t size = capture->size - radiotap.size;
    /* What was cut off in the capture took the FCS with it. */
    const bool fcs_at_end = radiotap.fcs_at_end && !capture->cut;
    assert_int_equal(vb_espnow_parse(bytes, size, fcs_at_end, &frame), truth->verdict);
    char text[VB_MAC_TEXT_SIZE];
    vb_mac_format(&frame.head.src, text);
    assert_string_equal(text, truth->src);
    vb_mac_format(&frame.head.dst, text);
    assert_string_equal(text, truth->dst);
    assert_int_equal(frame.head.sequence, truth->sequence);
    if (truth->body_bytes == NOT_KNOWN)
        return;
    assert_int_equal(frame.body_size, truth->body_bytes);
    assert_int_equal(frame.head.version, 1);
    check_rebuilt(&frame, bytes, size, fcs_at_end, truth->verdict == VB_ESPNOW_OK);
    for (size_t shorter = 0; shorter < size; shorter++)
        assert_int_not_equal(vb_espnow_parse(bytes, shorter, fcs_at_end, &frame), VB_ESPNOW_OK);
}

static void every_frame_that_others_captured_is_read_and_built_again(void **state)
{
    (void)state;
    cJSON *records = load();
    const cJSON *record;
    size_t count = 0;
    cJSON_ArrayForEach(record, records)
    {
        const struct capture capture = capture_of(record);
        check_capture(truth_of(text_of(record, "name")), &capture);
        count++;
    }
    cJSON_Delete(records);
    assert_int_equal(count, VB_COUNT_OF(truths));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_frame_that_others_captured_is_read_and_built_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
