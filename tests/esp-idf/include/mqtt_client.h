/* esp-mqtt: what is used of it, from ESP-IDF 5.5's "ESP-MQTT". Its calls wait for a lock that its
 * own task holds while that waits for the network; events are told on the task that has caused
 * them, under that lock. */
#ifndef VOLTBEACON_ESP_IDF_MQTT_CLIENT_H
#define VOLTBEACON_ESP_IDF_MQTT_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include <esp_err.h>
#include <esp_event.h>

typedef struct esp_mqtt_client *esp_mqtt_client_handle_t;

typedef enum {
    MQTT_EVENT_ANY = -1,
    MQTT_EVENT_ERROR = 0,
    MQTT_EVENT_CONNECTED,    /* the broker has accepted it */
    MQTT_EVENT_DISCONNECTED, /* or could not be reached */
    MQTT_EVENT_SUBSCRIBED,
    MQTT_EVENT_UNSUBSCRIBED,
    MQTT_EVENT_PUBLISHED,
    MQTT_EVENT_DATA,
    MQTT_EVENT_BEFORE_CONNECT
} esp_mqtt_event_id_t;

/* Of a CONNACK: MQTT 3.1.1, 3.2.2.3. */
typedef enum {
    MQTT_CONNECTION_ACCEPTED = 0,
    MQTT_CONNECTION_REFUSE_PROTOCOL
} esp_mqtt_connect_return_code_t;

typedef enum {
    MQTT_ERROR_TYPE_NONE = 0,
    MQTT_ERROR_TYPE_TCP_TRANSPORT,
    MQTT_ERROR_TYPE_CONNECTION_REFUSED
} esp_mqtt_error_type_t;

typedef struct esp_mqtt_error_codes {
    esp_err_t esp_tls_last_esp_err; /* see esp_tls_errors.h */
    esp_mqtt_error_type_t error_type;
    esp_mqtt_connect_return_code_t connect_return_code;
    int esp_transport_sock_errno; /* 0: none */
} esp_mqtt_error_codes_t;

typedef struct esp_mqtt_event_t {
    esp_mqtt_event_id_t event_id;
    esp_mqtt_client_handle_t client;
    esp_mqtt_error_codes_t *error_handle;
} esp_mqtt_event_t;

typedef esp_mqtt_event_t *esp_mqtt_event_handle_t;

typedef enum { MQTT_TRANSPORT_UNKNOWN = 0, MQTT_TRANSPORT_OVER_TCP } esp_mqtt_transport_t;

/* Texts are copied. */
typedef struct esp_mqtt_client_config_t {
    struct {
        struct {
            const char *hostname;
            esp_mqtt_transport_t transport;
            uint32_t port;
        } address;
    } broker;
    struct {
        const char *username;
        const char *client_id;
        struct {
            const char *password;
        } authentication;
    } credentials;
    struct {
        struct {
            const char *topic;
            const char *msg;
            int qos;
            int retain;
        } last_will;
        int keepalive; /* s */
    } session;
    struct {
        int reconnect_timeout_ms; /* a client that waits looks twice in it whether it is to end */
        int timeout_ms;           /* of each step: connecting, the broker's answer, a write */
        bool disable_auto_reconnect;
    } network;
    struct {
        int priority;
    } task;
    struct {
        int size;     /* of the buffer for what comes */
        int out_size; /* for what goes out: a longer message goes in pieces */
    } buffer;
} esp_mqtt_client_config_t;

/* NULL: there is no memory. */
esp_mqtt_client_handle_t esp_mqtt_client_init(const esp_mqtt_client_config_t *config);
esp_err_t esp_mqtt_client_register_event(esp_mqtt_client_handle_t client, esp_mqtt_event_id_t event,
                                         esp_event_handler_t event_handler,
                                         void *event_handler_arg);
/* Makes its task, whose first word is MQTT_EVENT_BEFORE_CONNECT. Before that it must not be
 * destroyed: it would not be known to run. */
esp_err_t esp_mqtt_client_start(esp_mqtt_client_handle_t client);
/* Takes leave of the broker, and waits for the task's end. */
esp_err_t esp_mqtt_client_stop(esp_mqtt_client_handle_t client);
esp_err_t esp_mqtt_client_destroy(esp_mqtt_client_handle_t client);
/* Sends, and waits for that. A len of 0 means that data, if any, is a string. Less than 0: it is
 * lost, as without a connection. */
int esp_mqtt_client_publish(esp_mqtt_client_handle_t client, const char *topic, const char *data,
                            int len, int qos, int retain);

#endif
