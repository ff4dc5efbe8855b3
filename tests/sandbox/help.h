/*
 * help: the texts around the list of options in --help.
 */
#ifndef SANDBOX_HELP_H
#define SANDBOX_HELP_H

extern const char *const help_intro;
extern const char *const help_outro[]; /* ends with NULL */

#endif
