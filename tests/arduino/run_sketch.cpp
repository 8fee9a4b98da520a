/* Runs a sketch on the host: run_sketch FLASH AIR SECONDS
 *
 * FLASH keeps its settings; the frames that it sends go to AIR, each behind its size in a byte. */
#include <Arduino.h>
#include <WiFi.h>
#include <chrono>
#include <cstring>
#include <fstream>

extern "C" {
#include "host/host_nvs.h"
#include "host/host_radio.h"
}

HardwareSerial Serial;
WiFiClass WiFi;

void setup();
void loop();

uint8_t *WiFiClass::macAddress(uint8_t *mac)
{
    static const uint8_t address[6] = {2, 0, 0, 0, 0, 1};
    return static_cast<uint8_t *>(std::memcpy(mac, address, sizeof address));
}

/* Only a sketch that cannot go on waits. */
void delay(uint32_t)
{
    std::exit(1);
}

uint32_t analogReadMilliVolts(uint8_t pin)
{
    return 1600u + pin;
}

static std::ofstream air;

static void record(const struct host_radio_frame *frame)
{
    air.put(static_cast<char>(frame->size));
    air.write(reinterpret_cast<const char *>(frame->bytes),
              static_cast<std::streamsize>(frame->size));
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    host_nvs_make("nvs", 0x10000);
    host_nvs_keep_in(argv[1]);
    air.open(argv[2], std::ios::binary);
    host_radio_on_air(record);
    setup();
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(std::atoi(argv[3]));
    while (std::chrono::steady_clock::now() < end)
        loop();
    return 0;
}
