/* esp-mqtt on the host, over libmosquitto: a client speaks with a real broker. What waits there
 * waits here: a call for the lock that the client's task holds while it looks a name up, connects
 * and writes, a stop for the end of that task. A client that is destroyed before its task has begun
 * is a failed assertion, as the task would find its memory freed. */
#ifndef VOLTBEACON_TESTS_HOST_MQTT_H
#define VOLTBEACON_TESTS_HOST_MQTT_H

#include <stdbool.h>
#include <stdint.h>

/* As after a reboot; no client is left from before. */
void host_mqtt_reset(void);

/* There is no memory for a client; or for its task. */
void host_mqtt_refuse_clients(bool refuse);
void host_mqtt_refuse_tasks(bool refuse);
/* Its task ends without a word, as where it finds no memory for a transport. */
void host_mqtt_end_at_once(bool at_once);
/* Its task begins so much later. */
void host_mqtt_begin_after_ms(uint32_t ms);
/* Names that end in .stuck are looked up until this is false; they are never found. Of those in
 * .invalid that is known at once. */
void host_mqtt_stick(bool stick);

/* The newest client's connection breaks, as the power goes. */
void host_mqtt_cut(void);

unsigned host_mqtt_made(void);   /* clients so far */
unsigned host_mqtt_exist(void);  /* of which so many are not destroyed yet */
unsigned host_mqtt_sticks(void); /* look-ups that wait */

#endif
