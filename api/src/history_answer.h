/* The two forms of a history: JSON (history.c) and CSV (history_csv.c). */
#ifndef VOLTBEACON_API_HISTORY_ANSWER_H
#define VOLTBEACON_API_HISTORY_ANSWER_H

#include "history_ask.h"

/* Each writes the next piece of the answer to response->history. */
bool vb_history_json_piece(struct vb_response *response, struct vb_json *json);
/* The header that names the file by pack, range and step. */
void vb_history_csv_name(const struct vb_history_ask *ask, char *name, size_t capacity);
bool vb_history_csv_piece(struct vb_response *response, struct vb_json *json);

/* Takes the next point asked for, and moves past it. VB_ERR_NOT_FOUND past the last. */
enum vb_err vb_history_next(struct vb_response *response, int64_t *at_s,
                            struct vb_history_view *point);

#endif
