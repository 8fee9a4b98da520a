/* What `voltbeacon transmitter get`, `set` and `status` ask for. */
#include <stdio.h>
#include <string.h>

#include "control_command.h"
#include "linux/system/log.h"
#include "text.h"
#include "transmitter_daemon.h"
#include "voltbeacon/core/section.h"

enum { TEXT_SIZE = 2048 };

/* The next word of a request; NULL after the last. Cuts the text. */
static char *next_word(char **rest)
{
    return strsep(rest, VB_CONTROL_SEPARATOR);
}

static bool named(const struct vb_section *section, const struct vb_field *field, const char *what)
{
    const size_t length = strlen(section->name);
    if (strncmp(what, section->name, length) != 0)
        return false;
    return what[length] == '\0' ||
           (what[length] == '.' && strcmp(what + length + 1, field->name) == 0);
}

/* Appends every field that is named by what; NULL names all. Returns the new length. */
static size_t append_settings(const struct vb_transmitter *core, const char *what, char *text,
                              size_t length, size_t capacity)
{
    for (uint8_t i = 0; i < core->live.count; i++) {
        const struct vb_cache_entry *entry = &core->live.entries[i];
        const struct vb_section *section = vb_section_by_id(entry->id);
        union vb_values values;
        if (section == NULL || vb_section_decode(section, vb_cache_bytes(&core->live, entry),
                                                 entry->size, &values, NULL) != VB_ERR_OK)
            continue;
        for (uint8_t j = 0; j < section->field_count; j++) {
            char value[TEXT_SIZE];
            if (what != NULL && !named(section, &section->fields[j], what))
                continue;
            vb_field_format(&section->fields[j], &values, value, sizeof value);
            length = vb_append(text, length, capacity, "%s.%s=%s\n", section->name,
                               section->fields[j].name, value);
        }
    }
    return length;
}

static void get(struct vb_transmitter_daemon *daemon, uint64_t request, char *rest)
{
    static char text[VB_CONTROL_REPLY_SIZE];
    size_t length = 0;
    text[0] = '\0';
    if (rest == NULL)
        length = append_settings(&daemon->device.core, NULL, text, 0, sizeof text);
    for (char *what; (what = next_word(&rest)) != NULL;) {
        const size_t before = length;
        length = append_settings(&daemon->device.core, what, text, length, sizeof text);
        if (length == before) {
            snprintf(text, sizeof text,
                     "error there is no setting %s; get without arguments lists all", what);
            break;
        }
    }
    vb_control_reply(daemon->base.control, request, text);
}

/* ---- set ---- */

struct change {
    const struct vb_section *section;
    struct vb_writer writer;
    uint8_t bytes[VB_EDIT_BYTES_MAX];
};

static void explain(const struct vb_section *section, const struct vb_reasons *reasons, char *text,
                    size_t size)
{
    size_t length = vb_append(text, 0, size, "error nothing was changed:\n");
    for (uint8_t i = 0; i < reasons->count; i++) {
        const struct vb_reason *reason = &reasons->items[i];
        const struct vb_field *field = vb_field_by_tag(section, reason->tag);
        const char *why = vb_reason_text(section, reason);
        length = vb_append(text, length, size, "  %s.%s %s\n", section->name,
                           field == NULL ? "" : field->name, why);
    }
}

static void explain_value(const struct vb_section *section, const struct vb_field *field,
                          const char *value, enum vb_err err, char *text, size_t size)
{
    char range[64] = "";
    if (err == VB_ERR_READ_ONLY) {
        snprintf(text, size, "error nothing was changed: %s.%s %s", section->name, field->name,
                 vb_err_text(err));
        return;
    }
    if (field->type == VB_TYPE_UNSIGNED)
        snprintf(range, sizeof range, "; allowed is %u to %u", field->min, field->max);
    if (field->type == VB_TYPE_SIGNED)
        snprintf(range, sizeof range, "; allowed is %d to %d", (int32_t)field->min,
                 (int32_t)field->max);
    if (field->type == VB_TYPE_STRING || field->type == VB_TYPE_SECRET)
        snprintf(range, sizeof range, "; at most %u bytes", field->size_max);
    const bool secret = field->type == VB_TYPE_SECRET;
    size_t length =
        vb_append(text, 0, size, "error nothing was changed: %s.%s: %s %s%s", section->name,
                  field->name, secret ? "the value" : value, vb_err_text(err), range);
    for (uint32_t i = 0; field->type == VB_TYPE_ENUM && i <= field->max; i++)
        length = vb_append(text, length, size, "%s%s", i == 0 ? "; allowed are " : ", ",
                           field->values[i]);
}

