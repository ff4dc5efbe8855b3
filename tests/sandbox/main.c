/*
 * nosbatch-sandbox: the stand-in service as a program.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "server.h"

#define TURN_MS 500

static volatile sig_atomic_t stop_wanted;

static void on_signal(int number)
{
    (void)number;
    stop_wanted = 1;
}

/* Blocks the signals that end us; mask is the one to wait with. */
static void catch_signals(sigset_t *mask)
{
    struct sigaction action;
    sigset_t ours;

    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
    sigemptyset(&ours);
    sigaddset(&ours, SIGTERM);
    sigaddset(&ours, SIGINT);
    sigprocmask(SIG_BLOCK, &ours, mask);
    sigdelset(mask, SIGTERM);
    sigdelset(mask, SIGINT);
}

/* Whole or not at all, for scripts that wait for the file. */
static int write_port(const char *path, unsigned port, struct err *err)
{
    char part[4096];
    int n = snprintf(part, sizeof part, "%s.%ld", path, (long)getpid());

    if (n < 0 || (size_t)n >= sizeof part)
        return err_set(err, ERR_CREATE, "--port-file: the name is too long");
    FILE *file = fopen(part, "w");
    if (!file)
        return err_set_errno(err, ERR_CREATE, errno, "cannot create \"%s\"",
                             part);
    int printed = fprintf(file, "%u\n", port);
    if (fclose(file) != 0 || printed < 0 || rename(part, path) != 0) {
        int cause = errno;
        remove(part);
        return err_set_errno(err, ERR_CREATE, cause, "cannot write \"%s\"",
                             path);
    }
    return 0;
}

static void say_ready(const struct server *server)
{
    const struct options *options = &server->sb->options;
    const char *scheme = options->tls_cert ? "https" : "http";
    const char *jwt =
        options->jwts.count ? options->jwts.items[0] : OPTIONS_JWT;

    if (options->print_env)
        printf("export NOSANA_API_URL='%s://127.0.0.1:%u/api'\n"
               "export NOSANA_API_KEY='%s'\n"
               "export PINATA_API_URL='%s://127.0.0.1:%u'\n"
               "export PINATA_JWT='%s'\n",
               scheme, server->port, server->sb->accounts.access[0].key, scheme,
               server->port, jwt);
    else
        printf("nosbatch-sandbox ready: Nosana %s://127.0.0.1:%u/api, Pinata "
               "%s://127.0.0.1:%u, seed %lld\n",
               scheme, server->port, scheme, server->port,
               (long long)options->seed);
    fflush(stdout);
}

/* Standard input as a sign of life of whoever holds its other end. */
static bool input_is_pipe(void)
{
    struct stat st;

    return fstat(STDIN_FILENO, &st) == 0 &&
           (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

static bool input_ended(void)
{
    char bytes[256];

    return read(STDIN_FILENO, bytes, sizeof bytes) <= 0;
}

static void serve(struct server *server, const sigset_t *mask, pid_t parent)
{
    bool leashed = server->sb->options.exit_with_parent;
    int watch_fd = leashed && input_is_pipe() ? STDIN_FILENO : -1;

    while (!stop_wanted) {
        if (server_turn(server, TURN_MS, mask, watch_fd) && input_ended())
            return;
        if (leashed && getppid() != parent)
            return;
    }
}

static int run(const struct options *options, struct err *err)
{
    struct sandbox *sb = calloc(1, sizeof *sb);
    pid_t parent = getppid(); /* asked before anybody could know us ready */
    struct server server;
    sigset_t mask;

    if (!sb)
        return err_set(err, ERR_MEMORY, "out of memory");
    memset(&server, 0, sizeof server);
    server.hang_fd = -1;
    catch_signals(&mask);
    int rc = sandbox_init(sb, options, err);
    if (rc == 0)
        rc = server_start(&server, sb, err);
    if (rc == 0 && options->port_file)
        rc = write_port(options->port_file, server.port, err);
    if (rc == 0) {
        say_ready(&server);
        serve(&server, &mask, parent);
    }
    server_stop(&server);
    sandbox_release(sb);
    free(sb);
    return rc;
}

/* Another one at each start, so that addresses of old ledgers do not recur. */
static int64_t draw_seed(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)(((uint64_t)now.tv_sec * 1000003u +
                      (uint64_t)now.tv_nsec * 31u + (uint64_t)getpid()) &
                     0x7fffffff);
}

int main(int argc, char **argv)
{
    struct options options;
    struct err err = ERR_INIT;

    options_init(&options);
    int rc = options_parse(&options, argc, argv, &err);
    if (rc == OPTIONS_HELP) {
        options_help();
        return fflush(stdout) == 0 ? 0 : err_exit_status(ERR_IO);
    }
    if (options.seed < 0)
        options.seed = draw_seed();
    if (rc == 0)
        rc = run(&options, &err);
    if (rc < 0)
        fprintf(stderr, "nosbatch-sandbox: %s\n", err.message);
    return err_exit_status(rc);
}
