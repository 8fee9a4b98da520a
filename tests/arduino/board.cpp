/* The board that a sketch runs on: its address, its pins, its console. */
#include <Arduino.h>
#include <WiFi.h>
#include <chrono>
#include <cstring>
#include <thread>

HardwareSerial Serial;
WiFiClass WiFi;

uint8_t *WiFiClass::macAddress(uint8_t *mac)
{
    static const uint8_t address[6] = {2, 0, 0, 0, 0, 1};
    return static_cast<uint8_t *>(std::memcpy(mac, address, sizeof address));
}

/* Only a sketch that cannot go on waits for long. */
void delay(uint32_t ms)
{
    if (ms >= 1000)
        std::exit(1);
    std::this_thread::sleep_for(std::chrono::milliseconds(ms));
}

uint32_t analogReadMilliVolts(uint8_t pin)
{
    return 1600u + pin;
}
