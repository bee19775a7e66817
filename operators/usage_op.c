/* operators/usage_op.c - how often gates were asked and what was sold, over some days. Without
 * it the council would learn of a failing gate from the newspaper.
 */
#include "operators/books_op.h"

#include "core/date.h"

struct usage_cmd {
	day_t from, until;
};

static bool usage_date(struct call *call, day_t *out, const char *name)
{
	struct slice text;

	if (call_query(call, &text, name) && date_decode(out, text))
		return true;
	return call_refuse(call, 400, "BAD_RANGE", "%s is a date, as 2026-11-24", name);
}

static bool usage_parse(struct call *call)
{
	static const char *const names[] = { "from", "until", NULL };
	struct usage_cmd *cmd = call->cmd;

	if (!call_query_only(call, names) || !usage_date(call, &cmd->from, "from") ||
	    !usage_date(call, &cmd->until, "until"))
		return false;
	if (cmd->from < cmd->until && cmd->until - cmd->from <= USAGE_DAYS_MAX)
		return true;
	return call_refuse(call, 400, "BAD_RANGE", "from comes before until, by at most %d days",
			   USAGE_DAYS_MAX);
}

static bool walk_days(struct call *call, const char *kind,
		      void (*each)(void *, const struct record *), void *to)
{
	const struct usage_cmd *cmd = call->cmd;
	char from[DATE_TEXT_SIZE], until[DATE_TEXT_SIZE];

	date_encode(from, cmd->from);
	date_encode(until, cmd->until);
	return books_walk(call, call_key(call, "%s/%s", kind, from),
			  call_key(call, "%s/%s", kind, until), each, to);
}

/* What follows the n-th '/' of a key, up to the next. */
static struct slice key_part(struct slice key, unsigned n)
{
	size_t from = 0, to;

	for (; n > 0; n--) {
		while (from < key.size && key.data[from] != '/')
			from++;
		MUST(from < key.size);
		from++;
	}
	for (to = from; to < key.size && key.data[to] != '/';)
		to++;
	return slice_of(key.data + from, to - from);
}

static uint16_t number_of(const struct record *record)
{
	uint8_t bytes[2];

	MUST(hex_decode(bytes, sizeof(bytes), key_part(record->key, 2)));
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static void want_product_of(void *to, const struct record *record)
{
	books_want_product(to, number_of(record));
}

static bool usage_keys(struct call *call)
{
	(void)walk_days(call, "usage", NULL, NULL);
	(void)walk_days(call, "sales", want_product_of, call);
	return true;
}

struct usage_out {
	struct call *call;
	bool too_many;
	struct usage usage;
};

static uint8_t mode_named(struct slice name)
{
	uint8_t mode = 0;

	while (mode < MODE_COUNT && !slice_is(name, fares_mode_names[mode]))
		mode++;
	MUST(mode < MODE_COUNT);
	return mode;
}

/* Found, or made at its place in the order of modes and verdicts. NULL: full. */
static struct usage_scans *scans_of(struct usage_out *out, uint8_t mode, struct slice verdict)
{
	struct usage_scans *scans = out->usage.scans;
	uint16_t count = out->usage.scan_count, at = 0;

	while (at < count && (scans[at].mode < mode ||
			      (scans[at].mode == mode &&
			       slice_compare(slice_text(scans[at].verdict), verdict) < 0)))
		at++;
	if (at < count && scans[at].mode == mode && slice_is(verdict, scans[at].verdict))
		return &scans[at];
	if (count == USAGE_SCAN_COUNT_MAX) {
		out->too_many = true;
		return NULL;
	}
	for (uint16_t i = count; i > at; i--)
		scans[i] = scans[i - 1];
	out->usage.scan_count++;
	scans[at] = (struct usage_scans){ .mode = mode };
	MUST(text_set(scans[at].verdict, sizeof(scans[at].verdict), verdict));
	return &scans[at];
}

static void add_scans(void *to, const struct record *record)
{
	struct usage_out *out = to;
	struct usage_scans *scans =
		scans_of(out, mode_named(key_part(record->key, 2)), key_part(record->key, 3));
	struct tally tally;

	MUST(shape_from_cbor(&tally, &tally_shape, record->value));
	if (scans == NULL)
		return;
	scans->tally.scans += tally.scans;
	scans->tally.riders += tally.riders;
}

/* By product number. NULL: full. */
static struct usage_sales *sales_of(struct usage_out *out, uint16_t number)
{
	struct usage_sales *sales = out->usage.sales;
	uint16_t count = out->usage.sales_count, at = 0;

	while (at < count && sales[at].product_number < number)
		at++;
	if (at < count && sales[at].product_number == number)
		return &sales[at];
	if (count == USAGE_SALES_COUNT_MAX) {
		out->too_many = true;
		return NULL;
	}
	for (uint16_t i = count; i > at; i--)
		sales[i] = sales[i - 1];
	out->usage.sales_count++;
	sales[at] = (struct usage_sales){ .product_number = number };
	books_product_id(out->call, sales[at].product_id, number);
	return &sales[at];
}

static void add_sales(void *to, const struct record *record)
{
	struct usage_sales *sales = sales_of(to, number_of(record));
	struct sales_tally tally;

	MUST(shape_from_cbor(&tally, &sales_tally_shape, record->value));
	if (sales == NULL)
		return;
	sales->tally.tickets += tally.tickets;
	sales->tally.riders += tally.riders;
	sales->tally.sold_yen += tally.sold_yen;
	sales->tally.refunds += tally.refunds;
	sales->tally.refunded_yen += tally.refunded_yen;
	sales->tally.fees_yen += tally.fees_yen;
}

static bool usage_decide(struct call *call)
{
	const struct usage_cmd *cmd = call->cmd;
	struct usage_out *out = call->out;

	out->call = call;
	out->usage.from = cmd->from;
	out->usage.until = cmd->until;
	if (!walk_days(call, "usage", add_scans, out) ||
	    !walk_days(call, "sales", add_sales, out) || out->too_many)
		return books_refuse_too_much(call);
	return true;
}

static void usage_answer(struct call *call)
{
	call_reply_shape(call, 200, &usage_answer_shape, &((struct usage_out *)call->out)->usage);
}

const struct flow_op usage_op = { "usage", sizeof(struct usage_cmd), sizeof(struct usage_out),
				  usage_parse, usage_keys, usage_decide, NULL, usage_answer };
