/* Runs the Transmitter on the host: run_transmitter FLASH AIR SECONDS
 *
 * FLASH keeps its settings; the frames that it sends go to AIR, each behind its size in a byte. */
#include <Arduino.h>
#include <chrono>
#include <fstream>

extern "C" {
#include "host/host_nvs.h"
#include "host/host_radio.h"
}

void setup();
void loop();

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
