/* operators/explain_op.c - why a line is what it is: each of its tickets, by which step, with which
 * weight of which total. Without it an operator would have to believe a sum.
 *
 * An operator sees its own part of a ticket; of the others it sees weights, in the order that broke
 * ties, and no names. Its tickets have names that mean nothing to anybody else.
 */
#include "operators/share_op.h"

#include "core/date.h"
#include "operators/line_state.h"
#include "operators/pseudonym.h"

struct explain_cmd {
	day_t period;
	char operator_id[ID_SIZE], line[LINE_ID_SIZE];
	uint16_t product_number, product_version, rule_version;
	day_t rides;
	struct product product;
	struct pool pool;
	bool pool_known;
	struct op_view operator_view;
	struct listing listing;
};

/* ---- The line that is asked for. ---- */

static bool take_number(struct slice *rest, uint16_t *out)
{
	uint8_t bytes[2];

	if (rest->size < 5 || rest->data[0] != '.' ||
	    !hex_decode(bytes, sizeof(bytes), slice_of(rest->data + 1, 4)))
		return false;
	*out = (uint16_t)(bytes[0] << 8 | bytes[1]);
	*rest = slice_of(rest->data + 5, rest->size - 5);
	return true;
}

/* "ferry.0001.0002.2026-11.0003.0": of whatever tax class, the tickets are the same. */
static bool read_line(struct explain_cmd *cmd)
{
	size_t own = text_size(cmd->operator_id);
	struct slice rest = slice_text(cmd->line);

	if (!slice_starts(rest, slice_text(cmd->operator_id)))
		return false;
	rest = slice_of(rest.data + own, rest.size - own);
	if (!take_number(&rest, &cmd->product_number) ||
	    !take_number(&rest, &cmd->product_version) || rest.size != 15 || rest.data[0] != '.' ||
	    !month_decode(&cmd->rides, slice_of(rest.data + 1, 7)))
		return false;
	rest = slice_of(rest.data + 8, 7);
	return take_number(&rest, &cmd->rule_version) && rest.data[0] == '.' &&
	       rest.data[1] >= '0' && rest.data[1] < '0' + TAX_CLASS_COUNT;
}

static bool explain_parse(struct call *call)
{
	static const char *const names[] = { "line", NULL };
	struct explain_cmd *cmd = call->cmd;
	char month[MONTH_TEXT_SIZE];
	struct slice line;

	if (!books_param_period(call, &cmd->period, 0) ||
	    !call_param_subject(call, cmd->operator_id, 1))
		return false;
	if (call->caller.role == ROLE_operator &&
	    !text_equal(call->caller.subject, cmd->operator_id))
		return call_refuse(call, 404, "OPERATOR_UNKNOWN", "there is no such operator");
	month_encode(month, cmd->period);
	if (!listing_parse(call, &cmd->listing, call_key(call, "split/%s/", month), names))
		return false;
	if (!call_query(call, &line, "line") || !text_set(cmd->line, sizeof(cmd->line), line) ||
	    !read_line(cmd))
		return call_refuse(call, 400, "BAD_LINE",
				   "say ?line=, as ferry.0001.0002.2026-11.0003.0: operator, "
				   "product, its version, month, the rule's version, tax class");
	return true;
}

static bool explain_keys(struct call *call)
{
	struct explain_cmd *cmd = call->cmd;
	char month[MONTH_TEXT_SIZE], rides[MONTH_TEXT_SIZE];
	int got = call_load(call, &cmd->product, &product_shape,
			    call_key(call, "prodver/%04x/%04x", cmd->product_number,
				     cmd->product_version));

	(void)listing_page(call, &cmd->listing);
	(void)call_load(call, &cmd->operator_view, &op_view_shape,
			call_key(call, "opview/%s", cmd->operator_id));
	if (got == 0)
		return true;
	if (got < 0)
		return call_refuse(call, 404, "LINE_UNKNOWN", "there is no such line");
	month_encode(month, cmd->period);
	month_encode(rides, cmd->rides);
	got = call_load(call, &cmd->pool, &pool_shape,
			call_key(call, "pool/split/%s/%s/%s/%04x/%04x/%04x", month, rides,
				 cmd->product.rule_id, cmd->rule_version, cmd->product_number,
				 cmd->product_version));
	cmd->pool_known = got > 0;
	return true;
}

