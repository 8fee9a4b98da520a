#include "voltbeacon/device/receiver_console.h"

#include <string.h>

#include "voltbeacon/api/refusal.h"
#include "voltbeacon/core/section.h"
#include "voltbeacon/device/append.h"
#include "voltbeacon/device/console.h"

struct word {
    const char *text; /* not NUL-terminated; NULL: there is none */
    size_t size;
};

static struct word next_word(const char **rest)
{
    struct word word = {.text = *rest};
    if (*rest == NULL)
        return word;
    const char *end = strstr(*rest, VB_CONSOLE_SEPARATOR);
    word.size = end == NULL ? strlen(*rest) : (size_t)(end - *rest);
    *rest = end == NULL ? NULL : end + strlen(VB_CONSOLE_SEPARATOR);
    return word;
}

static bool is(const struct word *word, const char *text)
{
    return word->size == strlen(text) && memcmp(word->text, text, word->size) == 0;
}

static void answer(char text[VB_RECEIVER_CONSOLE_TEXT_SIZE], const char *begin, const char *end)
{
    (void)vb_append(text, 0, VB_RECEIVER_CONSOLE_TEXT_SIZE, "%s%s", begin, end);
}

static void answer_place(char text[VB_RECEIVER_CONSOLE_TEXT_SIZE], enum vb_place_verb verb,
                         enum vb_err err)
{
    if (err == VB_ERR_OK)
        answer(text, "done", "");
    else if (err == VB_ERR_NOT_FOUND)
        answer(text, "error ", "unknown transmitter; status lists them all");
    else
        answer(text, "error ", vb_place_refusal(verb, err));
}

static void rename_to(struct vb_receiver *core, uint32_t now_ms, const struct vb_mac *mac,
                      const struct word *name, char text[VB_RECEIVER_CONSOLE_TEXT_SIZE])
{
    const struct vb_section *section = vb_section_by_id(VB_SECTION_METADATA);
    struct vb_reasons reasons = {0};
    uint64_t edit;
    const enum vb_err err = vb_receiver_rename(core, now_ms, mac, (const uint8_t *)name->text,
                                               name->size, &edit, &reasons);
    if (err == VB_ERR_OK)
        answer(text, "sent to the transmitter; the pages show the name once it is stored there",
               "");
    else if (reasons.count > 0 && reasons.items[0].err == VB_ERR_TOO_LONG)
        (void)vb_append(text, 0, VB_RECEIVER_CONSOLE_TEXT_SIZE,
                        "error the name is longer than %u bytes",
                        vb_field_by_tag(section, reasons.items[0].tag)->size_max);
    else if (reasons.count > 0)
        answer(text, "error the name ", vb_reason_text(section, &reasons.items[0]));
    else if (err == VB_ERR_NOT_FOUND && vb_receiver_peer(core, mac) == NULL)
        answer(text, "error ", "this transmitter is not followed; status lists them all");
    else
        answer(text, "error ", vb_edit_refusal(err));
}

bool vb_receiver_console_line(struct vb_receiver *core, uint32_t now_ms, const char *line,
                              char text[VB_RECEIVER_CONSOLE_TEXT_SIZE])
{
    const char *rest = line;
    const struct word verb = next_word(&rest);
    const struct word address = next_word(&rest);
    const struct word name = next_word(&rest);
    const bool forget = is(&verb, "forget");
    const bool unforget = is(&verb, "unforget");
    struct vb_mac mac;
    if (!forget && !unforget && !is(&verb, "rename"))
        return false;
    if (address.text == NULL || !vb_mac_parse(address.text, address.size, &mac))
        answer(text, "error ", "name a transmitter by its address, such as 02:1a:2b:3c:4d:5e");
    else if (forget)
        answer_place(text, VB_PLACE_FORGET, vb_receiver_forget(core, now_ms, &mac));
    else if (unforget)
        answer_place(text, VB_PLACE_UNFORGET, vb_receiver_unforget(core, now_ms, &mac));
    else
        rename_to(core, now_ms, &mac, &name, text);
    return true;
}

size_t vb_receiver_console_places(const struct vb_receiver *core, char *text, size_t length,
                                  size_t capacity)
{
    char mac[VB_MAC_TEXT_SIZE];
    length = vb_append(text, length, capacity, "places=%u\n", core->config.peer_count);
    for (unsigned i = 0; i < core->config.peer_count; i++) {
        const struct vb_peer *peer = &core->config.peers[i];
        if (!peer->used)
            continue;
        vb_mac_format(&peer->mac, mac);
        length =
            vb_append(text, length, capacity, "transmitter_%s=%s\n", mac, vb_link_name(peer->link));
    }
    for (unsigned i = 0; i < VB_OUTSIDE_MAX; i++) {
        const struct vb_outside *outside = &core->places.outside[i];
        if (outside->why == VB_OUTSIDE_NONE)
            continue;
        vb_mac_format(&outside->mac, mac);
        length = vb_append(text, length, capacity, "outside_%s=%s%s\n", mac,
                           vb_outside_why_name((enum vb_outside_why)outside->why),
                           outside->heard ? ", heard" : "");
    }
    return length;
}
