/*
 * coverage_exit: writes gcc's counters of lines where a program leaves by
 * _exit, which does not write them. Linked by VARIANT=coverage alone, by the
 * linker's --wrap=_exit.
 */
#include <stdlib.h>
#include <unistd.h>

void __gcov_dump(void);                  /* NOLINT */
_Noreturn void __real__exit(int status); /* NOLINT */
_Noreturn void __wrap__exit(int status); /* NOLINT */

_Noreturn void __wrap__exit(int status) /* NOLINT */
{
    __gcov_dump();
    __real__exit(status);
}
