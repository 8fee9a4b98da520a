#include "call.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    SENTENCE_SIZE = 320,
    BEFORE_REASONS_BYTES = 512 /* {"error": a sentence, "reasons":{ */
};

void vb_answer(struct vb_call *call, uint16_t status, vb_piece_fn piece)
{
    call->response->status = status;
    call->response->piece = piece;
    call->response->at = (struct vb_place){0};
}

void vb_answer_about(struct vb_call *call, const struct vb_mac *mac)
{
    call->response->mac = *mac;
    call->response->about = true;
}

/* An error is rendered at once: what it refers to may be gone by the time it is sent. */
static bool error_piece(struct vb_response *response, struct vb_json *json)
{
    if (response->error_size > json->capacity - json->at) {
        json->failed = true;
        return true;
    }
    memcpy(json->text + json->at, response->error, response->error_size);
    json->at += response->error_size;
    return false;
}

/* {"error": the sentence, left open. */
static struct vb_json begin_error(struct vb_call *call, size_t capacity, const char *format,
                                  va_list args)
{
    char sentence[SENTENCE_SIZE];
    struct vb_json json = vb_json_of(call->response->error, capacity);
    vsnprintf(sentence, sizeof sentence, format, args);
    vb_json_object(&json, NULL);
    vb_json_string(&json, "error", sentence);
    return json;
}

static void answer_with(struct vb_call *call, uint16_t status, const struct vb_json *json)
{
    VB_ASSERT(!json->failed);
    call->response->error_size = (uint16_t)json->at;
    vb_answer(call, status, error_piece);
}

void vb_answer_error(struct vb_call *call, uint16_t status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct vb_json json = begin_error(call, VB_ERROR_BYTES_MAX, format, args);
    va_end(args);
    vb_json_object_end(&json);
    answer_with(call, status, &json);
}

/* The problems are found before the sentence that precedes them is known: they are written after
 * the space reserved for it, then moved. */
struct vb_problems vb_call_problems(struct vb_call *call)
{
    return vb_problems_in(call->response->error + BEFORE_REASONS_BYTES,
                          VB_ERROR_BYTES_MAX - BEFORE_REASONS_BYTES - sizeof "}}");
}

void vb_answer_problems(struct vb_call *call, struct vb_problems *problems, const char *format, ...)
{
    const struct vb_json *reasons = &problems->json;
    va_list args;
    va_start(args, format);
    struct vb_json json = begin_error(call, BEFORE_REASONS_BYTES, format, args);
    va_end(args);
    vb_json_object(&json, "reasons");
    VB_ASSERT(!json.failed && !reasons->failed);
    VB_ASSERT(reasons->text == call->response->error + BEFORE_REASONS_BYTES);
    memmove(json.text + json.at, reasons->text, reasons->at);
    json.at += reasons->at;
    json.capacity = VB_ERROR_BYTES_MAX;
    vb_json_object_end(&json);
    vb_json_object_end(&json);
    answer_with(call, 422, &json);
}

void vb_answer_refused_fields(struct vb_call *call, const char *what, struct vb_problems *problems)
{
    vb_answer_problems(call, problems, "%u field%s of %s %s refused; correct %s and save again.",
                       problems->count, problems->count == 1 ? "" : "s", what,
                       problems->count == 1 ? "was" : "were", problems->count == 1 ? "it" : "them");
}

/* The transmitter was forgotten while its answer was being sent: an error if nothing has
 * been sent yet; otherwise the answer breaks off, which no client takes for a complete one. */
static void end_early(struct vb_response *response)
{
    static const char error[] = "{\"error\":\"The transmitter was just forgotten.\"}";
    response->about = false;
    response->piece = response->begun ? NULL : error_piece;
    response->error_size = sizeof error - 1;
    memcpy(response->error, error, sizeof error);
}

size_t vb_response_next(struct vb_response *response, uint32_t now_ms, char *text, size_t capacity)
{
    VB_ASSERT(!response->later && capacity >= VB_PIECE_BYTES_MAX);
    size_t size = 0;
    response->enough = false;
    response->now_ms = now_ms;
    if (response->about && vb_receiver_peer(response->api->receiver, &response->mac) == NULL)
        end_early(response);
    while (response->piece != NULL && !response->enough) {
        const struct vb_place before = response->at;
        struct vb_json json = vb_json_of(text + size, capacity - size);
        json.comma = before.comma;
        const bool more = response->piece(response, &json);
        if (json.failed) {
            VB_ASSERT(size > 0); /* a piece alone fits: VB_PIECE_BYTES_MAX */
            response->at = before;
            break;
        }
        size += json.at;
        response->at.comma = json.comma;
        response->begun = true;
        if (!more)
            response->piece = NULL;
    }
    return size;
}
