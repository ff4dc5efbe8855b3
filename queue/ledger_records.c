/* Writing the records of a job; ledger_format.c describes them. */
#include "ledger_impl.h"

/* What an intent and its post have in common, up to the cid… */
static void put_head(struct buf *line, const struct ledger_intent *record)
{
    ledger_put_u64(line, FIELD_epoch, record->epoch);
    ledger_put_str(line, FIELD_idem, record->idem);
    ledger_put_nano(line, FIELD_max_usd, record->max_nano);
    ledger_put_text(line, FIELD_name, record->name);
}

/* …and from the cid on. Recovery reads no further than that. */
static void put_rest(struct buf *line, const struct ledger_intent *record)
{
    ledger_put_str(line, FIELD_cid, record->cid);
    ledger_put_str(line, FIELD_id, record->id);
    ledger_put_json(line, FIELD_params, record->params);
    ledger_put_u64(line, FIELD_repeat, record->repeat);
    ledger_put_str(line, FIELD_market, record->market);
    ledger_put_u64(line, FIELD_timeout, record->timeout_s);
    ledger_put_str(line, FIELD_node, record->node);
    ledger_put_u64(line, FIELD_draw, record->draw);
    if (record->replaces)
        ledger_put_str(line, FIELD_replaces, record->replaces);
}

int ledger_add_intent(struct ledger *ledger, const struct ledger_intent *record,
                      struct err *err)
{
    struct buf *line = &ledger->pending;
    size_t start;

    if (ledger->mode == LEDGER_WRITE && ledger->open_seq == 0)
        return err_set(err, ERR_INTERNAL, "an intent without an open record");
    if (ledger_record_begin_job(ledger, TYPE_intent, record->op, record->key,
                                record->gen, &start, err) < 0)
        return err->code;
    put_head(line, record);
    if (record->op != LEDGER_POST)
        ledger_put_str(line, FIELD_address, record->address);
    put_rest(line, record);
    if (record->op == LEDGER_EXTEND)
        ledger_put_u64(line, FIELD_seconds, record->seconds);
    ledger_put_u64(line, FIELD_open, ledger->open_seq);
    ledger_put_u64(line, FIELD_boot_ms,
                   ledger->os->boot_ms(ledger->os->context));
    ledger_put_text(line, FIELD_body, record->body);
    return ledger_record_finish(ledger, start, false, err);
}

int ledger_add_post(struct ledger *ledger, const struct ledger_post *record,
                    struct err *err)
{
    const struct ledger_intent *intent = &record->intent;
    struct buf *line = &ledger->pending;
    struct err clash = ERR_INIT;
    size_t start;

    int clashes = ledger_address_taken(ledger, intent->key, intent->gen,
                                       record->address, &clash);
    if (ledger_record_begin_job(ledger, TYPE_post, LEDGER_POST, intent->key,
                                intent->gen, &start, err) < 0)
        return err->code;
    put_head(line, intent);
    ledger_put_str(line, FIELD_address, record->address);
    ledger_put_nano(line, FIELD_cost_usd,
                    record->estimate ? intent->max_nano : record->cost_nano);
    ledger_put_str(line, FIELD_cost_source,
                   record->estimate ? "estimate" : "reply");
    if (record->cost_raw)
        ledger_put_server(line, FIELD_cost_raw, record->cost_raw);
    put_rest(line, intent);
    ledger_put_u64(line, FIELD_open, ledger->open_seq);
    ledger_put_u64(line, FIELD_boot_ms,
                   ledger->os->boot_ms(ledger->os->context));
    ledger_put_server(line, FIELD_run, record->run);
    ledger_put_server(line, FIELD_tx, record->tx);
    ledger_put_server(line, FIELD_credits, record->credits);
    ledger_put_server(line, FIELD_reservation, record->reservation);
    ledger_put_server(line, FIELD_project, record->project);
    ledger_put_u64(line, FIELD_attempts, record->attempts);
    ledger_put_u64(line, FIELD_ms, record->elapsed_ms);
    int result = ledger_record_finish(ledger, start, true, err);
    if (result == 0 && clashes < 0) {
        *err = clash;
        result = clashes;
    }
    return result;
}

/* The three ways in which an intent ends without a job. */
static int add_outcome(struct ledger *ledger, enum ledger_type type,
                       const struct ledger_outcome *record, struct err *err)
{
    struct buf *line = &ledger->pending;
    size_t start;

    if (ledger_record_begin_job(ledger, type, record->op, record->key,
                                record->gen, &start, err) < 0)
        return err->code;
    ledger_put_u64(line, FIELD_epoch, record->epoch);
    ledger_put_str(line, FIELD_idem, record->idem);
    ledger_put_text(line, FIELD_name, record->name);
    if (record->op != LEDGER_POST)
        ledger_put_str(line, FIELD_address, record->address);
    ledger_put_nano(line, FIELD_max_usd, record->max_nano);
    ledger_put_server(line, FIELD_why, record->why);
    ledger_put_u64(line, FIELD_status,
                   record->status > 0 ? (uint64_t)record->status : 0);
    ledger_put_server(line, FIELD_code, record->code);
    ledger_put_server(line, FIELD_message, record->message);
    if (type == TYPE_unknown && record->mismatch)
        ledger_put_json(line, FIELD_mismatch, (struct ledger_text){"true", 4});
    return ledger_record_finish(ledger, start, false, err);
}

