#include "voltbeacon/core/err.h"

const char *vb_err_text(enum vb_err err)
{
    switch (err) {
#define X(name, value, text) \
    case VB_ERR_##name:      \
        return text;
        VB_ERR_LIST(X)
#undef X
    }
    return "failed for an unknown reason";
}
