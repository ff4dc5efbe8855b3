/* For sched_getaffinity and pipe2 beside POSIX names. */
#define _GNU_SOURCE
#include "spread.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHUNK 8192 /* bytes that are written or read at once */

/* In front of each note, and at the end of each span. */
#define TAG_NOTE 'n'
#define TAG_END  'e'

/* A worker's own end. */
struct spread_worker {
    int fd;
    size_t note_bytes;
    size_t len;
    char bytes[CHUNK];
};

/* What the caller has of one. */
struct source {
    pid_t pid;
    int fd;
    size_t at, len; /* read, but not taken */
    char bytes[CHUNK];
};

unsigned spread_cores(void)
{
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    int count = CPU_COUNT(&set);
    return count > 1 ? (unsigned)count : 1;
}

/* --- in a worker --------------------------------------------------------- */

/* Whoever read the notes is gone: so is the reason for them. */
static void write_out(struct spread_worker *worker)
{
    size_t done = 0;

    while (done < worker->len) {
        ssize_t n = write(worker->fd, worker->bytes + done, worker->len - done);
        if (n < 0 && errno != EINTR)
            _exit(1);
        if (n > 0)
            done += (size_t)n;
    }
    worker->len = 0;
}

static void add(struct spread_worker *worker, char tag, const void *bytes,
                size_t len)
{
    if (1 + len > CHUNK - worker->len)
        write_out(worker);
    worker->bytes[worker->len] = tag;
    if (len > 0)
        memcpy(worker->bytes + worker->len + 1, bytes, len);
    worker->len += 1 + len;
}

void spread_note(struct spread_worker *worker, const void *note)
{
    add(worker, TAG_NOTE, note, worker->note_bytes);
}

static uint64_t end_of(const struct spread_options *options, uint64_t from)
{
    return options->to - from > SPREAD_SPAN ? from + SPREAD_SPAN : options->to;
}

/* Without exit's work: what was buffered before is the caller's to write. */
static void work(const struct spread_options *options, unsigned number,
                 unsigned workers, int fd)
{
    struct spread_worker worker = {.fd = fd, .note_bytes = options->note_bytes};
    uint64_t step = (uint64_t)workers * SPREAD_SPAN;
    uint64_t skipped = (uint64_t)number * SPREAD_SPAN;
    uint64_t left = options->to - options->from;

    while (left > skipped) {
        uint64_t from = options->to - left + skipped;
        if (!options->work(options->arg, from, end_of(options, from), &worker))
            break;
        add(&worker, TAG_END, NULL, 0);
        left = left > step ? left - step : 0;
    }
    write_out(&worker);
    _exit(0);
}

/* --- in the caller ------------------------------------------------------- */

/* Closes the ends of the workers before this one, so that they notice. */
static void begin_worker(const struct spread_options *options,
                         struct source sources[], unsigned number,
                         unsigned workers, const int ends[2], pid_t caller)
{
    /* The caller may have ended before the wish was known. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != caller)
        _exit(1);
    close(ends[0]);
    for (unsigned i = 0; i < number; i++)
        close(sources[i].fd);
    work(options, number, workers, ends[1]);
}

static bool begin(const struct spread_options *options, struct source sources[],
                  unsigned number, unsigned workers)
{
    pid_t caller = getpid();
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    pid_t pid = fork();
    if (pid == 0)
        begin_worker(options, sources, number, workers, ends, caller);
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return false;
    }
    sources[number].pid = pid;
    sources[number].fd = ends[0];
    sources[number].at = sources[number].len = 0;
    return true;
}

/* A worker that waits for its reader ends with it. */
static void end_all(struct source sources[], unsigned begun)
{
    for (unsigned i = 0; i < begun; i++)
        close(sources[i].fd);
    for (unsigned i = 0; i < begun; i++) {
        kill(sources[i].pid, SIGKILL);
        while (waitpid(sources[i].pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
}

/* Has len bytes ready at source->at; false where the worker ended. */
static bool ready(struct source *source, size_t len)
{
    if (source->len - source->at >= len)
        return true;
    memmove(source->bytes, source->bytes + source->at,
            source->len - source->at);
    source->len -= source->at;
    source->at = 0;
    while (source->len < len) {
        ssize_t n =
            read(source->fd, source->bytes + source->len, CHUNK - source->len);
        if (n == 0 || (n < 0 && errno != EINTR))
            return false;
        if (n > 0)
            source->len += (size_t)n;
    }
    return true;
}

/* The notes of one span: 0, 1 where the worker ended, or as take said. */
static int take_span(const struct spread_options *options,
                     struct source *source)
{
    char note[SPREAD_NOTE_MAX];

    while (ready(source, 1)) {
        char tag = source->bytes[source->at];
        if (tag == TAG_END) {
            source->at++;
            return 0;
        }
        if (!ready(source, 1 + options->note_bytes))
            return 1;
        memcpy(note, source->bytes + source->at + 1, options->note_bytes);
        source->at += 1 + options->note_bytes;
        int rc = options->take(options->arg, note);
        if (rc < 0)
            return rc;
    }
    return 1;
}

int spread_run(const struct spread_options *options)
{
    struct source sources[SPREAD_WORKERS_MAX];
    unsigned workers = options->workers < SPREAD_WORKERS_MAX
                           ? options->workers
                           : SPREAD_WORKERS_MAX;
    unsigned begun = 0;
    int rc = 0;

    while (begun < workers && begin(options, sources, begun, workers))
        begun++;
    if (begun == 0 || begun < workers)
        rc = 1;
    uint64_t from = options->from;
    for (unsigned i = 0; rc == 0 && from < options->to; i++) {
        rc = take_span(options, &sources[i % workers]);
        from = end_of(options, from);
    }
    end_all(sources, begun);
    return rc;
}
