#include "voltbeacon/device/transmitter_console.h"

#include <inttypes.h>
#include <string.h>

#include "voltbeacon/core/section.h"
#include "voltbeacon/device/append.h"

enum { VALUE_SIZE = 2048 };

void vb_transmitter_console_init(struct vb_transmitter_console *console,
                                 struct vb_transmitter *core, const bool *booted, char *text,
                                 size_t text_size, vb_console_reply_fn reply, void *ctx)
{
    VB_ASSERT(text_size > 0 && reply != NULL);
    memset(console, 0, sizeof *console);
    console->core = core;
    console->booted = booted;
    console->reply = reply;
    console->ctx = ctx;
    console->text = text;
    console->text_size = text_size;
}

/* ---- Words in, answers out ---- */

/* The next word of a request; NULL after the last. Cuts the text. */
static char *next_word(char **rest)
{
    char *word = *rest;
    if (word == NULL)
        return NULL;
    char *end = strstr(word, VB_CONSOLE_SEPARATOR);
    *rest = end == NULL ? NULL : end + strlen(VB_CONSOLE_SEPARATOR);
    if (end != NULL)
        *end = '\0';
    return word;
}

static void answer(const struct vb_transmitter_console *console, uint64_t request)
{
    console->reply(console->ctx, request, console->text);
}

/* The values in force: a transmitter that has booted has each of its sections. */
static void live_values(const struct vb_transmitter *core, const struct vb_section *section,
                        union vb_values *values)
{
    const struct vb_cache_entry *entry = vb_cache_find(&core->live, section->id);
    VB_ASSERT(entry != NULL);
    const enum vb_err err =
        vb_section_decode(section, vb_cache_bytes(&core->live, entry), entry->size, values, NULL);
    VB_ASSERT(err == VB_ERR_OK); /* the core commits nothing else */
}

/* ---- get ---- */

static bool named(const struct vb_section *section, const struct vb_field *field, const char *what)
{
    const size_t length = strlen(section->name);
    if (strncmp(what, section->name, length) != 0)
        return false;
    return what[length] == '\0' ||
           (what[length] == '.' && strcmp(what + length + 1, field->name) == 0);
}

/* Appends every field that is named by what; NULL names all. Returns the new length. */
static size_t append_settings(struct vb_transmitter_console *console, const char *what,
                              size_t length)
{
    const struct vb_transmitter *core = console->core;
    for (uint8_t i = 0; i < core->live.count; i++) {
        const struct vb_section *section = vb_section_by_id(core->live.entries[i].id);
        union vb_values values;
        VB_ASSERT(section != NULL);
        live_values(core, section, &values);
        for (uint8_t j = 0; j < section->field_count; j++) {
            char value[VALUE_SIZE];
            if (what != NULL && !named(section, &section->fields[j], what))
                continue;
            vb_field_format(&section->fields[j], &values, value, sizeof value);
            length = vb_append(console->text, length, console->text_size, "%s.%s=%s\n",
                               section->name, section->fields[j].name, value);
        }
    }
    return length;
}

static void get(struct vb_transmitter_console *console, uint64_t request, char *rest)
{
    size_t length = 0;
    console->text[0] = '\0';
    if (rest == NULL)
        length = append_settings(console, NULL, 0);
    for (char *what; (what = next_word(&rest)) != NULL;) {
        const size_t before = length;
        length = append_settings(console, what, length);
        if (length == before) {
            (void)vb_append(console->text, 0, console->text_size,
                            "error there is no setting %s; get without arguments lists them all",
                            what);
            break;
        }
    }
    answer(console, request);
}

/* ---- set: refusals ---- */

static void explain(struct vb_transmitter_console *console, const struct vb_section *section,
                    const struct vb_reasons *reasons)
{
    size_t length = vb_append(console->text, 0, console->text_size, "error nothing was changed:\n");
    for (uint8_t i = 0; i < reasons->count; i++) {
        const struct vb_reason *reason = &reasons->items[i];
        const struct vb_field *field = vb_field_by_tag(section, reason->tag);
        length = vb_append(console->text, length, console->text_size, "  %s.%s %s\n", section->name,
                           field == NULL ? "" : field->name, vb_reason_text(section, reason));
    }
}

