#include "mqtt/mqtt_rules.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct vb_mqtt_problem problem(enum vb_mqtt_fault fault, const char *what,
                                      const char *detail)
{
    struct vb_mqtt_problem problem = {.fault = fault};
    snprintf(problem.what, sizeof problem.what, "%s%s", what, detail);
    return problem;
}

struct vb_mqtt_problem vb_mqtt_problem_of_errno(int reason)
{
    if (reason == ECONNREFUSED)
        return problem(VB_MQTT_FAULT_REFUSED,
                       "refused the connection: ", "nothing listens on this port");
    if (reason == ECONNRESET || reason == EPIPE || reason == 0)
        return problem(VB_MQTT_FAULT_CLOSED, "closed the connection", "");
    return problem(reason == ETIMEDOUT ? VB_MQTT_FAULT_SILENT : VB_MQTT_FAULT_UNREACHABLE,
                   "cannot be reached: ", strerror(reason));
}

struct vb_mqtt_problem vb_mqtt_problem_of_answer(int answer)
{
    static const struct {
        const char *text;
        enum vb_mqtt_fault fault;
    } reasons[] = {
        [0] = {"no reason given", VB_MQTT_FAULT_OTHER},
        [1] = {"it does not speak MQTT 3.1.1", VB_MQTT_FAULT_NOT_MQTT},
        [2] = {"it does not accept the client id", VB_MQTT_FAULT_NOT_AUTHORISED},
        [3] = {"it is not available now", VB_MQTT_FAULT_UNAVAILABLE},
        [4] = {"wrong user name or password", VB_MQTT_FAULT_NOT_AUTHORISED},
        [5] = {"not authorised; check user name and password", VB_MQTT_FAULT_NOT_AUTHORISED},
    };
    const size_t reason = answer >= 1 && (size_t)answer < VB_COUNT_OF(reasons) ? (size_t)answer : 0;
    return problem(reasons[reason].fault, "refused the connection: ", reasons[reason].text);
}

uint32_t vb_mqtt_retry_ms(uint32_t delay_ms, uint32_t max_ms)
{
    return delay_ms < max_ms / 2 ? 2 * delay_ms : max_ms;
}

void vb_mqtt_topic(const struct vb_broker_settings *settings, const char *suffix,
                   char topic[VB_MQTT_TOPIC_SIZE])
{
    VB_ASSERT(strlen(suffix) < VB_MQTT_SUFFIX_SIZE);
    snprintf(topic, VB_MQTT_TOPIC_SIZE, "%s/%s", settings->prefix, suffix);
}

const char *vb_mqtt_availability(bool online)
{
    return online ? "online" : "offline";
}

bool vb_mqtt_settings_equal(const struct vb_broker_settings *a, const struct vb_broker_settings *b)
{
    return a->enabled == b->enabled && a->port == b->port && a->keepalive_s == b->keepalive_s &&
           strcmp(a->server, b->server) == 0 && strcmp(a->username, b->username) == 0 &&
           strcmp(a->password, b->password) == 0 && strcmp(a->client_id, b->client_id) == 0 &&
           strcmp(a->prefix, b->prefix) == 0;
}
