/* Errors: one list with texts. Zero is success; a peer's or a user's fault is negative. Our own
 * fault is VB_ASSERT. */
#ifndef VOLTBEACON_ERR_H
#define VOLTBEACON_ERR_H

#include "voltbeacon/core/platform.h"

VB_C_BEGIN

/* X(name, value, text) */
#define VB_ERR_LIST(X)                                                \
    X(OK, 0, "ok")                                                    \
    X(TRUNCATED, -1, "ends before its last field")                    \
    X(MALFORMED, -2, "is malformed")                                  \
    X(CHECKSUM, -3, "fails its integrity check")                      \
    X(TOO_LONG, -4, "is too long")                                    \
    X(NOT_FOUND, -5, "does not exist")                                \
    X(OUT_OF_RANGE, -6, "is outside its range")                       \
    X(READ_ONLY, -7, "cannot be changed")                             \
    X(WRONG_TYPE, -8, "has the wrong type")                           \
    X(RULE, -9, "contradicts another field")                          \
    X(CONFLICT, -10, "is based on content that is no longer current") \
    X(STORE, -11, "could not be stored")                              \
    X(BUSY, -12, "must wait: too much is in progress")                \
    X(OFFLINE, -13, "cannot be reached")                              \
    X(OLD, -14, "is older than what is known")                        \
    X(FOREIGN, -15, "is not of this protocol")                        \
    X(UNSUPPORTED, -16, "is of a kind unknown to this version")       \
    X(NOT_ALLOWED, -17, "is not allowed here")                        \
    X(NOT_ADOPTED, -18, "comes from a device that is not followed")   \
    X(CORRUPT, -19, "is damaged in the store")                        \
    X(UNCERTAIN, -20, "may or may not have been stored")

enum vb_err {
#define X(name, value, text) VB_ERR_##name = (value),
    VB_ERR_LIST(X)
#undef X
};

/* The number of errors; counters by reason are arrays of this size, indexed by -err. */
enum { VB_ERR_COUNT = 21 };

/* The text completes a sentence: "<the thing> <text>". Static storage. */
const char *vb_err_text(enum vb_err err);

VB_C_END

#endif
