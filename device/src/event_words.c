#include "voltbeacon/device/event_words.h"

#include "voltbeacon/core/receiver.h"
#include "voltbeacon/core/schema.h"
#include "voltbeacon/device/append.h"

static const char *section_name(uint8_t id)
{
    const struct vb_section *section = vb_section_by_id(id);
    return section == NULL ? "unknown" : section->name;
}

static const char *field_name(uint8_t id, uint8_t tag)
{
    const struct vb_section *section = vb_section_by_id(id);
    const struct vb_field *field = section == NULL ? NULL : vb_field_by_tag(section, tag);
    return field == NULL ? "unknown" : field->name;
}

/* What happened in the device's own store. */
static void report_store(const struct vb_log_sink *sink, const struct vb_event *event,
                         const char *mac, const char *section)
{
    if (event->type == VB_EVENT_COMMIT_FAILED)
        vb_log_sink_say(sink, VB_LOG_ERROR, "storing a change failed: it %s; %s",
                        vb_err_text((enum vb_err)event->err),
                        event->err == VB_ERR_UNCERTAIN
                            ? "it is undone at the next successful write. Is the disk failing?"
                            : "nothing was changed. Is the disk full?");
    else if (event->type == VB_EVENT_REPAIRED)
        vb_log_sink_say(
            sink, VB_LOG_WARNING, "%s.%s: the stored value %u was out of range; using %u", section,
            field_name(event->section, event->detail), (unsigned)event->a, (unsigned)event->b);
    else if (event->type == VB_EVENT_REVERTED)
        vb_log_sink_say(
            sink, VB_LOG_WARNING, "section %s was reverted: no receiver was heard after the edit%s",
            section, event->err == VB_ERR_OK ? "" : "; this is stored once the store works again");
    else if (event->type == VB_EVENT_DAMAGED)
        vb_log_sink_say(sink, VB_LOG_ERROR, "%s: the stored %s %s is damaged: %s", mac,
                        vb_kept_name(event->detail), section,
                        event->detail == VB_KEPT_CACHE ? "fetching it again" : "starting over");
    else
        vb_log_sink_say(
            sink, VB_LOG_ERROR,
            "%s: the store cannot be read: %s %s; it is left alone, and read again later", mac,
            vb_kept_name(event->detail), section);
}

static void report_unplaced(const struct vb_log_sink *sink, const char *mac, unsigned places)
{
    if (places == 0)
        vb_log_sink_say(
            sink, VB_LOG_WARNING,
            "%s: this transmitter is heard but not followed: receiver.adopt_new is off. Follow "
            "it on the page (Overview, Transmitters followed), or with \"voltbeacon receiver "
            "unforget %s\"",
            mac, mac);
    else
        vb_log_sink_say(
            sink, VB_LOG_WARNING,
            "%s: this transmitter is heard but not followed: all %u places are taken. Forget "
            "one that is gone, on the page (Overview, Transmitters followed) or with "
            "\"voltbeacon receiver forget\" and its address",
            mac, places);
}

/* A transmitter has no place at this receiver. */
static void report_outside(const struct vb_log_sink *sink, const struct vb_event *event,
                           const char *mac)
{
    if (event->a == 0)
        return; /* its being heard has changed: the pages show that */
    switch ((enum vb_outside_why)event->detail) {
    case VB_OUTSIDE_NONE:
        break;
    case VB_OUTSIDE_UNPLACED:
        report_unplaced(sink, mac, (unsigned)event->b);
        break;
    case VB_OUTSIDE_GIVEN_UP:
        vb_log_sink_say(sink, VB_LOG_WARNING,
                        "%s: giving up its place: not heard for receiver.forget_after_days", mac);
        break;
    case VB_OUTSIDE_FORGOTTEN:
        vb_log_sink_say(sink, VB_LOG_INFO, "%s: this transmitter is forgotten", mac);
        break;
    }
}

/* Events about a transmitter's identity: a reboot, another store, another device. */
static void report_who(const struct vb_log_sink *sink, const struct vb_event *event,
                       const char *mac)
{
    if (event->type == VB_EVENT_REBOOT)
        vb_log_sink_say(sink, VB_LOG_INFO, "%s: rebooted (boot %u)", mac, (unsigned)event->a);
    else if (event->type == VB_EVENT_STORE_REPLACED)
        vb_log_sink_say(sink, VB_LOG_WARNING,
                        "%s: it has another store (%08x): fetching all settings again", mac,
                        (unsigned)event->a);
    else
        vb_log_sink_say(sink, VB_LOG_WARNING, "%s: %s", mac,
                        event->detail != 0
                            ? "two devices have this address: one of them needs another"
                            : "only one device has this address again");
}

