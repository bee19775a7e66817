/* operators/bookkeeper_scan.c - what a scan is to the books: a count, a leg of its ticket or a
 * loss; and a line in its operator's list. Without it nobody could read what a gate refused.
 *
 * A scan told offline may be told again by contest_changed, when an earlier use of its ticket came
 * to light, and the two facts may be folded in any order: the one with the ticket's higher count
 * says what the scan is, the other only describes it.
 */
#include "operators/bookkeeper_inside.h"

#include "core/date.h"

#define LIST_TIME_MOST ((time_ms)9999999999999)

struct scanned { /* One scan, as a fact of it is folded. */
	struct books *books;
	const struct fact *fact;
	char fact_id[HEX32_SIZE]; /* Of the fact that told of it first. */
	const char *key;
	struct scan_view view; /* As it was; becomes what it is. */
	bool known, newer;
};

static const char *list_key(const struct scanned *scanned, const char *kind)
{
	const struct fact *fact = scanned->fact;
	time_ms at = fact->at < 0 ? 0 : fact->at;

	return fold_key(scanned->books->fold, "%s/%s/%013lld/%s", kind, fact->operator_id,
			(long long)(at > LIST_TIME_MOST ? LIST_TIME_MOST : at), scanned->fact_id);
}

/* ---- The count of a day. ---- */

static const char *usage_key(struct books *books, const char *verdict)
{
	return fold_key(books->fold, "usage/%s/%s/%s", books_date(books, books_fact_day(books)),
			fares_mode_names[books->fact->mode], verdict);
}

static void count(struct books *books, const char *verdict, bool more)
{
	const struct fact *fact = books->fact;
	const char *key = usage_key(books, verdict);
	struct tally tally;

	if (!books_get(books, &tally, &tally_shape, key))
		return;
	MUST(more || (tally.scans > 0 && tally.riders >= fact->riders));
	tally.scans += more ? 1 : UINT64_MAX;
	tally.riders += more ? fact->riders : (uint64_t)-(int64_t)fact->riders;
	fold_put(books->fold, key, &tally_shape, &tally);
}

static void note_operator(struct books *books)
{
	day_t day = books_fact_day(books);
	struct op_view view;
	const char *key;

	if (!books_get_operator(books, &view, &key) || day <= view.last_admitted)
		return;
	view.last_admitted = day;
	fold_put(books->fold, key, &op_view_shape, &view);
}

/* ---- The legs of its ticket. ---- */

/* Found, or made at its place in the order of operator ids, which breaks ties. */
static struct view_leg *leg_of(struct ticket_view *view, const char *operator_id)
{
	uint16_t at = 0;
	int order = 1;

	while (at < view->leg_count) {
		order = slice_compare(slice_text(view->legs[at].operator_id),
				      slice_text(operator_id));
		if (order >= 0)
			break;
		at++;
	}
	if (at < view->leg_count && order == 0)
		return &view->legs[at];
	MUST(view->leg_count < VIEW_LEG_COUNT_MAX); /* A product lists no more operators. */
	for (uint16_t i = view->leg_count; i > at; i--)
		view->legs[i] = view->legs[i - 1];
	view->leg_count++;
	view->legs[at] = (struct view_leg){ 0 };
	MUST(text_set(view->legs[at].operator_id, ID_SIZE, slice_text(operator_id)));
	return &view->legs[at];
}

static void add(uint64_t *to, uint64_t n, bool more)
{
	MUST(more || *to >= n);
	*to = more ? *to + n : *to - n;
}

/* A through ride is one use and two carriages: the entry told of the first operator's, the exit
 * tells of the second's, and what each part is worth. */
static void add_through(struct ticket_view *view, const struct scanned *scanned, bool more)
{
	const struct scan_view *scan = &scanned->view;
	struct view_leg *leg;

	if (scan->through_operator_id[0] == '\0')
		return;
	leg = leg_of(view, scanned->fact->operator_id);
	add(&leg->boardings, 1, more);
	add(&leg->riders, scan->riders, more);
	leg = leg_of(view, scan->through_operator_id);
	add(&leg->deemed_fare_yen, (uint64_t)scan->through_fare_yen, more);
	add(&leg->distance_m, scan->through_distance_m, more);
}

/* As the view says: it becomes a leg, or was one. */
static void add_ride(struct ticket_view *view, const struct scanned *scanned, bool more)
{
	const struct scan_view *scan = &scanned->view;
	struct view_leg *leg = leg_of(view, scanned->fact->operator_id);

	add(&leg->boardings, scan->boarding, more);
	add(&leg->riders, scan->boarding ? scan->riders : 0, more);
	add(&leg->deemed_fare_yen, (uint64_t)scan->deemed_fare_yen, more);
	add(&leg->distance_m, scan->distance_m, more);
	add_through(view, scanned, more);
}

