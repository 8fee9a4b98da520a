/* The head of an answer: the same, whichever web server sends it. */
#ifndef VOLTBEACON_PAGES_ANSWER_HEAD_H
#define VOLTBEACON_PAGES_ANSWER_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/platform.h"

struct vb_asset;
struct vb_asset_form;
struct vb_response;

enum { VB_ANSWER_HEAD_BYTES = 1024 };

struct vb_answer_head {
    char text[VB_ANSWER_HEAD_BYTES];
    size_t size; /* of text, without its NUL */
};

/* The status line, and what every answer tells a browser about itself. All that follow must fit
 * (asserted): whoever passes a text on from outside bounds it. */
void vb_head_begin(struct vb_answer_head *head, uint16_t status);
/* A header; none if value is NULL or "". */
void vb_head_put(struct vb_answer_head *head, const char *name, const char *value);
void vb_head_length(struct vb_answer_head *head, size_t size);
void vb_head_end(struct vb_answer_head *head);

/* Begins the head of an answer of the API. */
void vb_head_of_response(struct vb_answer_head *head, const struct vb_response *response);
/* Begins the head of a page, its length included. if_none_match is the request's header, or "".
 * Returns whether the page's bytes follow: the client may have them already, which is status 304.
 */
bool vb_head_of_page(struct vb_answer_head *head, const struct vb_asset *asset,
                     const struct vb_asset_form *form, uint16_t status, const char *if_none_match);

#endif
