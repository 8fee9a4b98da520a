/* The only file that names the JSON library: its header is in a different place on each platform,
 * which is up to the include path. */
#ifndef VOLTBEACON_API_JSON_PARSER_H
#define VOLTBEACON_API_JSON_PARSER_H

#include <cJSON.h>

#endif
