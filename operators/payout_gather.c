/* operators/payout_gather.c - what is owed and to whom, from the books. Without it a payout would
 * have to believe somebody's list.
 */
#include "operators/payout_gather.h"

#include "core/date.h"
#include "operators/operators_op.h"

/* ---- Accounts, one each. ---- */

static struct gather_account *account_at(struct gather *gather, const char *account)
{
	struct gather_account *at;

	for (size_t i = gather->account_count; i-- > 0;) /* The last is the likeliest. */
		if (text_equal(gather->accounts[i].payable.account, account))
			return &gather->accounts[i];
	if (gather->account_count == PAYABLE_COUNT_MAX) {
		gather->too_many = true;
		return NULL;
	}
	at = &gather->accounts[gather->account_count++];
	*at = (struct gather_account){ .payee = NO_PAYEE };
	MUST(text_set(at->payable.account, ACCOUNT_SIZE, slice_text(account)));
	return at;
}

static void add(struct gather *gather, const char *account, yen amount_yen, day_t month)
{
	struct gather_account *at = account_at(gather, account);

	if (at == NULL || amount_yen == 0)
		return;
	at->payable.amount_yen += amount_yen;
	if (at->payable.since == 0 || month < at->payable.since)
		at->payable.since = month;
}

static void add_carried(void *to, const struct record *record)
{
	struct gather *gather = to;
	struct payable payable;

	MUST(shape_from_cbor(&payable, &payable_shape, record->value));
	add(gather, payable.account, payable.amount_yen, payable.since);
	if (account_at(gather, payable.account) != NULL)
		account_at(gather, payable.account)->version = record->version;
}

/* ---- Whom they are for. ---- */

static void add_party(struct gather *gather, const char *id, bool partner, uint16_t payee)
{
	struct gather_party *party = &gather->parties[gather->party_count];

	if (gather->party_count == PARTY_COUNT_MAX) {
		gather->too_many = true;
		return;
	}
	gather->party_count++;
	mem_copy(party->id, id, ID_SIZE);
	party->partner = partner;
	party->payee = payee;
}

static void add_payee(void *to, const struct record *record)
{
	struct gather *gather = to;
	struct gather_payee *at = &gather->payees[gather->payee_count];
	struct payee payee;

	if (gather->payee_count == PAYEE_COUNT_MAX) {
		gather->too_many = true;
		return;
	}
	MUST(shape_from_cbor(&payee, &payee_shape, record->value));
	*at = (struct gather_payee){ .terms = payee.terms };
	mem_copy(at->payee_id, payee.payee_id, ID_SIZE);
	at->sum.minimum_yen = payee.minimum_yen;
	for (size_t i = 0; i < payee.operator_count; i++)
		add_party(gather, payee.operators[i].operator_id, false, gather->payee_count);
	for (size_t i = 0; i < payee.partner_count; i++)
		add_party(gather, payee.partners[i].partner_id, true, gather->payee_count);
	gather->payee_count++;
}

const struct gather_party *gather_party_at(const struct gather *gather, const char *id,
					   bool partner)
{
	for (size_t i = 0; i < gather->party_count; i++)
		if (gather->parties[i].partner == partner && text_equal(gather->parties[i].id, id))
			return &gather->parties[i];
	return NULL;
}

/* ---- What the books say. ---- */

struct cursor { /* Records of one kind, in the order of lstate/, which is walked beside. */
	const struct record **records;
	size_t kind_size; /* Of "lmove/". */
	uint32_t count, at;
};

struct gather_walk {
	struct cursor moves, lines;
};

static const char *tail_of(struct call *call, const struct record *record)
{
	size_t n = text_size("lstate/");

	return call_key(call, "%.*s", (int)(record->key.size - n),
			(const char *)record->key.data + n);
}

static const struct record *cursor_find(struct cursor *cursor, const char *tail)
{
	for (; cursor->at < cursor->count; cursor->at++) {
		const struct record *record = cursor->records[cursor->at];
		struct slice key = slice_of(record->key.data + cursor->kind_size,
					    record->key.size - cursor->kind_size);
		int order = slice_compare(key, slice_text(tail));

		if (order == 0)
			return record;
		if (order > 0)
			break;
	}
	return NULL;
}

/* Were moves of this line filed that its view does not have yet? */
static bool line_is_behind(const struct record *record, uint32_t folded)
{
	struct line_moves filed;

	if (record == NULL)
		return false;
	MUST(shape_from_cbor(&filed, &line_moves_shape, record->value));
	return filed.count > folded;
}

