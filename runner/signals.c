#include "signals.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "http.h"
#include "status.h"

/* What the handler sees. */
static volatile sig_atomic_t caught_signal;
static volatile sig_atomic_t wake_end = -1;

/* Once: an orderly end. Twice: at once; the ledger stays right. */
static void on_signal(int signal_number)
{
    int saved = errno;

    if (caught_signal)
        _exit(128 + signal_number);
    caught_signal = signal_number;
    http_wake(wake_end);
    errno = saved;
}

static const int caught[] = {SIGINT, SIGTERM, SIGHUP};

static void handle(int signal_number, void (*handler)(int))
{
    struct sigaction action;

    if (sigaction(signal_number, NULL, &action) != 0 ||
        action.sa_handler == SIG_IGN)
        return;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    sigaction(signal_number, &action, NULL);
}

void signals_catch(int wake_fd)
{
    wake_end = wake_fd;
    for (size_t i = 0; i < sizeof caught / sizeof caught[0]; i++)
        handle(caught[i], on_signal);
}

void signals_release(void)
{
    wake_end = -1;
    for (size_t i = 0; i < sizeof caught / sizeof caught[0]; i++)
        handle(caught[i], SIG_DFL);
}

int signals_caught(void)
{
    return caught_signal;
}

int signals_status(int signal_number)
{
    return signal_number == SIGINT ? STATUS_INTERRUPTED : STATUS_TERMINATED;
}

const char *signals_word(int signal_number)
{
    return signal_number == SIGINT ? "interrupted" : "terminated";
}
