/* The HTTP server on the host: what tests ask of it. */
#ifndef VOLTBEACON_TESTS_HOST_HTTP_H
#define VOLTBEACON_TESTS_HOST_HTTP_H

#include <stdint.h>

/* Of 127.0.0.1, where it listens since httpd_start(). */
uint16_t host_http_port(void);

#endif
