/* operators/bookkeeper_pool.c - what the tickets of a month left for their operators together, and
 * its division when the month is closed. Without it a rule could not say "by the month's counts".
 *
 * A pool that changes is due, and the next close of its month or a later one divides it, all of it;
 * what is posted is the difference to what earlier closes had posted.
 */
#include "operators/bookkeeper_inside.h"

#include "core/date.h"

enum {
	POOL_WRITE_COUNT_MAX = (BOOKS_POST_WRITES + 3) * (SHARING_WEIGHT_COUNT_MAX + 1) + 12,
};
_Static_assert((int)POOL_WRITE_COUNT_MAX <= (int)FOLD_WRITE_COUNT_MAX, "a pool fits into one run");

static struct pool_leg *leg_at(struct pool *pool, const char *operator_id)
{
	uint16_t at = 0;
	int order = 1;

	for (; at < pool->leg_count; at++) {
		order =
		    slice_compare(slice_text(pool->legs[at].operator_id), slice_text(operator_id));
		if (order >= 0)
			break;
	}
	if (at < pool->leg_count && order == 0)
		return &pool->legs[at];
	MUST(pool->leg_count < SHARING_WEIGHT_COUNT_MAX); /* Product and rule know no more. */
	for (uint16_t i = pool->leg_count; i > at; i--)
		pool->legs[i] = pool->legs[i - 1];
	pool->leg_count++;
	pool->legs[at] = (struct pool_leg){ 0 };
	MUST(text_set(pool->legs[at].operator_id, ID_SIZE, slice_text(operator_id)));
	return &pool->legs[at];
}

static void drop_empty_legs(struct pool *pool)
{
	uint16_t kept = 0;

	for (uint16_t i = 0; i < pool->leg_count; i++) {
		const struct pool_leg *leg = &pool->legs[i];

		if (leg->legs != 0 || leg->share_yen != 0 || leg->before_yen != 0 ||
		    leg->fixed_yen != 0)
			pool->legs[kept++] = *leg;
	}
	pool->leg_count = kept;
}

/* ---- Tickets come in, and go out. ---- */

static void add(uint64_t *to, uint64_t n, bool more)
{
	MUST(more || *to >= n);
	*to = more ? *to + n : *to - n;
}

static void add_ticket(struct pool *pool, const struct ticket_split *split, bool more)
{
	add(&pool->tickets, 1, more);
	pool->sum_yen += more ? split->sums.pool_yen : -split->sums.pool_yen;
	MUST(pool->sum_yen >= 0);
	for (uint16_t i = 0; i < split->leg_count; i++) {
		const struct split_leg *did = &split->legs[i];
		struct pool_leg *leg;

		if (!split_leg_carried(did) && did->fixed_yen == 0)
			continue;
		leg = leg_at(pool, did->operator_id);
		add(&leg->boardings, did->boardings, more);
		add(&leg->riders, did->riders, more);
		add(&leg->deemed_fare_yen, did->deemed_fare_yen, more);
		add(&leg->distance_m, did->distance_m, more);
		add(&leg->legs, split_leg_carried(did), more);
		leg->fixed_yen += more ? did->fixed_yen : -did->fixed_yen;
		MUST(leg->fixed_yen >= 0);
	}
	drop_empty_legs(pool);
}

static void add_beside(struct books *books, const char *place, const char *whose, yen more)
{
	const char *key = fold_key(books->fold, "pool/p/%s/%s", place, whose);
	struct pool_beside *beside;

	if (more == 0)
		return;
	beside = fold_alloc(books->fold, sizeof(*beside));
	if (!books_get(books, beside, &pool_beside_shape, key))
		return;
	beside->sum_yen += more;
	MUST(beside->sum_yen >= 0);
	fold_put(books->fold, key, &pool_beside_shape, beside);
}

void books_change_pool(struct books *books, const struct ticket_split *split, bool more)
{
	const char *place =
	    fold_key(books->fold, "%s/%s/%04x/%04x/%04x", books_month(books, split->rides),
		     split->rule_id, split->rule_version, split->product_number,
		     split->product_version);
	const char *key = fold_key(books->fold, "pool/of/%s", place);
	const char *due_key = fold_key(books->fold, "pool/due/%s", place);
	struct pool *pool = fold_alloc(books->fold, sizeof(*pool));
	yen partner = split->sums.commission_yen + split->sums.payment_fee_yen;
	yen council = split->sums.council_fee_yen;
	struct pool_due due;

	add_beside(books, place, split->partner_id, more ? partner : -partner);
	add_beside(books, place, POOL_COUNCIL, more ? council : -council);
	if (books_get(books, pool, &pool_shape, key)) {
		pool->rides = split->rides;
		mem_copy(pool->rule_id, split->rule_id, ID_SIZE);
		pool->rule_version = split->rule_version;
		pool->product_number = split->product_number;
		pool->product_version = split->product_version;
		add_ticket(pool, split, more);
		fold_put(books->fold, key, &pool_shape, pool);
	}
	if (books_get(books, &due, &pool_due_shape, due_key))
		fold_put(books->fold, due_key, &pool_due_shape, &due);
}

