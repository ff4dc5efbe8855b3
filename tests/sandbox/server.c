#include "server.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <unistd.h>

#include "exchange.h"

#define CONNECTIONS_MAX 65536
#define SPARE_FDS       64
#define PEM_MAX         ((size_t)1 << 20)
#define HANG_EVENTS     64

/* A connection's memory, which libmicrohttpd clears for each request: enough
   for long tokens, no more. */
#define CONNECTION_MEMORY ((size_t)16 << 10)

/* One connection. */
struct link {
    uint64_t requests;
};

static void on_connection(void *cls, struct MHD_Connection *connection,
                          void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct server *server = cls;

    (void)connection;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        server->sb->counts.connections++;
        *context = calloc(1, sizeof(struct link));
    } else {
        free(*context);
        *context = NULL;
    }
}

static void on_completed(void *cls, struct MHD_Connection *connection,
                         void **context, enum MHD_RequestTerminationCode code)
{
    struct server *server = cls;
    struct exchange *exchange = *context;

    (void)connection;
    (void)code;
    if (!exchange)
        return;
    server->sb->counts.in_flight -= exchange->counted;
    exchange_give(exchange);
    *context = NULL;
}

static const char *header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

/* "name=" counts as absent. */
static const char *query(struct MHD_Connection *connection, const char *name)
{
    const char *value =
        MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, name);

    return value && value[0] != '\0' ? value : NULL;
}

/* Adds "name":"value" in lower case; of a key only how it is sent. */
static enum MHD_Result add_header(void *arg, enum MHD_ValueKind kind,
                                  const char *name, const char *value)
{
    struct buf *out = arg;
    const char *text = value ? value : "";
    size_t len = strlen(text);
    char lower[64];
    size_t i = 0;

    (void)kind;
    for (; name[i] != '\0' && i + 1 < sizeof lower; i++)
        lower[i] = (char)tolower((unsigned char)name[i]);
    lower[i] = '\0';
    if (!json_utf8_valid(lower, i) || !json_utf8_valid(text, len))
        return MHD_YES;
    if (strcmp(lower, "authorization") == 0)
        len = strcspn(text, " ");
    buf_add_str(out, out->len > 0 ? "," : "");
    json_quote(out, lower, i);
    buf_add_char(out, ':');
    json_quote(out, text, len);
    return MHD_YES;
}

static struct exchange *begin(struct server *server,
                              struct MHD_Connection *connection,
                              const char *path, const char *method)
{
    struct exchange *exchange = exchange_take(server, connection);
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct link *link = info ? info->socket_context : NULL;

    if (!exchange)
        return NULL;
    struct call *call = &exchange->call;
    call->get = strcmp(method, MHD_HTTP_METHOD_GET) == 0;
    call->path = path;
    call->reused = link && link->requests++ > 0;
    call->route = ROUTE_OTHER;
    if (call->get || strcmp(method, MHD_HTTP_METHOD_POST) == 0)
        call_find_route(call);
    call->authorization = header(connection, MHD_HTTP_HEADER_AUTHORIZATION);
    call->content_type = header(connection, MHD_HTTP_HEADER_CONTENT_TYPE);
    call->idempotency = header(connection, "Idempotency-Key");
    if (server->sb->record.size > 0)
        MHD_get_connection_values(connection, MHD_HEADER_KIND, add_header,
                                  &call->headers);
    if (!call->get && call->route != ROUTE_CONTROL)
        return exchange;
    call->poster = query(connection, "poster");
    call->market = query(connection, "market");
    call->state = query(connection, "state");
    call->limit = query(connection, "limit");
    call->offset = query(connection, "offset");
    call->list = query(connection, "list");
    return exchange;
}

/* Whatever a client sent, nothing in it moves the terminal. */
static void print_safe(const char *text)
{
    for (; *text != '\0'; text++)
        putchar(*text < ' ' || *text > '~' ? '?' : *text);
}

