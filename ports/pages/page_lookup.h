/* Which embedded page a path means, and in which form a client takes it: for every web server. */
#ifndef VOLTBEACON_PAGES_PAGE_LOOKUP_H
#define VOLTBEACON_PAGES_PAGE_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "embed/web_assets.h"

/* The file that a path names. One that names no file is one of the page's own views, *status 200,
 * or none: the page says so itself, under a *status of 404. NULL: there is nothing to be shown. */
const struct vb_asset *vb_page_for(const struct vb_pages *pages, const char *path,
                                   uint16_t *status);

/* Whether the client says that it takes gzip, RFC 9110 section 12.5.3. One that says nothing gets
 * files as they are: curl would show it compressed bytes. */
bool vb_takes_gzip(const char *accept_encoding);

/* The form in which a client with this Accept-Encoding gets it. NULL: not at all, status 406, for a
 * small device has its pages gzipped alone. */
const struct vb_asset_form *vb_page_form(const struct vb_asset *asset, const char *accept_encoding);
extern const char vb_page_form_missing[]; /* a sentence for that client */

/* What may be done with a page: nothing but this receiver's own pages and data; charts set styles
 * in place. The value of Content-Security-Policy. */
extern const char vb_page_policy[];

#endif
