/* Old keys of any type and content: whatever they hold, a section is read, refused or not there;
 * what is read the schema takes, and what is refused has a line that says why.
 *
 * The input is rows: a key's number, its type, its size, its bytes. A key that no row names is not
 * there, or, with the first byte's lowest bit, is as a whole old store has it. */
#include "../fixtures/old_keys.h"
#include "fuzz_require.h"
#include "voltbeacon/core/bytes.h"

static struct old_keys keys;

static void plant(struct vb_reader *reader)
{
    static const char *const names[] = {
        "mqtt_known", "mqtt_en",    "mqtt_srv", "mqtt_port",  "mqtt_user", "mqtt_pass",
        "mqtt_cid",   "net_known",  "net_sip",  "net_ssub",   "net_sgw",   "net_dns1",
        "net_dns2",   "net_static", "meta_dev", "meta_known", "batt_known"};
    while (vb_reader_left(reader) >= 3) {
        const char *name = names[vb_read_u8(reader) % VB_COUNT_OF(names)];
        const enum vb_old_type type = (enum vb_old_type)(vb_read_u8(reader) % (VB_OLD_IPV4 + 1));
        size_t size = vb_read_u8(reader) % (OLD_BYTES_MAX + 1);
        if (size > vb_reader_left(reader))
            size = vb_reader_left(reader);
        const uint8_t *bytes = vb_read_view(reader, size);
        old_key_put(&keys, name, type, size == 0 ? (const uint8_t *)"" : bytes, size);
    }
}

/* A transmitter with the defaults takes it. */
static void require_taken(const struct vb_old_section *old)
{
    const struct vb_section *section = vb_section_by_id(old->section);
    union vb_values values;
    uint8_t base[VB_SECTION_BYTES_MAX], result[VB_SECTION_BYTES_MAX];
    struct vb_reasons reasons = {0};
    require(old->size > 0 && vb_section_well_formed(old->bytes, old->size));
    vb_section_defaults(section, &values);
    const int size = vb_section_encode(section, &values, base, sizeof base);
    require(vb_section_merge(section, base, (size_t)size, old->bytes, old->size, 1, result,
                             sizeof result, &reasons) > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vb_reader reader = vb_reader_of(data, size);
    const uint8_t how = vb_read_u8(&reader);
    if (reader.failed)
        return 0;
    keys = (struct old_keys){.port = {.ctx = &keys, .get = old_key_get}};
    if ((how & 1) != 0)
        old_keys_init(&keys);
    plant(&reader);
    for (unsigned i = 0; i < VB_OLD_SECTIONS; i++) {
        struct vb_old_section old;
        char text[160];
        vb_old_section_read(&keys.port, i, (how & 2) != 0, &old);
        vb_old_section_text(&old, text, sizeof text);
        require(strlen(text) > strlen("old settings, : "));
        if (old.verdict == VB_OLD_READ)
            require_taken(&old);
        else
            require(old.size == 0);
        require((old.verdict == VB_OLD_REFUSED) == (old.err != VB_ERR_OK));
    }
    return 0;
}