static void log_call(const struct call *call)
{
    static const char *const lost[] = {"", " closed", " reset", " hangs",
                                       " spoilt"};

    fputs(call->get ? "GET  " : "POST ", stdout);
    print_safe(call->path);
    printf(" -> %u%s%s", call->reply.status, lost[call->delivery],
           call->reply.remembered ? " (as before)" : "");
    if (call->idempotency) {
        fputs(" key ", stdout);
        print_safe(call->idempotency);
    }
    putchar('\n');
    fflush(stdout);
}

static enum MHD_Result answer(struct server *server, struct exchange *exchange)
{
    struct sandbox_counts *counts = &server->sb->counts;
    struct call *call = &exchange->call;

    exchange->answered = true;
    exchange->counted = call->route != ROUTE_CONTROL;
    counts->in_flight += exchange->counted;
    if (counts->in_flight > counts->max_in_flight)
        counts->max_in_flight = counts->in_flight;
    sandbox_answer(server->sb, call);
    if (server->sb->options.log)
        log_call(call);
    if (call->delay_us > 0)
        return exchange_sleep(exchange, call->delay_us);
    return exchange_deliver(exchange);
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection,
                                  const char *path, const char *method,
                                  const char *version, const char *data,
                                  size_t *size, void **context)
{
    struct exchange *exchange = *context;

    (void)version;
    if (!exchange) {
        *context = exchange = begin(cls, connection, path, method);
        return exchange ? MHD_YES : MHD_NO;
    }
    if (*size > 0) {
        buf_add(&exchange->call.body, data, *size);
        exchange->call.too_large = exchange->call.body.failed != 0;
        *size = 0;
        return MHD_YES;
    }
    if (!exchange->answered)
        return answer(cls, exchange);
    return exchange_deliver(exchange);
}

static int read_pem(const char *path, char **out, struct err *err)
{
    FILE *file = fopen(path, "rb");

    if (!file)
        return err_set_errno(err, ERR_INPUT, errno, "cannot open \"%s\"", path);
    *out = calloc(1, PEM_MAX);
    size_t n = *out ? fread(*out, 1, PEM_MAX - 1, file) : 0;
    fclose(file);
    if (n == 0)
        return err_set(err, ERR_INPUT, "cannot read \"%s\"", path);
    return 0;
}

/* libmicrohttpd wants it writable. */
static int copy_text(const char *text, char **out, struct err *err)
{
    size_t size = strlen(text) + 1;

    *out = malloc(size);
    if (!*out)
        return err_set(err, ERR_MEMORY, "out of memory");
    memcpy(*out, text, size);
    return 0;
}

static unsigned connection_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return FD_SETSIZE - SPARE_FDS;
    limit.rlim_cur = limit.rlim_max;
    if (limit.rlim_cur > CONNECTIONS_MAX + SPARE_FDS)
        limit.rlim_cur = CONNECTIONS_MAX + SPARE_FDS;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < 2 * SPARE_FDS)
        return SPARE_FDS;
    return (unsigned)(limit.rlim_cur - SPARE_FDS);
}

static struct MHD_Daemon *start_daemon(struct server *server)
{
    const struct options *options = &server->sb->options;
    struct MHD_OptionItem tls[4] = {{MHD_OPTION_END, 0, NULL}};
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;
    struct sockaddr_in where;

    memset(&where, 0, sizeof where);
    where.sin_family = AF_INET;
    where.sin_port = htons((uint16_t)options->port);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (options->tls_cert) {
        flags |= MHD_USE_TLS;
        tls[0] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0,
                                         server->tls_cert};
        tls[1] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0,
                                         server->tls_key};
        tls[2] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_PRIORITIES, 0,
                                         server->tls_priorities};
        tls[3] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
    }
    return MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, server, MHD_OPTION_SOCK_ADDR,
        (struct sockaddr *)&where, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
        server, MHD_OPTION_NOTIFY_CONNECTION, on_connection, server,
        MHD_OPTION_CONNECTION_LIMIT, connection_limit(),
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)options->idle_s,
        MHD_OPTION_LISTEN_BACKLOG_SIZE, 4096u, MHD_OPTION_ARRAY, tls,
        MHD_OPTION_END);
}

