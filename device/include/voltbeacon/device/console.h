/* What both devices' consoles share: how a line is split into words. */
#ifndef VOLTBEACON_DEVICE_CONSOLE_H
#define VOLTBEACON_DEVICE_CONSOLE_H

/* No value holds it: control characters are refused in texts. */
#define VB_CONSOLE_SEPARATOR "\x1f"

enum { VB_CONSOLE_LINE_SIZE = 8 * 1024 /* bytes of a request with its NUL */ };

#endif
