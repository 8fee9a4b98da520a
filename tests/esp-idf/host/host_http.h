/* The HTTP server on the host: what tests ask of it. */
#ifndef VOLTBEACON_TESTS_HOST_HTTP_H
#define VOLTBEACON_TESTS_HOST_HTTP_H

#include <stdbool.h>
#include <stdint.h>

/* Of 127.0.0.1, where the server that was started last listens since httpd_start(). */
uint16_t host_http_port(void);

/* Whether the handler of a WebSocket is called for its handshake: ESP-IDF does so up to 5.5.4 and
 * in 6.0, and not in 5.5.5 and from 6.0.1 on. It does until this is said. */
void host_http_tell_handshakes(bool tell);

/* The next items of work get lost, as where too many wait. */
void host_http_lose_work(unsigned count);

/* Connections of the server that was started last, open now. */
unsigned host_http_connections(void);

/* Handlers of that server before which it may have answered requests, on a chip with one core. */
unsigned host_http_late_handlers(void);

#endif
