/*
 * fuzz: what fuzz targets and their two mains know of each other.
 *
 * A target is one file fuzz_NAME.c with this function. libFuzzer's main calls
 * it with inputs that it makes (`make fuzz`), corpus_main.c with the files of
 * corpus/NAME (`make test`). A target stops by FUZZ_HOLDS where what must
 * hold does not; the sanitizers stop it for all else.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* data is not terminated; a byte behind it is out of bounds. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_HOLDS(what)                                                      \
    do {                                                                      \
        if (!(what)) {                                                        \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, \
                    #what);                                                   \
            abort();                                                          \
        }                                                                     \
    } while (0)

#endif
