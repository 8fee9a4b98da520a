#include "voltbeacon/core/form.h"

#include <string.h>

#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/section.h"

enum { LABEL_MAX = 63, NAME_MAX = 253 /* RFC 1035, 2.3.4 */, IPV4_TEXT_SIZE = 16 };

static const struct {
    const char *name;
    const char *text;
} forms[VB_FORM_COUNT] = {
#define X(NAME, name, text) {name, text},
    VB_FORM_LIST(X)
#undef X
};

const char *vb_form_name(uint8_t form)
{
    VB_ASSERT(form < VB_FORM_COUNT);
    return forms[form].name;
}

const char *vb_form_text(uint8_t form)
{
    VB_ASSERT(form < VB_FORM_COUNT);
    return forms[form].text;
}

/* Pasted text often ends in a tab or a newline. */
static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

void vb_form_trim(const uint8_t **text, size_t *size)
{
    while (*size > 0 && is_blank((*text)[0])) {
        (*text)++;
        (*size)--;
    }
    while (*size > 0 && is_blank((*text)[*size - 1]))
        (*size)--;
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_hex(uint8_t c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Bytes up to the separator, or all that are left. */
static size_t part_size(const uint8_t *text, size_t size, uint8_t separator)
{
    size_t at = 0;
    while (at < size && text[at] != separator)
        at++;
    return at;
}

/* RFC 1123, 2.1, plus underscores, which container names have. */
static bool is_label(const uint8_t *text, size_t size)
{
    if (size < 1 || size > LABEL_MAX || text[0] == '-' || text[size - 1] == '-')
        return false;
    for (size_t i = 0; i < size; i++) {
        if (!is_letter(text[i]) && !is_digit(text[i]) && text[i] != '-' && text[i] != '_')
            return false;
    }
    return true;
}

static bool all_digits(const uint8_t *text, size_t size)
{
    size_t at = 0;
    while (at < size && is_digit(text[at]))
        at++;
    return at == size;
}

/* Labels between dots; the last one is not a number: that would be half an address. */
static bool is_hostname(const uint8_t *text, size_t size)
{
    if (size > NAME_MAX)
        return false;
    for (;;) {
        const size_t label = part_size(text, size, '.');
        if (!is_label(text, label))
            return false;
        if (label == size)
            return !all_digits(text, size);
        text += label + 1;
        size -= label + 1;
    }
}

static bool is_ipv4(const uint8_t *text, size_t size)
{
    char copy[IPV4_TEXT_SIZE];
    uint8_t address[4];
    if (size >= sizeof copy)
        return false;
    memcpy(copy, text, size);
    copy[size] = '\0';
    return vb_ipv4_parse(copy, address);
}

/* Judged by its characters and at least two colons; a zone may follow, as in fe80::1%eth0. */
static bool is_ipv6(const uint8_t *text, size_t size)
{
    const size_t address = part_size(text, size, '%');
    unsigned colons = 0;
    for (size_t i = 0; i < address; i++) {
        if (!is_hex(text[i]) && text[i] != ':' && text[i] != '.')
            return false;
        colons += text[i] == ':';
    }
    return colons >= 2 && colons <= 7 &&
           (address == size || is_label(text + address + 1, size - address - 1));
}

static bool is_topic(const uint8_t *text, size_t size)
{
    if (text[0] == '$' || text[0] == '/' || text[size - 1] == '/')
        return false;
    return part_size(text, size, '+') == size && part_size(text, size, '#') == size;
}

static bool is_zone_part(const uint8_t *text, size_t size)
{
    if (size < 1 || !is_letter(text[0]))
        return false;
    for (size_t i = 1; i < size; i++) {
        if (!is_letter(text[i]) && !is_digit(text[i]) && text[i] != '_' && text[i] != '-' &&
            text[i] != '+')
            return false;
    }
    return true;
}

/* Area/Place, as in the time zone database; of the names without an area only UTC, since most
 * others are leftovers of places that have one. */
static bool is_zone(const uint8_t *text, size_t size)
{
    if (size == 3 && memcmp(text, "UTC", 3) == 0)
        return true;
    unsigned parts = 0;
    for (;;) {
        const size_t part = part_size(text, size, '/');
        if (!is_zone_part(text, part))
            return false;
        parts++;
        if (part == size)
            return parts >= 2;
        text += part + 1;
        size -= part + 1;
    }
}

bool vb_form_holds(uint8_t form, const uint8_t *text, size_t size)
{
    VB_ASSERT(form < VB_FORM_COUNT);
    if (size == 0)
        return true;
    switch ((enum vb_form)form) {
    case VB_FORM_TEXT:
        return true;
    case VB_FORM_HOST:
        return is_hostname(text, size) || is_ipv4(text, size) || is_ipv6(text, size);
    case VB_FORM_HOSTNAME:
        return is_hostname(text, size);
    case VB_FORM_TOPIC:
        return is_topic(text, size);
    case VB_FORM_ZONE:
        return is_zone(text, size);
    case VB_FORM_COUNT:
        break;
    }
    return false;
}
