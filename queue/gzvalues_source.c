#include "gzvalues_source.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define PIECES 4 /* read ahead at most */

/* What one read gave. */
struct piece {
    uint64_t used; /* bytes of the file, up to its end */
    size_t len;
    int rc;
    struct err err; /* where rc is negative */
    char text[GZVALUES_SOURCE_READ];
};

/*
 * A ring: `count` pieces from `first` on are full and the reader's, the others
 * are the thread's. Only first, count and stop are under the lock.
 */
struct gzvalues_ahead {
    struct gzvalues_source *source;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t filled, emptied;
    unsigned first, count;
    bool stop; /* the reader wants no more */
    struct piece pieces[PIECES];
};

/* Inflates and hashes; the hash is done with the last byte. */
static int read_hashed(struct gzvalues_source *source, char *out, size_t *got,
                       struct err *err)
{
    int rc = gzvalues_inflate_read(&source->inflate, out, GZVALUES_SOURCE_READ,
                                   got, err);

    if (!source->hasher)
        return rc;
    hasher_add(source->hasher, out, *got);
    if (rc == 0 && *got < GZVALUES_SOURCE_READ) {
        hasher_end(source->hasher, source->digest);
        source->hasher = NULL;
    }
    return rc;
}

/* --- the thread ----------------------------------------------------------- */

/* The next piece to fill, once there is one; NULL where it is to stop. */
static struct piece *next_empty(struct gzvalues_ahead *ahead)
{
    struct piece *piece = NULL;

    pthread_mutex_lock(&ahead->lock);
    while (ahead->count == PIECES && !ahead->stop)
        pthread_cond_wait(&ahead->emptied, &ahead->lock);
    if (!ahead->stop)
        piece = &ahead->pieces[(ahead->first + ahead->count) % PIECES];
    pthread_mutex_unlock(&ahead->lock);
    return piece;
}

static void hand_over(struct gzvalues_ahead *ahead)
{
    pthread_mutex_lock(&ahead->lock);
    ahead->count++;
    pthread_cond_signal(&ahead->filled);
    pthread_mutex_unlock(&ahead->lock);
}

static void *read_on(void *arg)
{
    struct gzvalues_ahead *ahead = arg;
    struct piece *piece;
    bool more = true;

    while (more && (piece = next_empty(ahead))) {
        piece->rc =
            read_hashed(ahead->source, piece->text, &piece->len, &piece->err);
        piece->used = gzvalues_inflate_used(&ahead->source->inflate);
        more = piece->rc == 0 && piece->len == GZVALUES_SOURCE_READ;
        hand_over(ahead);
    }
    return NULL;
}

/* --- the reader ----------------------------------------------------------- */

/* Signals are the main thread's: the new one inherits a full mask. */
static int create(struct gzvalues_ahead *ahead)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&ahead->thread, NULL, read_on, ahead);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc;
}

/* Has the rest read ahead, where there is a thread to do it. */
static void start(struct gzvalues_source *source)
{
    struct gzvalues_ahead *ahead = malloc(sizeof *ahead);

    if (!ahead)
        return;
    ahead->source = source;
    ahead->first = 0;
    ahead->count = 0;
    ahead->stop = false;
    pthread_mutex_init(&ahead->lock, NULL);
    pthread_cond_init(&ahead->filled, NULL);
    pthread_cond_init(&ahead->emptied, NULL);
    if (create(ahead) == 0)
        source->ahead = ahead;
    else
        free(ahead);
}

static int take_piece(struct gzvalues_ahead *ahead, char *out, size_t *got,
                      struct err *err)
{
    pthread_mutex_lock(&ahead->lock);
    while (ahead->count == 0)
        pthread_cond_wait(&ahead->filled, &ahead->lock);
    const struct piece *piece = &ahead->pieces[ahead->first];
    pthread_mutex_unlock(&ahead->lock);
    int rc = piece->rc;
    ahead->source->used = piece->used;
    *got = piece->len;
    memcpy(out, piece->text, piece->len);
    if (rc < 0)
        *err = piece->err;
    pthread_mutex_lock(&ahead->lock);
    ahead->first = (ahead->first + 1) % PIECES;
    ahead->count--;
    pthread_cond_signal(&ahead->emptied);
    pthread_mutex_unlock(&ahead->lock);
    return rc;
}

/* Waits for the thread's end, which is near. */
static void finish(struct gzvalues_source *source)
{
    struct gzvalues_ahead *ahead = source->ahead;

    if (!ahead)
        return;
    pthread_mutex_lock(&ahead->lock);
    ahead->stop = true;
    pthread_cond_signal(&ahead->emptied);
    pthread_mutex_unlock(&ahead->lock);
    pthread_join(ahead->thread, NULL);
    pthread_cond_destroy(&ahead->emptied);
    pthread_cond_destroy(&ahead->filled);
    pthread_mutex_destroy(&ahead->lock);
    free(ahead);
    source->ahead = NULL;
}

int gzvalues_source_open(struct gzvalues_source *source, int fd,
                         uint64_t limit_bytes, struct hasher *hasher,
                         struct err *err)
{
    memset(source, 0, sizeof *source);
    int rc = gzvalues_inflate_open(&source->inflate, fd, limit_bytes, err);
    if (rc < 0)
        return rc;
    source->hasher = hasher;
    if (hasher)
        hasher_begin(hasher);
    return 0;
}

void gzvalues_source_release(struct gzvalues_source *source)
{
    finish(source);
    gzvalues_inflate_release(&source->inflate);
}

int gzvalues_source_read(struct gzvalues_source *source, char *out, size_t *got,
                         struct err *err)
{
    /* Most files end with the first read. */
    if (source->reads++ == 1)
        start(source);
    if (!source->ahead) {
        int result = read_hashed(source, out, got, err);
        source->used = gzvalues_inflate_used(&source->inflate);
        return result;
    }
    int rc = take_piece(source->ahead, out, got, err);
    if (rc < 0 || *got < GZVALUES_SOURCE_READ)
        finish(source);
    return rc;
}