static const char *declared_key(struct books *books, day_t month, const char *operator_id)
{
	return fold_key(books->fold, "pool/said/%s/%s", books_month(books, month), operator_id);
}

/* The last word stands. One that comes after its month was divided counts when the pool is divided
 * again. */
void books_declared(struct books *books)
{
	const struct fact *fact = books->fact;
	day_t month = month_of(fact->day);
	const char *key = declared_key(books, month, fact->operator_id);
	struct declared declared;

	if (!books_get(books, &declared, &declared_shape, key))
		return;
	mem_copy(declared.operator_id, fact->operator_id, ID_SIZE);
	declared.period = month;
	declared.boardings = fact->boardings;
	fold_put(books->fold, key, &declared_shape, &declared);
}

/* ---- A close divides. ---- */

struct dividing { /* One pool. */
	struct books *books;
	const char *place;
	struct pool pool;
	struct product product;
	struct rule rule;
	struct parties parties;
	struct ride_weight weights[SHARING_WEIGHT_COUNT_MAX];
	struct sharing sharing;
	struct posting postings[SHARING_WEIGHT_COUNT_MAX + 1];
	size_t posting_count;
	struct period_change change;
	day_t period;
};

static bool is_gone(void *to, const char *operator_id)
{
	const struct dividing *d = to;

	return books_is_gone(d->books, operator_id, month_next(d->pool.rides) - 1);
}

static void add_declared(struct dividing *d)
{
	const struct product *product = &d->product;

	if (d->rule.steps[d->rule.step_count - 1].by != BY_DECLARED_COUNTS)
		return;
	for (uint16_t i = 0; i < product->operator_count; i++) {
		const char *operator_id = product->operators[i].operator_id;
		struct declared declared;
		struct party *party;

		if (!books_get(d->books, &declared, &declared_shape,
			       declared_key(d->books, d->pool.rides, operator_id)) ||
		    declared.boardings == 0)
			continue;
		party = parties_at(&d->parties, operator_id);
		MUST(party != NULL);
		party->did.declared = declared.boardings;
	}
}

static void gather(struct dividing *d)
{
	for (uint16_t i = 0; i < d->pool.leg_count; i++) {
		const struct pool_leg *leg = &d->pool.legs[i];

		if (leg->legs == 0)
			continue;
		parties_at(&d->parties, leg->operator_id)->did =
		    (struct ride_weight){ .boardings = leg->boardings,
					  .riders = leg->riders,
					  .deemed_fare_yen = leg->deemed_fare_yen,
					  .distance_m = leg->distance_m,
					  .legs = leg->legs };
	}
	add_declared(d);
	parties_add_shares(&d->parties, &d->rule, &d->product, is_gone, d);
	parties_weights(d->weights, &d->parties);
}

/* False: something was not in hand. */
static bool prepare(struct dividing *d)
{
	struct books *books = d->books;
	struct pool *pool = &d->pool;

	if (!books_get(books, pool, &pool_shape, fold_key(books->fold, "pool/of/%s", d->place)))
		return false;
	if (!books_get(books, &d->product, &product_shape,
		       fold_key(books->fold, "prodver/%04x/%04x", pool->product_number,
				pool->product_version)) ||
	    !books_get_rule_version(books, &d->rule, pool->rule_id, pool->rule_version))
		return false;
	gather(d);
	return !books->waits;
}

