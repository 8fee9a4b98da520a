/* The Arduino core as the sketches use it, from its reference: enough to compile them, and to run
 * them on the host. */
#ifndef VOLTBEACON_TESTS_ARDUINO_H
#define VOLTBEACON_TESTS_ARDUINO_H

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

class String
{
  public:
    String() = default;
    String(const char *text) : text(text)
    {
    }
    explicit String(const std::string &text) : text(text)
    {
    }
    const char *c_str() const
    {
        return text.c_str();
    }
    unsigned length() const
    {
        return static_cast<unsigned>(text.size());
    }
    bool operator!=(const char *other) const
    {
        return text != other;
    }
    String &operator+=(const String &other)
    {
        text += other.text;
        return *this;
    }
    friend String operator+(const String &a, const String &b)
    {
        return String(a.text + b.text);
    }

  private:
    std::string text;
};

struct HardwareSerial {
    void begin(unsigned long)
    {
    }
    void println(const char *text)
    {
        std::puts(text);
    }
};
extern HardwareSerial Serial;

void delay(uint32_t ms);
uint32_t analogReadMilliVolts(uint8_t pin);

#endif
