/* A browser's WebSocket, as far as tests of the board's web server need one. */
#ifndef VOLTBEACON_TESTS_HTTP_SOCKET_CLIENT_H
#define VOLTBEACON_TESTS_HTTP_SOCKET_CLIENT_H

#include "http_client.h"

#define CLIENT_HANDSHAKE                            \
    "Upgrade: websocket\r\nConnection: Upgrade\r\n" \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"

/* rest follows "GET ". The status of what was answered; *fd is to be closed in any case. */
static inline int client_upgrade(const char *rest, int unread_max, int *fd)
{
    char text[512];
    snprintf(text, sizeof text, "GET %s" CLIENT_HANDSHAKE "\r\n", rest);
    *fd = client_connect(unread_max);
    client_send(*fd, text, strlen(text));
    if (!client_take_head(*fd))
        return 0;
    const int status = (int)strtol(client_answer + 9, NULL, 10);
    if (status != 101)
        client_take_body(*fd);
    return status;
}

static inline int client_socket(const char *path)
{
    char rest[128];
    int fd;
    snprintf(rest, sizeof rest, "%s HTTP/1.1\r\n" CLIENT_HOST, path);
    assert_int_equal(client_upgrade(rest, 0, &fd), 101);
    return fd;
}

/* A control frame of up to 125 bytes, masked with zeroes. */
static inline void client_control(int fd, unsigned char opcode, const void *bytes, size_t size)
{
    unsigned char frame[6 + 125] = {(unsigned char)(0x80 | opcode), (unsigned char)(0x80 | size)};
    assert_true(size <= 125);
    memcpy(frame + 6, bytes, size);
    client_send(fd, frame, 6 + size);
}

/* The next frame's payload into client_answer. Its first byte; 0: the connection has ended. */
static inline unsigned char client_frame(int fd)
{
    unsigned char head[4];
    client_answer[0] = '\0';
    if (!client_take(fd, head, 2))
        return 0;
    client_answer_size = head[1];
    if (head[1] == 126) {
        assert_true(client_take(fd, head + 2, 2));
        client_answer_size = (size_t)head[2] << 8 | head[3];
    }
    assert_true(head[1] <= 126);
    if (!client_take(fd, client_answer, client_answer_size))
        return 0;
    client_answer[client_answer_size] = '\0';
    return head[0];
}

/* The next message, as a browser gives it: it answers pings by itself. "": the connection has
 * ended. */
static inline const char *client_message(int fd)
{
    unsigned char first = client_frame(fd);
    for (; first == 0x89; first = client_frame(fd))
        client_control(fd, 0xa, client_answer, client_answer_size);
    assert_true(first == 0x81 || first == 0);
    return client_answer;
}

#endif