static void divide(struct dividing *d)
{
	struct pool *pool = &d->pool;
	const struct sharing *sharing = &d->sharing;

	sharing_divide_pool(&d->sharing, &d->rule, pool->sum_yen, d->weights, d->parties.count);
	pool->period = d->period;
	pool->by = sharing->by;
	pool->weight_sum = sharing->weight_sum;
	pool->before_unused_yen = pool->unused_yen;
	pool->unused_yen = sharing->unused_yen;
	for (uint16_t i = 0; i < pool->leg_count; i++) {
		struct pool_leg *leg = &pool->legs[i];

		leg->before_yen = leg->share_yen;
		leg->share_yen = 0;
		leg->weight = leg->declared = 0;
		leg->rank = leg->bound = 0;
		leg->minimum_yen = leg->cap_yen = 0;
	}
	for (uint16_t i = 0; i < d->parties.count; i++) {
		const struct party *party = &d->parties.list[i];
		struct pool_leg *leg = leg_at(pool, party->operator_id);

		leg->declared = party->did.declared;
		leg->share_yen = sharing->share_yen[i];
		leg->weight = sharing->weight[i];
		leg->rank = sharing->rank[i];
		leg->bound = sharing->bound[i];
		leg->minimum_yen = party->did.minimum_yen;
		leg->cap_yen = party->did.cap_yen;
	}
}

static struct posting *give(struct dividing *d, const char *to, yen more, const char *why)
{
	struct posting *posting = &d->postings[d->posting_count];
	char account[ACCOUNT_SIZE];

	MUST(d->posting_count < COUNT_OF(d->postings));
	account_pool(account, d->pool.rule_id, books_month(d->books, d->pool.rides));
	if (ledger_give(posting, account, to, more, why) == 0)
		return NULL;
	mem_copy(posting->rule_id, d->pool.rule_id, ID_SIZE);
	posting->rule_version = d->pool.rule_version;
	posting->step = d->sharing.split_step;
	d->posting_count++;
	return posting;
}

static void give_operator(struct dividing *d, const struct pool_leg *leg)
{
	const struct pool *pool = &d->pool;
	struct line_change change = { .operator_id = leg->operator_id,
				      .product_number = pool->product_number,
				      .product_version = pool->product_version,
				      .rule_id = pool->rule_id,
				      .rule_version = pool->rule_version,
				      .period = d->period,
				      .rides = pool->rides,
				      .tax_class = d->product.tax_class,
				      .amount_yen = leg->share_yen - leg->before_yen };
	char account[ACCOUNT_SIZE];
	struct posting *posting;

	account_payable_operator(account, leg->operator_id);
	posting = give(d, account, change.amount_yen, "share");
	if (posting == NULL)
		return;
	posting->weight = leg->weight;
	posting->weight_sum = pool->weight_sum;
	posting->rank = leg->rank;
	d->change.operators_yen += change.amount_yen;
	books_change_line(d->books, &change);
}

/* Postings of a pool are no ticket's; so that they can be told apart, they bear its numbers. */
static struct id128 pool_id(const struct pool *pool)
{
	const uint16_t parts[] = { pool->product_number, pool->product_version, pool->rule_version,
				   (uint16_t)(pool->rides / 28) };
	struct id128 id = { { 0 } };

	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		id.bytes[8 + 2 * i] = (uint8_t)(parts[i] >> 8);
		id.bytes[9 + 2 * i] = (uint8_t)parts[i];
	}
	return id;
}

static void put_division(struct dividing *d)
{
	struct books *books = d->books;
	struct pool *pool = &d->pool;
	const char *key =
	    fold_key(books->fold, "pool/split/%s/%s", books_month(books, d->period), d->place);
	const char *name = fold_key(books->fold, "%s-%04x-%04x-%04x-%s", books_fact_name(books),
				    pool->product_number, pool->product_version, pool->rule_version,
				    books_month(books, pool->rides));
	struct pool *found = fold_alloc(books->fold, sizeof(*found));
	yen unused = pool->unused_yen - pool->before_unused_yen;

	for (uint16_t i = 0; i < pool->leg_count; i++)
		give_operator(d, &pool->legs[i]);
	give(d, ACCOUNT_INCOME_COUNCIL, unused, "unused");
	d->change.council_yen += unused;
	books_post(books, d->postings, d->posting_count, name, pool_id(pool), d->period);
	books_change_period(books, d->period, &d->change);
	if (books_get(books, found, &pool_shape, key))
		fold_put(books->fold, key, &pool_shape, pool);
	for (uint16_t i = 0; i < pool->leg_count; i++)
		pool->legs[i].before_yen = 0; /* Of the record as it goes on: share_yen says all. */
	drop_empty_legs(pool);
	fold_put(books->fold, fold_key(books->fold, "pool/of/%s", d->place), &pool_shape, pool);
}

/* ---- What the pool's tickets gave beside it: of whose gross revenue is it? ---- */

