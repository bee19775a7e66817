/* operators/erasure_op.c - passenger lists whose term is over are erased while the server runs.
 * Without it names would be kept for as long as the disk lasts.
 *
 * The log holds a list's random id and a digest made with the salt that goes with the record, so no
 * leaf and no view changes, and nobody can try names against them.
 */
#include "operators/passenger_op.h"

#include "core/date.h"

_Static_assert((int)ERASURE_COUNT_MAX < (int)STORE_PAGE_COUNT_MAX, "one page shows one more");
_Static_assert(2 * (int)ERASURE_COUNT_MAX < (int)CALL_WRITE_COUNT_MAX, "a list and its note");

struct erasure_cmd {
	struct erasure_order order;
	struct erasure_answer answer;
	struct passenger_list list; /* The one in hand. */
};

static bool parse(struct call *call)
{
	static const char *const none[] = { NULL };
	struct erasure_cmd *cmd = call->cmd;

	if (!call_query_only(call, none) || !call_body(call, &cmd->order, &erasure_order_shape))
		return false;
	if (cmd->order.before > day_at(call->now))
		return call_refuse_at(call, 422, "OUT_OF_RANGE", "/before",
				      "today at the latest: what must still be kept is kept");
	return true;
}

static const struct call_page *due_page(struct call *call)
{
	const struct erasure_cmd *cmd = call->cmd;
	int before = cmd->order.before > 0 ? cmd->order.before : 0;
	const char *until = call_key(call, "erase/%06d/", before);
	const struct call_page *page = call_found_page(call, "erase/", until);

	if (page == NULL)
		call_want_page(call, "erase/", until, ERASURE_COUNT_MAX + 1);
	return page;
}

static uint32_t count_of(const struct call_page *page)
{
	return page->count < ERASURE_COUNT_MAX ? page->count : ERASURE_COUNT_MAX;
}

static const char *due_key(struct call *call, const struct record *record)
{
	return call_key(call, "%.*s", (int)record->key.size, (const char *)record->key.data);
}

static const char *list_key(struct call *call, const struct record *record)
{
	struct passenger_due due;

	MUST(shape_from_cbor(&due, &passenger_due_shape, record->value));
	return passenger_key(call, due.operator_id, due.service_id, due.ticket_id);
}

static bool keys(struct call *call)
{
	const struct call_page *page = due_page(call);

	for (uint32_t i = 0; page != NULL && i < count_of(page); i++) {
		call_want(call, due_key(call, &page->records[i]));
		call_want(call, list_key(call, &page->records[i]));
	}
	return true;
}

static bool decide(struct call *call)
{
	struct erasure_cmd *cmd = call->cmd;
	const struct call_page *page = due_page(call);

	cmd->answer = (struct erasure_answer){ .before = cmd->order.before,
					       .lists = count_of(page),
					       .more = page->count > ERASURE_COUNT_MAX };
	for (uint32_t i = 0; i < count_of(page); i++) {
		const struct record *list = call_found(call, list_key(call, &page->records[i]));

		if (list->version == 0)
			continue;
		MUST(shape_from_cbor(&cmd->list, &passenger_list_shape, list->value));
		cmd->answer.passengers += cmd->list.passenger_count;
	}
	return true;
}

/* What another command erased meanwhile is gone, and this one begins anew. */
static void erase(struct call *call, const struct record *record)
{
	const char *due = due_key(call, record), *list = list_key(call, record);

	if (call_found(call, due)->version > 0)
		call_remove(call, due);
	if (call_found(call, list)->version > 0)
		call_remove(call, list);
}

static void writes(struct call *call)
{
	const struct erasure_answer *answer = &((struct erasure_cmd *)call->cmd)->answer;
	const struct call_page *page = due_page(call);
	struct fact fact = { .type = FACT_erased_passengers,
			     .at = call->now,
			     .id = call->id,
			     .day = answer->before,
			     .count = answer->passengers };

	for (uint32_t i = 0; i < answer->lists; i++)
		erase(call, &page->records[i]);
	if (answer->lists > 0)
		fact_file(call, &fact, 0);
}

static void answer(struct call *call)
{
	call_reply_shape(call, 200, &erasure_answer_shape,
			 &((struct erasure_cmd *)call->cmd)->answer);
}

const struct flow_op erasure_op = { "erasure", sizeof(struct erasure_cmd), 0,      parse,
				    keys,      decide,                     writes, answer };
