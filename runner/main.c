/*
 * nosbatch: the only place that prints errors and exits.
 */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "cmd.h"
#include "opt_man.h"
#include "opt_table.h"
#include "say.h"
#include "version.h"

/* By enum opt_command; one more, so that it is never empty. */
static cmd_function *const functions[OPT_COMMANDS + 1] = {
#define CMD_ROW(command, function) [command] = function,
    CMD_LIST(CMD_ROW)
#undef CMD_ROW
        [OPT_COMMANDS] = NULL,
};

/*
 * A file opened later must not get the number of a standard stream that the
 * caller closed. Opened the wrong way round, so that using one is an error.
 */
static bool hold_standard_streams(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 &&
            open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
            return false;
    return true;
}

#define LARGE_BLOCK (4 << 20) /* bytes */
#define HEAP_SLACK  (1 << 20) /* bytes; 64 buffers of libcurl's */

/*
 * A table that grew out of its block gives that back. Left to itself, glibc
 * takes ever larger blocks from its heap, where they leave holes. And what
 * libcurl frees behind a request it wants again for the next one: a heap that
 * gave it back to the system would get it anew, page by page, each time.
 */
static void lay_out_memory(void)
{
#ifdef M_MMAP_THRESHOLD
    mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK);
    mallopt(M_TRIM_THRESHOLD, 4 * HEAP_SLACK);
    mallopt(M_TOP_PAD, HEAP_SLACK);
#endif
}

/*
 * A network command must survive a reader of its output that goes away; an
 * offline one ends silently then, as `nosbatch expand m | head` should.
 */
static void choose_signals(enum opt_command command)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = opt_commands[command].network ? SIG_IGN : SIG_DFL;
    sigaction(SIGPIPE, &action, NULL);
    /* A file at its limit is an error of writing, like a full disk. */
    action.sa_handler = SIG_IGN;
    sigaction(SIGXFSZ, &action, NULL);
}

static void init_app(struct app *app)
{
    struct winsize size;

    memset(app, 0, sizeof *app);
    app->out = stdout;
    app->in_terminal = isatty(STDIN_FILENO) == 1;
    app->out_terminal = isatty(STDOUT_FILENO) == 1;
    app->err_terminal = isatty(STDERR_FILENO) == 1;
    if (app->out_terminal)
        app->out_width =
            ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0
                ? size.ws_col
                : 80;
    errs_init(&app->errs);
}

/* Runs what the command line asks for; as a cmd_function. */
static int dispatch(const struct opt *opt, struct app *app, struct err *err)
{
    if (opt->wish == OPT_WISH_HELP) {
        opt_help(opt->command, app->out);
        return 0;
    }
    if (opt->wish == OPT_WISH_VERSION) {
        fprintf(app->out, "nosbatch %s\n", NOSBATCH_VERSION);
        return 0;
    }
    if (opt->wish == OPT_WISH_MAN) {
        opt_man(app->out);
        return 0;
    }
    if (!functions[opt->command])
        return err_set(err, ERR_USAGE, "%s is not in this version",
                       opt_command_name(opt->command));
    choose_signals(opt->command);
    return functions[opt->command](opt, app, err);
}

/* Says what was found; rc's error is among errs where errs holds errors. */
static void say_all(const struct app *app, int rc, const struct err *err)
{
    char text[2 * ERR_MESSAGE_MAX];

    say_errs(&app->errs);
    if (rc >= 0 || app->errs.errors > 0)
        return;
    err_format(err, text, sizeof text);
    say_error("%s", text);
}

/* What stdio still holds must arrive, or the status says so. */
static int flush_output(const struct app *app, struct err *err)
{
    errno = 0;
    if (fflush(app->out) == 0 && !ferror(app->out))
        return 0;
    return err_set_errno(err, ERR_IO, errno ? errno : EIO,
                         "cannot write to standard output");
}

int main(int argc, char **argv)
{
    struct err err = ERR_INIT;
    struct opt opt;
    struct app app;

    if (!hold_standard_streams())
        return err_exit_status(ERR_IO);
    /* A core file would hold the API key. */
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    lay_out_memory();
    init_app(&app);
    int rc = opt_parse(&opt, argc, argv, &err);
    if (rc == 0)
        rc = dispatch(&opt, &app, &err);
    if (rc >= 0) {
        int flushed = flush_output(&app, &err);
        rc = flushed < 0 ? flushed : rc;
    }
    say_all(&app, rc, &err);
    opt_release(&opt);
    return rc < 0 ? err_exit_status(rc) : rc;
}
