/* Printing an analysis: for the owner of the pack, and for scripts. */
#ifndef VOLTBEACON_APPS_ANALYSIS_PRINT_H
#define VOLTBEACON_APPS_ANALYSIS_PRINT_H

#include "voltbeacon/device/analysis.h"

enum { VB_ANALYSIS_TIME_SIZE = 32 };

/* "2026-11-22T20:00:00.000Z", or "PT751.200S" since the start where no date is known. */
void vb_analysis_time(const struct vb_analysis *analysis, uint64_t wall_ms,
                      char text[VB_ANALYSIS_TIME_SIZE]);

/* On stdout, after vb_analysis_finish(). description: what was read, as the source says. */
void vb_analysis_print_text(const struct vb_analysis *analysis, const char *description);
/* False when there is no memory for it. source: as --source names it. */
VB_MUST_USE bool vb_analysis_print_json(const struct vb_analysis *analysis, const char *source,
                                        const char *description);

/* In place of an analysis, for who asked for JSON: {"source":..,"error":..}. */
void vb_analysis_print_json_error(const char *source, const char *error);

#endif
