#include "migration/old_settings.h"

#include <stdio.h>
#include <string.h>

/* Each key, and the field that it becomes. */
struct old_field {
    const char *key;
    enum vb_old_type type;
    const char *field;
};

/* mqtt_cid has up to 23 characters, which MQTT 3.1 brokers accept; a longer one is refused. */
static const struct old_field mqtt_fields[] = {
    {"mqtt_en", VB_OLD_BOOL, "enabled"},      {"mqtt_srv", VB_OLD_IPV4, "server"},
    {"mqtt_port", VB_OLD_U16, "port"},        {"mqtt_user", VB_OLD_STRING, "username"},
    {"mqtt_pass", VB_OLD_STRING, "password"}, {"mqtt_cid", VB_OLD_STRING, "client_id"},
};
/* net_ip, net_gw and net_sub hold what was in force when they were stored: status, not settings. */
static const struct old_field network_fields[] = {
    {"net_static", VB_OLD_BOOL, "mode"},  {"net_sip", VB_OLD_IPV4, "address"},
    {"net_ssub", VB_OLD_IPV4, "netmask"}, {"net_sgw", VB_OLD_IPV4, "gateway"},
    {"net_dns1", VB_OLD_IPV4, "dns1"},    {"net_dns2", VB_OLD_IPV4, "dns2"},
};
/* Everything else it says about the device, the device says itself. */
static const struct old_field metadata_fields[] = {{"meta_dev", VB_OLD_STRING, "device_name"}};

/* What was stored of a section: `known` is a bool, true once anything was. */
static const struct old_group {
    uint8_t section;
    uint8_t count;
    const char *known;
    const struct old_field *fields;
} groups[VB_OLD_SECTIONS] = {
    {VB_SECTION_MQTT, VB_COUNT_OF(mqtt_fields), "mqtt_known", mqtt_fields},
    {VB_SECTION_NETWORK, VB_COUNT_OF(network_fields), "net_known", network_fields},
    {VB_SECTION_BATTERY, 0, "batt_known", NULL}, /* a version, never a value */
    {VB_SECTION_METADATA, VB_COUNT_OF(metadata_fields), "meta_known", metadata_fields},
};

_Static_assert(VB_ADDRESSING_DHCP == 0 && VB_ADDRESSING_STATIC == 1, "net_static is the mode");

/* ---- A key ---- */

/* Whether what was read is a whole value of that type. */
static bool is_whole(enum vb_old_type type, const uint8_t *bytes, size_t size)
{
    switch (type) {
    case VB_OLD_BOOL:
        return size == 1 && bytes[0] <= 1;
    case VB_OLD_U16:
        return size == 2;
    case VB_OLD_IPV4:
        return size == 4;
    case VB_OLD_STRING:
        break;
    }
    return true;
}

/* A server used to be an address and becomes a host name; all zeroes meant none. */
static void change_server(struct vb_writer *changes, const struct vb_field *field,
                          const uint8_t ipv4[4])
{
    static const uint8_t none[4];
    char text[16] = "";
    if (memcmp(ipv4, none, sizeof none) != 0)
        snprintf(text, sizeof text, "%u.%u.%u.%u", ipv4[0], ipv4[1], ipv4[2], ipv4[3]);
    vb_change_bytes(changes, field, (const uint8_t *)text, strlen(text));
}

static void change(struct vb_writer *changes, const struct vb_field *field, enum vb_old_type type,
                   const uint8_t *bytes, size_t size)
{
    switch (type) {
    case VB_OLD_BOOL:
        vb_change_integer(changes, field, bytes[0]);
        break;
    case VB_OLD_U16:
        vb_change_integer(changes, field, bytes[0] | bytes[1] << 8);
        break;
    case VB_OLD_IPV4:
        if (field->type == VB_TYPE_STRING)
            change_server(changes, field, bytes);
        else
            vb_change_bytes(changes, field, bytes, size);
        break;
    case VB_OLD_STRING:
        vb_change_bytes(changes, field, bytes, size);
        break;
    }
}

/* ---- A section ---- */

static void refuse(struct vb_old_section *old, enum vb_err err, const char *key)
{
    old->verdict = VB_OLD_REFUSED;
    old->err = err;
    old->key = key;
    old->size = 0;
}

/* Whether anything of it was ever stored. */
static bool is_known(const struct vb_old_keys *keys, const char *key, struct vb_old_section *old)
{
    uint8_t known = 0;
    const int size = keys->get(keys->ctx, key, VB_OLD_BOOL, &known, sizeof known);
    if (size < 0 && size != VB_ERR_NOT_FOUND)
        refuse(old, (enum vb_err)size, key);
    else if (size >= 0 && !is_whole(VB_OLD_BOOL, &known, (size_t)size))
        refuse(old, VB_ERR_CORRUPT, key);
    return old->verdict == VB_OLD_NONE && known == 1;
}