static yen take_part(struct pool_beside *beside, const char *operator_id)
{
	for (uint16_t i = 0; i < beside->leg_count; i++)
		if (text_equal(beside->legs[i].operator_id, operator_id)) {
			yen part = beside->legs[i].part_yen;

			beside->legs[i].part_yen = 0;
			return part;
		}
	return 0;
}

static void change_gross(struct dividing *d, const char *operator_id, const char *whose, yen more)
{
	const struct pool *pool = &d->pool;
	bool council = text_equal(whose, POOL_COUNCIL);
	struct line_change change = { .operator_id = operator_id,
				      .product_number = pool->product_number,
				      .product_version = pool->product_version,
				      .rule_id = pool->rule_id,
				      .rule_version = pool->rule_version,
				      .period = d->period,
				      .rides = pool->rides,
				      .tax_class = d->product.tax_class,
				      .commission_yen = council ? 0 : more,
				      .fee_yen = council ? more : 0 };

	if (more == 0)
		return;
	books_change_line(d->books, &change);
	if (!council)
		books_change_commission(d->books, operator_id, whose, d->period, more);
}

static void apportion_beside(struct dividing *d, const char *key, const char *whose)
{
	struct fold *fold = d->books->fold;
	struct pool_beside *was = fold_alloc(fold, sizeof(*was)), *now;
	yen parts[SHARING_WEIGHT_COUNT_MAX];

	if (!books_get(d->books, was, &pool_beside_shape, key))
		return;
	now = fold_alloc(fold, sizeof(*now));
	mem_zero(now, sizeof(*now));
	now->sum_yen = was->sum_yen;
	gross_of_pool(parts, &d->pool, now->sum_yen);
	for (uint16_t i = 0; i < d->pool.leg_count; i++) {
		const char *operator_id = d->pool.legs[i].operator_id;
		struct beside_leg *leg = &now->legs[now->leg_count];

		change_gross(d, operator_id, whose, parts[i] - take_part(was, operator_id));
		if (parts[i] == 0)
			continue;
		mem_copy(leg->operator_id, operator_id, ID_SIZE);
		leg->part_yen = parts[i];
		now->leg_count++;
	}
	for (uint16_t i = 0; i < was->leg_count; i++) /* Of whom the pool knows nothing more. */
		change_gross(d, was->legs[i].operator_id, whose, -was->legs[i].part_yen);
	fold_put(fold, key, &pool_beside_shape, now);
}

/* One a run. False: none is left. */
static bool next_beside(struct dividing *d, struct pool_due *due)
{
	struct fold *fold = d->books->fold;
	const struct slice *keys;
	const char *whose;
	uint32_t count;

	if (!fold_page(fold, &keys, &count,
		       fold_key(fold, "pool/p/%s/%s\x01", d->place, due->cursor),
		       fold_key(fold, "pool/p/%s0", d->place))) {
		d->books->waits = true;
		return true;
	}
	if (count == 0)
		return false;
	whose = (const char *)keys[0].data + text_size("pool/p//") + text_size(d->place);
	apportion_beside(d, (const char *)keys[0].data, whose);
	MUST(text_set(due->cursor, sizeof(due->cursor), slice_text(whose)));
	return true;
}

enum fold_result books_close_pools(struct books *books)
{
	day_t period = month_of(books->fact->day);
	const char *until =
	    fold_key(books->fold, "pool/due/%s", books_month(books, month_next(period)));
	struct dividing *d = fold_alloc(books->fold, sizeof(*d));
	const struct slice *keys;
	const char *due_key;
	struct pool_due due;
	uint32_t count;
	bool got;

	if (!fold_page(books->fold, &keys, &count, "pool/due/", until))
		return FOLD_NEED;
	if (count == 0)
		return FOLD_DONE;
	due_key = (const char *)keys[0].data;
	d->books = books;
	d->place = due_key + text_size("pool/due/");
	d->period = books_open_period(books, period);
	got = books_get(books, &due, &pool_due_shape, due_key);
	if (!prepare(d) || !got)
		return FOLD_NEED;
	if (!due.divided) {
		divide(d);
		put_division(d);
		due.divided = true;
		fold_put(books->fold, due_key, &pool_due_shape, &due);
	} else if (next_beside(d, &due)) {
		fold_put(books->fold, due_key, &pool_due_shape, &due);
	} else {
		fold_remove(books->fold, due_key);
	}
	return books->waits ? FOLD_NEED : FOLD_MORE;
}
