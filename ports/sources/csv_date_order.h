/* Which of day, month and year comes first in a table whose dates do not tell: found from all of
 * its first rows, or given by whoever opens it, but never assumed. */
#ifndef VOLTBEACON_SOURCES_CSV_DATE_ORDER_H
#define VOLTBEACON_SOURCES_CSV_DATE_ORDER_H

#include "sources/csv_table.h"

struct vb_csv_dates {
    bool zoned;    /* they name their zone */
    uint32_t line; /* the one that shows the order; 0 = none was needed */
};

/* If the table's times are dates, sets *dates and the order in table->first_shape. asked: the order
 * given, else VB_CSV_DATE_UNKNOWN. Reads up to VB_CSV_SURVEY_BYTES_MAX of the file, which the
 * caller must rewind. False and *error if the dates are ambiguous and asked does not settle it.
 */
VB_MUST_USE bool vb_csv_dates_find(struct vb_csv_dates *dates, struct vb_csv_table *table,
                                   enum vb_csv_date_order asked, struct vb_source_error *error);

/* "month", "day" or "year", for any order but VB_CSV_DATE_UNKNOWN. */
const char *vb_csv_date_order_first(enum vb_csv_date_order order);

/* The order of "mdy", "dmy" or "ymd"; VB_CSV_DATE_UNKNOWN for any other text. */
enum vb_csv_date_order vb_csv_date_order_of(const char *option);

#endif