/* ---- Commission and fees, where a payee is paid gross of them. ---- */

static bool is_gross(const struct gather *gather, const char *operator_id)
{
	const struct gather_party *party = gather_party_at(gather, operator_id, false);

	return party != NULL && gather->payees[party->payee].terms == TERMS_GROSS;
}

/* They are paid out too, and owed by the payee, by invoice. */
static void add_fees(struct gather *gather, const struct line *line)
{
	const struct gather_party *party = gather_party_at(gather, line->operator_id, false);
	char account[ACCOUNT_SIZE] = { 0 };
	size_t n = text_size(ACCOUNT_PAYEE_PREFIX);

	mem_copy(account, ACCOUNT_PAYEE_PREFIX, n);
	mem_copy(account + n, gather->payees[party->payee].payee_id, ID_SIZE);
	add(gather, account, line->commission_yen + line->fee_yen, line->period);
}

static void add_fees_of(struct gather *gather, const struct record *record)
{
	struct line line;

	MUST(shape_from_cbor(&line, &line_shape, record->value));
	add_fees(gather, &line);
}

static void hold(struct gather *gather, const char *tail, const struct payable *payable,
		 bool released)
{
	if (gather->held_count == HELD_COUNT_MAX)
		gather->too_many = true;
	else
		gather->held[gather->held_count++] =
		    (struct gather_held){ tail, *payable, released };
}

static void add_line(void *to, const struct record *record)
{
	struct gather *gather = to;
	const char *tail = tail_of(gather->call, record);
	struct payable payable = { .amount_yen = 0 };
	struct line_view view;

	const struct record *line;

	MUST(shape_from_cbor(&view, &line_view_shape, record->value));
	if (line_is_behind(cursor_find(&gather->walk->moves, tail), view.moves))
		gather->behind = true;
	account_payable_operator(payable.account, view.operator_id);
	payable.amount_yen = view.amount_yen;
	payable.since = view.period;
	if (view.state == LINE_DISPUTED)
		hold(gather, tail, &payable, false);
	else if (view.state == LINE_OPEN)
		gather->open_count++;
	if (view.state != LINE_AGREED)
		return;
	add(gather, payable.account, view.amount_yen, view.period);
	line = cursor_find(&gather->walk->lines, tail);
	if (line != NULL && is_gross(gather, view.operator_id))
		add_fees_of(gather, line);
}

/* A line that was in dispute: is it decided now? False: not fetched yet. */
static bool add_held(struct call *call, struct gather *gather, const struct record *record)
{
	/* "payheld/" is one letter longer than "lstate/". */
	const char *tail = tail_of(call, record) + 1;
	struct line_view view;
	struct line_moves filed = { 0 };
	struct payable payable;
	struct line line;
	int got, got_moves, got_line;

	got = call_load(call, &view, &line_view_shape, call_key(call, "lstate/%s", tail));
	got_moves = call_load(call, &filed, &line_moves_shape, call_key(call, "lmove/%s", tail));
	got_line = call_load(call, &line, &line_shape, call_key(call, "line/%s", tail));
	call_want(call, call_key(call, "payheld/%s", tail)); /* To be removed. */
	if (got == 0 || got_moves == 0 || got_line == 0)
		return false;
	MUST(got > 0 && shape_from_cbor(&payable, &payable_shape, record->value));
	if (got_moves > 0 && filed.count > view.moves)
		gather->behind = true;
	if (view.state == LINE_DISPUTED) {
		hold(gather, tail, &payable, false);
		return true;
	}
	add(gather, payable.account, payable.amount_yen, payable.since);
	if (got_line > 0 && is_gross(gather, line.operator_id))
		add_fees(gather, &line);
	hold(gather, tail, &payable, true);
	return true;
}

/* What a partner owes is taken off only where its payee is paid net. */
static void add_partner(void *to, const struct record *record)
{
	struct gather *gather = to;
	const struct gather_party *party;
	struct partner_owed owed;
	char account[ACCOUNT_SIZE];

	MUST(shape_from_cbor(&owed, &partner_owed_shape, record->value));
	account_payable_partner(account, owed.partner_id);
	add(gather, account, owed.payable_yen, owed.period);
	party = gather_party_at(gather, owed.partner_id, true);
	if (party == NULL || gather->payees[party->payee].terms != TERMS_NET)
		return;
	account_receivable(account, owed.partner_id);
	add(gather, account, -owed.receivable_yen, owed.period);
}

