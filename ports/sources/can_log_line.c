#include "sources/can_log_line.h"

#include <string.h>

#include "sources/csv_date.h"

enum {
    US_PER_S = 1000000,
    DATE_BYTES_MAX = 32, /* "2026-11-22 20:00:00.004429" */
    SECONDS_DIGITS_MAX = 11,
    US_DIGITS_MAX = 17,
    FRACTION_DIGITS = 6, /* kept */
    FRACTION_DIGITS_MAX = 9,
    SHORT_ID_DIGITS = 3,
    LONG_ID_DIGITS = 8,
    SHORT_ID_MAX = 0x7ff,
    LONG_ID_MAX = 0x1fffffff
};

/* A position in a line. A failed read leaves it where it is and returns false. */
struct cursor {
    const char *at;
};

static void skip_spaces(struct cursor *cursor)
{
    cursor->at += strspn(cursor->at, " \t\r");
}

/* Skips what separates two fields: spaces, and a comma or semicolon. */
static void skip_separator(struct cursor *cursor)
{
    skip_spaces(cursor);
    if (*cursor->at == ',' || *cursor->at == ';')
        cursor->at++;
    skip_spaces(cursor);
}

static size_t field_length(const struct cursor *cursor)
{
    return strcspn(cursor->at, " \t\r,;");
}

