#include "upload.h"

struct vb_http_firmware *vb_upload(void)
{
    return NULL;
}
