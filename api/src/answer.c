#include "call.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SENTENCE_SIZE = 320 };

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

/* An error is made at once: what it speaks of may be gone when it is sent. */
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

static void answer_sentence(struct vb_call *call, uint16_t status, const char *sentence,
                            const struct vb_problems *problems)
{
    struct vb_response *response = call->response;
    struct vb_json json;
    uint8_t count = problems == NULL ? 0 : problems->count;
    do { /* with fewer reasons, until they fit */
        json = vb_json_of(response->error, sizeof response->error);
        vb_json_object(&json, NULL);
        vb_json_string(&json, "error", sentence);
        if (problems != NULL)
            vb_problems_json(&json, "reasons", problems, count);
        vb_json_object_end(&json);
    } while (json.failed && count-- > 0);
    VB_ASSERT(!json.failed);
    response->error_size = (uint16_t)json.at;
    vb_answer(call, status, error_piece);
}

void vb_answer_error(struct vb_call *call, uint16_t status, const char *format, ...)
{
    char sentence[SENTENCE_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    answer_sentence(call, status, sentence, NULL);
}

void vb_answer_problems(struct vb_call *call, const struct vb_problems *problems,
                        const char *format, ...)
{
    char sentence[SENTENCE_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    answer_sentence(call, 422, sentence, problems);
}

void vb_answer_refused_fields(struct vb_call *call, const char *what,
                              const struct vb_problems *problems)
{
    vb_answer_problems(call, problems, "%u field%s of %s %s refused; correct %s and save again.",
                       problems->count, problems->count == 1 ? "" : "s", what,
                       problems->count == 1 ? "was" : "were", problems->count == 1 ? "it" : "them");
}

/* The transmitter was forgotten while its answer was being sent: an error where nothing has been
 * said yet; else the answer ends in the middle, which no client takes for a whole one. */
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