/* Appends "1 to 65535", the range of a number or of each element of an array. */
static size_t append_range(struct vb_transmitter_console *console, size_t length,
                           const struct vb_field *field)
{
    if (field->type == VB_TYPE_SIGNED)
        return vb_append(console->text, length, console->text_size, "%" PRId32 " to %" PRId32,
                         (int32_t)field->min, (int32_t)field->max);
    return vb_append(console->text, length, console->text_size, "%" PRIu32 " to %" PRIu32,
                     field->min, field->max);
}

/* Appends what a field accepts, after "is not". */
static void append_expected(struct vb_transmitter_console *console, size_t length,
                            const struct vb_field *field)
{
    char *text = console->text;
    const size_t size = console->text_size;
    switch ((enum vb_field_type)field->type) {
    case VB_TYPE_UNSIGNED:
    case VB_TYPE_SIGNED:
        length = vb_append(text, length, size, "a whole number from ");
        (void)append_range(console, length, field);
        return;
    case VB_TYPE_BOOL:
        (void)vb_append(text, length, size, "true or false");
        return;
    case VB_TYPE_ENUM:
        for (uint32_t i = 0; i <= field->max; i++)
            length =
                vb_append(text, length, size, "%s%s", i == 0 ? "one of " : ", ", field->values[i]);
        return;
    case VB_TYPE_IPV4:
        (void)vb_append(text, length, size, "an address such as 192.168.1.10");
        return;
    case VB_TYPE_ARRAY:
        length = vb_append(text, length, size, "a list of up to %u numbers from ", field->size_max);
        length = append_range(console, length, field);
        (void)vb_append(text, length, size, ", separated by commas");
        return;
    case VB_TYPE_STRING:
    case VB_TYPE_SECRET:
        (void)vb_append(text, length, size, "a text of at most %u bytes", field->size_max);
        return;
    }
}

static void explain_value(struct vb_transmitter_console *console, const struct vb_section *section,
                          const struct vb_field *field, const char *value, enum vb_err err)
{
    const bool secret = field->type == VB_TYPE_SECRET; /* a secret is never repeated */
    const size_t length = vb_append(console->text, 0, console->text_size,
                                    "error nothing was changed: %s.%s", section->name, field->name);
    if (err == VB_ERR_READ_ONLY) {
        (void)vb_append(console->text, length, console->text_size, " %s", vb_err_text(err));
        return;
    }
    const size_t said =
        secret ? vb_append(console->text, length, console->text_size, ": the value")
               : vb_append(console->text, length, console->text_size, ": \"%s\"", value);
    append_expected(console, vb_append(console->text, said, console->text_size, " is not "), field);
}

/* Why vb_transmitter_set() refused. */
static void explain_refusal(struct vb_transmitter_console *console, enum vb_err err,
                            uint8_t bad_section, const struct vb_reasons *reasons)
{
    const struct vb_section *section = vb_section_by_id(bad_section);
    char *text = console->text;
    const size_t size = console->text_size;
    if (err == VB_ERR_BUSY)
        (void)vb_append(text, 0, size,
                        "error too many changes are in progress; try again in a moment");
    else if (section == NULL)
        (void)vb_append(
            text, 0, size,
            "error nothing was changed: too many changes at once; use several commands");
    else if (reasons->count > 0)
        explain(console, section, reasons);
    else if (err == VB_ERR_MALFORMED)
        (void)vb_append(text, 0, size,
                        "error nothing was changed: a field of section %s is named twice",
                        section->name);
    else
        (void)vb_append(text, 0, size, "error nothing was changed: section %s %s", section->name,
                        vb_err_text(err));
}

/* ---- set: one edit of all the fields named ---- */

static struct vb_console_change *change_of(struct vb_transmitter_console *console,
                                           const struct vb_section *section)
{
    for (unsigned i = 0; i < console->change_count; i++) {
        if (console->changes[i].section == section)
            return &console->changes[i];
    }
    VB_ASSERT(console->change_count < VB_LOCAL_SECTIONS_MAX); /* there are no more sections */
    struct vb_console_change *change = &console->changes[console->change_count++];
    change->section = section;
    change->names_secret = false;
    change->writer = vb_writer_of(change->bytes, sizeof change->bytes);
    return change;
}

