/*
 * entry: one job template of a manifest, compiled; and the jobs it renders.
 *
 * entry_compile reads one JSON value (a template with its parameters) into
 * memory of its own; entry_job computes the job of any index from it.
 */
#ifndef TEMPLATES_ENTRY_H
#define TEMPLATES_ENTRY_H

#include "base58.h"
#include "cid_alike.h"
#include "definition.h"
#include "expr.h"
#include "key.h"
#include "template.h"

#define ENTRY_ID_MAX          64
#define ENTRY_NAME_MAX        512 /* bytes of a job's name */
#define ENTRY_TIMEOUT_DEFAULT 3600
#define ENTRY_TIMEOUT_MAX     ((uint64_t)INT32_MAX) /* seconds */
#define ENTRY_MEMORY_MAX      ((size_t)512 << 20)

/* One --set NAME=VALUE, already read into JSON. */
struct entry_set {
    const char *name;
    const struct json *doc; /* its top value is the parameter's */
};

/* What stands around an entry: the header's defaults and the options. */
struct entry_context {
    const char *file;            /* for errors; borrowed */
    uint64_t line, column;       /* of the entry's text within the file */
    const struct json *defaults; /* NULL, or a document of which… */
    uint32_t defaults_node;      /* …this is the `defaults` object */
    uint64_t defaults_line;      /* of that document within the file */
    const struct entry_set *sets;
    size_t set_count;
    const struct json *rows; /* --rows: a list of objects, for entries that
                                have none of their own; NULL: not given */
    const char *market;      /* --market: fills what is absent; NULL: none */
    const char *timeout;     /* --timeout, likewise */
    const char *id; /* id of a plain job definition (the file's stem) */
    enum definition_schema schema;
    struct hasher *hasher;
    /*
     * Gives the address of a market's slug; NULL: slugs stay unresolved and
     * jobs that name one have no key. Fills err with a message that names the
     * nearest slug and returns ERR_DATA where it is unknown.
     */
    int (*market_address)(void *arg, const char *slug, uint8_t address[32],
                          struct err *err);
    void *market_arg;
};

/* Where something of an entry is written in the file; line 0: nowhere. */
struct entry_spot {
    uint64_t line, column;
};

struct entry {
    struct arena arena; /* owns all below but the scratch */
    const char *id;
    const char *file;            /* borrowed */
    uint64_t line, column;       /* of the entry in the file */
    const struct json *doc;      /* borrowed: what it was compiled from, */
    uint32_t definition_node;    /* and where the definition is in that */
    const char *definition_path; /* "$.definition"; of a plain one "$" */
    struct entry_spot market_spot, timeout_spot, node_spot, name_spot;
    struct params params;
    struct template definition, market, timeout, node, name;
    bool has_market, has_node, has_name;
    bool has_address;         /* of a market without placeholders, */
    uint8_t address[32];      /* this is the address, given or resolved, */
    const char *market_text;  /* and this what was given */
    uint8_t node_address[32]; /* where node holds no placeholder */
    uint64_t timeout_s;       /* where it holds no placeholder */
    uint32_t *derive_order;   /* parameters to derive, in order */
    struct template *derives; /* one for each of derive_order */
    struct entry_spot *derive_spots; /* likewise */
    uint32_t derive_count;
    bool given; /* key, cid or index stand in it: one job, as expand printed */
    const char *given_key; /* as written, or NULL */
    const char *given_cid; /* likewise */
    int64_t given_index;   /* -1 where there is none */
    uint64_t given_repeat; /* where given: the replica's own number */
    bool has_where;
    struct expr where;                   /* its names bound to this entry */
    struct expr_text written;            /* `where` as it stands in the file, */
    struct entry_spot where_spot;        /* and its opening quote there */
    const struct entry_context *context; /* borrowed */
    uint64_t checked;   /* the point that was checked in compiling, as entry_job
                           checks it; UINT64_MAX: none was */
    struct point point; /* scratch of entry_job; owned */
    struct json parsed; /* likewise */
    struct buf scratch; /* likewise */
    struct {            /* of the point that was sought */
        bool derived, named;           /* done already */
        struct buf name;               /* owned */
        char market[BASE58_TEXT_MAX];  /* as given */
        char address[BASE58_TEXT_MAX]; /* the same, where market is a slug */
    } sought;
    bool has_digest; /* of a definition without placeholders, once known, */
    uint8_t digest[CID_DIGEST_LEN]; /* this is the digest, */
    char cid[CID_TEXT_MAX];         /* and this the CID */
    struct cid_alike alike;         /* of one with placeholders */
};

/*
 * One rendered job. All pointers are into the job's own buffers and are valid
 * until the next entry_job with it, or job_release.
 */
