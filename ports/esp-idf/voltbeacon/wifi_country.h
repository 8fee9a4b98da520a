/* The country whose rules the radio keeps: it decides whether channels 12 and 13 may be used. */
#ifndef VOLTBEACON_ESP_IDF_WIFI_COUNTRY_H
#define VOLTBEACON_ESP_IDF_WIFI_COUNTRY_H

#include <stdbool.h>

#include "voltbeacon/core/platform.h"

VB_C_BEGIN

enum { VB_WIFI_COUNTRY_SIZE = 3 /* two characters and NUL */ };

/* The rules that hold everywhere: channels 1 to 11. */
#define VB_WIFI_COUNTRY_ANY "01"

/* Reads the two letters of a country, large or small, or VB_WIFI_COUNTRY_ANY. False: ESP-IDF's
 * driver knows no such country; country is "". */
VB_MUST_USE bool vb_wifi_country_read(const char *text, char country[VB_WIFI_COUNTRY_SIZE]);

/* A sentence: which there are. */
const char *vb_wifi_country_problem(void);

VB_C_END

#endif
