#include "pages/page_lookup.h"

#include <string.h>

#include "embed/web_assets.h"

const char vb_page_policy[] =
    "default-src 'self'; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'self'";

const char vb_page_form_missing[] =
    "This receiver has its pages gzipped only; send Accept-Encoding: gzip (curl --compressed).";

/* ---- Paths ---- */

static const struct vb_asset *asset_at(const struct vb_pages *pages, const char *path)
{
    for (size_t i = 0; i < pages->asset_count; i++) {
        if (strcmp(pages->assets[i].path, path) == 0)
            return &pages->assets[i];
    }
    return NULL;
}

/* Of a number from 1 to 999, as the pages count cells; 0 where there is none. */
static size_t number_length(const char *text)
{
    const size_t digits = strspn(text, "0123456789");
    return text[0] == '0' || digits > 3 ? 0 : digits;
}

/* As the pages themselves take a path: slashes at its end mean nothing. */
static bool is_view(const struct vb_pages *pages, const char *path)
{
    for (size_t i = 0; i < pages->view_count; i++) {
        const char *view = pages->views[i];
        const size_t size = strcspn(view, "*");
        if (strncmp(path, view, size) != 0)
            continue;
        const size_t digits = view[size] == '*' ? number_length(path + size) : 0;
        const char *rest = path + size + digits;
        if ((view[size] == '\0' || digits > 0) && rest[strspn(rest, "/")] == '\0')
            return true;
    }
    return false;
}

const struct vb_asset *vb_page_for(const struct vb_pages *pages, const char *path, uint16_t *status)
{
    const struct vb_asset *asset = asset_at(pages, path);
    const char *last = strrchr(path, '/');
    *status = 200;
    if (asset == NULL && last != NULL && strchr(last, '.') == NULL) {
        asset = asset_at(pages, "/index.html");
        *status = is_view(pages, path) ? 200 : 404;
    }
    return asset;
}

/* ---- Accept-Encoding ---- */

/* Whether what follows a coding's name, size bytes, says "not at all". */
static bool is_refused(const char *params, size_t size)
{
    for (size_t i = 0; i + 2 < size; i++) {
        const char *q = params + i + 2;
        if (params[i] == 'q' && params[i + 1] == '=')
            return *q == '0' && strspn(q, "0.") == strcspn(q, " \t,;");
    }
    return false;
}

static bool is_gzip(const char *name, size_t size)
{
    static const char lower[] = "gzip";
    size_t same = 0;
    while (same < size && same < sizeof lower - 1 && (name[same] | 0x20) == lower[same])
        same++;
    return size == sizeof lower - 1 && same == size;
}

bool vb_takes_gzip(const char *accept_encoding)
{
    bool any = false;
    for (const char *at = accept_encoding; *at != '\0';) {
        at += strspn(at, " \t,");
        const size_t size = strcspn(at, ",");
        const size_t name = strcspn(at, " \t,;");
        const bool refused = is_refused(at + name, size - name);
        if (is_gzip(at, name))
            return !refused;
        if (name == 1 && *at == '*')
            any = !refused;
        at += size;
    }
    return any;
}

const struct vb_asset_form *vb_page_form(const struct vb_asset *asset, const char *accept_encoding)
{
    if (vb_takes_gzip(accept_encoding))
        return &asset->gzipped;
    return asset->plain.bytes == NULL ? NULL : &asset->plain;
}
