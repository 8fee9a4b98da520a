/* A request of any bytes to the whole API. The input is lines: method, path, query, Host, Origin,
 * If-Match, Content-Type; what follows is the body. "@" as If-Match stands for the current ETag of
 * what is asked for. */
#include <stdint.h>
#include <string.h>

#include "../fixtures/api_bench.h"
#include "../fixtures/fixed_events.h"
#include "../fixtures/fixed_history.h"

enum { LINES = 7, LINE_SIZE = 256 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct api_fixture fixture;
static struct fixture_events events;
static struct fixture_recording recording;
static struct vb_response response;

/* Takes one line out of the input; NULL where it is empty. */
static const char *take_line(const uint8_t **bytes, size_t *size, char line[LINE_SIZE])
{
    const uint8_t *end = *size == 0 ? NULL : memchr(*bytes, '\n', *size);
    const size_t length = end == NULL ? *size : (size_t)(end - *bytes);
    const size_t kept = length < LINE_SIZE - 1 ? length : LINE_SIZE - 1;
    if (kept > 0)
        memcpy(line, *bytes, kept);
    line[kept] = '\0';
    *bytes += length + (end == NULL ? 0 : 1);
    *size -= length + (end == NULL ? 0 : 1);
    return line[0] == '\0' ? NULL : line;
}

static void read_answer(void)
{
    static char piece[VB_PIECE_BYTES_MAX];
    if (response.later) {
        vb_settings_committed(&fixture.settings, fixture.store.token, VB_ERR_OK);
        vb_api_resume(&fixture.api, VB_ERR_OK, FIXTURE_NOW_MS, &response);
    }
    VB_ASSERT(response.status >= 200 && response.status <= 503);
    while (vb_response_next(&response, FIXTURE_NOW_MS, piece, sizeof piece) > 0)
        VB_ASSERT(memchr(piece, '\0', 1) == NULL);
}

static const char *current_etag(const struct vb_request *request)
{
    static char etag[VB_ETAG_SIZE];
    struct vb_request get = *request;
    get.method = "GET";
    vb_api_handle(&fixture.api, &get, FIXTURE_NOW_MS, &response);
    memcpy(etag, response.etag, sizeof etag);
    return etag;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char lines[LINES][LINE_SIZE];
    const char *fields[LINES];
    for (size_t i = 0; i < LINES; i++)
        fields[i] = take_line(&bytes, &size, lines[i]);
    fixture_init(&fixture);
    fixture.receiver.config.remote_secrets = size % 2 == 0;
    fixture.api.history = &fixture_history;
    fixture_events_init(&events, &fixture.peers[0].mac, &fixture.peers[1].mac);
    fixture_recording_init(&recording, &fixture.peers[0].mac);
    const struct vb_occurrence_source occurrences = fixture_occurrences(&events);
    const struct vb_recording_source recordings = fixture_recordings(&recording);
    fixture.api.occurrences = &occurrences;
    fixture.api.recordings = &recordings;

    struct vb_request request = {
        .method = fields[0] == NULL ? "GET" : fields[0],
        .path = fields[1] == NULL ? "/" : fields[1],
        .query = fields[2],
        .host = fields[3] == NULL ? "127.0.0.1" : fields[3],
        .origin = fields[4],
        .if_match = fields[5],
        .content_type = fields[6] == NULL ? "application/json" : fields[6],
        .body = (const char *)bytes,
        .size = size,
    };
    if (request.if_match != NULL && strcmp(request.if_match, "@") == 0)
        request.if_match = current_etag(&request);
    vb_api_handle(&fixture.api, &request, FIXTURE_NOW_MS, &response);
    read_answer();
    return 0;
}