/* Skips a field that is exactly this word, and the separator after it. */
static bool take_word(struct cursor *cursor, const char *word)
{
    const size_t length = strlen(word);
    if (field_length(cursor) != length || memcmp(cursor->at, word, length) != 0)
        return false;
    cursor->at += length;
    skip_separator(cursor);
    return true;
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

/* -1 if it is not one. */
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

/* Exactly this many hexadecimal digits, at most 8. */
static bool take_hex(struct cursor *cursor, size_t digits, uint32_t *value)
{
    if (hex_length(cursor->at) < digits)
        return false;
    *value = 0;
    for (size_t i = 0; i < digits; i++)
        *value = *value << 4 | (uint32_t)hex_digit(*cursor->at++);
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "1795372800.004429", with a fraction of 1 to 9 digits. */
static bool take_time(struct cursor *cursor, int64_t *time_us)
{
    const char *at = cursor->at;
    const size_t digits = strspn(at, "0123456789");
    if (digits == 0 || digits > SECONDS_DIGITS_MAX || (at[digits] != '.' && at[digits] != ')'))
        return false;
    const bool whole = at[digits] == ')'; /* "(1795372800)" */
    const size_t decimals = whole ? 0 : strspn(at + digits + 1, "0123456789");
    if (!whole && (decimals == 0 || decimals > FRACTION_DIGITS_MAX))
        return false;
    int64_t value = 0;
    for (size_t i = 0; i < digits; i++)
        value = value * 10 + (at[i] - '0');
    for (size_t i = 0; i < FRACTION_DIGITS; i++)
        value = value * 10 + (i < decimals ? at[digits + 1 + i] - '0' : 0);
    *time_us = value;
    cursor->at += digits + (whole ? 0 : 1 + decimals);
    return true;
}

/* "2026-11-22 20:00:00.004429", up to its closing bracket. */
static bool take_date(struct cursor *cursor, int64_t *time_us)
{
    char text[DATE_BYTES_MAX];
    struct vb_csv_date date;
    int64_t ms = 0;
    const size_t length = strcspn(cursor->at, ")");
    if (length >= sizeof text || cursor->at[length] == '\0')
        return false;
    memcpy(text, cursor->at, length);
    text[length] = '\0';
    if (!vb_csv_date_parse(text, &date) || date.orders != VB_CSV_DATE_BIT(VB_CSV_DATE_YEAR_FIRST) ||
        !vb_csv_date_ms(&date, VB_CSV_DATE_YEAR_FIRST, &ms))
        return false;
    *time_us = ms * 1000;
    const char *fraction = strchr(text, '.'); /* its first three digits are in ms */
    int64_t scale = 100;
    for (size_t i = 4; fraction != NULL && strnlen(fraction, i) == i && is_digit(fraction[i]);
         i++) {
        *time_us += (fraction[i] - '0') * scale;
        scale /= 10;
    }
    cursor->at += length;
    return true;
}

/* An id of this many digits, which tell how many bits it has. */
static bool take_id(struct cursor *cursor, size_t digits_min, uint32_t *id)
{
    const size_t digits = hex_length(cursor->at);
    if (digits < digits_min || digits > LONG_ID_DIGITS || !take_hex(cursor, digits, id))
        return false;
    if (digits <= SHORT_ID_DIGITS)
        return *id <= SHORT_ID_MAX;
    if (*id > LONG_ID_MAX)
        return false;
    *id |= VB_CAN_EXTENDED;
    return true;
}

/* Likewise, for programs that pad: an id that fits into 11 bits has 11. */
static bool take_padded_id(struct cursor *cursor, uint32_t *id)
{
    if (cursor->at[0] == '0' && (cursor->at[1] == 'x' || cursor->at[1] == 'X'))
        cursor->at += 2;
    if (!take_id(cursor, 1, id))
        return false;
    if ((*id & LONG_ID_MAX) <= SHORT_ID_MAX)
        *id &= LONG_ID_MAX;
    return true;
}

/* Pairs of digits, with a separator between them unless that is 0. */
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

/* `size` fields of one or two digits, each a byte. */
static bool take_bytes(struct cursor *cursor, uint32_t size, struct vb_can_frame *frame)
{
    if (size > VB_CAN_DATA_BYTES_MAX)
        return false;
    for (frame->size = 0; frame->size < size; frame->size++) {
        uint32_t byte;
        const size_t digits = field_length(cursor);
        if (digits < 1 || digits > 2 || !take_hex(cursor, digits, &byte))
            return false;
        frame->data[frame->size] = (uint8_t)byte;
        skip_separator(cursor);
    }
    return true;
}

static bool take_bus(struct cursor *cursor, char bus[VB_CAN_LOG_BUS_SIZE])
{
    const size_t length = field_length(cursor);
    if (length == 0 || length >= VB_CAN_LOG_BUS_SIZE)
        return false;
    memcpy(bus, cursor->at, length);
    bus[length] = '\0';
    cursor->at += length;
    return true;
}

static enum vb_can_log_line broken(struct vb_source_error *error, const char *reason)
{
    vb_source_error_set(error, "%s", reason);
    return VB_CAN_LOG_BROKEN;
}

/* ---- candump -L ---- */

/* candump -x adds the direction. */
static bool ends_well(struct cursor *cursor)
{
    skip_spaces(cursor);
    if (*cursor->at == 'T' || *cursor->at == 'R')
        cursor->at++;
    return at_end(cursor);
}

/* From the id on. */
static enum vb_can_log_line parse_hashed(struct cursor *cursor, struct vb_can_log_entry *entry,
                                         struct vb_source_error *error)
{
    static const char expected[] = "no id of 3 or 8 hexadecimal digits and # behind the interface";
    const size_t digits = hex_length(cursor->at);
    entry->form = VB_CAN_LOG_CANDUMP_L;
    if ((digits != SHORT_ID_DIGITS && digits != LONG_ID_DIGITS) ||
        !take_id(cursor, digits, &entry->frame.id) || !take(cursor, '#'))
        return broken(error, expected);
    if (*cursor->at == '#' || *cursor->at == 'R') /* CAN FD, or a request for a frame */
        return VB_CAN_LOG_BLANK;
    if (!take_data(cursor, '.', &entry->frame) || !ends_well(cursor))
        return broken(error, "the data is not 0 to 8 bytes of two hexadecimal digits");
    return VB_CAN_LOG_FRAME;
}

/* ---- candump for people, Battery-Emulator ---- */

/* Of "RX0" and "TX0" the bus is "0". */
static void name_bus_alone(struct vb_can_log_entry *entry)
{
    char *bus = entry->bus;
    if ((bus[0] != 'R' && bus[0] != 'T') || bus[1] != 'X' || !is_digit(bus[2]))
        return;
    entry->form = VB_CAN_LOG_BATTERY_EMULATOR;
    memmove(bus, bus + 2, strlen(bus + 2) + 1);
}

/* From the id on: "7BB   [8]  10 C6 61 02 0F CC 0F CC"; with -x it follows the direction. */
static enum vb_can_log_line parse_bracketed(struct cursor *cursor, struct vb_can_log_entry *entry,
                                            struct vb_source_error *error)
{
    static const char *const directions[] = {"RX", "TX", "-", "B", "E"};
    static const char expected[] = "no id, [length] and so many bytes behind the interface";
    entry->form = VB_CAN_LOG_CANDUMP;
    name_bus_alone(entry);
    if (take_word(cursor, directions[0]) || take_word(cursor, directions[1])) {
        for (size_t i = 2; i < VB_COUNT_OF(directions); i++) {
            while (take_word(cursor, directions[i]))
                ;
        }
    }
    if (!take_id(cursor, 1, &entry->frame.id))
        return broken(error, expected);
    skip_spaces(cursor);
    if (!take(cursor, '[') || !is_digit(*cursor->at))
        return broken(error, expected);
    const uint32_t size = (uint32_t)(*cursor->at++ - '0');
    if (is_digit(*cursor->at)) /* candump writes CAN FD's lengths with two digits */
        return VB_CAN_LOG_BLANK;
    if (!take(cursor, ']'))
        return broken(error, expected);
    skip_spaces(cursor);
    if (*cursor->at == 'r') /* "remote request" */
        return VB_CAN_LOG_BLANK;
    if (!take_bytes(cursor, size, &entry->frame) || (*cursor->at != '\'' && !at_end(cursor)))
        return broken(error, expected);
    return VB_CAN_LOG_FRAME; /* candump -a writes the bytes again, as text in quotes */
}

/* "(time) interface ..." */
static enum vb_can_log_line parse_timed(const char *text, struct vb_can_log_entry *entry,
                                        struct vb_source_error *error)
{
    struct cursor cursor = {text + 1}; /* behind '(' */
    entry->timed = true;
    entry->local = !take_time(&cursor, &entry->time_us);
    if (entry->local && !take_date(&cursor, &entry->time_us))
        return broken(error, "no time like (1795372800.004429)");
    if (!take(&cursor, ')'))
        return broken(error, "no time like (1795372800.004429)");
    skip_spaces(&cursor);
    if (!take_bus(&cursor, entry->bus))
        return broken(error, "no interface behind the time");
    skip_spaces(&cursor);
    const size_t digits = hex_length(cursor.at);
    const bool hashed = (digits > 0 && cursor.at[digits] == '#') || strchr(cursor.at, '[') == NULL;
    return hashed ? parse_hashed(&cursor, entry, error) : parse_bracketed(&cursor, entry, error);
}

/* "interface ID [length] bytes" */
static enum vb_can_log_line parse_untimed(const char *text, struct vb_can_log_entry *entry,
                                          struct vb_source_error *error)
{
    struct cursor cursor = {text};
    if (!take_bus(&cursor, entry->bus))
        return broken(error, "no interface and id before [length]");
    skip_spaces(&cursor);
    return parse_bracketed(&cursor, entry, error);
}

/* ---- CRTD, CANary ---- */

/* "1R11 7BB 10 C6 ..": R received, T sent, 11 or 29 bits. What begins with C is a comment, or an
 * event. */
static enum vb_can_log_line parse_crtd(struct cursor *cursor, struct vb_can_log_entry *entry,
                                       struct vb_source_error *error)
{
    const size_t digits = strspn(cursor->at, "0123456789");
    entry->form = VB_CAN_LOG_CRTD;
    memcpy(entry->bus, cursor->at, digits < VB_CAN_LOG_BUS_SIZE ? digits : 0);
    cursor->at += digits;
    if (*cursor->at == 'C')
        return VB_CAN_LOG_BLANK;
    const bool is_long = memcmp(cursor->at + 1, "29", 2) == 0;
    cursor->at += strlen("R11");
    skip_spaces(cursor);
    uint32_t id;
    const size_t id_digits = hex_length(cursor->at);
    if (id_digits < 1 || id_digits > LONG_ID_DIGITS || !take_hex(cursor, id_digits, &id) ||
        id > (is_long ? (uint32_t)LONG_ID_MAX : (uint32_t)SHORT_ID_MAX))
        return broken(error, "no id behind R11, R29, T11 or T29");
    entry->frame.id = is_long ? id | VB_CAN_EXTENDED : id;
    skip_spaces(cursor);
    if (!take_data(cursor, ' ', &entry->frame) || !at_end(cursor))
        return broken(error, "the data is not 0 to 8 bytes of two hexadecimal digits");
    return VB_CAN_LOG_FRAME;
}

/* Whether the field is a record type of CRTD: "1R11", "T29", "CXX", "2CEV". */
static bool is_crtd(const struct cursor *cursor)
{
    const char *at = cursor->at + strspn(cursor->at, "0123456789");
    const size_t length = strcspn(at, " \t\r");
    if (length != 3)
        return false;
    if (at[0] == 'R' || at[0] == 'T')
        return memcmp(at + 1, "11", 2) == 0 || memcmp(at + 1, "29", 2) == 0;
    return at[0] == 'C' && at[1] >= 'A' && at[1] <= 'Z' && at[2] >= 'A' && at[2] <= 'Z';
}

static enum vb_can_log_line parse_canary(struct cursor *cursor, struct vb_can_log_entry *entry,
                                         struct vb_source_error *error)
{
    uint32_t ignored;
    uint32_t size = 0;
    entry->form = VB_CAN_LOG_CANARY;
    bool good = take_padded_id(cursor, &entry->frame.id);
    skip_separator(cursor);
    if (good && field_length(cursor) == 2) { /* flags; some versions have none */
        good = take_hex(cursor, 2, &ignored);
        skip_separator(cursor);
    }
    good = good && field_length(cursor) == 1 && take_hex(cursor, 1, &size);
    skip_separator(cursor);
    good = good && take_bytes(cursor, size, &entry->frame) && at_end(cursor);
    return good ? VB_CAN_LOG_FRAME
                : broken(error, "not time, id, flags or none, length and so many bytes");
}

/* "time ..." */
static enum vb_can_log_line parse_time_first(const char *text, struct vb_can_log_entry *entry,
                                             struct vb_source_error *error)
{
    struct cursor cursor = {text};
    entry->timed = true;
    if (!take_time(&cursor, &entry->time_us))
        return broken(error, "no time in seconds, with 1 to 9 decimals");
    skip_separator(&cursor);
    return is_crtd(&cursor) ? parse_crtd(&cursor, entry, error)
                            : parse_canary(&cursor, entry, error);
}

/* ---- SavvyCAN ---- */

/* Recognised by its third field, such as "true" or "0": CANary's times have a point, too. */
static bool is_savvycan(const char *text)
{
    struct cursor cursor = {text + (*text == '-' ? 1 : 0)};
    const size_t digits = strspn(cursor.at, "0123456789");
    const bool fraction = cursor.at[digits] == '.';
    cursor.at += strspn(cursor.at, ".0123456789");
    const bool tab = *cursor.at == '\t'; /* a line of an ELM327 may have them, too */
    if (digits == 0 || (*cursor.at != ',' && *cursor.at != ';' && !tab))
        return false;
    skip_separator(&cursor);
    cursor.at += field_length(&cursor);
    skip_separator(&cursor);
    return *cursor.at != '\0' && strchr(fraction || tab ? "tTfF" : "tTfF01", *cursor.at) != NULL;
}

/* "-166064000" in us; a fraction of one is dropped. */
static bool take_us(struct cursor *cursor, int64_t *time_us)
{
    const bool negative = take(cursor, '-');
    const size_t digits = strspn(cursor->at, "0123456789");
    int64_t value = 0;
    if (digits == 0 || digits > US_DIGITS_MAX)
        return false;
    for (size_t i = 0; i < digits; i++)
        value = value * 10 + (*cursor->at++ - '0');
    if (take(cursor, '.'))
        cursor->at += strspn(cursor->at, "0123456789");
    *time_us = negative ? -value : value;
    return true;
}

/* "Time Stamp,ID,Extended,Dir,Bus,LEN,D1,..": version 1 had no Dir. */
static enum vb_can_log_line parse_savvycan(const char *text, struct vb_can_log_entry *entry,
                                           struct vb_source_error *error)
{
    static const char expected[] = "not time, id, extended, Rx or Tx, bus, length and so many "
                                   "bytes, as SavvyCAN writes them";
    struct cursor cursor = {text};
    uint32_t size = 0;
    entry->form = VB_CAN_LOG_SAVVYCAN;
    entry->timed = true;
    bool good = take_us(&cursor, &entry->time_us);
    skip_separator(&cursor);
    good = good && take_padded_id(&cursor, &entry->frame.id);
    skip_separator(&cursor);
    const bool extended = *cursor.at == 't' || *cursor.at == 'T' || *cursor.at == '1';
    cursor.at += field_length(&cursor);
    skip_separator(&cursor);
    if (extended)
        entry->frame.id |= VB_CAN_EXTENDED;
    if (*cursor.at != '\0' && strchr("RTrt", *cursor.at) != NULL) {
        cursor.at += field_length(&cursor);
        skip_separator(&cursor);
    }
    good = good && take_bus(&cursor, entry->bus);
    skip_separator(&cursor);
    good = good && field_length(&cursor) == 1 && take_hex(&cursor, 1, &size);
    skip_separator(&cursor);
    good = good && take_bytes(&cursor, size, &entry->frame);
    return good ? VB_CAN_LOG_FRAME : broken(error, expected);
}

/* ---- ELM327 ---- */

/* What an adapter prints besides frames: its echo of a command, and its messages. */
static bool is_adapters_talk(const char *text)
{
    static const char *const words[] = {"AT",      "at",        "OK",        "?",
                                        "NO DATA", "ELM",       "BUS",       "BUFFER FULL",
                                        "STOPPED", "SEARCHING", "CAN ERROR", "UNABLE"};
    for (size_t i = 0; i < VB_COUNT_OF(words); i++) {
        if (strncmp(text, words[i], strlen(words[i])) == 0)
            return true;
    }
    /* "2102", "02 21 02": a request of one to three bytes */
    struct cursor cursor = {text};
    struct vb_can_frame echo;
    return take_data(&cursor, ' ', &echo) && echo.size >= 1 && echo.size <= 3 && at_end(&cursor);
}

static enum vb_can_log_line parse_elm327(const char *text, struct vb_can_log_entry *entry,
                                         struct vb_source_error *error)
{
    struct cursor cursor = {text};
    uint32_t id = 0;
    entry->form = VB_CAN_LOG_ELM327;
    bool good = take_hex(&cursor, SHORT_ID_DIGITS, &id) && id <= SHORT_ID_MAX;
    skip_spaces(&cursor);
    uint32_t size = 0; /* ATD1 has it before the data */
    const bool sized = hex_length(cursor.at) % 2 == 1 && take_hex(&cursor, 1, &size);
    skip_spaces(&cursor);
    good = good && take_data(&cursor, ' ', &entry->frame) && entry->frame.size > 0 &&
           (!sized || size == entry->frame.size) && at_end(&cursor);
    if (good) {
        entry->frame.id = id;
        return VB_CAN_LOG_FRAME;
    }
    return is_adapters_talk(text) ? VB_CAN_LOG_BLANK
                                  : broken(error, "it is in no form of a CAN log that is read");
}

/* ---- All ---- */

static const char *begin_of(const char *text)
{
    static const char byte_order_mark[] = "\xEF\xBB\xBF";
    if (strncmp(text, byte_order_mark, strlen(byte_order_mark)) == 0)
        text += strlen(byte_order_mark);
    return text + strspn(text, " \t\r>"); /* an ELM327's prompt may be followed by its answer */
}

static bool is_blank(const char *begin)
{
    static const char savvycan_header[] = "Time Stamp"; /* then a comma, semicolon or tab */
    return *begin == '\0' || *begin == '#' || *begin == ';' ||
           strncmp(begin, savvycan_header, strlen(savvycan_header)) == 0;
}

enum vb_can_log_line vb_can_log_parse(const char *text, struct vb_can_log_entry *entry,
                                      struct vb_source_error *error)
{
    const char *begin = begin_of(text);
    struct vb_can_log_entry parsed = {0};
    enum vb_can_log_line line;
    if (is_blank(begin))
        return VB_CAN_LOG_BLANK;
    if (*begin == '(')
        line = parse_timed(begin, &parsed, error);
    else if (is_savvycan(begin))
        line = parse_savvycan(begin, &parsed, error);
    else if (begin[strspn(begin, "0123456789")] == '.')
        line = parse_time_first(begin, &parsed, error);
    else if (strchr(begin, '[') != NULL)
        line = parse_untimed(begin, &parsed, error);
    else
        line = parse_elm327(begin, &parsed, error);
    if (line == VB_CAN_LOG_FRAME)
        *entry = parsed;
    return line;
}

const char *vb_can_log_program(enum vb_can_log_form form)
{
    static const char *const programs[] = {
#define X(NAME, program) [VB_CAN_LOG_##NAME] = (program),
        VB_CAN_LOG_FORM_LIST(X)
#undef X
    };
    VB_ASSERT((size_t)form < VB_COUNT_OF(programs));
    return programs[form];
}
