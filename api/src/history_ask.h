/* What a request wants of the history, read from its query. */
#ifndef VOLTBEACON_API_HISTORY_ASK_H
#define VOLTBEACON_API_HISTORY_ASK_H

#include "call.h"

/* What may be asked, for the contract. */
enum { VB_HISTORY_PARAMS = 5, VB_ENERGY_PARAMS = 2 };
extern const struct vb_query_param vb_history_params[VB_HISTORY_PARAMS];
extern const struct vb_query_param vb_energy_params[VB_ENERGY_PARAMS];

/* Reads ?from=&to=&resolution=&cells=&format= into response->history, but for the number of cells
 * and temperatures where the query does not name them. False, and the answer begun, where it cannot
 * be. The peer has been looked up. */
bool vb_history_ask_read(struct vb_call *call);
/* Likewise ?from=&to= alone. */
bool vb_energy_ask_read(struct vb_call *call);

/* Answers why there is no history to be had. */
void vb_answer_no_history(struct vb_call *call);

static inline bool vb_history_wants_cell(const struct vb_history_ask *ask, unsigned cell)
{
    return (ask->cells[cell / 8] >> (cell % 8) & 1) != 0;
}
void vb_history_want_cells(struct vb_history_ask *ask, unsigned first, unsigned last);

#endif
