#include "answers.h"
#include "api.h"
#include "orders.h"
#include "replay.h"

void api_post(struct sandbox *sb, struct call *call)
{
    struct order order;

    if (!fields_body(sb, call) ||
        !orders_read(sb, call, 0, "$", call->old ? ORDERS_OLD : ORDERS_SINGLE,
                     &order))
        return;
    /* The older generation knows nothing of idempotency. */
    if (!call->old && !replay_begin(sb, call, false))
        return;
    if (!orders_check(sb, call, &order, 0) ||
        !orders_pay(sb, call, order.cost_nano))
        return;
    uint32_t job = orders_create(sb, call, &order);
    if (job == TABLE_NONE)
        return;
    call->reply.job = job;
    answers_post(sb, call_answer(call, 200), job, NULL);
    replay_end(sb, call, job);
}