/* ---- One ticket. ---- */

static bool is_of_line(const struct explain_cmd *cmd, const struct ticket_split *split)
{
	return split->product_number == cmd->product_number &&
	       split->product_version == cmd->product_version && split->rides == cmd->rides &&
	       split->rule_version == cmd->rule_version;
}

/* False: the operator has no part in it. */
static bool explain_ticket(struct explanation *out, const struct call *call,
			   const struct ticket_split *split)
{
	const struct explain_cmd *cmd = call->cmd;
	bool found = false;

	*out = (struct explanation){ .ticket_id = split->ticket_id,
				     .over = split->over,
				     .earned_yen = split->earned_yen,
				     .sums = split->sums,
				     .step = split->split_step,
				     .by = split->by,
				     .weight_sum = split->weight_sum };
	for (uint16_t i = 0; i < split->leg_count; i++) {
		const struct split_leg *leg = &split->legs[i];

		if (text_equal(leg->operator_id, cmd->operator_id)) {
			found = true;
			out->own = *leg;
			out->place = i;
		} else {
			struct other_weight *other = &out->others[out->other_count++];

			*other = (struct other_weight){ leg->weight, leg->fixed_yen, leg->bound };
		}
	}
	if (call->caller.role == ROLE_operator)
		out->ticket_id = pseudonym_of(cmd->operator_view.secret, split->ticket_id);
	return found;
}

/* A month's pool stands for all of its tickets at once. */
static bool explain_pool(struct explanation *out, const struct explain_cmd *cmd)
{
	const struct pool *pool = &cmd->pool;
	bool found = false;

	*out = (struct explanation){ .pooled = true,
				     .tickets = pool->tickets,
				     .earned_yen = pool->sum_yen,
				     .sums.unused_yen = pool->unused_yen,
				     .by = pool->by,
				     .weight_sum = pool->weight_sum };
	for (uint16_t i = 0; i < pool->leg_count; i++) {
		const struct pool_leg *leg = &pool->legs[i];

		if (!text_equal(leg->operator_id, cmd->operator_id)) {
			out->others[out->other_count++] =
				(struct other_weight){ leg->weight, 0, leg->bound };
			continue;
		}
		found = true;
		out->place = i;
		out->own = (struct split_leg){ .boardings = leg->boardings,
					       .riders = leg->riders,
					       .deemed_fare_yen = leg->deemed_fare_yen,
					       .distance_m = leg->distance_m,
					       .weight = leg->weight,
					       .share_yen = leg->share_yen,
					       .before_yen = leg->before_yen,
					       .rank = leg->rank,
					       .bound = leg->bound };
	}
	return found;
}

static void explain_answer(struct call *call)
{
	const struct explain_cmd *cmd = call->cmd;
	const struct call_page *page = listing_page(call, &cmd->listing);
	struct ticket_split *split = arena_alloc(call->arena, sizeof(*split));
	struct explanation *item = arena_alloc(call->arena, sizeof(*item));
	bool first = text_equal(cmd->listing.from, cmd->listing.prefix);
	struct json_out out;

	call_reply_json(call, 200, &out);
	json_object(&out, NULL);
	json_array(&out, "items");
	if (first && cmd->pool_known && explain_pool(item, cmd))
		shape_to_json(&out, NULL, &explanation_shape, item);
	for (uint32_t i = 0; i < page->count; i++) {
		MUST(shape_from_cbor(split, &ticket_split_shape, page->records[i].value));
		if (is_of_line(cmd, split) && explain_ticket(item, call, split))
			shape_to_json(&out, NULL, &explanation_shape, item);
	}
	json_array_end(&out);
	listing_put_next(&out, &cmd->listing, page);
	json_object_end(&out);
}

const struct flow_op explain_op = { "explain",		    sizeof(struct explain_cmd), 0,
				    explain_parse,	    explain_keys,
				    NULL, NULL,
				    explain_answer };
