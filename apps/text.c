#include "text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool vb_parse_number(const char *text, double max, double *value)
{
    char *end;
    const double parsed = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(parsed) || parsed <= 0 || parsed > max)
        return false;
    *value = parsed;
    return true;
}

void vb_print_indented(unsigned spaces, const char *text)
{
    for (const char *line = text; *line != '\0';) {
        const size_t length = strcspn(line, "\n");
        printf("%*s%.*s\n", (int)spaces, "", (int)length, line);
        line += length + (line[length] == '\n' ? 1 : 0);
    }
}
