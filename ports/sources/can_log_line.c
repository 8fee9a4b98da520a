#include "sources/can_log_line.h"

#include <string.h>

enum {
    SECONDS_DIGITS_MAX = 11,
    FRACTION_DIGITS = 6,
    SHORT_ID_DIGITS = 3,
    LONG_ID_DIGITS = 8,
    SHORT_ID_MAX = 0x7ff,
    LONG_ID_MAX = 0x1fffffff
};

/* A place in a line. What cannot be read leaves it where it is and returns false. */
struct cursor {
    const char *at;
};

static void skip_spaces(struct cursor *cursor)
{
    cursor->at += strspn(cursor->at, " \t\r");
}

static bool take(struct cursor *cursor, char expected)
{
    if (*cursor->at != expected)
        return false;
    cursor->at++;
    return true;
}

static bool at_end(const struct cursor *cursor)
{
    return cursor->at[strspn(cursor->at, " \t\r")] == '\0';
}

/* -1 where it is none. */
static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static size_t hex_length(const char *text)
{
    return strspn(text, "0123456789abcdefABCDEF");
}

/* Exactly so many hexadecimal digits, at most 8. */
static bool take_hex(struct cursor *cursor, size_t digits, uint32_t *value)
{
    if (hex_length(cursor->at) < digits)
        return false;
    *value = 0;
    for (size_t i = 0; i < digits; i++)
        *value = *value << 4 | (uint32_t)hex_digit(*cursor->at++);
    return true;
}

/* "1795372800.004429" */
static bool take_time(struct cursor *cursor, uint64_t *time_us)
{
    const char *at = cursor->at;
    const size_t digits = strspn(at, "0123456789");
    if (digits == 0 || digits > SECONDS_DIGITS_MAX || at[digits] != '.' ||
        strspn(at + digits + 1, "0123456789") != FRACTION_DIGITS)
        return false;
    uint64_t value = 0;
    for (size_t i = 0; i < digits + 1 + FRACTION_DIGITS; i++) {
        if (i != digits)
            value = value * 10 + (uint64_t)(at[i] - '0');
    }
    *time_us = value;
    cursor->at += digits + 1 + FRACTION_DIGITS;
    return true;
}

static bool take_id(struct cursor *cursor, uint32_t *id)
{
    const size_t digits = hex_length(cursor->at);
    if ((digits != SHORT_ID_DIGITS && digits != LONG_ID_DIGITS) || !take_hex(cursor, digits, id))
        return false;
    if (digits == SHORT_ID_DIGITS)
        return *id <= SHORT_ID_MAX;
    if (*id > LONG_ID_MAX)
        return false;
    *id |= VB_CAN_EXTENDED;
    return true;
}

/* Pairs of digits, with separator between them where it is not 0. */
static bool take_data(struct cursor *cursor, char separator, struct vb_can_frame *frame)
{
    frame->size = 0;
    for (;;) {
        uint32_t byte;
        if (frame->size > 0 && separator != '\0' && *cursor->at == separator &&
            hex_length(cursor->at + 1) >= 2)
            cursor->at++;
        if (!take_hex(cursor, 2, &byte))
            return true;
        if (frame->size == VB_CAN_DATA_BYTES_MAX)
            return false;
        frame->data[frame->size++] = (uint8_t)byte;
    }
}

/* ---- candump -L ---- */

static bool take_bus(struct cursor *cursor, char bus[VB_CAN_LOG_BUS_SIZE])
{
    const size_t length = strcspn(cursor->at, " \t\r");
    if (length == 0 || length >= VB_CAN_LOG_BUS_SIZE)
        return false;
    memcpy(bus, cursor->at, length);
    bus[length] = '\0';
    cursor->at += length;
    return true;
}

/* candump -x adds the direction. */
static bool ends_well(struct cursor *cursor)
{
    skip_spaces(cursor);
    if (*cursor->at == 'T' || *cursor->at == 'R')
        cursor->at++;
    return at_end(cursor);
}