struct job {
    uint64_t index; /* within the entry */
    uint64_t repeat;
    uint64_t draw;
    uint64_t timeout_s;
    bool has_market;
    bool has_address; /* market is an address (given, or resolved) */
    bool has_node;
    uint8_t market[32];   /* where has_address */
    uint8_t node[32];     /* where has_node */
    uint8_t key[KEY_LEN]; /* where has_address, else zeros */
    uint8_t digest[CID_DIGEST_LEN];
    char cid[CID_TEXT_MAX];
    char market_text[BASE58_TEXT_MAX]; /* address or slug, as given */
    const char *id;                    /* borrowed from the entry */
    struct buf name;                   /* UTF-8 */
    struct buf params;     /* a JSON object of the point's parameters */
    struct buf definition; /* the bytes to pin */
};

void job_init(struct job *job);
void job_release(struct job *job);

/*
 * Compiles doc's top value: an entry, or a plain job definition (an object
 * with `ops` and without `definition`), whose id is context->id. Every
 * problem goes to errs, with file, line and column in the file; one point, the
 * first, is rendered and its definition checked. context is borrowed until
 * entry_release, as is doc with its text, where the places of a point's
 * faults are looked for. Afterwards the entry is usable only where errs gained
 * no error; entry_release is due in any case.
 */
void entry_compile(struct entry *entry, const struct json *doc,
                   const struct entry_context *context, struct errs *errs);
void entry_release(struct entry *entry);

/* Number of jobs, before `where` and any selection. */
uint64_t entry_points(const struct entry *entry);

/* What is sure of all points of an entry without going through them. */
struct entry_distinct {
    bool names; /* no two of them have one name */
    bool keys;  /* no two of them are one job */
};

/*
 * Takes the time of going through each axis by itself, at most. false says
 * only that it is not sure.
 */
void entry_distinct(struct entry *entry, struct entry_distinct *out);

/*
 * Whether surely every point can be rendered, and its definition is as good
 * as the first one's, which entry_compile has checked. Takes the time of
 * going through each axis by itself, at most; false says only that it is not
 * sure.
 */
bool entry_sound(struct entry *entry);

/*
 * The arithmetic of entry_points for people: "3 × 5 × 2 repeats = 30",
 * "20 draws = 20", "3", "1".
 */
void entry_describe(const struct entry *entry, struct buf *out);

/*
 * Whether the entry's own `where` takes the point of an index: 1 (also where
 * there is none), 0, or an error as entry_job's.
 */
int entry_selects(struct entry *entry, uint64_t index, struct err *err);

/*
 * Points the names of an expression at this entry: its parameters, and id,
 * name, market (as given, or its address), repeat, draw. The binding of a
 * name that the entry does not know is 0 then: it is absent at every point.
 */
void entry_bind(const struct entry *entry, struct expr *expr);

/* These names, one by one from i = 0, then NULL. They live with the entry. */
const char *entry_known_name(const struct entry *entry, uint32_t i);

/* Whether expressions know the name of jobs in a ledger only: state, cost. */
bool entry_ledger_name(const char *name);

/* Computes the point of an index below entry_points, for entry_test. */
int entry_seek(struct entry *entry, uint64_t index, struct err *err);

/*
 * The truth of an expression, bound to this entry, at the point that was
 * sought. err's column is within the expression; the message has no
 * place; with a line, that is a template's, which is at fault.
 */
int entry_test(struct entry *entry, const struct expr *expr,
               enum expr_truth *truth, struct err *err);

/*
 * Puts the entry's place, where err has no line yet, its id and the point's
 * assignment into err.
 */
int entry_place_error(struct entry *entry, bool with_point, struct err *err);

/*
 * Renders the job of an index below entry_points: name, parameters, market,
 * timeout, node, definition (checked against the schema), CID, key. err has
 * the place of the placeholder, field or entry that is at fault, the entry's
 * id, the path, and the point's assignment. Returns 0,
 * ERR_DATA, ERR_LIMIT, ERR_MEMORY.
 */
int entry_job(struct entry *entry, uint64_t index, struct job *job,
              struct err *err);

/*
 * The job without what only people and ledgers read of it: as entry_job, but
 * name, params and cid are empty until entry_complete, which is due before
 * another job of the entry is rendered. For those who look at many and take
 * few. entry_add_name adds the name alone. Errors of the name come with these.
 */
int entry_key(struct entry *entry, uint64_t index, struct job *job,
              struct err *err);
int entry_add_name(struct entry *entry, struct job *job, struct err *err);
int entry_complete(struct entry *entry, struct job *job, struct err *err);

/* Whether doc's top value is a job definition, no entry around one. */
bool entry_is_plain(const struct json *doc);

/* Whether text may be an entry's id. */
bool entry_id_valid(const char *id, size_t len);

/* "90", "90s", "30m", "2h" to seconds; 1 to ENTRY_TIMEOUT_MAX. */
int entry_timeout(const char *text, size_t len, uint64_t *seconds,
                  struct err *err);

#endif
