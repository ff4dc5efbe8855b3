/*
 * version: the program's version, as --version and the ledger give it, and
 * the day it is of, as the manual page gives it.
 */
#ifndef RUNNER_VERSION_H
#define RUNNER_VERSION_H

#define NOSBATCH_VERSION "0.1.0"
#define NOSBATCH_DATE    "November 23, 2026"

#endif