int server_start(struct server *server, struct sandbox *sb, struct err *err)
{
    int rc = 0;

    memset(server, 0, sizeof *server);
    server->sb = sb;
    waits_init(&server->waits);
    server->hang_fd = epoll_create1(EPOLL_CLOEXEC);
    if (server->hang_fd < 0)
        return err_set_errno(err, ERR_SERVICE, errno, "cannot use epoll");
    if (sb->options.tls_cert)
        rc = read_pem(sb->options.tls_cert, &server->tls_cert, err);
    if (rc == 0 && sb->options.tls_key)
        rc = read_pem(sb->options.tls_key, &server->tls_key, err);
    if (rc == 0 && sb->options.tls_cert)
        rc =
            copy_text(sb->options.tls_priorities, &server->tls_priorities, err);
    if (rc < 0)
        return rc;
    server->daemon = start_daemon(server);
    if (!server->daemon)
        return err_set_errno(err, ERR_SERVICE, errno,
                             "cannot listen on 127.0.0.1:%d",
                             (int)sb->options.port);
    server->epoll_fd =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    server->port =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    return 0;
}

/* Hanging requests whose clients went away end. */
static void look_at_hanging(struct server *server)
{
    struct epoll_event events[HANG_EVENTS];
    int count = epoll_wait(server->hang_fd, events, HANG_EVENTS, 0);

    for (int i = 0; i < count; i++)
        exchange_wake(events[i].data.ptr, true);
}

static void wake_due(struct server *server)
{
    int64_t now_us;
    struct exchange *exchange;

    if (server->waits.count == 0)
        return;
    now_us = clock_mono_us();
    while ((exchange = waits_take(&server->waits, now_us)))
        exchange_wake(exchange, false);
}

/* How long nothing is due. */
static struct timespec idle_time(struct server *server, int64_t max_ms)
{
    MHD_UNSIGNED_LONG_LONG daemon_ms;
    int64_t us = max_ms * 1000;
    int64_t first = waits_first(&server->waits);
    struct timespec out;

    if (MHD_get_timeout(server->daemon, &daemon_ms) == MHD_YES &&
        daemon_ms < (MHD_UNSIGNED_LONG_LONG)max_ms)
        us = (int64_t)daemon_ms * 1000;
    if (first != INT64_MAX) {
        int64_t left = first - clock_mono_us();
        us = left < 0 ? 0 : left < us ? left : us;
    }
    out.tv_sec = us / 1000000;
    out.tv_nsec = us % 1000000 * 1000;
    return out;
}

bool server_turn(struct server *server, int64_t max_ms, const sigset_t *mask,
                 int watch_fd)
{
    struct timespec timeout = idle_time(server, max_ms);
    int highest =
        server->epoll_fd > server->hang_fd ? server->epoll_fd : server->hang_fd;
    fd_set set;

    FD_ZERO(&set);
    FD_SET(server->epoll_fd, &set);
    FD_SET(server->hang_fd, &set);
    if (watch_fd >= 0)
        FD_SET(watch_fd, &set);
    int ready = pselect(highest + 1, &set, NULL, NULL, &timeout, mask);
    if (ready > 0 && FD_ISSET(server->hang_fd, &set))
        look_at_hanging(server);
    wake_due(server);
    MHD_run(server->daemon);
    return ready > 0 && watch_fd >= 0 && FD_ISSET(watch_fd, &set);
}

void server_stop(struct server *server)
{
    if (server->daemon) {
        struct exchange *exchange;
        /* libmicrohttpd must not be stopped with requests suspended. */
        while ((exchange = waits_take(&server->waits, INT64_MAX))) {
            exchange->over = true;
            exchange_wake(exchange, false);
        }
        MHD_run(server->daemon);
        MHD_stop_daemon(server->daemon);
    }
    exchange_free_all(server);
    waits_release(&server->waits);
    if (server->hang_fd >= 0)
        close(server->hang_fd);
    free(server->tls_cert);
    free(server->tls_key);
    free(server->tls_priorities);
}
