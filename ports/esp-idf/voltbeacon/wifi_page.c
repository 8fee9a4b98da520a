#include "esp-idf/voltbeacon/wifi_page.h"

#include <esp_system.h>
#include <stdio.h>
#include <string.h>

#include "esp-idf/voltbeacon/http_text.h"

enum { RESTART_MS = 2000 /* for the answer to arrive */ };

#define FORM                                                                              \
    "<!doctype html><html lang=en><meta charset=utf-8>"                                   \
    "<meta name=viewport content='width=device-width'><title>Voltbeacon: Wi-Fi</title>"   \
    "<style>body{font:1rem sans-serif;margin:2rem;max-width:24rem}"                       \
    "label,input,button{display:block;width:100%;box-sizing:border-box;font:inherit}"     \
    "input,button{margin:.3rem 0 1rem;padding:.5rem}</style>"                             \
    "<h1>Wi-Fi</h1><form method=post><label>Name of your network"                         \
    "<input name=name required maxlength=32 autocapitalize=none autocorrect=off></label>" \
    "<label>Passphrase<input name=passphrase type=password maxlength=63></label>"         \
    "<label>Country, for channels 12 and 13: two letters, or empty"                       \
    "<input name=country maxlength=2 autocorrect=off></label>"                            \
    "<button>Join</button></form>"                                                        \
    "<p>The board starts anew and joins it. Whether it could is said on its console.</p>"

/* A board that needs a network is shown the first part alone. */
static const char form[] =
    FORM "<form method=post><input type=hidden name=network value=none>"
         "<button>This board needs no Wi-Fi</button></form>"
         "<p>It starts anew, joins none, and opens this access point no more until "
         "<b>forget</b> is typed on its console.</p>";

static esp_err_t say(struct vb_http_server *server, httpd_req_t *request, uint16_t status,
                     const char *sentence)
{
    return vb_http_answer(server, request, status, "text/plain; charset=utf-8", sentence,
                          strlen(sentence));
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

/* NULL, or the sentence: what is to be corrected. */
static const char *read_choice(const struct vb_wifi_page *page, struct vb_wifi_network *network)
{
    char none[sizeof "none"], country[VB_WIFI_COUNTRY_SIZE] = "";
    memset(network, 0, sizeof *network);
    if (read_field(page->body, "network", none, sizeof none) && strcmp(none, "none") == 0) {
        network->is_unneeded = true;
        return page->needs_network ? "A receiver needs a network, for its pages." : NULL;
    }
    if (!read_field(page->body, "name", network->name, sizeof network->name) ||
        !read_field(page->body, "passphrase", network->passphrase, sizeof network->passphrase))
        return "A name has at most 32 bytes, a passphrase 63; both must be sent.";
    if (read_field(page->body, "country", country, sizeof country) && country[0] != '\0' &&
        !vb_wifi_country_read(country, network->country))
        return vb_wifi_country_problem();
    return vb_wifi_network_problem(network);
}

static esp_err_t store(struct vb_wifi_page *page, struct vb_http_server *server,
                       httpd_req_t *request)
{
    struct vb_wifi_network network;
    const char *problem = read_choice(page, &network);
    if (problem != NULL)
        return say(server, request, 422, problem);
    if (vb_wifi_network_store(page->partition, &network) != ESP_OK)
        return say(server, request, 503, "The board's memory refused it; try again.");
    (void)esp_timer_start_once(page->restart, (uint64_t)RESTART_MS * 1000);
    return say(server, request, 200,
               network.is_unneeded ? "Stored. The board starts anew and joins no Wi-Fi network."
                                   : "Stored. The board starts anew and joins that network.");
}

/* ---- Requests ---- */

esp_err_t vb_wifi_page_answer(struct vb_wifi_page *page, struct vb_http_server *server,
                              httpd_req_t *request)
{
    if (!vb_wifi_is_open(page->wifi))
        return say(server, request, 404,
                   "The network is chosen while the access point is open alone.");
    if (request->method == HTTP_GET || request->method == HTTP_HEAD) {
        const size_t size = page->needs_network ? sizeof FORM - 1 : sizeof form - 1;
        return vb_http_answer(server, request, 200, "text/html; charset=utf-8", form, size);
    }
    if (request->method != HTTP_POST)
        return say(server, request, 405, "Use GET or POST.");
    if (request->content_len >= sizeof page->body) {
        (void)say(server, request, 413, "That is too long.");
        return ESP_FAIL; /* the rest is not read */
    }
    if (!vb_http_body(request, page->body, request->content_len))
        return ESP_FAIL;
    page->body[request->content_len] = '\0';
    return store(page, server, request);
}

esp_err_t vb_wifi_page_init(struct vb_wifi_page *page, const struct vb_wifi *wifi,
                            const char *partition, bool needs_network)
{
    const esp_timer_create_args_t timer = {.callback = restart, .name = "vb_restart"};
    memset(page, 0, sizeof *page);
    page->wifi = wifi;
    page->partition = partition;
    page->needs_network = needs_network;
    return esp_timer_create(&timer, &page->restart);
}