/* An operator that carried no more is no leg. */
static void drop_empty_legs(struct ticket_view *view)
{
	uint16_t kept = 0;

	for (uint16_t i = 0; i < view->leg_count; i++) {
		const struct view_leg *leg = &view->legs[i];

		if (leg->boardings != 0 || leg->riders != 0 || leg->deemed_fare_yen != 0 ||
		    leg->distance_m != 0)
			view->legs[kept++] = *leg;
	}
	view->leg_count = kept;
}

/* ---- What the council bears. ---- */

static void post_lost(struct scanned *scanned, yen lost_yen)
{
	struct books *books = scanned->books;
	const struct fact *fact = scanned->fact;
	struct posting postings[2];
	const char *name = books_fact_name(books);
	day_t period = books_open_period(books, month_of(books_fact_day(books)));
	size_t count = 0;

	if (lost_yen == scanned->view.posted_yen)
		return;
	if (fact->type == FACT_contest_changed)
		name = fold_key(books->fold, "%s-%s", name, scanned->fact_id);
	count += ledger_lost(&postings[count], fact->operator_id, scanned->view.posted_yen, true);
	count += ledger_lost(&postings[count], fact->operator_id, lost_yen, false);
	books_post(books, postings, count, name, fact->ticket_id, period);
	books_adjust(books, LINE_loss, fact->operator_id, lost_yen - scanned->view.posted_yen,
		     period);
	scanned->view.posted_yen = lost_yen;
}

static yen lost_of(const struct fact *fact)
{
	return fact->contested && text_equal(fact->bearer, "council") ? fact->borne_yen : 0;
}

/* ---- One fact. ---- */

static void describe(struct scan_view *view, const struct fact *fact)
{
	view->scan_id = fact->scan_id;
	view->ticket_id = fact->ticket_id;
	view->at = fact->at;
	mem_copy(view->gate_id, fact->gate_id, sizeof(view->gate_id));
	view->mode = fact->mode;
	view->offline = fact->offline;
	if (fact->type != FACT_scanned) /* The rest is what was told first. */
		return;
	mem_copy(view->kind, fact->kind, sizeof(view->kind));
	mem_copy(view->stop, fact->stop, sizeof(view->stop));
	mem_copy(view->service, fact->service, sizeof(view->service));
	mem_copy(view->gate_verdict, fact->gate_verdict, sizeof(view->gate_verdict));
	view->bundle = fact->bundle_s;
	view->uploaded_at = fact->uploaded_at;
}

static bool has_ridden(const struct fact *fact)
{
	return text_equal(fact->verdict, "ADMITTED") && !fact->contested;
}

static void judge(struct scan_view *view, const struct fact *fact)
{
	view->n = fact->n;
	view->riders = fact->riders;
	mem_copy(view->verdict, fact->verdict, sizeof(view->verdict));
	view->contested = fact->contested;
	mem_copy(view->bearer, fact->bearer, sizeof(view->bearer));
	view->borne_yen = fact->borne_yen;
	mem_copy(view->contest_why, fact->contest_why, sizeof(view->contest_why));
	view->rode = has_ridden(fact);
	view->boarding = fact->boarding;
	view->deemed_fare_yen = fact->deemed_fare_yen;
	mem_copy(view->through_operator_id, fact->through_operator_id,
		 sizeof(view->through_operator_id));
	view->through_fare_yen = fact->through_fare_yen;
	view->distance_m = fact->distance_m;
	view->through_distance_m = fact->through_distance_m;
}

/* The legs are as they are now. A ticket that was earned is divided again. */
static void put_ticket(struct books *books, struct ticket_view *ticket)
{
	books_learn_over(books, ticket, books->fact->over_at);
	if (ticket->earned && books_extend_again(books, ticket, books->fact->ticket_id))
		books_earn_again(books, ticket);
	fold_put(books->fold, books_ticket_key(books, books->fact->ticket_id), &ticket_view_shape,
		 ticket);
}

