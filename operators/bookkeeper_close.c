/* operators/bookkeeper_close.c - a month is closed: its pools divided, all money checked, its lines
 * fixed, and what it stood on pinned. Without it a closed month would be a month that nobody
 * happens to change.
 */
#include "operators/bookkeeper_inside.h"

#include "core/crypto.h"
#include "core/date.h"
#include "core/seal.h"
#include "operators/bank_day.h"

struct closing {
	struct books *books;
	const char *month, *key, *period_key;
	struct close_view view;
	struct period_view period;
};

static void put_view(struct closing *closing)
{
	fold_put(closing->books->fold, closing->key, &close_view_shape, &closing->view);
}

/* Every record of a range, page after page. False: not in hand. */
static bool walk(struct books *books, const char *from, const char *until,
		 void (*each)(struct books *, const char *key, void *to), void *to)
{
	const struct slice *keys;
	uint32_t count;

	for (;;) {
		if (!fold_page(books->fold, &keys, &count, from, until)) {
			books->waits = true;
			return false;
		}
		for (uint32_t i = 0; i < count; i++)
			each(books, (const char *)keys[i].data, to);
		if (count < FOLD_PAGE_COUNT_MAX)
			return !books->waits;
		from = fold_key(books->fold, "%s\x01", (const char *)keys[count - 1].data);
	}
}

/* ---- Does all money add up? ---- */

static void add_account(struct books *books, const char *key, void *to)
{
	struct account_sums *sums = to;
	struct balance balance;

	if (!books_get(books, &balance, &balance_shape, key))
		return;
	sums += account_kind_of(balance.account);
	sums->debit_yen = books_add(sums->debit_yen, balance.debit_yen);
	sums->credit_yen = books_add(sums->credit_yen, balance.credit_yen);
	sums->uneven += balance.debit_yen != balance.credit_yen;
}

static void add_period(struct books *books, const char *key, void *to)
{
	struct period_view view;

	if (books_get(books, &view, &period_view_shape, key))
		*(yen *)to += view.operators_yen + view.partners_yen + view.council_yen;
}

/* False: it does not, and says so; or something is not in hand. */
static bool check_identity(struct closing *closing)
{
	struct books *books = closing->books;
	struct account_sums accounts[ACCOUNT_KIND_COUNT] = { { 0 } };
	struct identity identity;
	yen periods_yen = 0;
	bool got = books_get_sums(books);
	bool holds;

	if (!walk(books, "bal/", "bal0", add_account, accounts) ||
	    !walk(books, "period/", "period0", add_period, &periods_yen) || !got)
		return false;
	holds = identity_check(&identity, &books->sums, accounts, periods_yen);
	if (books->room->identity_failed != NULL)
		*books->room->identity_failed = !holds;
	if (holds)
		return true;
	closing->view.state = CLOSE_FAILED;
	MUST(text_set(closing->view.fault, sizeof(closing->view.fault),
		      slice_text(identity.fault)));
	return false;
}

static void count_line(struct books *books, const char *key, void *to)
{
	(void)books;
	(void)key;
	++*(uint64_t *)to;
}

/* Pools are divided, and nothing moves any more until the lines are fixed. */
static enum fold_result check(struct closing *closing)
{
	struct books *books = closing->books;
	uint64_t lines = 0;
	bool holds = check_identity(closing);

	if (!walk(books, fold_key(books->fold, "line/%s/", closing->month),
		  fold_key(books->fold, "line/%s0", closing->month), count_line, &lines) ||
	    books->waits)
		return FOLD_NEED;
	closing->view.lines = lines;
	closing->view.counted = holds;
	put_view(closing);
	return holds ? FOLD_MORE : FOLD_DONE;
}

/* ---- Its lines. ---- */

