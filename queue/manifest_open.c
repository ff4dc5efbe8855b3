#include "manifest_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SUMS_BYTES_MAX ((size_t)1 << 30) /* 4 bytes for 64 KiB of a file */

static int begin_pass(struct manifest *manifest, struct err *err)
{
    struct manifest_impl *impl = manifest->impl;
    struct hasher *hasher =
        impl->options->no_digest ? NULL : &impl->text_hasher;
    int rc = gzvalues_open(&impl->values, impl->fd, manifest->file,
                           JSON_TEXT_MAX, impl->file_bytes, hasher, err);

    if (rc < 0)
        return rc;
    gzvalues_by_place(&impl->values);
    if (impl->known)
        gzvalues_verify(&impl->values, &impl->sums);
    else
        gzvalues_record(&impl->values, &impl->sums);
    impl->value_count = 0;
    impl->entry_count = 0;
    impl->ended = 0;
    impl->plain = false;
    impl->bare = false;
    impl->context.defaults = NULL;
    return 0;
}

static int set_id(struct manifest_impl *impl, const char *path, struct err *err)
{
    const char *id = impl->options->id;

    if (!id)
        manifest_file_stem(path, impl->id);
    else if (entry_id_valid(id, strlen(id)))
        memcpy(impl->id, id, strlen(id) + 1);
    else
        return err_set(err, ERR_USAGE,
                       "--id: expected 1 to %d of A-Z a-z 0-9 . _ -, found "
                       "\"%s\"",
                       ENTRY_ID_MAX, id);
    return 0;
}

static void set_context(struct manifest *manifest)
{
    struct manifest_impl *impl = manifest->impl;
    const struct manifest_options *options = impl->options;

    impl->context.file = manifest->file;
    impl->context.sets = options->sets;
    impl->context.set_count = options->set_count;
    impl->context.rows = options->rows;
    impl->context.market = options->market;
    impl->context.timeout = options->timeout;
    impl->context.id = impl->id;
    impl->context.schema = options->schema;
    impl->context.hasher = &impl->job_hasher;
    impl->context.market_address = options->market_address;
    impl->context.market_arg = options->market_arg;
}

static int open_parts(struct manifest *manifest, const char *path,
                      struct err *err)
{
    struct manifest_impl *impl = manifest->impl;
    int rc = set_id(impl, path, err);

    if (rc == 0)
        rc = hasher_init(&impl->text_hasher, err);
    if (rc == 0)
        rc = hasher_init(&impl->job_hasher, err);
    if (rc < 0)
        return rc;
    set_context(manifest);
    rc = manifest_file_open(path, &impl->fd, &impl->file_bytes, err);
    if (rc == 0)
        rc = begin_pass(manifest, err);
    if (rc < 0)
        err->file = manifest->file;
    return rc;
}

/* A manifest without a file. */
static int make(struct manifest *manifest,
                const struct manifest_options *options, struct err *err)
{
    struct manifest_impl *impl = calloc(1, sizeof *impl);

    manifest->impl = impl;
    if (!impl)
        return err_set(err, ERR_MEMORY, "out of memory for a manifest");
    impl->options = options;
    impl->fd = -1;
    buf_init(&impl->sums, SUMS_BYTES_MAX);
    buf_init(&impl->header_text, JSON_TEXT_MAX);
    manifest_ids_init(&impl->ids);
    entry_models_init(&impl->models);
    json_init(&impl->doc);
    json_init(&impl->header);
    return 0;
}

int manifest_open(struct manifest *manifest, const char *path,
                  const struct manifest_options *options, struct err *err)
{
    int rc = make(manifest, options, err);

    if (rc < 0)
        return rc;
    manifest->file = strcmp(path, "-") == 0 ? "standard input" : path;
    rc = open_parts(manifest, path, err);
    if (rc < 0)
        manifest_release(manifest);
    return rc;
}

void manifest_release(struct manifest *manifest)
{
    struct manifest_impl *impl = manifest->impl;

    if (!impl)
        return;
    entry_models_release(&impl->models);
    gzvalues_release(&impl->values);
    json_release(&impl->header);
    json_release(&impl->doc);
    manifest_ids_release(&impl->ids);
    buf_release(&impl->header_text);
    buf_release(&impl->sums);
    hasher_release(&impl->job_hasher);
    hasher_release(&impl->text_hasher);
    if (impl->fd >= 0)
        close(impl->fd);
    free(impl);
    manifest->impl = NULL;
}

static int share_parts(struct manifest *manifest,
                       const struct manifest_impl *of, struct err *err)
{
    struct manifest_impl *impl = manifest->impl;

    impl->fd = fcntl(of->fd, F_DUPFD_CLOEXEC, 0);
    if (impl->fd < 0)
        return err_set_errno(err, ERR_INPUT, errno, "cannot open it again");
    int rc = hasher_init(&impl->text_hasher, err);
    if (rc == 0)
        rc = hasher_init(&impl->job_hasher, err);
    if (rc < 0)
        return rc;
    impl->file_bytes = of->file_bytes;
    impl->known = true;
    impl->entries = of->entries;
    memcpy(impl->digest, of->digest, sizeof impl->digest);
    memcpy(impl->id, of->id, sizeof impl->id);
    buf_add(&impl->sums, buf_str(&of->sums), of->sums.len);
    set_context(manifest);
    rc = buf_error(&impl->sums, "the file's checksums", err);
    return rc < 0 ? rc : begin_pass(manifest, err);
}

int manifest_share(struct manifest *manifest, const struct manifest *of,
                   struct err *err)
{
    if (!of->impl->known)
        return err_set(err, ERR_INTERNAL,
                       "a manifest is shared before it was read once");
    int rc = make(manifest, of->impl->options, err);
    if (rc < 0)
        return rc;
    manifest->file = of->file;
    rc = share_parts(manifest, of->impl, err);
    if (rc < 0) {
        err->file = manifest->file;
        manifest_release(manifest);
    }
    return rc;
}

int manifest_rewind(struct manifest *manifest, struct err *err)
{
    struct manifest_impl *impl = manifest->impl;

    if (!impl->known)
        return err_set(err, ERR_INTERNAL,
                       "a manifest is read again before it was read once");
    entry_models_clear(&impl->models);
    gzvalues_release(&impl->values);
    if (begin_pass(manifest, err) == 0)
        return 0;
    err->file = manifest->file;
    return err->code;
}
