/* operators/participation_op.c - the count of the plan, and its targets. Without it the council
 * could not say how far it has come.
 */
#include "operators/books_op.h"

#include <stdio.h>

#include "core/date.h"

struct participation_cmd {
	day_t date;
};

static bool count_parse(struct call *call)
{
	static const char *const names[] = { "date", NULL };
	struct participation_cmd *cmd = call->cmd;
	struct slice text;

	if (!call_query_only(call, names))
		return false;
	if (call_query(call, &text, "date") && !date_decode(&cmd->date, text))
		return call_refuse(call, 400, "BAD_DATE", "date is a date, as 2027-12-31");
	return true;
}

static bool count_keys(struct call *call)
{
	(void)books_walk(call, "opview/", "opview0", NULL, NULL);
	(void)books_walk(call, "target/", "target0", NULL, NULL);
	return true;
}

struct participation_out {
	struct participation_answer answer;
	bool too_many;
	size_t count;
	struct op_view views[PARTICIPATION_OPERATOR_COUNT_MAX];
};

static void add_operator(void *to, const struct record *record)
{
	struct participation_out *out = to;

	if (out->count == PARTICIPATION_OPERATOR_COUNT_MAX) {
		out->too_many = true;
		return;
	}
	MUST(shape_from_cbor(&out->views[out->count], &op_view_shape, record->value));
	out->count++;
}

static void add_target(void *to, const struct record *record)
{
	struct participation_out *out = to;
	struct participation_answer *answer = &out->answer;
	struct target_shown *shown = &answer->targets[answer->target_count];

	if (answer->target_count == TARGET_COUNT_MAX) {
		out->too_many = true;
		return;
	}
	MUST(shape_from_cbor(&shown->target, &target_shape, record->value));
	shown->reached = answer->counts.participants >= shown->target.operators;
	answer->target_count++;
}

static void list_counts(struct participation_answer *answer)
{
	for (uint8_t mode = 0; mode < MODE_COUNT; mode++)
		if ((PARTICIPATION_MODES & MODE_BIT(mode)) != 0)
			answer->by_mode[answer->mode_count++] = (struct mode_participants){
				mode, answer->counts.by_mode[mode]
			};
	for (size_t i = 0; i < PREFECTURE_COUNT; i++) {
		struct prefecture_participants *shown =
			&answer->by_prefecture[answer->prefecture_count++];

		MUST(text_set(shown->prefecture, sizeof(shown->prefecture),
			      slice_text(prefecture_names[i])));
		shown->participants = answer->counts.by_prefecture[i];
	}
}

static bool count_decide(struct call *call)
{
	const struct participation_cmd *cmd = call->cmd;
	struct participation_out *out = call->out;
	struct participation_answer *answer = &out->answer;

	answer->date = cmd->date != 0 ? cmd->date
				      : service_day_at(call->now, call->day_boundary_min);
	if (!books_walk(call, "opview/", "opview0", add_operator, out))
		return books_refuse_too_much(call);
	participation_count(&answer->counts, out->views, out->count, answer->date);
	list_counts(answer);
	if (!books_walk(call, "target/", "target0", add_target, out) || out->too_many)
		return books_refuse_too_much(call);
	return true;
}

static void count_answer(struct call *call)
{
	call_reply_shape(call, 200, &participation_answer_shape,
			 &((struct participation_out *)call->out)->answer);
}

const struct flow_op participation_op = { "participation", sizeof(struct participation_cmd),
					  sizeof(struct participation_out), count_parse, count_keys,
					  count_decide, NULL, count_answer };

/* --- POST /v1/targets --- */

static const char *target_key(struct call *call)
{
	char date[DATE_TEXT_SIZE];

	date_encode(date, ((struct target *)call->cmd)->by);
	return call_key(call, "target/%s", date);
}

static bool target_parse(struct call *call)
{
	return books_no_query(call) && call_body(call, call->cmd, &target_shape);
}

/* The others are counted, so that no target is set that could not be shown. */
static bool target_keys(struct call *call)
{
	call_want(call, target_key(call));
	if (call_found_page(call, "target/", "target0") == NULL)
		call_want_page(call, "target/", "target0", TARGET_COUNT_MAX);
	return true;
}

static bool target_decide(struct call *call)
{
	const struct call_page *page = call_found_page(call, "target/", "target0");

	if (page != NULL && page->count == TARGET_COUNT_MAX &&
	    call_found(call, target_key(call))->version == 0)
		return call_refuse(call, 409, "TOO_MANY_TARGETS", "there are %d targets already",
				   TARGET_COUNT_MAX);
	return true;
}

static void target_writes(struct call *call)
{
	call_put_shape(call, target_key(call), &target_shape, call->cmd);
}

static void target_answer(struct call *call)
{
	call_reply_shape(call, 201, &target_shape, call->cmd);
}

const struct flow_op target_put_op = { "target_put", sizeof(struct target), 0, target_parse,
				       target_keys, target_decide, target_writes, target_answer };

/* --- What the council set out with: 地域交通計画, six in ten operators by 2030 --- */

size_t operators_seed(struct store_item *items, size_t most, struct arena *arena)
{
	static const struct {
		struct civil by;
		uint32_t operators;
	} plan[] = {
		{ { 2027, 12, 31 }, 60 },
		{ { 2030, 12, 31 }, 100 },
	};

	MUST(most >= COUNT_OF(plan));
	for (size_t i = 0; i < COUNT_OF(plan); i++) {
		struct target target = { day_of_civil(plan[i].by), plan[i].operators };
		struct writer to = { .data = arena_alloc(arena, 64), .size = 64 };
		char date[DATE_TEXT_SIZE];

		date_encode(date, target.by);
		shape_to_cbor(&to, &target_shape, &target);
		MUST(!to.failed);
		items[i] = (struct store_item){
			.key = slice_text(arena_text(arena, "target/%s", date)),
			.value = slice_of(to.data, to.used),
			.intent = STORE_WRITE,
		};
	}
	return COUNT_OF(plan);
}
