/* What the API says of itself: its routes, and the types of what it answers and takes. openapi.c
 * writes GET /api/v1/openapi.json from these tables, and from nothing else.
 *
 * A type is named by a text:
 *
 *     text integer number boolean time any     what every program knows; time is ISO 8601 in UTC
 *     'ready'                                  this literal text
 *     Transmitter                              a type of some topic, by its name
 *     Mac[]  integer[3]                        a list; one of so many items
 *     text{}                                   an object with any keys, whose values are of a type
 *     Triple|null                              one of several
 */
#ifndef VOLTBEACON_API_CONTRACT_H
#define VOLTBEACON_API_CONTRACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/api/api.h"
#include "voltbeacon/api/push.h"

struct vb_call;

typedef void (*vb_handler_fn)(struct vb_call *call);

/* A query parameter: the values it may have, and what takes it. */
struct vb_query_param {
    const char *name;
    const char *allowed; /* for the answer if it is anything else: "true or false" */
    /* False where value is not possible. */
    bool (*take)(void *ctx, const char *value);
};

struct vb_route {
    const char *method;
    const char *path; /* {name} stands for one segment, a final * for the rest */
    enum vb_role role;
    vb_handler_fn handler; /* NULL: a WebSocket, of the kind `socket` */
    const char *summary;
    const char *answer;  /* the type of a success; NULL if it is not JSON, or there is none */
    const char *content; /* the content type then: "text/csv" */
    uint16_t status;     /* of a success; 0 = 200 */
    const char *body;    /* the type of what the request brings; NULL = nothing */
    bool conditional;    /* If-Match has to name the content that the change was made on */
    enum vb_push_kind socket;
    const struct vb_query_param *params;
    uint8_t param_count;
};

struct vb_property {
    const char *name; /* ends in '?' where the property may be missing */
    const char *type;
    const char *doc; /* NULL where the name says all */
};

/* One of: an object with these properties and no others; one of the texts value() knows; a text of
 * this pattern; another name for a type. */
struct vb_type {
    const char *name;
    const char *doc;
    const struct vb_property *properties;
    uint8_t property_count;
    const char *(*value)(unsigned index); /* NULL past the last */
    const char *pattern;
    const char *is;
};

/* The routes and types that stand in one file. */
struct vb_topic {
    const struct vb_route *routes;
    const struct vb_type *types;
    uint8_t route_count;
    uint8_t type_count;
};

#define VB_TOPIC(ROUTES, TYPES)                                                   \
    {                                                                             \
        .routes = (ROUTES), .route_count = VB_COUNT_OF(ROUTES), .types = (TYPES), \
        .type_count = VB_COUNT_OF(TYPES)                                          \
    }
#define VB_OBJECT(PROPERTIES) .properties = (PROPERTIES), .property_count = VB_COUNT_OF(PROPERTIES)
#define VB_PARAMS(PARAMS) .params = (PARAMS), .param_count = VB_COUNT_OF(PARAMS)

#define VB_TOPIC_ROW(name, file) extern const struct vb_topic vb_topic_##name;
#include "topics.def"
#undef VB_TOPIC_ROW

extern const struct vb_topic *const vb_topics[];
extern const size_t vb_topic_count;

/* The index-th route of all topics; NULL past the last. */
const struct vb_route *vb_route_at(unsigned index);
/* Likewise the types that stand beside them. */
const struct vb_type *vb_type_at(unsigned index);

#endif
