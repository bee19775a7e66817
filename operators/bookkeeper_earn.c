/* operators/bookkeeper_earn.c - what a ticket earned is divided among those who carried it, when
 * the day is closed with which it is over, and again when a late ride changes it. Without it all
 * money would stay unearned for ever.
 *
 * A ticket's latest division is its record split/ of the period in view.split_period; what a new
 * one posts is the difference to it.
 */
#include "operators/bookkeeper_inside.h"

#include "core/date.h"

/* Of one ticket at the most. All postings take from one and the same account. */
enum {
	POSTPONE_WRITES = 4, /* Ticket, and one due entry for another; the state. */
	EARN_APART_MAX = 20, /* Ticket, due entry, period, split, pools, sums, and some to spare. */
	EARN_PER_POSTING = BOOKS_POST_WRITES,
	EARN_PER_LEG = 3,      /* Line, statement and commission. */
	EARN_PER_TAX_PART = 2, /* Lines of another class, in two months. */
	EARN_POSTING_COUNT_MAX = SHARING_WEIGHT_COUNT_MAX + 8,
	EARN_WRITE_COUNT_MAX = EARN_PER_POSTING * EARN_POSTING_COUNT_MAX +
			       EARN_PER_LEG * SHARING_WEIGHT_COUNT_MAX + EARN_APART_MAX +
			       EARN_PER_TAX_PART * PRODUCT_TAX_PART_COUNT_MAX,
	/* A ticket of more operators than this stays in the month in which it was first found over,
	 * for two lines each would be more than a run may write. */
	EARN_MOVE_LEG_COUNT_MAX = 64,
};
_Static_assert((int)EARN_WRITE_COUNT_MAX <= (int)FOLD_WRITE_COUNT_MAX,
	       "one ticket fits into one run");

struct earning { /* One ticket's, and what the next one of its run has of it. */
	struct books *books;
	struct product product;
	struct rule rule;
	day_t rule_on; /* Product and rule are of a ticket sold on that day; 0: of none. */
	struct posting postings[EARN_POSTING_COUNT_MAX];
	struct ticket_view *view;
	/* All zero before each ticket: */
	struct id128 ticket_id;
	const char *uuid;
	struct parties parties;
	struct ride_weight weights[SHARING_WEIGHT_COUNT_MAX];
	struct sharing sharing;
	struct ticket_split was, now; /* was: all zero before the first. */
	struct gross was_gross[SHARING_WEIGHT_COUNT_MAX], now_gross[SHARING_WEIGHT_COUNT_MAX];
	size_t posting_count;
	struct period_change period;
};

static void begin_ticket(struct earning *earning)
{
	size_t kept = offsetof(struct earning, ticket_id);

	mem_zero((uint8_t *)earning + kept, sizeof(*earning) - kept);
}

static const char *split_key(const struct earning *earning, day_t period)
{
	return fold_key(earning->books->fold, "split/%s/%s", books_month(earning->books, period),
			earning->uuid);
}

/* ---- The division. ---- */

static bool is_gone(void *to, const char *operator_id)
{
	const struct earning *earning = to;

	return books_is_gone(earning->books, operator_id, earning->now.over);
}

static void gather(struct earning *earning)
{
	for (uint16_t i = 0; i < earning->view->leg_count; i++) {
		const struct view_leg *leg = &earning->view->legs[i];
		struct party *party = parties_at(&earning->parties, leg->operator_id);

		MUST(party != NULL);
		party->did = (struct ride_weight){ .boardings = leg->boardings,
						   .riders = leg->riders,
						   .deemed_fare_yen = leg->deemed_fare_yen,
						   .distance_m = leg->distance_m,
						   .legs = 1 };
	}
	parties_add_shares(&earning->parties, &earning->rule, &earning->product, is_gone, earning);
	parties_weights(earning->weights, &earning->parties);
}

static struct split_leg *leg_at(struct ticket_split *split, const char *operator_id)
{
	uint16_t at = 0;
	int order = 1;

