/* A browser, as far as tests of the board's web server need one: over real sockets, each call waits
 * for what it expects. */
#ifndef VOLTBEACON_TESTS_HTTP_CLIENT_H
#define VOLTBEACON_TESTS_HTTP_CLIENT_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/host_http.h"

#include <cmocka.h>

enum { CLIENT_ANSWER_SIZE = 400000, CLIENT_PATIENCE_S = 5 };

#define CLIENT_HOST "Host: 127.0.0.1\r\n"
/* The answer that was read last: its head, and its body where there is one. */
static char client_answer[CLIENT_ANSWER_SIZE + 1];
static size_t client_answer_size;

/* What it is at, of 127.0.0.0/8: another number is another client. */
static uint8_t client_address = 1;

/* unread_max: what it takes without reading, in bytes; 0: as the system has it. */
static inline int client_connect(int unread_max)
{
    const struct sockaddr_in there = {.sin_family = AF_INET,
                                      .sin_port = htons(host_http_port()),
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct sockaddr_in here = {.sin_family = AF_INET,
                                     .sin_addr.s_addr = htonl(0x7f000000 | client_address)};
    const struct timeval patience = {.tv_sec = CLIENT_PATIENCE_S};
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (unread_max > 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &unread_max, sizeof unread_max);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    assert_int_equal(bind(fd, (const struct sockaddr *)&here, sizeof here), 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&there, sizeof there), 0);
    return fd;
}

static inline void client_send(int fd, const void *bytes, size_t size)
{
    assert_int_equal(send(fd, bytes, size, MSG_NOSIGNAL), (ssize_t)size);
}

/* Exactly so many bytes. False: the connection has ended, or nothing comes. */
static inline bool client_take(int fd, void *bytes, size_t size)
{
    for (size_t at = 0; at < size;) {
        const ssize_t got = recv(fd, (char *)bytes + at, size - at, 0);
        if (got <= 0)
            return false;
        at += (size_t)got;
    }
    return true;
}

/* Whether the server ends the connection, and nothing more comes before that. */
static inline bool client_is_closed(int fd)
{
    char byte;
    const ssize_t got = recv(fd, &byte, 1, 0);
    return got == 0 || (got < 0 && errno == ECONNRESET);
}

static inline bool client_take_head(int fd)
{
    client_answer_size = 0;
    while (client_answer_size < 4 ||
           memcmp(client_answer + client_answer_size - 4, "\r\n\r\n", 4) != 0) {
        if (client_answer_size == CLIENT_ANSWER_SIZE ||
            !client_take(fd, client_answer + client_answer_size, 1))
            return false;
        client_answer[++client_answer_size] = '\0';
    }
    return true;
}

/* The length of the chunk that follows, RFC 9112 section 7.1. */
static inline size_t client_take_chunk_size(int fd)
{
    char line[16] = "";
    for (size_t at = 0; at < 2 || line[at - 1] != '\n'; at++) {
        assert_true(at + 1 < sizeof line);
        assert_true(client_take(fd, line + at, 1));
    }
    return strtoul(line, NULL, 16);
}

static inline void client_take_body(int fd)
{
    const char *length = strstr(client_answer, "\r\nContent-Length: ");
    bool chunked = strstr(client_answer, "\r\nTransfer-Encoding: chunked\r\n") != NULL;
    size_t size = length == NULL ? 0 : strtoul(length + 18, NULL, 10);
    do {
        char end[2];
        size = chunked ? client_take_chunk_size(fd) : size;
        assert_true(client_answer_size + size <= CLIENT_ANSWER_SIZE);
        assert_true(client_take(fd, client_answer + client_answer_size, size));
        client_answer_size += size;
        assert_true(!chunked || client_take(fd, end, 2));
    } while (chunked && size > 0);
    client_answer[client_answer_size] = '\0';
}

/* Sends that text, and reads the whole answer. Its status; 0: there was none. */
static inline int client_ask_on(int fd, const char *text)
{
    client_send(fd, text, strlen(text));
    if (!client_take_head(fd))
        return 0;
    if (strncmp(text, "HEAD ", 5) != 0)
        client_take_body(fd);
    return (int)strtol(client_answer + 9, NULL, 10);
}

/* On a connection of its own. */
static inline int client_ask(const char *text)
{
    const int fd = client_connect(0);
    const int status = client_ask_on(fd, text);
    close(fd);
    return status;
}

/* Of the answer that was read last. */
static inline const char *client_body(void)
{
    return strstr(client_answer, "\r\n\r\n") + 4;
}

#define assert_answer_has(part)                                          \
    do {                                                                 \
        if (strstr(client_answer, (part)) == NULL)                       \
            fail_msg("\"%s\" is not in %.1500s", (part), client_answer); \
    } while (0)

#endif
