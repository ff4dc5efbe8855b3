/*
 * report_table: the table among report's formats. For report.c only.
 */
#ifndef RUNNER_REPORT_TABLE_H
#define RUNNER_REPORT_TABLE_H

#include "report.h"

/* Writes report->line to its stream and empties it. ERR_IO, or the line's. */
int report_write(struct report *report, struct err *err);

/* As report_begin, report_row and report_end, for OPT_TABLE. */
int report_table_begin(struct report *report, struct err *err);
int report_table_row(struct report *report, const struct report_cell *cells,
                     struct err *err);
int report_table_end(struct report *report, struct err *err);

#endif
