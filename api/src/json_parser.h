/* The one place that names the library which parses JSON: its header lies elsewhere on each
 * platform, which is for the include path to know. */
#ifndef VOLTBEACON_API_JSON_PARSER_H
#define VOLTBEACON_API_JSON_PARSER_H

#include <cJSON.h>

#endif
