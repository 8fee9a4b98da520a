/* Prints the API's contract, GET /api/v1/openapi.json, for what is made from it at build time: the
 * types of the pages. */
#include <stdio.h>
#include <stdlib.h>

#include "voltbeacon/api/api.h"

void vb_panic(const char *file, int line, const char *condition)
{
    fprintf(stderr, "%s:%d: %s does not hold\n", file, line, condition);
    abort();
}

int main(void)
{
    static const struct vb_host_facts facts = {.firmware = "the one it is built with"};
    static struct vb_api api = {.facts = &facts};
    static struct vb_response response;
    static char piece[VB_PIECE_BYTES_MAX];
    const struct vb_request request = {
        .method = "GET", .path = "/api/v1/openapi.json", .host = "localhost"};
    size_t size;
    vb_api_handle(&api, &request, 0, &response);
    if (response.status != 200)
        return EXIT_FAILURE;
    while ((size = vb_response_next(&response, 0, piece, sizeof piece)) > 0)
        fwrite(piece, 1, size, stdout);
    putchar('\n');
    return fflush(stdout) == 0 && ferror(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