	for (; at < split->leg_count; at++) {
		order =
		    slice_compare(slice_text(split->legs[at].operator_id), slice_text(operator_id));
		if (order >= 0)
			break;
	}
	if (at < split->leg_count && order == 0)
		return &split->legs[at];
	MUST(split->leg_count < SHARING_WEIGHT_COUNT_MAX); /* Product and rule know no more. */
	for (uint16_t i = split->leg_count; i > at; i--)
		split->legs[i] = split->legs[i - 1];
	split->leg_count++;
	split->legs[at] = (struct split_leg){ 0 };
	MUST(text_set(split->legs[at].operator_id, ID_SIZE, slice_text(operator_id)));
	return &split->legs[at];
}

/* What earlier periods had posted: all of the division before, or, where it stands in the same
 * period, what stood before that one. Who had carried stays in, to see that it has not. */
static void take_before(struct earning *earning)
{
	const struct ticket_split *was = &earning->was;
	struct ticket_split *now = &earning->now;
	bool same = was->period == now->period;

	if (!earning->view->earned)
		return;
	now->again = !same || was->again;
	now->before = same ? was->before : was->sums;
	for (uint16_t i = 0; i < was->leg_count; i++) {
		const struct split_leg *leg = &was->legs[i];
		yen before = same ? leg->before_yen : leg->share_yen;

		if (before != 0 || split_leg_carried(leg) != same)
			leg_at(now, leg->operator_id)->before_yen = before;
	}
}

static void fill_legs(struct earning *earning)
{
	const struct sharing *sharing = &earning->sharing;

	for (uint16_t i = 0; i < earning->parties.count; i++) {
		const struct party *party = &earning->parties.list[i];
		struct split_leg *leg = leg_at(&earning->now, party->operator_id);

		leg->boardings = party->did.boardings;
		leg->riders = party->did.riders;
		leg->deemed_fare_yen = party->did.deemed_fare_yen;
		leg->distance_m = party->did.distance_m;
		leg->weight = sharing->weight[i];
		leg->fixed_yen = sharing->fixed_yen[i];
		leg->share_yen = sharing->share_yen[i];
		leg->rank = sharing->rank[i];
		leg->bound = sharing->bound[i];
		leg->minimum_yen = party->did.minimum_yen;
		leg->cap_yen = party->did.cap_yen;
	}
}

static void divide(struct earning *earning)
{
	const struct ticket_view *view = earning->view;
	const struct sharing *sharing = &earning->sharing;
	struct ticket_split *now = &earning->now;

	sharing_divide(&earning->sharing, &earning->rule, view->price_yen, earning->weights,
		       earning->parties.count);
	now->ticket_id = earning->ticket_id;
	now->product_number = view->product_number;
	now->product_version = view->product_version;
	mem_copy(now->rule_id, earning->rule.rule_id, ID_SIZE);
	now->rule_version = earning->rule.version;
	mem_copy(now->partner_id, view->partner_id, ID_SIZE);
	now->riders = view->riders;
	now->earned_yen = view->price_yen;
	now->sums =
	    (struct split_sums){ sharing->commission_yen, sharing->payment_fee_yen,
				 sharing->council_fee_yen, sharing->unused_yen, sharing->pool_yen };
	now->unused_to = earning->rule.unused_to;
	now->split_step = sharing->split_step;
	now->by = sharing->by;
	now->weight_sum = sharing->weight_sum;
	fill_legs(earning);
	take_before(earning);
	books_split_salt(earning->books, now, view->secret);
	gross_of_split(earning->was_gross, &earning->was, &earning->product,
		       earning->rule.pooling == POOLING_MONTH);
	gross_of_split(earning->now_gross, now, &earning->product,
		       earning->rule.pooling == POOLING_MONTH);
}

