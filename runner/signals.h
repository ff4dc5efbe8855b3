/*
 * signals: Ctrl-C and its kin, for commands that have to end in order.
 *
 * The first SIGINT, SIGTERM or SIGHUP is remembered and wakes http_wait; the
 * second ends the program at once. One that the caller of the program has set
 * to be ignored (nohup) stays so.
 */
#ifndef RUNNER_SIGNALS_H
#define RUNNER_SIGNALS_H

/* Catches them from here on; wake_fd is written to (http_wake). */
void signals_catch(int wake_fd);

/* Before wake_fd is closed: from here on a signal ends the program. */
void signals_release(void);

/* The signal that came first, or 0. */
int signals_caught(void);

/*
 * The status that a command ends with after a signal (STATUS_INTERRUPTED,
 * STATUS_TERMINATED), and a word for it: "interrupted", "terminated".
 */
int signals_status(int signal_number);
const char *signals_word(int signal_number);

#endif
