/* The web pages, gzipped and as they are, built into the program: written at build time from
 * web/dist. */
#ifndef VOLTBEACON_EMBED_WEB_ASSETS_H
#define VOLTBEACON_EMBED_WEB_ASSETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vb_asset_form {
    const char *etag; /* quotes included; another for each form, RFC 9110 section 8.8.1 */
    const uint8_t *bytes;
    size_t size;
};

struct vb_asset {
    const char *path; /* "/index.html" */
    const char *content_type;
    struct vb_asset_form gzipped;
    struct vb_asset_form plain; /* for who does not take gzip */
    bool immutable;             /* its name changes with its content */
};

/* The paths that the page has a view for, "/settings"; a final * stands for a number from 1. */
extern const char *const vb_web_views[];
extern const size_t vb_web_view_count;

extern const struct vb_asset vb_web_assets[];
extern const size_t vb_web_asset_count;

#endif
