#include "esp-idf/voltbeacon/idf_broker_why.h"

#include <errno.h>
#include <esp_tls_errors.h>
#include <stdio.h>

static struct vb_mqtt_problem problem(enum vb_mqtt_fault fault, const char *what)
{
    struct vb_mqtt_problem problem = {.fault = fault};
    snprintf(problem.what, sizeof problem.what, "%s", what);
    return problem;
}

static struct vb_mqtt_problem not_mqtt(void)
{
    return problem(VB_MQTT_FAULT_NOT_MQTT, "does not speak MQTT as expected");
}

static struct vb_mqtt_problem of_transport(const esp_mqtt_error_codes_t *error)
{
    const esp_err_t last = error->esp_tls_last_esp_err;
    /* First: errno is any then. */
    if (last == ESP_ERR_ESP_TLS_CANNOT_RESOLVE_HOSTNAME)
        return problem(VB_MQTT_FAULT_NAME_NOT_FOUND, "cannot be found; check the server's name");
    if (last == ESP_ERR_ESP_TLS_CONNECTION_TIMEOUT)
        return vb_mqtt_problem_of_errno(ETIMEDOUT);
    if (last == ESP_ERR_ESP_TLS_TCP_CLOSED_FIN)
        return vb_mqtt_problem_of_errno(0);
    if (error->esp_transport_sock_errno != 0)
        return vb_mqtt_problem_of_errno(error->esp_transport_sock_errno);
    /* A connection that fails at once leaves no errno: there is no way to the server. */
    if (last == ESP_ERR_ESP_TLS_FAILED_CONNECT_TO_HOST)
        return vb_mqtt_problem_of_errno(EHOSTUNREACH);
    if (last == ESP_OK)
        return not_mqtt(); /* nothing is wrong with the connection but what came over it */
    return problem(VB_MQTT_FAULT_OTHER, "cannot be asked");
}

struct vb_mqtt_problem vb_idf_broker_why(const struct vb_idf_broker_end *end,
                                         uint32_t answer_ms_max)
{
    if (end->error.error_type == MQTT_ERROR_TYPE_CONNECTION_REFUSED)
        return vb_mqtt_problem_of_answer((int)end->error.connect_return_code);
    if (end->error.error_type == MQTT_ERROR_TYPE_TCP_TRANSPORT)
        return of_transport(&end->error);
    if (end->was_accepted)
        return problem(VB_MQTT_FAULT_SILENT,
                       "fell silent: it did not answer within the keep-alive");
    if (end->tried_ms >= answer_ms_max)
        return problem(VB_MQTT_FAULT_SILENT,
                       "took the connection but does not answer; is it an MQTT broker?");
    return not_mqtt(); /* it answered, with something else */
}