static void note_use(struct closing *closing, const struct line *line)
{
	struct books *books = closing->books;
	const char *key = fold_key(books->fold, "close/%s/%04x/%04x/%04x", closing->month,
				   line->product_number, line->product_version,
				   line->rule_version);
	struct close_use use;

	if (line->kind != LINE_rides || !books_get(books, &use, &close_use_shape, key))
		return;
	use.product_number = line->product_number;
	use.product_version = line->product_version;
	mem_copy(use.rule_id, line->rule_id, sizeof(use.rule_id));
	use.rule_version = line->rule_version;
	use.lines++;
	use.amount_yen = books_add(use.amount_yen, line->amount_yen);
	fold_put(books->fold, key, &close_use_shape, &use);
}

static void note_entity(struct closing *closing, const struct line *line)
{
	struct close_view *view = &closing->view;
	struct op_view operator;
	const char *entity = line->operator_id;

	if (view->entities == CLOSE_ENTITIES || line->kind != LINE_rides || line->amount_yen == 0 ||
	    !books_get(closing->books, &operator, &op_view_shape,
		       fold_key(closing->books->fold, "opview/%s", line->operator_id)))
		return;
	if (operator.corporate_number[0] != '\0')
		entity = operator.corporate_number;
	if ((view->entities > 0 && text_equal(view->first_entity, entity)) ||
	    (view->entities > 1 && text_equal(view->second_entity, entity)))
		return;
	if (view->entities < CLOSE_ENTITIES - 1)
		MUST(text_set(view->entities == 0 ? view->first_entity : view->second_entity,
			      ID_SIZE, slice_text(entity)));
	view->entities++;
}

static void add_to_digest(struct closing *closing, struct slice key, const struct line *line)
{
	uint8_t bytes[1024], *digest = closing->view.lines_digest;
	struct writer to = { .data = bytes, .size = sizeof(bytes) };

	shape_to_cbor(&to, &line_shape, line);
	MUST(!to.failed);
	sha256_three(digest, slice_of(digest, CLOSE_ROOT_SIZE), key, slice_of(bytes, to.used));
}

static void fix_line(struct closing *closing, struct slice key)
{
	struct books *books = closing->books;
	const char *tail = (const char *)key.data + text_size("line/2026-11/");
	const char *state_key = fold_key(books->fold, "lstate/%s/%s", closing->month, tail);
	struct line_view *state = fold_alloc(books->fold, sizeof(*state));
	struct line line;
	bool got = books_get(books, state, &line_view_shape, state_key);

	if (!books_get(books, &line, &line_shape, (const char *)key.data) || !got)
		return;
	*state = (struct line_view){ .period = closing->view.period,
				     .amount_yen = line.amount_yen };
	mem_copy(state->operator_id, line.operator_id, ID_SIZE);
	MUST(line_id_of(state->line_id, slice_text(tail)));
	fold_put(books->fold, state_key, &line_view_shape, state);
	note_use(closing, &line);
	note_entity(closing, &line);
	add_to_digest(closing, key, &line);
	closing->view.lines_done++;
}

/* ---- What it stood on. ---- */

static bool pin(struct closing *closing)
{
	struct books *books = closing->books;
	struct close_view *view = &closing->view;
	struct seal_second second;
	char key[SEAL_KEY_TEXT_SIZE];

	seal_second_key(key, books->second);
	if (!books_get(books, &second, &seal_second_shape, key))
		return false;
	MUST(second.leaf_count > 0); /* What is folded is sealed. */
	view->second = books->second;
	view->log_size = second.first_index + second.leaf_count;
	mem_copy(view->log_root, second.root.bytes, CLOSE_ROOT_SIZE);
	view->tickets = closing->period.tickets;
	view->operators_yen = closing->period.operators_yen;
	view->partners_yen = closing->period.partners_yen;
	view->council_yen = closing->period.council_yen;
	view->adjusted_yen = closing->period.adjusted_yen;
	view->boundary_min = books->room->boundary_min;
	view->offline_grace_h = books->room->offline_grace_h;
	view->late_limit_days = books->room->late_limit_days;
	return true;
}