static void read_field(const struct vb_old_keys *keys, const struct old_field *from,
                       const struct vb_field *field, bool with_secrets, struct vb_writer *changes,
                       struct vb_old_section *old)
{
    uint8_t bytes[VB_OLD_VALUE_BYTES_MAX];
    const int size = keys->get(keys->ctx, from->key, from->type, bytes, sizeof bytes);
    if (size < 0)
        refuse(old, (enum vb_err)size, from->key);
    else if (!is_whole(from->type, bytes, (size_t)size))
        refuse(old, VB_ERR_CORRUPT, from->key);
    else if (field->type == VB_TYPE_SECRET && !with_secrets)
        old->secret_left = size > 0;
    else
        change(changes, field, from->type, bytes, (size_t)size);
}

/* Whether a transmitter with default settings would accept it; the real one is asked later. */
static void check(const struct vb_section *section, const struct old_group *group,
                  struct vb_old_section *old)
{
    union vb_values defaults;
    uint8_t base[VB_OLD_CHANGES_BYTES_MAX];
    uint8_t result[VB_OLD_CHANGES_BYTES_MAX];
    struct vb_reasons reasons = {0};
    vb_section_defaults(section, &defaults);
    const int size = vb_section_encode(section, &defaults, base, sizeof base);
    VB_ASSERT(size > 0);
    const int merged = vb_section_merge(section, base, (size_t)size, old->bytes, old->size, 1,
                                        result, sizeof result, &reasons);
    if (merged >= 0)
        return;
    const char *key = NULL;
    if (reasons.count > 0)
        old->reason = reasons.items[0];
    const struct vb_field *field = vb_field_by_tag(section, old->reason.tag);
    for (uint8_t i = 0; i < group->count && field != NULL; i++) {
        if (strcmp(group->fields[i].field, field->name) == 0)
            key = group->fields[i].key;
    }
    refuse(old, (enum vb_err)merged, key);
}

void vb_old_section_read(const struct vb_old_keys *keys, unsigned index, bool with_secrets,
                         struct vb_old_section *old)
{
    VB_ASSERT(index < VB_OLD_SECTIONS);
    const struct old_group *group = &groups[index];
    const struct vb_section *section = vb_section_by_id(group->section);
    VB_ASSERT(section != NULL);
    *old = (struct vb_old_section){.section = group->section};
    if (!is_known(keys, group->known, old) || group->count == 0)
        return;
    struct vb_writer changes = vb_writer_of(old->bytes, sizeof old->bytes);
    for (uint8_t i = 0; i < group->count && old->verdict != VB_OLD_REFUSED; i++) {
        const struct vb_field *field = vb_field_by_name(section, group->fields[i].field);
        VB_ASSERT(field != NULL);
        read_field(keys, &group->fields[i], field, with_secrets, &changes, old);
    }
    if (old->verdict == VB_OLD_REFUSED)
        return;
    VB_ASSERT(!changes.failed);
    old->verdict = VB_OLD_READ;
    old->size = (uint16_t)changes.at;
    check(section, group, old);
}

/* Why it is refused: after the key, or as a sentence of its own. */
static const char *reason_text(const struct vb_section *section, const struct vb_old_section *old)
{
    if (old->err == VB_ERR_STORE)
        return "cannot be read now";
    if (old->reason.err == VB_ERR_MALFORMED)
        return "holds what is no text";
    return old->reason.tag != 0 ? vb_reason_text(section, &old->reason) : vb_err_text(old->err);
}

void vb_old_section_text(const struct vb_old_section *old, char *text, size_t capacity)
{
    const struct vb_section *section = vb_section_by_id(old->section);
    VB_ASSERT(section != NULL);
    switch (old->verdict) {
    case VB_OLD_NONE:
        snprintf(text, capacity, "old settings, %s: there are none", section->name);
        break;
    case VB_OLD_READ:
        snprintf(text, capacity, "old settings, %s: read%s", section->name,
                 old->secret_left ? ", without the password, which this link does not carry" : "");
        break;
    case VB_OLD_REFUSED:
        if (old->reason.err == VB_ERR_RULE || old->key == NULL)
            snprintf(text, capacity, "old settings, %s: %s", section->name,
                     reason_text(section, old));
        else
            snprintf(text, capacity, "old settings, %s: %s %s", section->name, old->key,
                     reason_text(section, old));
        break;
    }
}
