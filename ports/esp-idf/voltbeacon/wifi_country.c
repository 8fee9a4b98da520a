#include "esp-idf/voltbeacon/wifi_country.h"

#include <string.h>

/* Of ESP-IDF 5.5's esp_wifi_set_country_code(). */
#define COUNTRIES                                                                                \
    "01 AT AU BE BG BR CA CH CN CY CZ DE DK EE ES FI FR GB GR HK HR HU IE IN IS IT JP KR LI LT " \
    "LU LV MT MX NL NO NZ PL PT RO SE SI SK TW US"

static char large(char letter)
{
    return letter >= 'a' && letter <= 'z' ? (char)(letter - 'a' + 'A') : letter;
}

bool vb_wifi_country_read(const char *text, char country[VB_WIFI_COUNTRY_SIZE])
{
    memset(country, 0, VB_WIFI_COUNTRY_SIZE);
    if (strlen(text) != VB_WIFI_COUNTRY_SIZE - 1)
        return false;
    const char code[2] = {large(text[0]), large(text[1])};
    for (const char *known = COUNTRIES;; known += VB_WIFI_COUNTRY_SIZE) {
        if (memcmp(known, code, sizeof code) == 0) {
            memcpy(country, code, sizeof code);
            return true;
        }
        if (known[2] == '\0')
            return false;
    }
}

const char *vb_wifi_country_problem(void)
{
    return "The radio knows the rules of " COUNTRIES "; 01 is everywhere, with channels 1 to 11.";
}
