/* Preferences of Arduino's package for the ESP32, as far as old settings are read by it. A test
 * puts what is to be there. */
#ifndef VOLTBEACON_TESTS_PREFERENCES_H
#define VOLTBEACON_TESTS_PREFERENCES_H

#include <Arduino.h>
#include <map>

enum PreferenceType {
    PT_I8,
    PT_U8,
    PT_I16,
    PT_U16,
    PT_I32,
    PT_U32,
    PT_I64,
    PT_U64,
    PT_STR,
    PT_BLOB,
    PT_INVALID
};

class Preferences
{
  public:
    PreferenceType getType(const char *key) const
    {
        return rows.count(key) == 0 ? PT_INVALID : rows.at(key).type;
    }
    uint8_t getUChar(const char *key) const
    {
        return static_cast<uint8_t>(rows.at(key).bytes.at(0));
    }
    uint16_t getUShort(const char *key) const
    {
        const std::string &bytes = rows.at(key).bytes;
        return static_cast<uint16_t>(static_cast<uint8_t>(bytes.at(0)) |
                                     static_cast<uint8_t>(bytes.at(1)) << 8);
    }
    String getString(const char *key) const
    {
        return String(rows.at(key).bytes);
    }
    size_t getBytesLength(const char *key) const
    {
        return rows.at(key).bytes.size();
    }
    size_t getBytes(const char *key, void *bytes, size_t capacity) const
    {
        return rows.at(key).bytes.copy(static_cast<char *>(bytes), capacity);
    }

    void put(const char *key, PreferenceType type, const std::string &bytes)
    {
        rows[key] = {type, bytes};
    }

  private:
    struct Row {
        PreferenceType type;
        std::string bytes;
    };
    std::map<std::string, Row> rows;
};

#endif
