/*
 * version: the program's version, as --version and the ledger give it.
 */
#ifndef RUNNER_VERSION_H
#define RUNNER_VERSION_H

#define NOSBATCH_VERSION "0.1.0"

#endif
