/* Which of day, month and year stands first in a table whose dates do not tell: found from all of
 * its first rows, or said by whoever opens it, never assumed. */
#ifndef VOLTBEACON_SOURCES_CSV_DATE_ORDER_H
#define VOLTBEACON_SOURCES_CSV_DATE_ORDER_H

#include "sources/csv_table.h"

struct vb_csv_dates {
    bool zoned;    /* they name their zone */
    uint32_t line; /* the one that shows the order; 0 = none was needed */
};

/* Sets *dates, and the order in table->first_shape, where its times are dates. asked:
 * VB_CSV_DATE_UNKNOWN where nobody has said it. Reads up to VB_CSV_SURVEY_BYTES_MAX of the file,
 * which is to be rewound. False and *error where its dates may mean several things and asked says
 * none. */
VB_MUST_USE bool vb_csv_dates_find(struct vb_csv_dates *dates, struct vb_csv_table *table,
                                   enum vb_csv_date_order asked, struct vb_source_error *error);

/* "month", "day" or "year", of any order but VB_CSV_DATE_UNKNOWN. */
const char *vb_csv_date_order_first(enum vb_csv_date_order order);

/* Of "mdy", "dmy" or "ymd"; VB_CSV_DATE_UNKNOWN for any other text. */
enum vb_csv_date_order vb_csv_date_order_of(const char *option);

#endif