/* The tickets of a run are mostly of one product, sold under one rule. */
static bool find_rule(struct earning *earning)
{
	const struct ticket_view *view = earning->view;

	if (earning->rule_on != 0 && earning->rule_on == view->sold &&
	    earning->product.number == view->product_number &&
	    earning->product.version == view->product_version)
		return true;
	earning->rule_on = 0;
	if (!books_get_rule(earning->books, &earning->rule, &earning->product,
			    view->product_number, view->product_version, view->sold))
		return false;
	earning->rule_on = view->sold;
	return true;
}

/* False: something was not in hand. */
static bool find_parties(struct earning *earning)
{
	struct books *books = earning->books;
	const struct ticket_view *view = earning->view;
	struct ticket_split *now = &earning->now;
	char text[UUID_TEXT_SIZE];

	uuid_encode(text, earning->ticket_id);
	earning->uuid = fold_key(books->fold, "%s", text);
	now->over = service_day_at(view->over_at, books->room->boundary_min);
	now->rides = month_of(now->over);
	if (view->earned && !books_get(books, &earning->was, &ticket_split_shape,
				       split_key(earning, view->split_period)))
		return false;
	if (view->earned && view->leg_count > EARN_MOVE_LEG_COUNT_MAX)
		now->rides = earning->was.rides;
	now->period = books_open_period(books, now->rides);
	if (now->period < view->split_period)
		now->period = view->split_period;
	if (!find_rule(earning))
		return false;
	if (view->earned && !books_get_rule_version(books, &earning->rule, earning->was.rule_id,
						    earning->was.rule_version))
		return false;
	gather(earning);
	return !books->waits;
}

/* The same, whatever tickets before it wait for: each goes as far as it can, so that one fetch
 * brings what all of them ask for. */
static bool prepare(struct earning *earning)
{
	struct books *books = earning->books;
	bool others_wait = books->waits, found;

	books->waits = false;
	found = find_parties(earning);
	books->waits = books->waits || others_wait;
	return found;
}

/* ---- What it moves. ---- */

static struct posting *give(struct earning *earning, const char *to, yen more, const char *why)
{
	struct posting *posting = &earning->postings[earning->posting_count];

	MUST(earning->posting_count < EARN_POSTING_COUNT_MAX);
	if (ledger_give(posting, ACCOUNT_UNEARNED, to, more, why) == 0)
		return NULL;
	mem_copy(posting->rule_id, earning->rule.rule_id, ID_SIZE);
	posting->rule_version = earning->rule.version;
	posting->step = earning->now.split_step;
	earning->posting_count++;
	return posting;
}

static void give_partner(struct earning *earning)
{
	const struct split_sums *was = &earning->was.sums, *now = &earning->now.sums;
	bool unused = earning->rule.unused_to == UNUSED_TO_PARTNER;
	yen commission = now->commission_yen - was->commission_yen;
	yen fee = now->payment_fee_yen - was->payment_fee_yen;
	yen rest = unused ? now->unused_yen - was->unused_yen : 0;
	char account[ACCOUNT_SIZE];

	account_payable_partner(account, earning->view->partner_id);
	give(earning, account, commission, "commission");
	give(earning, account, fee, "payment_fee");
	give(earning, account, rest, "unused");
	earning->period.partners_yen += commission + fee + rest;
}

static void give_council(struct earning *earning)
{
	const struct split_sums *was = &earning->was.sums, *now = &earning->now.sums;
	bool unused = earning->rule.unused_to != UNUSED_TO_PARTNER;
	yen fee = now->council_fee_yen - was->council_fee_yen;
	yen rest = unused ? now->unused_yen - was->unused_yen : 0;

	give(earning, ACCOUNT_INCOME_COUNCIL, fee, "council_fee");
	give(earning, ACCOUNT_INCOME_COUNCIL, rest, "unused");
	earning->period.council_yen += fee + rest;
}

