/* ESP-NOW's frames against the second implementation: every vector of espnow_vectors.txt is read
 * and compared field by field, and its fields are built and compared byte by byte. */
#include "espnow/espnow_frame.h"
#include "espnow/radiotap.h"
#include "vector_run.h"

#define expect(vector, condition)                                                            \
    do {                                                                                     \
        if (!(condition))                                                                    \
            fail_msg("%s %s: %s does not hold", (vector)->kind, (vector)->name, #condition); \
    } while (0)

static uint32_t number(const struct vector *vector, const char *key)
{
    const char *text = vector_text(vector, key);
    if (text == NULL)
        fail_msg("%s %s has no %s", vector->kind, vector->name, key);
    return (uint32_t)vector_take(&text);
}

/* What a header does not say is 0. */
static int said(const struct vector *vector, const char *key, int otherwise)
{
    const char *text = vector_text(vector, key);
    return text == NULL ? otherwise : (int)vector_take_signed(&text);
}

static struct vb_mac mac_of(const struct vector *vector, const char *key)
{
    struct vb_mac mac = {{0}};
    const char *text = vector_text(vector, key);
    if (text == NULL || vector_take_hex(&text, mac.bytes, VB_MAC_BYTES) != VB_MAC_BYTES)
        fail_msg("%s %s has no %s", vector->kind, vector->name, key);
    return mac;
}

static enum vb_espnow_verdict verdict_of(const struct vector *vector)
{
    static const struct {
        const char *reason;
        enum vb_espnow_verdict verdict;
    } reasons[] = {
        {"short", VB_ESPNOW_SHORT},
        {"kind", VB_ESPNOW_KIND},
        {"encrypted", VB_ESPNOW_ENCRYPTED},
        {"category", VB_ESPNOW_CATEGORY},
        {"vendor", VB_ESPNOW_VENDOR},
        {"fcs", VB_ESPNOW_FCS},
        {"cut", VB_ESPNOW_CUT},
        {"element", VB_ESPNOW_ELEMENT},
        {"length", VB_ESPNOW_LENGTH},
        {"version", VB_ESPNOW_VERSION},
        {"long", VB_ESPNOW_LONG},
    };
    const char *refused = vector_text(vector, "refused");
    for (size_t i = 0; refused != NULL && i < VB_COUNT_OF(reasons); i++) {
        if (strcmp(reasons[i].reason, refused) == 0)
            return reasons[i].verdict;
    }
    expect(vector, refused == NULL);
    return VB_ESPNOW_OK;
}

static void check_head(const struct vector *vector, const struct vb_espnow_frame *frame)
{
    const struct vb_espnow_head *head = &frame->head;
    const struct vb_mac dst = mac_of(vector, "dst");
    const struct vb_mac src = mac_of(vector, "src");
    const struct vb_mac addr3 = mac_of(vector, "addr3");
    expect(vector, vb_mac_equal(&head->dst, &dst));
    expect(vector, vb_mac_equal(&head->src, &src));
    expect(vector, vb_mac_equal(&head->addr3, &addr3));
    expect(vector, head->duration_us == number(vector, "duration"));
    expect(vector, head->sequence == number(vector, "sequence"));
    expect(vector, head->fragment == number(vector, "fragment"));
    expect(vector, head->retry == (number(vector, "retry") != 0));
    expect(vector, frame->is_protected == (number(vector, "protected") != 0));
    expect(vector, head->random == number(vector, "random"));
    expect(vector, head->version == number(vector, "version"));
}

static void check_frame(const struct vector *vector, bool with_fcs)
{
    static uint8_t body[VB_ESPNOW_BODY_BYTES_MAX + 1];
    static uint8_t joined[VB_ESPNOW_BODY_BYTES_MAX];
    static uint8_t built[VB_ESPNOW_FRAME_BYTES_MAX];
    struct vb_espnow_frame frame;
    const enum vb_espnow_verdict verdict = verdict_of(vector);
    expect(vector, vb_espnow_parse(vector->bytes, vector->size, with_fcs, &frame) == verdict);
    if (verdict != VB_ESPNOW_OK)
        return;
    check_head(vector, &frame);
    const char *text = vector_text(vector, "body");
    expect(vector, text != NULL);
    const size_t size = vector_take_hex(&text, body, sizeof body);
    expect(vector, frame.body_size == size);
    expect(vector, frame.left_over == number(vector, "left_over"));
    expect(vector, memcmp(vb_espnow_body(&frame, joined), body, size) == 0);
    if (vector_text(vector, "only_read") != NULL)
        return;
    expect(vector,
           vb_espnow_build(&frame.head, body, size, with_fcs, built, sizeof built) == vector->size);
    expect(vector, memcmp(built, vector->bytes, vector->size) == 0);
}

static void check_without_fcs(const struct vector *vector)
{
    check_frame(vector, false);
}

static void check_with_fcs(const struct vector *vector)
{
    check_frame(vector, true);
}

static void check_radiotap(const struct vector *vector)
{
    struct vb_radiotap radiotap;
    expect(vector, vb_radiotap_parse(vector->bytes, vector->size, &radiotap));
    expect(vector, radiotap.size == vector->size);
    expect(vector, radiotap.fcs_at_end == (said(vector, "fcs", 0) != 0));
    expect(vector, radiotap.fcs_bad == (said(vector, "bad", 0) != 0));
    expect(vector, radiotap.sent_here == (said(vector, "sent", 0) != 0));
    expect(vector, radiotap.rate_500kbps == said(vector, "rate", 0));
    expect(vector, radiotap.channel_mhz == said(vector, "mhz", 0));
    expect(vector, radiotap.signal_dbm == said(vector, "signal", VB_RADIOTAP_SIGNAL_UNKNOWN_DBM));
    for (size_t size = 0; size < vector->size; size++)
        expect(vector, !vb_radiotap_parse(vector->bytes, size, &radiotap));
}

struct kind {
    const char *name;
    const char *test_name;
    void (*check)(const struct vector *vector);
};

static void check_vector(const struct vector *vector, const void *how)
{
    const struct kind *kind = how;
    kind->check(vector);
}

static void every_vector_of_kind(void **state)
{
    const struct kind *kind = *state;
    run_vectors(VB_SOURCE_DIR "/tests/vectors/espnow_vectors.txt", kind->name, check_vector, kind);
}

static struct kind kinds[] = {
    {"espnow", "every espnow vector holds", check_without_fcs},
    {"espnow_fcs", "every espnow_fcs vector holds", check_with_fcs},
    {"radiotap", "every radiotap vector holds", check_radiotap},
};

int main(void)
{
    struct CMUnitTest tests[VB_COUNT_OF(kinds)];
    for (size_t i = 0; i < VB_COUNT_OF(kinds); i++)
        tests[i] = (struct CMUnitTest){.name = kinds[i].test_name,
                                       .test_func = every_vector_of_kind,
                                       .initial_state = &kinds[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