/* "lstate/2026-10" to "lstate/2026-12": from the first month not paid out to the period's end. */
static bool walk_months(struct call *call, const struct gather *gather, const char *kind,
			void (*each)(void *, const struct record *), void *to)
{
	const char *from = gather->from == 0 ? call_key(call, "%s/", kind)
					     : books_period_key(call, kind, gather->from);

	return books_walk(call, from, books_period_key(call, kind, month_next(gather->period)),
			  each, to);
}

/* All of the walks are asked for at once. */
static bool all_read(struct call *call, const struct gather *gather)
{
	bool payees = books_walk(call, "payee/", "payee0", NULL, NULL);
	bool carried = books_walk(call, "paycarry/", "paycarry0", NULL, NULL);
	bool held = books_walk(call, "payheld/", "payheld0", NULL, NULL);
	bool lines = walk_months(call, gather, "lstate", NULL, NULL);
	bool moves = walk_months(call, gather, "lmove", NULL, NULL);
	bool partners = walk_months(call, gather, "owed", NULL, NULL);

	return payees && carried && held && lines && moves && partners;
}

struct collecting {
	const struct record **records;
	uint32_t count, most;
};

static void count_record(void *to, const struct record *record)
{
	(void)record;
	++*(uint32_t *)to;
}

static void collect(void *to, const struct record *record)
{
	struct collecting *collecting = to;

	MUST(collecting->count < collecting->most);
	collecting->records[collecting->count++] = record;
}

static struct cursor cursor_of(struct call *call, const struct gather *gather, const char *kind)
{
	struct collecting all = { .count = 0 };

	MUST(walk_months(call, gather, kind, count_record, &all.most));
	all.records = arena_alloc(call->arena, (all.most + 1) * sizeof(*all.records));
	MUST(walk_months(call, gather, kind, collect, &all));
	return (struct cursor){ all.records, text_size(kind) + 1, all.count, 0 };
}

static bool any_gross(const struct gather *gather)
{
	for (size_t i = 0; i < gather->payee_count; i++)
		if (gather->payees[i].terms == TERMS_GROSS)
			return true;
	return false;
}

/* False: not all is there yet. */
static bool read_lines(struct call *call, struct gather *gather)
{
	struct gather_walk walk = { .lines = { .count = 0 } };

	if (any_gross(gather)) {
		if (!walk_months(call, gather, "line", NULL, NULL))
			return false;
		walk.lines = cursor_of(call, gather, "line");
	}
	walk.moves = cursor_of(call, gather, "lmove");
	gather->walk = &walk;
	MUST(walk_months(call, gather, "lstate", add_line, gather));
	gather->walk = NULL;
	return true;
}

/* False: not all is there yet. */
static bool read_held(struct call *call, struct gather *gather)
{
	struct collecting held = { arena_alloc(call->arena, HELD_COUNT_MAX * sizeof(*held.records)),
				   0, HELD_COUNT_MAX };
	uint32_t count = 0;
	bool all = true;

	MUST(books_walk(call, "payheld/", "payheld0", count_record, &count));
	if (count > HELD_COUNT_MAX) {
		gather->too_many = true;
		return true;
	}
	MUST(books_walk(call, "payheld/", "payheld0", collect, &held));
	for (uint32_t i = 0; i < held.count; i++)
		all = add_held(call, gather, held.records[i]) && all;
	return all;
}

bool payout_gather(struct call *call, struct gather *gather)
{
	day_t from = gather->from, period = gather->period;

	if (!all_read(call, gather))
		return false;
	mem_zero(gather, sizeof(*gather));
	gather->from = from;
	gather->period = period;
	gather->call = call;
	MUST(books_walk(call, "payee/", "payee0", add_payee, gather) &&
	     books_walk(call, "paycarry/", "paycarry0", add_carried, gather) &&
	     walk_months(call, gather, "owed", add_partner, gather));
	if (!read_lines(call, gather) || !read_held(call, gather))
		return false;
	if (!gather_by_payee(call, gather))
		return false;
	for (size_t i = 0; i < gather->account_count; i++)
		call_want(call, call_key(call, "paycarry/%s", gather->accounts[i].payable.account));
	for (size_t i = 0; i < gather->held_count; i++)
		call_want(call, call_key(call, "payheld/%s", gather->held[i].tail));
	return true;
}
