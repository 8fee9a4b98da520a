#include "esp-idf/voltbeacon/http_text.h"

#include <string.h>

static int hex_digit(char digit)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = digit == '\0' ? NULL : strchr(digits, digit >= 'A' ? digit | 0x20 : digit);
    return at == NULL ? -1 : (int)(at - digits);
}

bool vb_http_decode(const char *text, size_t length, bool form, char *decoded, size_t capacity)
{
    size_t size = 0;
    VB_ASSERT(capacity > 0);
    for (size_t i = 0; i < length; i++) {
        char next = form && text[i] == '+' ? ' ' : text[i];
        if (next == '%') {
            const int high = i + 2 < length ? hex_digit(text[i + 1]) : -1;
            const int low = high < 0 ? -1 : hex_digit(text[i + 2]);
            if (low < 0)
                return false;
            next = (char)(high * 16 + low);
            i += 2;
        }
        if (next == '\0' || size + 1 >= capacity)
            return false;
        decoded[size++] = next;
    }
    decoded[size] = '\0';
    return true;
}

bool vb_http_header(httpd_req_t *request, const char *name, char *text, size_t capacity)
{
    const esp_err_t err = httpd_req_get_hdr_value_str(request, name, text, capacity);
    if (err != ESP_OK)
        text[0] = '\0';
    return err == ESP_OK || err == ESP_ERR_NOT_FOUND;
}

bool vb_http_body(httpd_req_t *request, char *body, size_t size)
{
    for (size_t at = 0; at < size;) {
        const int got = httpd_req_recv(request, body + at, size - at);
        if (got <= 0)
            return false;
        at += (size_t)got;
    }
    return true;
}
