#include "manifest_impl.h"

#include <string.h>

int manifest_stop(struct manifest *manifest, struct errs *errs, struct err *err)
{
    err->file = manifest->file;
    errs_add(errs, err);
    manifest->impl->ended = err->code;
    return err->code;
}

static int end_of_pass(struct manifest *manifest, struct errs *errs)
{
    struct manifest_impl *impl = manifest->impl;
    const uint8_t *digest = gzvalues_digest(&impl->values);
    struct err err;

    impl->ended = 1;
    if (impl->known) {
        if (memcmp(impl->digest, digest, sizeof impl->digest) == 0)
            return 0;
        err_set(&err, ERR_DATA,
                "the file changed while it was being read; start again when "
                "it is complete");
        return manifest_stop(manifest, errs, &err);
    }
    if (impl->entry_count == 0 && !impl->bare) {
        err_set(&err, ERR_DATA, "%s; " MANIFEST_ENTRY_HINT,
                impl->value_count == 0 ? "the manifest is empty"
                                       : "the manifest has a header, but no "
                                         "entries");
        return manifest_stop(manifest, errs, &err);
    }
    impl->known = true;
    impl->file_bytes = gzvalues_bytes(&impl->values);
    impl->entries = impl->entry_count;
    memcpy(impl->digest, digest, sizeof impl->digest);
    manifest_ids_release(&impl->ids);
    return 0;
}

int manifest_next(struct manifest *manifest, struct entry **entry,
                  struct errs *errs)
{
    struct manifest_impl *impl = manifest->impl;
    struct err err;
    int rc = 0;

    *entry = NULL;
    if (impl->ended != 0)
        return impl->ended < 0 ? impl->ended : 0;
    if (errs_full(errs))
        return errs_result(errs, &err);
    while (rc == 0) {
        rc = gzvalues_next(&impl->values, &impl->item, &err);
        if (rc < 0)
            return manifest_stop(manifest, errs, &err);
        if (rc == 0)
            return end_of_pass(manifest, errs);
        rc = manifest_value_take(manifest, entry, errs);
    }
    return rc;
}

uint64_t manifest_entries(const struct manifest *manifest)
{
    return manifest->impl->entries;
}

const uint8_t *manifest_digest(const struct manifest *manifest)
{
    return manifest->impl->digest;
}

const char *manifest_entry_text(const struct manifest *manifest, size_t *len)
{
    *len = manifest->impl->item.len;
    return manifest->impl->item.text;
}