static struct change *change_of(struct change changes[], unsigned *count,
                                const struct vb_section *section)
{
    for (unsigned i = 0; i < *count; i++) {
        if (changes[i].section == section)
            return &changes[i];
    }
    if (*count == VB_LOCAL_SECTIONS_MAX)
        return NULL;
    struct change *change = &changes[(*count)++];
    change->section = section;
    change->writer = vb_writer_of(change->bytes, sizeof change->bytes);
    return change;
}

/* Reads one "section.field=value". False, and the whole answer in text, if it cannot be. */
static bool read_assignment(struct change changes[], unsigned *count, char *word, char *text,
                            size_t size)
{
    char *value = strchr(word, '=');
    char *dot = strchr(word, '.');
    if (value == NULL || dot == NULL || dot > value) {
        snprintf(text, size, "error %s is not SECTION.FIELD=VALUE, as in mqtt.port=1883", word);
        return false;
    }
    *value++ = '\0';
    *dot = '\0';
    const struct vb_section *section = vb_section_by_name(word);
    const struct vb_field *field = section == NULL ? NULL : vb_field_by_name(section, dot + 1);
    if (field == NULL || section->owner != VB_OWNER_TRANSMITTER) {
        snprintf(text, size, "error the transmitter has no setting %s.%s; get lists all", word,
                 dot + 1);
        return false;
    }
    struct change *change = change_of(changes, count, section);
    if (change == NULL) {
        snprintf(text, size, "error at most %d sections can be changed at once",
                 VB_LOCAL_SECTIONS_MAX);
        return false;
    }
    uint8_t bytes[VB_EDIT_BYTES_MAX];
    const int parsed = vb_field_parse(field, value, bytes, sizeof bytes);
    if (parsed < 0) {
        explain_value(section, field, value, (enum vb_err)parsed, text, size);
        return false;
    }
    vb_write_bytes(&change->writer, bytes, (size_t)parsed);
    if (change->writer.failed)
        snprintf(text, size, "error too much for section %s at once; use several commands",
                 section->name);
    return !change->writer.failed;
}

/* Why vb_transmitter_set() refused. */
static void explain_refusal(enum vb_err err, bool announced, uint8_t bad_section,
                            const struct vb_reasons *reasons, char *text, size_t size)
{
    const struct vb_section *section = vb_section_by_id(bad_section);
    if (err == VB_ERR_BUSY && !announced)
        snprintf(
            text, size,
            "error the store cannot be written, so nothing is changed. Is the disk full? It is "
            "tried again by itself");
    else if (err == VB_ERR_BUSY)
        snprintf(text, size, "error too many changes are under way; try again in a moment");
    else if (section == NULL)
        snprintf(text, size, "error nothing was changed: too much at once; use several commands");
    else if (reasons->count > 0)
        explain(section, reasons, text, size);
    else if (err == VB_ERR_MALFORMED)
        snprintf(text, size, "error nothing was changed: a field of section %s is named twice",
                 section->name);
    else
        snprintf(text, size, "error nothing was changed: section %s %s", section->name,
                 vb_err_text(err));
}

/* One edit of all that is named. False, and the whole answer in text, if it cannot be. */
static bool start_edit(struct vb_transmitter_daemon *daemon, uint64_t request,
                       const struct change changes[], unsigned count, char *text, size_t size)
{
    struct vb_section_change parts[VB_LOCAL_SECTIONS_MAX];
    struct vb_control_waiting *place = NULL;
    for (unsigned i = 0; i < VB_CONTROL_WAITING_MAX && place == NULL; i++)
        place = daemon->waiting[i].edit == 0 ? &daemon->waiting[i] : NULL;
    for (unsigned i = 0; i < count; i++)
        parts[i] = (struct vb_section_change){changes[i].section->id, changes[i].bytes,
                                              changes[i].writer.at};
    struct vb_reasons reasons = {0};
    uint64_t edit;
    uint8_t bad_section = 0;
    const enum vb_err err = place == NULL
                                ? VB_ERR_BUSY
                                : vb_transmitter_set(&daemon->device.core, vb_now_ms(), parts,
                                                     (uint8_t)count, &edit, &bad_section, &reasons);
    if (err != VB_ERR_OK) {
        explain_refusal(err, daemon->device.core.announced, bad_section, &reasons, text, size);
        return false;
    }
    *place = (struct vb_control_waiting){
        .edit = edit, .request = request, .section = changes[0].section->id};
    return true;
}

