/* The receiver's HTTP API without HTTP: a request in, an answer out in pieces. docs/api.md is its
 * contract.
 *
 * It has no sockets, clocks or allocation of its own (except for cJSON, while a body is parsed), so
 * that any web server can be used with it. Every answer comes at once from the receiver's cache;
 * only a change of the receiver's own settings is answered later, after its commit. */
#ifndef VOLTBEACON_API_H
#define VOLTBEACON_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/api/history_source.h"
#include "voltbeacon/api/json_writer.h"
#include "voltbeacon/api/occurrence.h"
#include "voltbeacon/api/recording_source.h"
#include "voltbeacon/api/request.h"
#include "voltbeacon/api/weak_cells_source.h"
#include "voltbeacon/core/board_facts.h"
#include "voltbeacon/core/err.h"
#include "voltbeacon/core/mac.h"
#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/receiver.h"
#include "voltbeacon/core/settings.h"

VB_C_BEGIN

enum {
    VB_BODY_BYTES_MAX = 16384, /* of a request, unless the API's owner sets another bound */
    VB_BODY_NODES_MAX = 512,   /* values in it: cJSON takes some 20 times their bytes */
    VB_PIECE_BYTES_MAX = 8192, /* no piece of an answer and no pushed message is longer */
    VB_ERROR_BYTES_MAX = 3072,
    VB_ETAG_SIZE = 96,
    VB_LOCATION_SIZE = 104,
    VB_DISPOSITION_SIZE = 112,
    VB_ALLOW_SIZE = 32,
    VB_COOKIE_SIZE = 160,
    VB_LINK_SCOPE_SIZE = 160
};

/* What the host knows and the core does not. The owner keeps it current; texts outlive the API. */
struct vb_host_facts {
    char ip[46];            /* the address this receiver is reached at; "" = not known */
    const char *firmware;   /* "0.1.0" */
    const char *build_time; /* UTC, ISO 8601 */
    const char *git_commit;
    uint32_t store_writes; /* commits since the start */
    uint32_t store_failed;
    bool store_persistent; /* false: nothing survives the process */
    bool open_to_network;  /* the pages are served to the network without a login */
    /* Where the link listens: "this machine only", "on eth0 192.168.1.0/24"; "" = not known. */
    char link_scope[VB_LINK_SCOPE_SIZE];
    /* A sentence if a corrupt store was moved aside at this start; else NULL. */
    const char *store_recovered;
    struct vb_board_facts board; /* why this receiver's board started; all zeroes: it is none */
    /* Whether this system knows a time zone of that name; NULL: it cannot tell. */
    bool (*zone_is_known)(const char *name);
};

struct vb_api {
    struct vb_receiver *receiver;
    struct vb_settings *settings;
    const struct vb_host_facts *facts;
    struct vb_site_policy policy;
    struct vb_mac first;        /* the one the older paths report on; all zeroes = none */
    const struct vb_gate *gate; /* NULL: there is no login, all are admins */
    const struct vb_occurrence_source *occurrences; /* NULL: none are kept */
    const struct vb_recording_source *recordings;   /* likewise */
    const struct vb_weak_cells_source *weak_cells;  /* likewise */
    const struct vb_history_source *history;        /* NULL: none is kept */
    uint16_t body_bytes_max;                        /* 0: VB_BODY_BYTES_MAX */
    uint16_t body_nodes_max;                        /* 0: VB_BODY_NODES_MAX */
};

static inline size_t vb_body_bytes_max(const struct vb_api *api)
{
    return api->body_bytes_max == 0 ? (size_t)VB_BODY_BYTES_MAX : api->body_bytes_max;
}

/* The position in an answer in pieces. */
struct vb_place {
    uint8_t item;
    uint8_t part;
    bool comma;
};

struct vb_response;
/* Writes the piece at response->at and moves on. False: it was the last. */
typedef bool (*vb_piece_fn)(struct vb_response *response, struct vb_json *json);

struct vb_response {
    uint16_t status;
    bool later;     /* no answer yet: vb_api_resume() returns it */
    uint32_t token; /* of the commit it waits for */
    const char *content_type;
    char etag[VB_ETAG_SIZE];               /* "" = none; quotes included */
    char location[VB_LOCATION_SIZE];       /* "" = none */
    char allow[VB_ALLOW_SIZE];             /* "" = none */
    char disposition[VB_DISPOSITION_SIZE]; /* "" = none */
    char set_cookie[VB_COOKIE_SIZE];       /* "" = none */

    /* The rest is for vb_response_next. */
    const struct vb_api *api;
    uint32_t now_ms;
    vb_piece_fn piece; /* NULL: the answer is complete */
    struct vb_place at;
    bool enough;       /* set by an expensive piece: no more in this turn of the loop */
    struct vb_mac mac; /* what the answer is about ... */
    bool about;        /* ... and ends if that is forgotten */
    bool begun;        /* some of it has been sent */
    uint8_t section;
    uint64_t edit;
    struct vb_event_ask events;
    char recording[VB_RECORDING_NAME_SIZE];
    uint64_t recording_at; /* bytes of it that have been sent */
    struct vb_history_ask history;
    uint16_t error_size;
    char error[VB_ERROR_BYTES_MAX];
};

/* Always fills in a response. */
void vb_api_handle(struct vb_api *api, const struct vb_request *request, uint32_t now_ms,
                   struct vb_response *response);

/* The answer to a deferred request, after vb_settings_committed() was called with the same
 * result. */
void vb_api_resume(struct vb_api *api, enum vb_err result, uint32_t now_ms,
                   struct vb_response *response);

/* The next bytes of the body: as many whole pieces as fit, or as are enough for one turn of the
 * loop; 0 at its end. capacity is at least VB_PIECE_BYTES_MAX. A piece says what is true at now_ms,
 * not at the time of the request: frames may have arrived in between. */
size_t vb_response_next(struct vb_response *response, uint32_t now_ms, char *text, size_t capacity);

VB_C_END

#endif