/* Adds a field's value to the edit. If that is impossible: false, with the answer in text. */
static bool add_value(struct vb_transmitter_console *console, const struct vb_section *section,
                      const struct vb_field *field, const char *value)
{
    uint8_t bytes[VB_EDIT_BYTES_MAX];
    struct vb_console_change *change = change_of(console, section);
    const int parsed = vb_field_parse(field, value, bytes, sizeof bytes);
    if (parsed < 0) {
        explain_value(console, section, field, value, (enum vb_err)parsed);
        return false;
    }
    change->names_secret = change->names_secret || field->type == VB_TYPE_SECRET;
    vb_write_bytes(&change->writer, bytes, (size_t)parsed);
    if (!change->writer.failed)
        return true;
    (void)vb_append(console->text, 0, console->text_size,
                    "error too many changes to section %s at once; use several commands",
                    section->name);
    return false;
}

/* Reads one "section.field=value". If it cannot: false, with the whole answer in text. */
static bool read_assignment(struct vb_transmitter_console *console, char *word)
{
    char *dot = strchr(word, '.');
    char *value = dot == NULL ? NULL : strchr(dot, '=');
    if (value == NULL) {
        (void)vb_append(console->text, 0, console->text_size,
                        "error %s is not SECTION.FIELD=VALUE, as in mqtt.port=1883", word);
        return false;
    }
    *value++ = '\0';
    *dot = '\0';
    const struct vb_section *section = vb_section_by_name(word);
    const struct vb_field *field = section == NULL ? NULL : vb_field_by_name(section, dot + 1);
    if (field != NULL && section->owner == VB_OWNER_TRANSMITTER)
        return add_value(console, section, field, value);
    (void)vb_append(console->text, 0, console->text_size,
                    "error the transmitter has no setting %s.%s; get lists them all", word,
                    dot + 1);
    return false;
}

/* The tag of a secret that is set in the section; 0 if none is. */
static uint8_t secret_of(const struct vb_transmitter *core, const struct vb_section *section)
{
    union vb_values values;
    live_values(core, section, &values);
    for (uint8_t i = 0; i < section->field_count; i++) {
        const struct vb_field *field = &section->fields[i];
        if (field->type == VB_TYPE_SECRET && vb_field_secret(field, &values)->set)
            return field->tag;
    }
    return 0;
}

static struct vb_console_waiting *free_place(struct vb_transmitter_console *console)
{
    for (unsigned i = 0; i < VB_CONSOLE_WAITING_MAX; i++) {
        if (console->waiting[i].edit == 0)
            return &console->waiting[i];
    }
    return NULL;
}

/* If the edit cannot be started: false, with the whole answer in text. */
static bool start_edit(struct vb_transmitter_console *console, uint32_t now_ms, uint64_t request)
{
    struct vb_section_change parts[VB_LOCAL_SECTIONS_MAX];
    struct vb_console_waiting *place = free_place(console);
    struct vb_console_waiting waiting = {.request = request};
    struct vb_reasons reasons = {0};
    uint8_t bad_section = 0;
    if (!console->core->announced) {
        (void)vb_append(console->text, 0, console->text_size,
                        "error the store cannot be written, so nothing is changed. Is the disk "
                        "full? It is retried automatically");
        return false;
    }
    for (unsigned i = 0; i < console->change_count; i++) {
        const struct vb_console_change *change = &console->changes[i];
        parts[i] =
            (struct vb_section_change){change->section->id, change->bytes, change->writer.at};
        const uint8_t secret = change->names_secret ? 0 : secret_of(console->core, change->section);
        if (secret != 0)
            waiting.section = change->section->id;
        waiting.secret = secret != 0 ? secret : waiting.secret;
    }
    const enum vb_err err =
        place == NULL
            ? VB_ERR_BUSY
            : vb_transmitter_set(console->core, now_ms, parts, (uint8_t)console->change_count,
                                 &waiting.edit, &bad_section, &reasons);
    if (err != VB_ERR_OK) {
        explain_refusal(console, err, bad_section, &reasons);
        return false;
    }
    *place = waiting;
    return true;
}

