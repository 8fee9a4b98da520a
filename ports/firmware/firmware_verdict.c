#include "firmware/firmware_verdict.h"

const char *vb_firmware_text(enum vb_firmware_verdict verdict)
{
    static const char *const texts[] = {
#define X(name, text) text,
        VB_FIRMWARE_VERDICTS(X)
#undef X
    };
    VB_ASSERT((unsigned)verdict < VB_COUNT_OF(texts));
    return texts[verdict];
}
