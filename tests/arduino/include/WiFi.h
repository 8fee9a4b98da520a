/* Wi-Fi of Arduino's package for the ESP32: what the sketches use. */
#ifndef VOLTBEACON_TESTS_WIFI_H
#define VOLTBEACON_TESTS_WIFI_H

#include <esp_wifi_types.h>

#include <cstdint>

#define WIFI_STA WIFI_MODE_STA

struct WiFiClass {
    bool mode(wifi_mode_t)
    {
        return true;
    }
    int begin(const char *, const char *)
    {
        return 0;
    }
    int setChannel(uint8_t)
    {
        return 0;
    }
    bool setSleep(bool)
    {
        return true;
    }
    uint8_t *macAddress(uint8_t *mac);
};
extern WiFiClass WiFi;

#endif