static void set(struct vb_transmitter_console *console, uint32_t now_ms, uint64_t request,
                char *rest)
{
    console->change_count = 0;
    for (char *word; (word = next_word(&rest)) != NULL;) {
        if (!read_assignment(console, word)) {
            answer(console, request);
            return;
        }
    }
    if (!start_edit(console, now_ms, request))
        answer(console, request);
}

/* ---- Outcome ---- */

/* Whether the edit unset a secret, because that belonged to the previous server. */
static bool lost_its_secret(const struct vb_transmitter_console *console,
                            const struct vb_console_waiting *done)
{
    return done->secret != 0 &&
           secret_of(console->core, vb_section_by_id(done->section)) != done->secret;
}

/* outcome NULL: it has been displaced by later ones. */
static void tell_outcome(struct vb_transmitter_console *console,
                         const struct vb_console_waiting *done,
                         const struct vb_local_outcome *outcome)
{
    char *text = console->text;
    const size_t size = console->text_size;
    if (outcome == NULL) {
        (void)vb_append(text, 0, size,
                        "error the outcome of the change is unknown; get shows what is "
                        "stored");
    } else if (outcome->outcome == VB_EDIT_REFUSED) {
        (void)vb_append(text, 0, size,
                        "error nothing was changed: another change came first; try again");
    } else if (outcome->outcome != VB_EDIT_APPLIED) {
        (void)vb_append(
            text, 0, size,
            "error the change could not be stored; nothing was changed. Is the disk full?");
    } else if (lost_its_secret(console, done)) {
        const struct vb_section *section = vb_section_by_id(done->section);
        (void)vb_append(text, 0, size, "stored; %s.%s is no longer set\n", section->name,
                        vb_field_by_tag(section, done->secret)->name);
    } else {
        (void)vb_append(text, 0, size, "stored\n");
    }
    answer(console, done->request);
}

void vb_transmitter_console_look(struct vb_transmitter_console *console)
{
    for (unsigned i = 0; i < VB_CONSOLE_WAITING_MAX; i++) {
        const struct vb_console_waiting waiting = console->waiting[i];
        struct vb_local_outcome outcome;
        if (waiting.edit == 0)
            continue;
        const enum vb_err err = vb_transmitter_outcome(console->core, waiting.edit, &outcome);
        if (err == VB_ERR_BUSY)
            continue;
        console->waiting[i].edit = 0;
        tell_outcome(console, &waiting, err == VB_ERR_OK ? &outcome : NULL);
    }
}

/* ---- The end ---- */

bool vb_transmitter_console_waits(const struct vb_transmitter_console *console)
{
    for (unsigned i = 0; i < VB_CONSOLE_WAITING_MAX; i++) {
        struct vb_local_outcome outcome;
        const uint64_t edit = console->waiting[i].edit;
        if (vb_transmitter_outcome(console->core, edit, &outcome) == VB_ERR_BUSY)
            return true;
    }
    return false;
}

void vb_transmitter_console_end(struct vb_transmitter_console *console)
{
    vb_transmitter_console_look(console);
    for (unsigned i = 0; i < VB_CONSOLE_WAITING_MAX; i++) {
        if (console->waiting[i].edit == 0)
            continue;
        console->waiting[i].edit = 0;
        (void)vb_append(console->text, 0, console->text_size,
                        "error the transmitter stopped before the store answered: it is not "
                        "known whether the change is stored; check with get once it runs again");
        answer(console, console->waiting[i].request);
    }
}

/* ---- A line ---- */

bool vb_transmitter_console_line(struct vb_transmitter_console *console, uint32_t now_ms,
                                 uint64_t request, const char *line)
{
    if (!*console->booted) {
        (void)vb_append(console->text, 0, console->text_size,
                        "error the settings cannot be read now; retrying every 10 s");
        answer(console, request);
        return true;
    }
    vb_transmitter_console_look(console);
    (void)vb_append(console->line, 0, sizeof console->line, "%s", line);
    char *rest = console->line;
    const char *verb = next_word(&rest);
    if (strcmp(verb, "get") == 0)
        get(console, request, rest);
    else if (strcmp(verb, "set") == 0 && rest != NULL)
        set(console, now_ms, request, rest);
    else
        return false;
    return true;
}