static void change_ticket(struct scanned *scanned)
{
	struct books *books = scanned->books;
	const struct fact *fact = scanned->fact;
	const char *key = books_ticket_key(books, fact->ticket_id);
	bool rode = scanned->view.rode;
	struct ticket_view ticket;

	if (!books_get(books, &ticket, &ticket_view_shape, key))
		return;
	if (books_too_late(books)) {
		judge(&scanned->view, fact);
		scanned->view.unpaid = scanned->view.rode || lost_of(fact) > 0;
		return;
	}
	if (rode)
		add_ride(&ticket, scanned, false);
	post_lost(scanned, lost_of(fact));
	judge(&scanned->view, fact);
	if (scanned->view.rode)
		add_ride(&ticket, scanned, true);
	if (!rode && !scanned->view.rode && (ticket.earned || fact->over_at == 0))
		return;
	if (rode)
		drop_empty_legs(&ticket);
	put_ticket(books, &ticket);
}

/* ---- What each gate counted, against its operator's own counts. ---- */

static void count_gate(struct scanned *scanned, bool more)
{
	struct books *books = scanned->books;
	const struct scan_view *scan = &scanned->view;
	const struct fact *fact = scanned->fact;
	struct gate_tally tally;
	const char *key;

	if (!scan->rode || !scan->boarding)
		return;
	key = fold_key(books->fold, "recon/%s/%s/%s", fact->operator_id,
		       books_date(books, books_fact_day(books)), fact->gate_id);
	if (!books_get(books, &tally, &gate_tally_shape, key))
		return;
	mem_copy(tally.gate_id, fact->gate_id, sizeof(tally.gate_id));
	add(&tally.boardings, 1, more);
	add(&tally.riders, scan->riders, more);
	fold_put(books->fold, key, &gate_tally_shape, &tally);
}

static void put_lists(struct scanned *scanned)
{
	struct books *books = scanned->books;
	const char *contest_key = list_key(scanned, "ocont");
	struct scan_view found;

	fold_put(books->fold, scanned->key, &scan_view_shape, &scanned->view);
	if (!scanned->fact->offline)
		return;
	if (!books_get(books, &found, &scan_view_shape, contest_key))
		return;
	if (scanned->view.contested)
		fold_put(books->fold, contest_key, &scan_view_shape, &scanned->view);
	else if (found.gate_id[0] != '\0')
		fold_remove(books->fold, contest_key);
}

void books_scanned(struct books *books)
{
	const struct fact *fact = books->fact;
	struct id128 first = fact->type == FACT_scanned ? fact->id : fact->changed_id;
	struct scanned scanned = { .books = books, .fact = fact };

	hex_encode(scanned.fact_id, sizeof(scanned.fact_id), slice_of(first.bytes, 16));
	scanned.key = list_key(&scanned, "oscan");
	if (!books_get(books, &scanned.view, &scan_view_shape, scanned.key))
		scanned.view = (struct scan_view){ 0 }; /* Go on, to ask for more. */
	scanned.known = scanned.view.gate_id[0] != '\0';
	scanned.newer = !scanned.known || fact->n > scanned.view.n;
	if (scanned.newer) {
		if (scanned.known)
			count(books, scanned.view.verdict, false);
		count(books, fact->verdict, true);
		count_gate(&scanned, false);
		if (!id_is_zero(fact->ticket_id))
			change_ticket(&scanned);
		else
			judge(&scanned.view, fact);
		count_gate(&scanned, true);
		if (scanned.view.rode)
			note_operator(books);
	}
	if (fact->type == FACT_scanned || !scanned.known)
		describe(&scanned.view, fact);
	if (!books->waits)
		put_lists(&scanned);
}

/* In wants. */
void books_want_scanned(struct books *books)
{
	const struct fact *fact = books->fact;
	struct scanned scanned = { .books = books, .fact = fact };

	hex_encode(scanned.fact_id, sizeof(scanned.fact_id), slice_of(fact->id.bytes, 16));
	fold_want(books->fold, list_key(&scanned, "oscan"));
	fold_want(books->fold, usage_key(books, fact->verdict));
	if (has_ridden(fact))
		fold_want(books->fold, fold_key(books->fold, "opview/%s", fact->operator_id));
	if (fact->offline)
		fold_want(books->fold, list_key(&scanned, "ocont"));
}

/* Carried without a scan, as the airline told after the flight. */
void books_flown(struct books *books)
{
	const struct fact *fact = books->fact;
	const char *key = books_ticket_key(books, fact->ticket_id);
	struct scanned scanned = { .books = books, .fact = fact };
	struct ticket_view ticket;

	if (!fact->boarding)
		return;
	note_operator(books);
	judge(&scanned.view, fact);
	scanned.view.riders = fact->riders;
	if (!books_get(books, &ticket, &ticket_view_shape, key) || books_too_late(books))
		return;
	add_ride(&ticket, &scanned, true);
	put_ticket(books, &ticket);
}
