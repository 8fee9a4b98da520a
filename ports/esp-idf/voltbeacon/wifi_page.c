#include "esp-idf/voltbeacon/wifi_page.h"

#include <esp_system.h>
#include <stdio.h>
#include <string.h>

#include "esp-idf/voltbeacon/http_text.h"
#include "voltbeacon/api/request.h"

enum {
    RESTART_MS = 2000, /* for the answer to arrive */
    STACK_BYTES = 6144
};

static const char form[] =
    "<!doctype html><html lang=en><meta charset=utf-8>"
    "<meta name=viewport content='width=device-width'><title>Voltbeacon: Wi-Fi</title>"
    "<style>body{font:1rem sans-serif;margin:2rem;max-width:24rem}"
    "label,input,button{display:block;width:100%;box-sizing:border-box;font:inherit}"
    "input,button{margin:.3rem 0 1rem;padding:.5rem}</style>"
    "<h1>Wi-Fi</h1><form method=post><label>Name of your network"
    "<input name=name required maxlength=32 autocapitalize=none autocorrect=off></label>"
    "<label>Passphrase<input name=passphrase type=password maxlength=63></label>"
    "<button>Join</button></form>"
    "<p>The board starts anew and joins it. Whether it could is said on its console.</p></html>";

static esp_err_t answer(httpd_req_t *request, const char *status, const char *type,
                        const char *text)
{
    (void)httpd_resp_set_status(request, status);
    (void)httpd_resp_set_type(request, type);
    (void)httpd_resp_set_hdr(request, "Cache-Control", "no-store");
    (void)httpd_resp_set_hdr(request, "X-Content-Type-Options", "nosniff");
    (void)httpd_resp_set_hdr(request, "Content-Security-Policy",
                             "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
                             "frame-ancestors 'none'");
    return httpd_resp_send(request, text, (ssize_t)strlen(text));
}

static esp_err_t say(httpd_req_t *request, const char *status, const char *sentence)
{
    return answer(request, status, "text/plain; charset=utf-8", sentence);
}

/* ---- The form ---- */

/* The value of that field; false where it is missing, malformed or too long. */
static bool read_field(const char *body, const char *name, char *value, size_t capacity)
{
    const size_t name_size = strlen(name);
    for (const char *at = body; *at != '\0'; at += *at == '&') {
        const size_t size = strcspn(at, "&");
        if (size > name_size && strncmp(at, name, name_size) == 0 && at[name_size] == '=')
            return vb_http_decode(at + name_size + 1, size - name_size - 1, true, value, capacity);
        at += size;
    }
    return false;
}

static void restart(void *arg)
{
    (void)arg;
    esp_restart();
}

static esp_err_t store(struct vb_wifi_page *page, httpd_req_t *request)
{
    struct vb_wifi_network network = {0};
    if (!read_field(page->body, "name", network.name, sizeof network.name) ||
        !read_field(page->body, "passphrase", network.passphrase, sizeof network.passphrase))
        return say(request, "422",
                   "A name has at most 32 bytes, a passphrase 63; both must be sent.");
    const char *problem = vb_wifi_network_problem(&network);
    if (problem != NULL)
        return say(request, "422", problem);
    if (vb_wifi_network_store(page->partition, &network) != ESP_OK)
        return say(request, "503", "The board's memory refused it; try again.");
    (void)esp_timer_start_once(page->restart, (uint64_t)RESTART_MS * 1000);
    return say(request, "200", "Stored. The board starts anew and joins that network.");
}

/* ---- Requests ---- */

/* Whether the request comes from this page, and not from one elsewhere in the same browser. */
static bool is_ours(struct vb_wifi_page *page, httpd_req_t *request)
{
    static const struct vb_site_policy policy = {0};
    char reason[128];
    if (!vb_http_header(request, "Host", page->host, sizeof page->host) ||
        !vb_http_header(request, "Origin", page->origin, sizeof page->origin))
        return false;
    return vb_site_check(&policy, page->host[0] == '\0' ? NULL : page->host,
                         page->origin[0] == '\0' ? NULL : page->origin, reason, sizeof reason) == 0;
}

static esp_err_t on_request(httpd_req_t *request)
{
    struct vb_wifi_page *page = request->user_ctx;
    if (!vb_wifi_is_open(page->wifi))
        return say(request, "404", "The network is chosen while the access point is open alone.");
    if (!is_ours(page, request))
        return say(request, "403", "Open the page by the board's address.");
    if (request->method == HTTP_GET)
        return answer(request, "200", "text/html; charset=utf-8", form);
    if (request->method != HTTP_POST)
        return say(request, "405", "Use GET or POST.");
    if (request->content_len >= sizeof page->body) {
        (void)say(request, "413", "That is too long.");
        return ESP_FAIL; /* the rest is not read */
    }
    if (!vb_http_body(request, page->body, request->content_len))
        return ESP_FAIL;
    page->body[request->content_len] = '\0';
    return store(page, request);
}

esp_err_t vb_wifi_page_start(struct vb_wifi_page *page, const struct vb_wifi *wifi,
                             const char *partition, uint16_t port)
{
    const esp_timer_create_args_t timer = {.callback = restart, .name = "vb_restart"};
    httpd_config_t config = HTTPD_DEFAULT_CONFIG();
    config.stack_size = STACK_BYTES;
    config.server_port = port;
    config.lru_purge_enable = true;
    config.uri_match_fn = httpd_uri_match_wildcard;
    memset(page, 0, sizeof *page);
    page->wifi = wifi;
    page->partition = partition;
    esp_err_t err = esp_timer_create(&timer, &page->restart);
    if (err == ESP_OK)
        err = httpd_start(&page->server, &config);
    const httpd_uri_t all = {
        .uri = "/*", .method = HTTP_ANY, .handler = on_request, .user_ctx = page};
    return err == ESP_OK ? httpd_register_uri_handler(page->server, &all) : err;
}