static void set(struct vb_transmitter_daemon *daemon, uint64_t request, char *rest)
{
    char text[TEXT_SIZE];
    static struct change changes[VB_LOCAL_SECTIONS_MAX]; /* 16 kB: the daemon has one loop */
    unsigned count = 0;
    for (char *word; (word = next_word(&rest)) != NULL;) {
        if (!read_assignment(changes, &count, word, text, sizeof text)) {
            vb_control_reply(daemon->base.control, request, text);
            return;
        }
    }
    if (count == 0 || start_edit(daemon, request, changes, count, text, sizeof text))
        return;
    vb_control_reply(daemon->base.control, request, text);
}

static struct vb_control_waiting *find_waiting(struct vb_transmitter_daemon *daemon, uint64_t edit)
{
    for (unsigned i = 0; i < VB_CONTROL_WAITING_MAX && edit != 0; i++) {
        if (daemon->waiting[i].edit == edit)
            return &daemon->waiting[i];
    }
    return NULL;
}

void vb_transmitter_control_outcome(struct vb_transmitter_daemon *daemon,
                                    const struct vb_event *event)
{
    struct vb_control_waiting *done = find_waiting(daemon, event->id);
    if (done == NULL)
        return;
    done->edit = 0;
    if (event->detail == VB_EDIT_APPLIED)
        vb_control_reply(daemon->base.control, done->request, "stored\n");
    else if (event->detail == VB_EDIT_REFUSED)
        vb_control_reply(daemon->base.control, done->request,
                         "error nothing was changed: another change came first; try again");
    else
        vb_control_reply(
            daemon->base.control, done->request,
            "error the change could not be stored; nothing was changed. Is the disk full?");
}

/* ---- status ---- */

static void status(struct vb_transmitter_daemon *daemon, uint64_t request)
{
    char text[8192];
    const struct vb_transmitter *core = &daemon->device.core;
    struct vb_sqlite_counters store;
    struct vb_mqtt_status mqtt;
    char mac[VB_MAC_TEXT_SIZE];
    vb_sqlite_counters(daemon->base.db, &store);
    vb_mqtt_status(daemon->mqtt, &mqtt);
    vb_mac_format(&daemon->base.mac, mac);
    size_t length = vb_append(text, 0, sizeof text,
                              "mac=%s\nstore_id=%08x\nepoch=%u\nuptime_s=%u\nreadings=%u\n", mac,
                              core->store_id, core->epoch,
                              vb_transmitter_uptime_s(core, vb_now_ms()), daemon->device.readings);
    length =
        vb_append(text, length, sizeof text, "mqtt=%s\nmqtt_published=%llu\nmqtt_dropped=%llu\n",
                  vb_mqtt_state_name(mqtt.state), (unsigned long long)mqtt.published,
                  (unsigned long long)mqtt.dropped);
    length = vb_live_source_status(daemon->source, text, length, sizeof text);
    if (mqtt.error[0] != '\0')
        length = vb_append(text, length, sizeof text, "mqtt_error=%s\n", mqtt.error);
    length = vb_append(text, length, sizeof text,
                       "store_commits=%llu\nstore_writes=%llu\nstore_failures=%llu\nstored=%u\n",
                       (unsigned long long)store.commits, (unsigned long long)store.writes,
                       (unsigned long long)store.failures, store.stored ? 1u : 0u);
    for (unsigned i = 0; i < VB_RECEIVERS_MAX; i++) {
        const struct vb_receiver_account *account = &core->receivers[i];
        if (account->state == VB_ACCOUNT_FREE)
            continue;
        vb_mac_format(&account->mac, mac);
        length =
            vb_append(text, length, sizeof text, "receiver_%s=%s, heard %u ms ago\n", mac,
                      vb_account_name(account->state), vb_age_ms(&account->heard, vb_now_ms()));
    }
    length = vb_daemon_refused_status(core->refused, text, length, sizeof text);
    vb_linux_link_status(&daemon->base.link, text, length, sizeof text);
    vb_control_reply(daemon->base.control, request, text);
}

void vb_transmitter_control(void *ctx, uint64_t request, const char *line)
{
    struct vb_transmitter_daemon *daemon = ctx;
    char copy[VB_CONTROL_LINE_SIZE];
    snprintf(copy, sizeof copy, "%s", line);
    char *rest = copy;
    const char *verb = next_word(&rest);
    if (!daemon->device.booted)
        vb_control_reply(daemon->base.control, request,
                         "error the settings cannot be read now; they are tried again every 10 s");
    else if (strcmp(verb, "get") == 0)
        get(daemon, request, rest);
    else if (strcmp(verb, "set") == 0 && rest != NULL)
        set(daemon, request, rest);
    else if (strcmp(verb, "status") == 0)
        status(daemon, request);
    else
        vb_control_reply(daemon->base.control, request,
                         "error the transmitter knows get, set and status");
}
