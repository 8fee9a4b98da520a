/* The form of a text: what a string field of the schema may hold, besides its length. Checked when
 * a field is changed, wherever the change comes from; blanks at either end do not count. */
#ifndef VOLTBEACON_FORM_H
#define VOLTBEACON_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/platform.h"

VB_C_BEGIN

/* X(NAME, "name", "the complaint about a text without this form") */
#define VB_FORM_LIST(X)                                                                            \
    X(TEXT, "text", "is not printable text")                                                       \
    X(HOST, "host", "is not a host name or an address, as in broker.lan or 192.168.1.221")         \
    X(HOSTNAME, "hostname",                                                                        \
      "is not a host name: letters, digits and hyphens, as in battery-cellar")                     \
    X(TOPIC, "topic",                                                                              \
      "is not a topic: no + or #, no $ at its beginning, no / at either end, as in house/battery") \
    X(ZONE, "zone", "is not a time zone, as in Europe/Vienna or UTC")

enum vb_form {
#define X(NAME, name, text) VB_FORM_##NAME,
    VB_FORM_LIST(X)
#undef X
        VB_FORM_COUNT
};

/* "host"; static storage, like the next. */
const char *vb_form_name(uint8_t form);
/* Completes a sentence: "<the field> <text>". */
const char *vb_form_text(uint8_t form);

/* Strips blanks, tabs and line ends at both ends: moves *text and lowers *size. */
void vb_form_trim(const uint8_t **text, size_t *size);

/* Whether a trimmed text of printable UTF-8 has the form. An empty one has every form: it is up to
 * a rule to say that it must not be empty. */
bool vb_form_holds(uint8_t form, const uint8_t *text, size_t size);

VB_C_END

#endif
