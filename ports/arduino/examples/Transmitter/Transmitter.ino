// A transmitter: owns the battery's settings, and sends its cells to every receiver in reach.
//
// read_pack() is what you will want to make your own. Here four cells are wired to four pins of the
// board, each through a divider that halves its voltage, and there is no shunt.
#include <Arduino.h>
#include <WiFi.h>
#include <voltbeacon_esp32.h>

static const uint8_t channel = 1; // of the Wi-Fi network that the receiver is on
static const uint8_t cell_pins[] = {1, 2, 3, 4};
static const uint32_t reading_interval_ms = 1000;

static vb_transmitter_device device;
static vb_transmitter_config core; // copied by the device
static vb_reading_source source;
static vb_metadata_values identity;
static vb_radio radio;
static vb_nvs_keys keys;
static vb_journal journal;
static uint8_t journal_bytes[VB_JOURNAL_BYTES];
static uint8_t scratch[VB_SCRATCH_BYTES];
static QueueHandle_t inbox;
static uint32_t read_at_ms;

// The pack as it is now: voltages in mV, and the current, positive when it charges.
static void read_pack(vb_reading *reading)
{
    static uint32_t sequence;
    *reading = vb_reading();
    reading->sequence = ++sequence;
    reading->sampled_ms = vb_idf_now_ms();
    reading->cell_count = sizeof cell_pins;
    for (uint8_t i = 0; i < sizeof cell_pins; i++)
        reading->cell_mv[i] = (uint16_t)(2 * analogReadMilliVolts(cell_pins[i]));
}

static void stop(const char *what)
{
    for (;;) {
        Serial.println(what);
        delay(10000);
    }
}

static void take(const vb_inbox_item *item, const vb_clock *clock)
{
    if (item->kind == VB_INBOX_SENT)
        vb_transmitter_device_sent(&device, clock, &item->as.sent.dst, item->as.sent.delivered);
    if (item->kind != VB_INBOX_FRAME)
        return;
    const vb_link_frame frame = vb_inbox_link_frame(&item->as.frame, clock->now_ms);
    (void)vb_transmitter_device_input(&device, clock, &frame);
}

// A commit to flash takes 18 to 70 ms. If readings come faster, call this from a task of its own.
static void store()
{
    if (!journal.committed)
        return;
    vb_err why;
    const uint32_t token = journal.token;
    const vb_err result = vb_journal_write(&journal, &why);
    const vb_clock clock = vb_idf_clock();
    vb_transmitter_device_committed(&device, &clock, token, result);
}

void setup()
{
    Serial.begin(115200);
    WiFi.mode(WIFI_STA);
    WiFi.setChannel(channel);
    inbox = xQueueCreate(VB_INBOX_ITEMS, sizeof(vb_inbox_item));

    if (vb_nvs_start("nvs") != ESP_OK || vb_nvs_keys_open(&keys, "nvs", "transmitter") != ESP_OK)
        stop("The flash for settings (partition nvs) cannot be read; erase it to begin anew.");
    vb_journal_init(&journal, &keys.port, journal_bytes, sizeof journal_bytes);
    if (vb_journal_open(&journal) != VB_ERR_OK)
        stop("A change of settings that was cut off cannot be finished: the flash cannot be written.");
    if (inbox == NULL || vb_radio_open(&radio, WIFI_IF_STA, inbox) != ESP_OK)
        stop("ESP-NOW does not start.");

    WiFi.macAddress(core.mac.bytes);
    vb_mac_format(&core.mac, identity.mac);
    snprintf(identity.device_name, sizeof identity.device_name, "Garage");
    core.seed = (uint64_t)esp_random() << 32 | esp_random();
    core.store = &journal.port;
    core.timing = vb_timing_default;
    core.identity = &identity;
    core.cache_size = vb_transmitter_cache_size();
    for (uint8_t *&bytes : core.cache_bytes) {
        bytes = static_cast<uint8_t *>(malloc(core.cache_size));
        if (bytes == NULL)
            stop("There is too little memory for the settings.");
    }
    core.scratch = scratch;
    source.interval_ms = reading_interval_ms; // they come by themselves, from loop()
    vb_transmitter_device_config config = vb_transmitter_device_config();
    config.core = &core;
    config.link = &radio.port;
    config.source = &source;
    const vb_clock clock = vb_idf_clock();
    if (!vb_transmitter_device_goes_on(vb_transmitter_device_init(&device, &config, &clock)))
        stop("The settings in the flash cannot be used; erase partition nvs to begin anew.");
}

void loop()
{
    const vb_clock clock = vb_idf_clock();
    const uint32_t wakeup_ms = vb_transmitter_device_wakeup_ms(&device, &clock);
    vb_inbox_item item;
    if (xQueueReceive(inbox, &item, pdMS_TO_TICKS(wakeup_ms < 10 ? wakeup_ms : 10)) == pdTRUE) {
        const vb_clock now = vb_idf_clock();
        take(&item, &now);
    }
    const vb_clock now = vb_idf_clock();
    if ((int32_t)(now.now_ms - read_at_ms) >= 0) {
        static vb_reading reading;
        read_at_ms = now.now_ms + reading_interval_ms;
        read_pack(&reading);
        vb_transmitter_device_reading(&device, &now, &reading);
    }
    vb_transmitter_device_tick(&device, &now);
    vb_transmitter_device_output(&device, &now);
    store();
}
