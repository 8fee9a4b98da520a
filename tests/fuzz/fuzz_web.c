/* Bytes of any content to the web server, over a connection: answered, refused or closed, and
 * nothing else. */
#include <fcntl.h>
#include <libwebsockets.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../fixtures/api_bench.h"
#include "embed/web_assets.h"
#include "fuzz_require.h"
#include "linux/loop/loop.h"
#include "linux/system/log.h"
#include "linux/web/web_server.h"

enum { TURNS_MAX = 24, ADDRESSES = 60000 };

static const uint8_t page[] = "<page>";
static const struct vb_asset assets[] = {{"/index.html",
                                          "text/html; charset=utf-8",
                                          {"\"e1\"", page, sizeof page - 1},
                                          {"\"p1\"", page, sizeof page - 1},
                                          false}};

static struct api_fixture fixture;
static struct vb_push push;
static struct vb_loop *loop;
static struct vb_web *web;

static void start(void)
{
    const struct vb_web_options options = {
        .pages = {.assets = assets, .asset_count = VB_COUNT_OF(assets)}};
    char error[160] = "";
    vb_log_set_level(VB_LOG_ERROR);
    fixture_init(&fixture);
    vb_push_init(&push, &fixture.api);
    loop = vb_loop_create();
    require(loop != NULL);
    web = vb_web_start(loop, &fixture.api, &push, "127.0.0.1:0", &options, error, sizeof error);
    require(web != NULL);
}

/* Whether the server has let go of it. */
static bool is_closed(int client)
{
    char answer[4096];
    ssize_t size;
    while ((size = recv(client, answer, sizeof answer, MSG_DONTWAIT)) > 0)
        ;
    return size == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (loop == NULL)
        start();
    const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons(vb_web_port(web)),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    /* From address to address, since a port that was used waits for a minute. */
    static uint32_t used;
    const struct sockaddr_in from = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + used++ % ADDRESSES)};
    require(client >= 0 && bind(client, (const struct sockaddr *)&from, sizeof from) == 0);
    require(connect(client, (const struct sockaddr *)&to, sizeof to) == 0);
    (void)send(client, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    for (unsigned i = 0; i < TURNS_MAX && !is_closed(client); i++) {
        lws_service(vb_loop_lws(loop), -1);
        vb_web_wake(web);
        if (fixture.store.token != 0) {
            const uint32_t token = fixture.store.token;
            fixture.store.token = 0;
            vb_settings_committed(&fixture.settings, token, VB_ERR_OK);
            vb_web_settings_committed(web, token, VB_ERR_OK);
        }
    }
    close(client);
    for (unsigned i = 0; i < 2; i++)
        lws_service(vb_loop_lws(loop), -1);
    return 0;
}
