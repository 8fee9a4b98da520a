#include "esp-idf/voltbeacon/settings_console.h"

#include <freertos/task.h>
#include <stdlib.h>
#include <string.h>

#include "esp-idf/voltbeacon/idf_clock.h"
#include "voltbeacon/device/transmitter_console.h"

enum { TEXT_SIZE = 4096, LOOKS_MS = 50, LOOKS = 200 };

/* Of one command. */
struct command {
    struct vb_transmitter_console console;
    const char *answer; /* NULL: none yet */
    char text[TEXT_SIZE];
    char line[VB_SETUP_LINE_SIZE];
};

static void keep_answer(void *ctx, uint64_t request, const char *text)
{
    (void)request;
    ((struct command *)ctx)->answer = text;
}

/* The device's task has something to do. */
static void wake(const struct vb_transmitter_node *node)
{
    static const struct vb_inbox_item word = {.kind = VB_INBOX_WAKE};
    (void)xQueueSend(node->inbox, &word, 0); /* where it is full, the task is awake */
}

static void begin(struct vb_transmitter_node *node, struct command *command)
{
    (void)xSemaphoreTake(node->lock, portMAX_DELAY);
    vb_transmitter_console_init(&command->console, &node->device.core, &node->device.booted,
                                command->text, sizeof command->text, keep_answer, command);
    const bool known =
        vb_transmitter_console_line(&command->console, vb_idf_now_ms(), 1, command->line);
    VB_ASSERT(known); /* it begins with get or set */
    (void)xSemaphoreGive(node->lock);
    wake(node);
}

static void await_answer(struct vb_transmitter_node *node, struct command *command)
{
    for (unsigned i = 0; i < LOOKS && command->answer == NULL; i++) {
        vTaskDelay(pdMS_TO_TICKS(LOOKS_MS));
        (void)xSemaphoreTake(node->lock, portMAX_DELAY);
        vb_transmitter_console_look(&command->console);
        (void)xSemaphoreGive(node->lock);
    }
    if (command->answer != NULL)
        return;
    (void)xSemaphoreTake(node->lock, portMAX_DELAY);
    vb_transmitter_console_end(&command->console);
    (void)xSemaphoreGive(node->lock);
}

/* One word follows the command, whatever spaces are in it. */
static void obey(void *ctx, const char *line)
{
    const struct vb_settings_console *console = ctx;
    struct command *command = malloc(sizeof *command);
    if (command == NULL) {
        console->say("There is no memory for that now; try again.");
        return;
    }
    VB_ASSERT(strlen(line) < sizeof command->line);
    memcpy(command->line, line, strlen(line) + 1);
    char *space = strchr(command->line, ' ');
    if (space != NULL)
        *space = VB_CONSOLE_SEPARATOR[0];
    command->answer = NULL;
    begin(console->node, command);
    await_answer(console->node, command);
    char *end = strrchr(command->text, '\n');
    if (command->answer == command->text && end != NULL && end[1] == '\0')
        *end = '\0';
    console->say(command->answer != NULL ? command->answer : "");
    free(command);
}

struct vb_setup_settings vb_settings_console_port(struct vb_settings_console *console)
{
    return (struct vb_setup_settings){.ctx = console, .obey = obey};
}