int ledger_add_release(struct ledger *ledger,
                       const struct ledger_outcome *record, struct err *err)
{
    return add_outcome(ledger, TYPE_release, record, err);
}

int ledger_add_reject(struct ledger *ledger,
                      const struct ledger_outcome *record, struct err *err)
{
    return add_outcome(ledger, TYPE_reject, record, err);
}

int ledger_add_unknown(struct ledger *ledger,
                       const struct ledger_outcome *record, struct err *err)
{
    return add_outcome(ledger, TYPE_unknown, record, err);
}

int ledger_add_action(struct ledger *ledger, const struct ledger_action *record,
                      struct err *err)
{
    struct buf *line = &ledger->pending;
    enum ledger_type type =
        record->op == LEDGER_EXTEND ? TYPE_extend : TYPE_stop;
    size_t start;

    if (record->op == LEDGER_POST)
        return err_set(err, ERR_INTERNAL, "a post is no action on a job");
    if (ledger_record_begin_job(ledger, type, record->op, record->key,
                                record->gen, &start, err) < 0)
        return err->code;
    ledger_put_str(line, FIELD_idem, record->idem);
    ledger_put_text(line, FIELD_name, record->name);
    ledger_put_str(line, FIELD_address, record->address);
    if (record->op == LEDGER_EXTEND)
        ledger_put_u64(line, FIELD_seconds, record->seconds);
    ledger_put_server(line, FIELD_tx, record->tx);
    if (record->ended)
        ledger_put_json(line, FIELD_ended, (struct ledger_text){"true", 4});
    ledger_put_nano(line, FIELD_max_usd, record->max_nano);
    ledger_put_nano(line, FIELD_cost_usd,
                    record->estimate ? record->max_nano : record->cost_nano);
    ledger_put_str(line, FIELD_cost_source,
                   record->estimate ? "estimate" : "reply");
    if (record->cost_raw)
        ledger_put_server(line, FIELD_cost_raw, record->cost_raw);
    ledger_put_u64(line, FIELD_attempts, record->attempts);
    ledger_put_u64(line, FIELD_ms, record->elapsed_ms);
    return ledger_record_finish(ledger, start, false, err);
}

static void put_seconds(struct buf *line, enum ledger_field field, int64_t s)
{
    ledger_put_u64(line, field, s > 0 ? (uint64_t)s : 0);
}

int ledger_add_state(struct ledger *ledger, const struct ledger_report *record,
                     struct err *err)
{
    struct buf *line = &ledger->pending;
    size_t start;

    if (ledger_record_begin_job(ledger, TYPE_state, LEDGER_POST, record->key,
                                record->gen, &start, err) < 0)
        return err->code;
    ledger_put_str(line, FIELD_address, record->address);
    put_seconds(line, FIELD_state, record->state);
    ledger_put_server(line, FIELD_job_status, record->job_status);
    put_seconds(line, FIELD_listed, record->listed_s);
    put_seconds(line, FIELD_start, record->start_s);
    put_seconds(line, FIELD_end, record->end_s);
    ledger_put_server(line, FIELD_result, record->result);
    ledger_put_nano(line, FIELD_final_usd, record->final_nano);
    return ledger_record_finish(ledger, start, false, err);
}

int ledger_add_settle(struct ledger *ledger,
                      const struct ledger_settlement *record, struct err *err)
{
    struct buf *line = &ledger->pending;
    struct err clash = ERR_INIT;
    size_t start;
    int clashes = 0;

    if (record->address)
        clashes = ledger_address_taken(ledger, record->key, record->gen,
                                       record->address, &clash);
    if (clashes < 0) {
        *err = clash;
        return clashes;
    }
    if (ledger_record_begin_job(ledger, TYPE_settle, LEDGER_POST, record->key,
                                record->gen, &start, err) < 0)
        return err->code;
    ledger_put_u64(line, FIELD_epoch, record->epoch);
    ledger_put_str(line, FIELD_idem, record->idem);
    ledger_put_text(line, FIELD_name, record->name);
    ledger_put_str(line, FIELD_address, record->address);
    ledger_put_nano(line, FIELD_max_usd, record->max_nano);
    ledger_put_str(line, FIELD_who, record->who);
    ledger_put_str(line, FIELD_how, record->how);
    return ledger_record_finish(ledger, start, false, err);
}