/* Without known bank days nobody's silence says anything. */
static bool put_silence(struct closing *closing)
{
	static const struct bank_calendar built_in;
	struct books *books = closing->books;
	struct close_silence silence;
	const char *key;

	if (!business_day_add(&closing->view.silent_on, &built_in, day_at(books->fact->at),
			      LINE_SILENCE_DAYS)) {
		closing->view.silent_on = 0;
		return true;
	}
	key = fold_key(books->fold, "close/silent/%06d/%s", (int)closing->view.silent_on,
		       closing->month);
	if (!books_get(books, &silence, &close_silence_shape, key))
		return false;
	fold_put(books->fold, key, &close_silence_shape, &silence);
	return true;
}

static enum fold_result finish(struct closing *closing)
{
	struct books *books = closing->books;

	if (!pin(closing) || !put_silence(closing) || books->waits)
		return FOLD_NEED;
	MUST(closing->view.lines_done == closing->view.lines);
	closing->view.state = CLOSE_CLOSED;
	closing->view.cursor[0] = '\0';
	closing->period.period = closing->view.period;
	closing->period.closed_at = books->fact->at;
	books->state.open_period = books_open_period(books, month_next(closing->view.period));
	put_view(closing);
	fold_put(books->fold, closing->period_key, &period_view_shape, &closing->period);
	fold_put(books->fold, "bookk/state", &book_state_shape, &books->state);
	return FOLD_DONE;
}

/* Lines are fixed: what they are made of is committed. */
static enum fold_result commit(struct closing *closing)
{
	enum fold_result result = books_commit(closing->books, &closing->view);

	if (result == FOLD_DONE)
		return finish(closing);
	if (result == FOLD_MORE)
		put_view(closing);
	return result;
}

static enum fold_result fix_lines(struct closing *closing)
{
	struct books *books = closing->books;
	const char *from = closing->view.cursor[0] == '\0'
				   ? fold_key(books->fold, "line/%s/", closing->month)
				   : fold_key(books->fold, "%s\x01", closing->view.cursor);
	const struct slice *keys;
	uint32_t count;

	if (!fold_page(books->fold, &keys, &count, from,
		       fold_key(books->fold, "line/%s0", closing->month)))
		return FOLD_NEED;
	for (uint32_t i = 0; i < count; i++)
		fix_line(closing, keys[i]);
	if (books->waits)
		return FOLD_NEED;
	closing->view.fixed = count < FOLD_PAGE_COUNT_MAX;
	if (count > 0)
		MUST(text_set(closing->view.cursor, sizeof(closing->view.cursor),
			      keys[count - 1]));
	put_view(closing);
	return FOLD_MORE;
}

/* A second order finds the month closed, or begins what failed anew. */
static bool begin(struct closing *closing)
{
	const struct fact *fact = closing->books->fact;
	struct close_view *view = &closing->view;

	if (view->state == CLOSE_CLOSED && view->period != 0)
		return false;
	if (id_equal(view->fact_id, fact->id))
		return view->state == CLOSE_RUNNING;
	*view = (struct close_view){ .period = month_of(fact->day),
				     .fact_id = fact->id,
				     .at = fact->at };
	return true;
}

enum fold_result books_close_period(struct books *books)
{
	struct closing closing = { .books = books };
	enum fold_result result;
	bool got;

	closing.month = books_month(books, month_of(books->fact->day));
	closing.key = fold_key(books->fold, "close/%s", closing.month);
	closing.period_key = fold_key(books->fold, "period/%s", closing.month);
	got = books_get(books, &closing.view, &close_view_shape, closing.key);
	if (!books_get(books, &closing.period, &period_view_shape, closing.period_key) || !got)
		return FOLD_NEED;
	if (!begin(&closing))
		return FOLD_DONE;
	put_view(&closing);
	if (closing.view.fixed)
		return commit(&closing);
	if (closing.view.counted)
		return fix_lines(&closing);
	result = books_close_pools(books);
	return result == FOLD_DONE ? check(&closing) : result;
}
