#include "credits.h"

#include "../templates/json.h"

static int member(const struct json *doc, const char *name, int64_t *nano,
                  struct err *err)
{
    uint32_t at = json_get(doc, 0, name);

    if (at == 0 || (doc->nodes[at].type != JSON_NUMBER &&
                    doc->nodes[at].type != JSON_STRING))
        return err_set(err, ERR_SERVICE, "balance: the reply has no %s", name);
    if (money_parse(doc->text + doc->nodes[at].start, doc->nodes[at].len, nano,
                    NULL, err) != 0)
        return err_set(err, ERR_SERVICE, "balance: %s is no amount of money",
                       name);
    return 0;
}

/* a - b; false on overflow. */
static bool subtract(int64_t *a, int64_t b)
{
    return b != INT64_MIN && money_add(a, -b);
}

int credits_parse(struct credits *credits, const char *text, size_t len,
                  struct err *err)
{
    struct json doc;
    int rc;

    json_init(&doc);
    rc = json_parse(&doc, text, len, err);
    if (rc == 0 && doc.nodes[0].type != JSON_OBJECT)
        rc = ERR_DATA;
    if (rc != 0)
        rc = err_set(err, ERR_SERVICE, "balance: the reply is no JSON object");
    if (rc == 0)
        rc = member(&doc, "assignedCredits", &credits->assigned_nano, err);
    if (rc == 0)
        rc = member(&doc, "reservedCredits", &credits->reserved_nano, err);
    if (rc == 0)
        rc = member(&doc, "settledCredits", &credits->settled_nano, err);
    if (rc == 0) {
        credits->available_nano = credits->assigned_nano;
        if (!subtract(&credits->available_nano, credits->reserved_nano) ||
            !subtract(&credits->available_nano, credits->settled_nano))
            rc = err_set(err, ERR_SERVICE, "balance: the amounts overflow");
    }
    json_release(&doc);
    return rc;
}
