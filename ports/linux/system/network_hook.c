#include "linux/system/network_hook.h"

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "linux/system/log.h"
#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/section.h"

enum { VARIABLE_SIZE = 320 /* a name of up to 45, '=' and a value as vb_field_format writes it */ };

static void write_variable(const struct vb_field *field, const struct vb_network_values *values,
                           char variable[VARIABLE_SIZE])
{
    char value[256];
    vb_field_format(field, values, value, sizeof value);
    int at = snprintf(variable, VARIABLE_SIZE, "VB_NETWORK_");
    for (const char *name = field->name; *name != '\0'; name++)
        variable[at++] = (char)(*name >= 'a' && *name <= 'z' ? *name - 'a' + 'A' : *name);
    snprintf(variable + at, (size_t)(VARIABLE_SIZE - at), "=%s", value);
}

/* A separate environment: setenv() while other threads read theirs is a race. */
void vb_network_hook_run(const char *path, const struct vb_network_values *values)
{
    const struct vb_section *section = vb_section_by_id(VB_SECTION_NETWORK);
    char variables[VB_SECTION_FIELDS_MAX][VARIABLE_SIZE];
    size_t inherited = 0;
    while (environ[inherited] != NULL)
        inherited++;
    char **environment = calloc(inherited + section->field_count + 1, sizeof *environment);
    if (environment == NULL) {
        vb_log(VB_LOG_ERROR, "cannot run the network hook %s: out of memory", path);
        return;
    }
    size_t count = 0;
    for (uint8_t i = 0; i < section->field_count; i++) {
        write_variable(&section->fields[i], values, variables[i]);
        environment[count++] = variables[i];
    }
    for (size_t i = 0; i < inherited; i++) {
        if (strncmp(environ[i], "VB_NETWORK_", strlen("VB_NETWORK_")) != 0)
            environment[count++] = environ[i];
    }
    pid_t child;
    char *argv[] = {(char[]){"network-hook"}, NULL};
    const int failed = posix_spawn(&child, path, NULL, NULL, argv, environment);
    free(environment);
    if (failed != 0)
        vb_log(VB_LOG_ERROR, "cannot run the network hook %s: %s", path, strerror(failed));
}
