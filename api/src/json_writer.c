#include "voltbeacon/api/json_writer.h"

#include <string.h>

#include "voltbeacon/core/platform.h"

enum { DECIMALS_MAX = 9, DIGITS_MAX = 20 };

struct vb_json vb_json_of(char *text, size_t capacity)
{
    const struct vb_json json = {.text = text, .capacity = capacity};
    return json;
}

static void put(struct vb_json *json, const char *text, size_t size)
{
    if (json->failed || size > json->capacity - json->at) {
        json->failed = true;
        return;
    }
    memcpy(json->text + json->at, text, size);
    json->at += size;
}

static void put_char(struct vb_json *json, char c)
{
    put(json, &c, 1);
}

/* Bytes of the valid UTF-8 character at text, or 0. Stops at the first invalid byte, so it
 * never reads past a final NUL. */
static size_t utf8_size(const unsigned char *text)
{
    if (text[0] < 0x80)
        return 1;
    const size_t size = text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;
    if (text[0] < 0xc2 || text[0] > 0xf4)
        return 0;
    for (size_t i = 1; i < size; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    const bool overlong =
        (text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xf0 && text[1] < 0x90);
    const bool surrogate = text[0] == 0xed && text[1] > 0x9f;
    const bool beyond = text[0] == 0xf4 && text[1] > 0x8f;
    return overlong || surrogate || beyond ? 0 : size;
}

static void put_escaped(struct vb_json *json, const char *text)
{
    static const char hex[] = "0123456789abcdef";
    const unsigned char *at = (const unsigned char *)text;

    while (*at != '\0' && !json->failed) {
        const size_t size = utf8_size(at);
        if (size == 0) {
            put(json, "\\ufffd", 6);
            at++;
        } else if (*at == '"' || *at == '\\') {
            put_char(json, '\\');
            put_char(json, (char)*at++);
        } else if (*at < 0x20 || *at == 0x7f) {
            put(json, "\\u00", 4);
            put_char(json, hex[*at >> 4]);
            put_char(json, hex[*at++ & 15]);
        } else {
            put(json, (const char *)at, size);
            at += size;
        }
    }
}

/* What stands before a value: the comma, and the key. */
static void begin(struct vb_json *json, const char *key)
{
    if (json->comma)
        put_char(json, ',');
    if (key != NULL) {
        put_char(json, '"');
        put_escaped(json, key);
        put(json, "\":", 2);
    }
    json->comma = true;
}

static void open(struct vb_json *json, const char *key, char bracket)
{
    begin(json, key);
    put_char(json, bracket);
    json->comma = false;
}

static void close(struct vb_json *json, char bracket)
{
    put_char(json, bracket);
    json->comma = true;
}

void vb_json_object(struct vb_json *json, const char *key)
{
    open(json, key, '{');
}

void vb_json_object_end(struct vb_json *json)
{
    close(json, '}');
}

void vb_json_array(struct vb_json *json, const char *key)
{
    open(json, key, '[');
}

void vb_json_array_end(struct vb_json *json)
{
    close(json, ']');
}

void vb_json_string(struct vb_json *json, const char *key, const char *text)
{
    if (text == NULL) {
        vb_json_null(json, key);
        return;
    }
    begin(json, key);
    put_char(json, '"');
    put_escaped(json, text);
    put_char(json, '"');
}

void vb_json_integer(struct vb_json *json, const char *key, int64_t value)
{
    vb_json_fixed(json, key, value, 0);
}

void vb_json_fixed(struct vb_json *json, const char *key, int64_t value, unsigned decimals)
{
    VB_ASSERT(decimals <= DECIMALS_MAX);
    char digits[DIGITS_MAX + 1 + 1]; /* and the point and the sign */
    size_t at = sizeof digits;
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    unsigned written = 0;

    do {
        if (decimals > 0 && written == decimals)
            digits[--at] = '.';
        digits[--at] = (char)('0' + left % 10);
        left /= 10;
        written++;
    } while (left > 0 || written <= decimals);
    if (value < 0)
        digits[--at] = '-';
    begin(json, key);
    put(json, digits + at, sizeof digits - at);
}

void vb_json_bool(struct vb_json *json, const char *key, bool value)
{
    begin(json, key);
    put(json, value ? "true" : "false", value ? 4 : 5);
}

void vb_json_null(struct vb_json *json, const char *key)
{
    begin(json, key);
    put(json, "null", 4);
}

void vb_json_integer_if(struct vb_json *json, const char *key, bool known, int64_t value)
{
    if (known)
        vb_json_integer(json, key, value);
    else
        vb_json_null(json, key);
}

void vb_json_fixed_if(struct vb_json *json, const char *key, bool known, int64_t value,
                      unsigned decimals)
{
    if (known)
        vb_json_fixed(json, key, value, decimals);
    else
        vb_json_null(json, key);
}
