// A receiver: keeps the settings of the transmitters in reach, watches their cells, and serves a page
// and the HTTP API (docs/api.md) with the web server that comes with the board's package.
//
// The page is what you will want to make your own. It asks for no login: anybody on the Wi-Fi can
// change settings.
#include <Arduino.h>
#include <WebServer.h>
#include <WiFi.h>
#include <voltbeacon_esp32.h>

static const char wifi_name[] = "home"; // the transmitter has to be on its channel
static const char wifi_password[] = "correct horse";

static vb_receiver_node node; // a task of its own, its stores in the flash, and ESP-NOW
static WebServer server(80);

static const char page[] = R"(<!doctype html><meta name="viewport" content="width=device-width">
<title>Voltbeacon</title><pre></pre><script>
const get = (path) => fetch("/api/v1/transmitters" + path).then((answer) => answer.json())
async function look() {
  let text = ""
  for (const { mac, name, link } of (await get("")).transmitters) {
    const { available, cells, age_s } = await get(`/${mac}/cells`)
    text += `${name}: ${link}, ` + (available ? `cells of ${age_s.toFixed(0)} s ago\n` : "no reading yet\n")
    if (available) text += cells.map((mv, n) => `  cell ${n + 1}  ${mv ?? "-"} mV\n`).join("")
  }
  document.querySelector("pre").textContent = text || "No transmitter has been heard."
}
setInterval(() => look().catch(() => (document.querySelector("pre").textContent = "The receiver does not answer.")), 1000)
</script>)";

static void stop(const char *what)
{
    for (;;) {
        Serial.println(what);
        delay(10000);
    }
}

// The node's task and the web server's both call the device, one at a time.
struct Locked {
    Locked()
    {
        xSemaphoreTake(node.lock, portMAX_DELAY);
    }
    ~Locked()
    {
        xSemaphoreGive(node.lock);
    }
};

// A change of the receiver's own settings is answered once it is in the flash.
struct Commit {
    uint32_t token;
    vb_err result;
};
static QueueHandle_t commits;

static void on_commit(void *, uint32_t token, vb_err result)
{
    const Commit commit = {token, result};
    xQueueSend(commits, &commit, 0); // if it is full, nobody is waiting
}

static void resume(vb_response *response)
{
    Commit commit;
    do
        xQueueReceive(commits, &commit, portMAX_DELAY);
    while (commit.token != response->token);
    Locked locked;
    vb_api_resume(&node.device.api, commit.result, vb_idf_now_ms(), response);
}

static void send_header(const char *name, const char *value)
{
    if (value[0] != '\0')
        server.sendHeader(name, value);
}

static void send_response(vb_response *response)
{
    static char piece[VB_PIECE_BYTES_MAX];
    const auto next = [response] {
        Locked locked;
        return vb_response_next(response, vb_idf_now_ms(), piece, sizeof piece);
    };
    send_header("Cache-Control", "no-store");
    send_header("ETag", response->etag);
    send_header("Location", response->location);
    send_header("Allow", response->allow);
    server.setContentLength(CONTENT_LENGTH_UNKNOWN);
    server.send(response->status, response->content_type, "");
    for (size_t size = next(); size > 0 || response->piece != NULL; size = next()) {
        if (size > 0)
            server.sendContent(piece, size);
    }
    server.sendContent("", 0);
}

static void answer_request()
{
    static vb_response response;
    const String path = server.uri(), body = server.arg("plain"), host = server.hostHeader();
    const String origin = server.header("Origin"), if_match = server.header("If-Match");
    const String type = server.header("Content-Type");
    String query;
    for (int i = 0; i < server.args(); i++) {
        if (server.argName(i) != "plain")
            query += (query.length() == 0 ? "" : "&") + server.argName(i) + "=" + server.arg(i);
    }
    const auto if_sent = [](const String &text) { return text.length() == 0 ? NULL : text.c_str(); };
    vb_request request = vb_request();
    request.method = http_method_str(server.method());
    request.path = path.c_str();
    request.query = if_sent(query);
    request.host = if_sent(host);
    request.origin = if_sent(origin);
    request.if_match = if_sent(if_match);
    request.content_type = if_sent(type);
    request.body = body.c_str();
    request.size = body.length();
    request.peer = "";
    {
        Locked locked;
        for (Commit old; xQueueReceive(commits, &old, 0) == pdTRUE;)
            continue;
        vb_api_handle(&node.device.api, &request, vb_idf_now_ms(), &response);
    }
    if (response.later)
        resume(&response);
    send_response(&response);
}

void setup()
{
    static const char *headers[] = {"Origin", "If-Match", "Content-Type"};
    vb_receiver_node_config config = vb_receiver_node_config();
    Serial.begin(115200);
    WiFi.mode(WIFI_STA);
    WiFi.setSleep(false); // a sleeping radio hears no frames
    WiFi.begin(wifi_name, wifi_password);
    WiFi.macAddress(config.mac.bytes);
    config.interface = WIFI_IF_STA;
    config.peers = 1;
    config.nvs_partition = "voltbeacon"; // this and the next are named in partitions.csv
    config.events_partition = "events";
    config.facts.firmware = "sketch";
    config.facts.build_time = "";
    config.facts.git_commit = "";
    config.facts.open_to_network = true;
    config.interfaces.station = esp_netif_get_handle_from_ifkey("WIFI_STA_DEF");
    config.settings_committed = on_commit;
    commits = xQueueCreate(4, sizeof(Commit));
    if (commits == NULL || vb_receiver_node_start(&node, &config) != ESP_OK)
        stop("ESP-NOW does not start, or there is too little memory for a receiver.");
    server.collectHeaders(headers, sizeof headers / sizeof headers[0]);
    server.on("/", [] { server.send(200, "text/html", page); });
    server.onNotFound(answer_request);
    server.begin();
}

void loop()
{
    server.handleClient();
    delay(2); // lets other tasks run
}
