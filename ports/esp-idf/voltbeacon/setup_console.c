#include "esp-idf/voltbeacon/setup_console.h"

#include <stdio.h>
#include <string.h>

void vb_setup_console_init(struct vb_setup_console *console, const char *partition,
                           bool needs_network)
{
    *console = (struct vb_setup_console){.partition = partition, .needs_network = needs_network};
}

/* What follows the word and one space; NULL: the line begins otherwise. */
static const char *after(const char *line, const char *word)
{
    const size_t size = strlen(word);
    return strncmp(line, word, size) == 0 && line[size] == ' ' ? line + size + 1 : NULL;
}

static const char *take_name(struct vb_setup_console *console, const char *name)
{
    if (name[0] == '\0' || strlen(name) >= sizeof console->name)
        return "A network's name has 1 to 32 bytes.";
    memcpy(console->name, name, strlen(name) + 1);
    return "Now type: passphrase TEXT, or: open, where it has none.";
}

static const char *join(struct vb_setup_console *console, const char *passphrase, bool *restart)
{
    struct vb_wifi_network network = {0};
    if (console->name[0] == '\0')
        return "First type: wifi NAME.";
    if (strlen(passphrase) >= sizeof network.passphrase)
        return "A passphrase has at most 63 characters.";
    memcpy(network.name, console->name, sizeof network.name);
    memcpy(network.passphrase, passphrase, strlen(passphrase) + 1);
    const char *problem = vb_wifi_network_problem(&network);
    if (problem != NULL)
        return problem;
    if (vb_wifi_network_store(console->partition, &network) != ESP_OK)
        return "The board's memory refused it; try again.";
    *restart = true;
    return "Stored. The board starts anew and joins that network.";
}

static const char *do_without(const struct vb_setup_console *console, bool *restart)
{
    static const struct vb_wifi_network none = {.is_unneeded = true};
    if (console->needs_network)
        return "A receiver needs a network, for its pages.";
    if (vb_wifi_network_store(console->partition, &none) != ESP_OK)
        return "The board's memory refused it; try again.";
    *restart = true;
    return "Stored. The board starts anew and joins no Wi-Fi network.";
}

static const char *forget(const struct vb_setup_console *console, bool *restart)
{
    if (vb_wifi_network_forget(console->partition) != ESP_OK)
        return "The board's memory refused it; try again.";
    *restart = true;
    return "Forgotten. The board starts anew and opens its access point.";
}

static const char *move(const struct vb_setup_console *console, const char *country, bool *restart)
{
    char code[VB_WIFI_COUNTRY_SIZE];
    if (!vb_wifi_country_read(country, code))
        return vb_wifi_country_problem();
    if (vb_wifi_network_move(console->partition, code) != ESP_OK)
        return "The board's memory refused it; try again.";
    *restart = true;
    return "Stored. The board starts anew and keeps the rules of that country.";
}

static bool is_of_settings(const char *line)
{
    return strcmp(line, "get") == 0 || after(line, "get") != NULL || after(line, "set") != NULL;
}

static const char *obey(struct vb_setup_console *console, bool *restart)
{
    const char *line = console->line;
    const char *name = after(line, "wifi");
    const char *passphrase = after(line, "passphrase");
    const char *country = after(line, "country");
    if (line[0] == '\0')
        return NULL;
    if (name != NULL)
        return take_name(console, name);
    if (passphrase != NULL)
        return passphrase[0] == '\0' ? "A passphrase is missing; where there is none, type: open."
                                     : join(console, passphrase, restart);
    if (strcmp(line, "open") == 0)
        return join(console, "", restart);
    if (country != NULL)
        return move(console, country, restart);
    if (strcmp(line, "none") == 0)
        return do_without(console, restart);
    if (strcmp(line, "forget") == 0)
        return forget(console, restart);
    if (is_of_settings(line) && console->settings.obey != NULL) {
        console->settings.obey(console->settings.ctx, line);
        return NULL;
    }
    if (console->needs_network)
        return "Type: wifi NAME, and then: passphrase TEXT, or: open. Or: forget. Or: country AT.";
    return console->settings.obey == NULL
               ? "Type: wifi NAME, and then: passphrase TEXT, or: open. Or: none. Or: forget. "
                 "Or: country AT."
               : "Type: wifi NAME, and then: passphrase TEXT, or: open. Or: none. Or: forget. "
                 "Or: country AT. Or: get, or: set NAME=VALUE.";
}

const char *vb_setup_console_type(struct vb_setup_console *console, char typed, bool *restart)
{
    *restart = false;
    if (typed != '\r' && typed != '\n') {
        const bool fits = console->size + 1 < sizeof console->line && typed != '\0';
        console->is_too_long |= !fits;
        if (fits)
            console->line[console->size++] = typed;
        return NULL;
    }
    const bool is_too_long = console->is_too_long;
    console->line[console->size] = '\0';
    console->size = 0;
    console->is_too_long = false;
    return is_too_long ? "That line is too long." : obey(console, restart);
}