static void report_refused(const struct vb_log_sink *sink, const struct vb_event *event,
                           const char *mac)
{
    if (event->detail == VB_MESSAGE_READING && event->err == VB_ERR_TOO_LONG)
        vb_log_sink_say(sink, VB_LOG_WARNING,
                        "%s: its pack has more cells than this receiver has memory for (%u): its "
                        "readings are ignored",
                        mac, (unsigned)VB_CELLS_MAX);
    else
        vb_log_sink_say(sink, VB_LOG_DEBUG,
                        "%s: refused a %s: it %s (%u %s refused since the last such line)", mac,
                        vb_message_name(event->detail), vb_err_text((enum vb_err)event->err),
                        (unsigned)event->a, event->a == 1 ? "frame" : "frames");
}

void vb_event_say(const struct vb_log_sink *sink, const struct vb_event *event)
{
    char mac[VB_MAC_TEXT_SIZE];
    vb_mac_format(&event->mac, mac);
    const char *section = section_name(event->section);
    switch ((enum vb_event_type)event->type) {
    case VB_EVENT_ADOPTED:
        vb_log_sink_say(sink, VB_LOG_INFO, "%s: following this transmitter", mac);
        break;
    case VB_EVENT_LINK:
        vb_log_sink_say(sink, VB_LOG_INFO, "%s: link %s", mac,
                        vb_link_name((enum vb_link_state)event->detail));
        break;
    case VB_EVENT_REBOOT:
    case VB_EVENT_STORE_REPLACED:
    case VB_EVENT_CLONED:
        report_who(sink, event, mac);
        break;
    case VB_EVENT_REFUSED:
        report_refused(sink, event, mac);
        break;
    case VB_EVENT_GAVE_UP:
        vb_log_sink_say(sink, VB_LOG_WARNING,
                        "%s: could not fetch section %s: it %s; trying again at the next beacon",
                        mac, section, vb_err_text((enum vb_err)event->err));
        break;
    case VB_EVENT_COMMIT_FAILED:
    case VB_EVENT_REPAIRED:
    case VB_EVENT_DAMAGED:
    case VB_EVENT_UNREADABLE:
    case VB_EVENT_REVERTED:
        report_store(sink, event, mac, section);
        break;
    case VB_EVENT_CONTENT_DIFFERS:
        vb_log_sink_say(
            sink, VB_LOG_ERROR,
            "%s: section %s has different content under the same version: its store was restored, "
            "or one of the two stores is damaged",
            mac, section);
        break;
    case VB_EVENT_OUTSIDE:
        report_outside(sink, event, mac);
        break;
    case VB_EVENT_RECEIVER_HEARD:
        vb_log_sink_say(sink, VB_LOG_INFO, "%s: hearing this receiver", mac);
        break;
    case VB_EVENT_RECEIVER_LOST:
        vb_log_sink_say(sink, VB_LOG_INFO, "%s: this receiver %s", mac,
                        event->detail != 0 ? "does not answer (asked three times)"
                                           : "is no longer heard");
        break;
    case VB_EVENT_SECTION:
        vb_log_sink_say(sink, VB_LOG_DEBUG, "%s: section %s, version %u, %s", mac, section,
                        (unsigned)event->a, vb_sync_name((enum vb_sync)event->detail));
        break;
    case VB_EVENT_BEACON:
    case VB_EVENT_RUNTIME:
    case VB_EVENT_EDIT:
    case VB_EVENT_READING:
    case VB_EVENT_READING_LOST:
    case VB_EVENT_COMMITTED:
        break; /* too frequent, or reported elsewhere */
    }
}

/* ---- Counters ---- */

size_t vb_refused_list(const uint32_t refused[VB_ERR_COUNT], char *text, size_t length,
                       size_t capacity)
{
    for (unsigned err = 0; err < VB_ERR_COUNT; err++) {
        if (refused[err] > 0)
            length = vb_append(text, length, capacity, "refused_%u=%u %s\n", err,
                               (unsigned)refused[err], vb_err_text((enum vb_err)(-(int)err)));
    }
    return length;
}
