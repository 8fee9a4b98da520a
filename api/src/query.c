#include "query.h"

#include <stdio.h>
#include <string.h>

#include "percent.h"

static void answer_unknown(struct vb_call *call, const char *name, size_t size,
                           const struct vb_query_param *params, size_t count)
{
    char known[VB_QUERY_KNOWN_SIZE] = "";
    for (size_t i = 0; i < count; i++) {
        const size_t at = strlen(known);
        snprintf(known + at, sizeof known - at, i == 0 ? "%s" : ", %s", params[i].name);
    }
    vb_answer_error(call, 400, "There is no parameter %.*s here; there are %s.",
                    (int)(size < 40 ? size : 40), name, known);
}

static bool read_param(struct vb_call *call, const char *text, size_t length,
                       const struct vb_query_param *params, size_t count, void *ctx)
{
    const char *equals = memchr(text, '=', length);
    const size_t name_size = equals == NULL ? length : (size_t)(equals - text);
    char value[VB_QUERY_VALUE_SIZE] = "";
    for (size_t i = 0; i < count; i++) {
        if (strlen(params[i].name) != name_size || memcmp(params[i].name, text, name_size) != 0)
            continue;
        if (equals != NULL &&
            vb_percent_decode(equals + 1, length - name_size - 1, value, sizeof value) &&
            params[i].take(ctx, value))
            return true;
        vb_answer_error(call, 400, "%s=%.60s is not possible; it may be %s.", params[i].name, value,
                        params[i].allowed);
        return false;
    }
    answer_unknown(call, text, name_size, params, count);
    return false;
}

bool vb_query_read(struct vb_call *call, const struct vb_query_param *params, size_t count,
                   void *ctx)
{
    const char *text = call->request->query;
    while (text != NULL && *text != '\0') {
        const size_t length = strcspn(text, "&");
        if (length > 0 && !read_param(call, text, length, params, count, ctx))
            return false;
        text += length + (text[length] == '&' ? 1 : 0);
    }
    return true;
}

bool vb_query_number(const char *value, uint64_t max, uint64_t *number)
{
    *number = 0;
    for (const char *at = value; *at != '\0'; at++) {
        if (*at < '0' || *at > '9' || *number > max / 10)
            return false;
        *number = *number * 10 + (uint64_t)(*at - '0');
    }
    return *number >= 1 && *number <= max;
}