static void give_pool(struct earning *earning, day_t rides, yen more)
{
	char account[ACCOUNT_SIZE];

	account_pool(account, earning->rule.rule_id, books_month(earning->books, rides));
	give(earning, account, more, "pool");
}

static void give_operator(struct earning *earning, const struct split_leg *was,
			  const struct split_leg *now)
{
	static const struct split_leg none;
	const char *operator_id = now != NULL ? now->operator_id : was->operator_id;
	char account[ACCOUNT_SIZE];
	struct posting *posting;
	yen more;

	was = was == NULL ? &none : was;
	now = now == NULL ? &none : now;
	more = now->share_yen - was->share_yen;
	account_payable_operator(account, operator_id);
	posting = give(earning, account, more, "share");
	if (posting != NULL) {
		posting->weight = now->weight;
		posting->weight_sum = earning->now.weight_sum;
		posting->rank = now->rank;
	}
	earning->period.operators_yen += more;
}

/* A leg that is in one of the divisions at least, there or nowhere at its place. */
static void change_lines(struct earning *earning, const struct split_leg *was,
			 const struct split_leg *now)
{
	struct leg_change change = { .split = &earning->now, .product = &earning->product };

	change.rides = earning->now.rides;
	change.now = now;
	change.now_gross = now == NULL ? NULL : &earning->now_gross[now - earning->now.legs];
	if (!earning->view->earned || earning->was.rides == earning->now.rides) {
		change.was = was;
		change.was_gross =
		    was == NULL ? NULL : &earning->was_gross[was - earning->was.legs];
		books_change_leg(earning->books, &change);
		return;
	}
	books_change_leg(earning->books, &change);
	change = (struct leg_change){ .split = &earning->now, .product = &earning->product };
	change.rides = earning->was.rides;
	change.was = was;
	change.was_gross = was == NULL ? NULL : &earning->was_gross[was - earning->was.legs];
	books_change_leg(earning->books, &change);
}

/* Both lists are in the order of ids. */
static void give_operators(struct earning *earning)
{
	const struct ticket_split *was = &earning->was, *now = &earning->now;
	uint16_t i = 0, k = 0;

	while (i < was->leg_count || k < now->leg_count) {
		const struct split_leg *a = i < was->leg_count ? &was->legs[i] : NULL;
		const struct split_leg *b = k < now->leg_count ? &now->legs[k] : NULL;
		int order = a == NULL   ? 1
			    : b == NULL ? -1
					: slice_compare(slice_text(a->operator_id),
							slice_text(b->operator_id));

		give_operator(earning, order <= 0 ? a : NULL, order >= 0 ? b : NULL);
		change_lines(earning, order <= 0 ? a : NULL, order >= 0 ? b : NULL);
		i += order <= 0;
		k += order >= 0;
	}
}

static void change_pools(struct earning *earning)
{
	bool again = earning->view->earned;
	day_t was = earning->was.rides, now = earning->now.rides;

	if (earning->rule.pooling != POOLING_MONTH)
		return;
	if (again && was != now) {
		give_pool(earning, was, -earning->was.sums.pool_yen);
		give_pool(earning, now, earning->now.sums.pool_yen);
	} else {
		give_pool(earning, now, earning->now.sums.pool_yen - earning->was.sums.pool_yen);
	}
	if (again && split_is_in_pool(&earning->was))
		books_change_pool(earning->books, &earning->was, false);
	if (split_is_in_pool(&earning->now))
		books_change_pool(earning->books, &earning->now, true);
}

/* All but the ticket's view, which is the caller's to keep. */
static void put_earning(struct earning *earning)
{
	struct books *books = earning->books;
	const char *name = fold_key(books->fold, "%s-%s", books_fact_name(books), earning->uuid);
	const char *key = split_key(earning, earning->now.period);
	struct ticket_split found;

	earning->period.tickets = earning->view->earned ? 0 : 1;
	give_partner(earning);
	give_council(earning);
	change_pools(earning);
	give_operators(earning);
	earning->view->earned = true;
	books_ticket_moved(books, earning->view, earning->postings, earning->posting_count);
	books_post(books, earning->postings, earning->posting_count, name, earning->ticket_id,
		   earning->now.period);
	books_change_period(books, earning->now.period, &earning->period);
	if (books_get(books, &found, &ticket_split_shape, key))
		fold_put(books->fold, key, &ticket_split_shape, &earning->now);
	earning->view->split_period = earning->now.period;
}

