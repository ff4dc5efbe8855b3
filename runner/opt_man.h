/*
 * opt_man: the manual page nosbatch(1), in mdoc.
 *
 * Commands and options are the table's, those only that are in this version;
 * the sections around them are written here. What `make` installs is what
 * `nosbatch --man` prints.
 */
#ifndef RUNNER_OPT_MAN_H
#define RUNNER_OPT_MAN_H

#include <stdio.h>

/* Prints the page. The caller checks the stream for errors. */
void opt_man(FILE *out);

/*
 * Prints text as mdoc text lines: a sentence begins a line, lines stay under
 * 80 bytes, nothing in it is taken for a macro or an escape. text is UTF-8
 * without newlines; `word` gets quotation marks.
 */
void opt_man_text(const char *text, FILE *out);

/* Prints the section on limits, of the constants' own values. */
void opt_man_limits(FILE *out);

/* The hand-written parts before and behind the table's. */
#define OPT_MAN_SECTIONS 4
extern const char *const opt_man_head;
extern const char *const opt_man_sections[OPT_MAN_SECTIONS];

#endif