static enum vb_can_log_line parse_candump(const char *text, struct vb_can_log_entry *entry,
                                          struct vb_source_error *error)
{
    struct cursor cursor = {text + 1}; /* behind '(' */
    entry->timed = true;
    bool good = take_time(&cursor, &entry->time_us) && take(&cursor, ')');
    if (!good) {
        vb_source_error_set(error, "no time like (1795372800.004429)");
        return VB_CAN_LOG_BROKEN;
    }
    skip_spaces(&cursor);
    if (!take_bus(&cursor, entry->bus)) {
        vb_source_error_set(error, "no interface behind the time");
        return VB_CAN_LOG_BROKEN;
    }
    skip_spaces(&cursor);
    if (!take_id(&cursor, &entry->frame.id) || !take(&cursor, '#')) {
        vb_source_error_set(error, "no id of 3 or 8 hexadecimal digits and # behind the interface");
        return VB_CAN_LOG_BROKEN;
    }
    if (*cursor.at == '#' || *cursor.at == 'R') /* CAN FD, or a request for a frame */
        return VB_CAN_LOG_BLANK;
    if (!take_data(&cursor, '.', &entry->frame) || !ends_well(&cursor)) {
        vb_source_error_set(error, "the data is not 0 to 8 bytes of two hexadecimal digits");
        return VB_CAN_LOG_BROKEN;
    }
    return VB_CAN_LOG_FRAME;
}

/* ---- CANary ---- */

static enum vb_can_log_line parse_canary(const char *text, struct vb_can_log_entry *entry,
                                         struct vb_source_error *error)
{
    struct cursor cursor = {text};
    uint32_t flags;
    uint32_t size;
    entry->timed = true;
    bool good = take_time(&cursor, &entry->time_us);
    skip_spaces(&cursor);
    good = good && hex_length(cursor.at) == LONG_ID_DIGITS && take_id(&cursor, &entry->frame.id);
    skip_spaces(&cursor);
    good = good && take_hex(&cursor, 2, &flags);
    skip_spaces(&cursor);
    good = good && take_hex(&cursor, 1, &size);
    skip_spaces(&cursor);
    good = good && take_data(&cursor, ' ', &entry->frame) && entry->frame.size == size &&
           at_end(&cursor);
    if (!good) {
        vb_source_error_set(error, "not time, id of 8 digits, flags, length and so many bytes");
        return VB_CAN_LOG_BROKEN;
    }
    if ((entry->frame.id & LONG_ID_MAX) <= SHORT_ID_MAX)
        entry->frame.id &= LONG_ID_MAX;
    return VB_CAN_LOG_FRAME;
}

/* ---- ELM327 ---- */

static enum vb_can_log_line parse_elm327(const char *text, struct vb_can_log_entry *entry,
                                         struct vb_source_error *error)
{
    struct cursor cursor = {text};
    uint32_t id = 0;
    skip_spaces(&cursor);
    bool good = take_hex(&cursor, SHORT_ID_DIGITS, &id) && id <= SHORT_ID_MAX;
    skip_spaces(&cursor);
    good =
        good && take_data(&cursor, ' ', &entry->frame) && entry->frame.size > 0 && at_end(&cursor);
    if (!good) {
        vb_source_error_set(error, "neither \"(time) interface ID#DATA\" nor a line of another "
                                   "form that is known");
        return VB_CAN_LOG_BROKEN;
    }
    entry->frame.id = id;
    return VB_CAN_LOG_FRAME;
}

enum vb_can_log_line vb_can_log_parse(const char *text, struct vb_can_log_entry *entry,
                                      struct vb_source_error *error)
{
    const char *begin = text + strspn(text, " \t\r");
    struct vb_can_log_entry parsed = {0};
    enum vb_can_log_line line;
    if (*begin == '\0' || *begin == '#' || *begin == ';' || *begin == '>')
        return VB_CAN_LOG_BLANK;
    if (*begin == '(')
        line = parse_candump(begin, &parsed, error);
    else if (begin[strspn(begin, "0123456789")] == '.')
        line = parse_canary(begin, &parsed, error);
    else
        line = parse_elm327(begin, &parsed, error);
    if (line == VB_CAN_LOG_FRAME)
        *entry = parsed;
    return line;
}
