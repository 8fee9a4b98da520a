#include "sources/source_guess.h"

#include <string.h>

#include "sources/can_log_line.h"
#include "sources/csv_table.h"
#include "sources/source_kind.h"

enum { LOOK_BYTES = 4096 };

/* Whether a line of the text is a line of a CAN log. Terminates the lines in place. */
static bool has_can_frame(char *text)
{
    for (char *line = text; *line != '\0';) {
        struct vb_can_log_entry entry;
        struct vb_source_error ignored;
        const size_t length = strcspn(line, "\r\n");
        char *next = line + length + (line[length] == '\0' ? 0 : 1);
        line[length] = '\0';
        if (vb_can_log_parse(line, &entry, &ignored) == VB_CAN_LOG_FRAME)
            return true;
        line = next;
    }
    return false;
}

const char *vb_source_guess(struct vb_source_file *file)
{
    static const char recording[] = "{\"voltbeacon_recording\"";
    char text[LOOK_BYTES + 1];
    size_t length = 0;
    vb_source_file_rewind(file);
    for (int byte; length < LOOK_BYTES && (byte = vb_source_file_byte(file)) != EOF;)
        text[length++] = (char)byte;
    text[length] = '\0';
    if (strncmp(text, recording, strlen(recording)) == 0)
        return vb_source_recording.form;
    if (has_can_frame(text))
        return vb_source_candump.form;
    return vb_csv_knows(file) ? vb_source_csv.form : NULL;
}