/* ---- When. ---- */

void books_earn_again(struct books *books, struct ticket_view *view)
{
	struct earning *earning = fold_alloc(books->fold, sizeof(*earning));

	if (view->refunded)
		return;
	earning->books = books;
	earning->view = view;
	earning->ticket_id = books->fact->ticket_id;
	if (prepare(earning)) {
		divide(earning);
		put_earning(earning);
	}
}

/* Is the ticket earned with this day? Another entry stands for one that is over later. */
static bool is_over(const struct books *books, const struct ticket_view *view)
{
	return !view->refunded && !view->earned &&
	       books_due_day(books, view->over_at) <= books->fact->day;
}

/* At the most, counted before anything is put. */
static uint32_t writes_of(const struct earning *earning)
{
	return EARN_PER_POSTING * (earning->now.leg_count + 8u) +
	       EARN_PER_LEG * earning->now.leg_count +
	       EARN_PER_TAX_PART * earning->product.tax_part_count + EARN_APART_MAX;
}

/* The council has made it longer meanwhile. */
static void postpone(struct books *books, const struct ticket_view *view, const char *ticket_key,
		     struct id128 ticket_id)
{
	fold_put(books->fold, ticket_key, &ticket_view_shape, view);
	books_put_due(books, ticket_id, view->over_at);
}

/* False: no room in this run; nothing was done. */
static bool close_ticket(struct earning *earning, const char *due_key)
{
	struct books *books = earning->books;
	struct ticket_view *view = earning->view;
	uint32_t room = FOLD_WRITE_COUNT_MAX - fold_write_count(books->fold);
	const char *ticket_key;
	bool moved;

	begin_ticket(earning);
	MUST(uuid_decode(&earning->ticket_id, slice_text(due_key + text_size("due/123456/"))));
	ticket_key = books_ticket_key(books, earning->ticket_id);
	if (!books_get(books, view, &ticket_view_shape, ticket_key) ||
	    !books_extend(books, &moved, view, earning->ticket_id))
		return true;
	if (is_over(books, view)) {
		if (!prepare(earning))
			return true;
		divide(earning);
		if (writes_of(earning) > room)
			return false;
		put_earning(earning);
		fold_put(books->fold, ticket_key, &ticket_view_shape, view);
	} else {
		if (POSTPONE_WRITES > room)
			return false;
		if (moved)
			postpone(books, view, ticket_key, earning->ticket_id);
	}
	fold_remove(books->fold, due_key);
	return true;
}

/* As many tickets as one run may write. Those that a run before has done have no entry any more. */
enum fold_result books_close_day(struct books *books)
{
	const char *until = fold_key(books->fold, "due/%06d/", (int)books->fact->day + 1);
	const struct slice *keys;
	struct earning *earning = fold_alloc(books->fold, sizeof(*earning));
	uint32_t count, done = 0;

	earning->books = books;
	earning->view = fold_alloc(books->fold, sizeof(*earning->view));
	if (!fold_page(books->fold, &keys, &count, "due/", until))
		return FOLD_NEED;
	while (done < count && close_ticket(earning, (const char *)keys[done].data))
		done++;
	if (books->waits)
		return FOLD_NEED;
	if (done < count || count == FOLD_PAGE_COUNT_MAX)
		return FOLD_MORE;
	if (books->fact->day > books->state.closed_day)
		books->state.closed_day = books->fact->day;
	fold_put(books->fold, "bookk/state", &book_state_shape, &books->state);
	return FOLD_DONE;
}
