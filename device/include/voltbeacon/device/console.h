/* Shared by both devices' consoles: how a line is split into words. */
#ifndef VOLTBEACON_DEVICE_CONSOLE_H
#define VOLTBEACON_DEVICE_CONSOLE_H

/* Never part of a value: texts cannot contain control characters. */
#define VB_CONSOLE_SEPARATOR "\x1f"

enum { VB_CONSOLE_LINE_SIZE = 8 * 1024 /* bytes of a request including NUL */ };

#endif
