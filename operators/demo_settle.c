/* operators/demo_settle.c - the month is closed, and every yen of it compared with a division of
 * the demo's own. Without it the settlement would only be believed.
 */
#include "operators/demo_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PERIOD "2026-11"
enum { POSTING_PAGES = 64, LARGEST = 3, CLOSE_HOUR = 9, NOVEMBER_DAYS = 30 };

struct earned { /* One operator's. */
	int who;
	yen amount_yen, deemed_yen;
	uint64_t tickets, boardings;
	bool exact; /* All of its fares are known here. */
};

struct partner_part {
	yen commission_yen, unused_yen, fee_yen;
};

struct division {
	struct earned operators[DEMO_OPERATOR_MAX];
	struct partner_part partners[DEMO_PARTNER_COUNT];
	yen operators_yen, partners_yen, council_fee_yen, council_unused_yen, earned_yen;
	uint64_t tickets, postings;
};

/* --- The demo's own division --- */

/* In November: whatever was used, and what could only have been used until its end. */
static bool is_earned(const struct demo *d, const struct demo_ticket *t)
{
	return t->part != DEMO_REFUNDED &&
	       (t->used || d->products[t->product].activation_days <= NOVEMBER_DAYS);
}

static const struct rule *rule_of(const struct demo *d, const struct demo_ticket *t)
{
	for (size_t i = 0; i < DEMO_RULE_COUNT; i++)
		if (text_equal(d->rules[i].rule_id, d->products[t->product].rule_id))
			return &d->rules[i];
	MUST(false);
	return NULL;
}

/* Operator ids break ties, so legs stand in their order. */
static void order_legs(const struct demo *d, struct demo_ticket *t)
{
	for (size_t i = 1; i < t->leg_count; i++)
		for (size_t k = i; k > 0; k--) {
			struct demo_leg leg = t->legs[k];

			if (strcmp(demo_id(d, leg.who), demo_id(d, t->legs[k - 1].who)) > 0)
				break;
			t->legs[k] = t->legs[k - 1];
			t->legs[k - 1] = leg;
		}
}

static void divide_ticket(struct division *out, const struct demo *d, struct demo_ticket *t)
{
	struct ride_weight weights[DEMO_LEG_MAX];
	struct sharing sharing;
	const struct rule *rule = rule_of(d, t);
	struct partner_part *partner = &out->partners[t->partner];

	order_legs(d, t);
	for (size_t i = 0; i < t->leg_count; i++)
		weights[i] = t->legs[i].weight;
	sharing_divide(&sharing, rule, t->price_yen, weights, t->leg_count);
	for (size_t i = 0; i < t->leg_count; i++) {
		struct earned *to = &out->operators[t->legs[i].who];

		to->amount_yen += sharing.share_yen[i];
		to->deemed_yen += (yen)weights[i].deemed_fare_yen;
		to->tickets++;
		to->boardings += weights[i].boardings;
		out->operators_yen += sharing.share_yen[i];
	}
	partner->commission_yen += sharing.commission_yen;
	out->council_fee_yen += sharing.council_fee_yen;
	if (rule->unused_to == UNUSED_TO_PARTNER)
		partner->unused_yen += sharing.unused_yen;
	else
		out->council_unused_yen += sharing.unused_yen;
	out->earned_yen += t->price_yen;
	out->tickets++;
}

static void divide_all(struct division *out, struct demo *d)
{
	*out = (struct division){ 0 };
	for (size_t i = 0; i < d->operator_count; i++)
		out->operators[i] = (struct earned){ .who = (int)i, .exact = true };
	for (size_t i = 0; i < d->way_count; i++)
		if (!d->ways[i].exact)
			out->operators[d->ways[i].who].exact = false;
	for (size_t i = 0; i < d->ticket_count; i++) {
		struct demo_ticket *t = &d->tickets[i];

		if (is_earned(d, t))
			divide_ticket(out, d, t);
		if (t->part == DEMO_REFUNDED) {
			yen fee = d->products[t->product].refund_fee_yen;

			out->partners[t->partner].fee_yen +=
			    fee < t->price_yen ? fee : t->price_yen;
		}
	}
	for (size_t i = 0; i < DEMO_PARTNER_COUNT; i++)
		out->partners_yen += out->partners[i].commission_yen + out->partners[i].unused_yen;
}

/* --- The server's --- */

static struct earned *earned_of(struct division *out, const struct demo *d, const char *operator_id)
{
	for (size_t i = 0; i < d->operator_count; i++)
		if (text_equal(d->operators[i].is.operator_id, operator_id))
			return &out->operators[i];
	return NULL;
}

static bool read_settlement(struct demo *d, struct division *out)
{
	const struct json *root = demo_get(d, d->start->council_token, "/v1/settlements/" PERIOD),
			  *lines;

	if (root == NULL)
		return false;
	if (!text_equal(demo_text(root, "state"), "CLOSED"))
		return demo_fail(d, "the settlement is %s, not CLOSED", demo_text(root, "state")),
		       false;
	out->operators_yen = demo_int(root, "operators_yen");
	out->partners_yen = demo_int(root, "partners_yen");
	out->council_fee_yen =
	    demo_int(root, "council_yen"); /* With what was not used; postings tell them apart. */
	out->earned_yen = demo_int(root, "earned_yen");
	out->tickets = (uint64_t)demo_int(root, "tickets");
	lines = json_get(root, "lines");
	for (const struct json *line = lines == NULL ? NULL : json_first(lines); line != NULL;
	     line = json_next(line)) {
		struct earned *to = earned_of(out, d, demo_text(line, "operator_id"));

		if (to == NULL)
			return demo_fail(d,
					 "the settlement names an operator that nobody registered"),
			       false;
		to->amount_yen = demo_int(line, "amount_yen");
		to->tickets = (uint64_t)demo_int(line, "tickets");
		to->boardings = (uint64_t)demo_int(line, "boardings");
	}
	return true;
}

/* *agree: each statement's lines add up to its sum, and that is the settlement's line. */
static bool read_statements(struct demo *d, struct division *out, bool *agree)
{
	*agree = true;
	for (size_t i = 0; i < d->operator_count; i++) {
		struct earned *to = &out->operators[i];
		const struct json *root, *lines;
		yen sum = 0;

		if (to->tickets == 0)
			continue;
		root = demo_get(d, d->start->council_token,
				"/v1/settlements/" PERIOD "/statements/%s.json",
				d->operators[i].is.operator_id);
		if (root == NULL)
			return false;
		lines = json_get(root, "lines");
		for (const struct json *line = lines == NULL ? NULL : json_first(lines);
		     line != NULL; line = json_next(line)) {
			sum += demo_int(line, "amount_yen");
			to->deemed_yen += demo_int(line, "deemed_fare_yen");
		}
		*agree = *agree && sum == to->amount_yen && sum == demo_int(root, "amount_yen") &&
			 to->deemed_yen == demo_int(root, "deemed_fare_yen");
	}
	return true;
}

static void take_posting(struct demo *d, void *to, const struct json *item)
{
	struct division *out = to;
	const char *why = demo_text(item, "why"), *credit = demo_text(item, "credit");
	yen amount = demo_int(item, "amount_yen");
	char account[ACCOUNT_SIZE];

	(void)d;
	out->postings++;
	if (text_equal(credit, ACCOUNT_INCOME_COUNCIL) && text_equal(why, "unused")) {
		out->council_unused_yen += amount;
		out->council_fee_yen -= amount;
	}
	for (size_t i = 0; i < DEMO_PARTNER_COUNT; i++) {
		account_payable_partner(account, demo_partner_ids[i]);
		if (!text_equal(account, credit))
			continue;
		if (text_equal(why, "commission"))
			out->partners[i].commission_yen += amount;
		else if (text_equal(why, "unused"))
			out->partners[i].unused_yen += amount;
		else
			out->partners[i].fee_yen += amount;
	}
}

/* --- What is said of it --- */

static int by_amount(const void *a, const void *b)
{
	const struct earned *x = a, *y = b;

	if (x->amount_yen != y->amount_yen)
		return x->amount_yen < y->amount_yen ? 1 : -1;
	return x->who - y->who;
}

/* "Kagoshima City Ship Bureau (Sakurajima Ferry)" is long, and its Japanese name says the rest. */
static const char *without_brackets(char out[NAME_SIZE], const char *name)
{
	const char *bracket = strstr(name, " (");

	if (!text_set(out, NAME_SIZE,
		      slice_of(name, bracket == NULL ? strlen(name) : (size_t)(bracket - name))))
		return name;
	return out;
}

static bool say_operators(struct demo *d, const struct division *books)
{
	struct earned sorted[DEMO_OPERATOR_MAX];
	char file[ID_SIZE + 32], name[NAME_SIZE];

	memcpy(sorted, books->operators, sizeof(sorted));
	qsort(sorted, d->operator_count, sizeof(sorted[0]), by_amount);
	demo_line(d, "   %s %s %s %s %s %s", demo_left("operator", 37), demo_left("社局", 30),
		  demo_right("tickets", 7), demo_right("boardings", 9),
		  demo_right("deemed yen", 10), demo_right("share yen", 10));
	for (size_t i = 0; i < d->operator_count && sorted[i].tickets > 0; i++) {
		const struct operator *who = &d->operators[sorted[i].who].is;

		demo_line(d, "   %s %s %s %s %s %s",
			  demo_left(without_brackets(name, who->name_en), 37),
			  demo_left(who->name_ja, 30), demo_number((int64_t)sorted[i].tickets, 7),
			  demo_number((int64_t)sorted[i].boardings, 9),
			  demo_number(sorted[i].deemed_yen, 10),
			  demo_number(sorted[i].amount_yen, 10));
		if (i >= LARGEST)
			continue;
		snprintf(file, sizeof(file), "statement-%s.csv", who->operator_id);
		if (!demo_fetch_file(d, d->start->council_token, file,
				     "/v1/settlements/" PERIOD "/statements/%s.csv",
				     who->operator_id))
			return false;
	}
	return true;
}

static void say_sum(struct demo *d, const char *en, const char *ja, yen amount)
{
	demo_line(d, "   %s %s %s", demo_left(en, 37), demo_left(ja, 58), demo_number(amount, 10));
}

static void say_sums(struct demo *d, const struct division *books)
{
	demo_line(d, "%s", "");
	say_sum(d, "operators together", "社局計", books->operators_yen);
	for (size_t i = 0; i < DEMO_PARTNER_COUNT; i++) {
		char en[64];

		snprintf(en, sizeof(en), "%s, commission", demo_partner_ids[i]);
		say_sum(d, en, "販売手数料", books->partners[i].commission_yen);
		snprintf(en, sizeof(en), "%s, unused tickets", demo_partner_ids[i]);
		say_sum(d, en, "未使用券", books->partners[i].unused_yen);
	}
	say_sum(d, "council, fees", "協議会 手数料", books->council_fee_yen);
	say_sum(d, "council, unused tickets", "協議会 未使用券", books->council_unused_yen);
	demo_line(d, "   %s", demo_right("──────────", 107));
	say_sum(d, "earned in November", "11月の収入", books->earned_yen);
}

/* --- The checks --- */

static void check_shares(struct demo *d, const struct division *own, const struct division *books)
{
	yen lines = 0, parts = 0;
	bool shares = true, deemed = true;
	size_t exact = 0;

	for (size_t i = 0; i < d->operator_count; i++) {
		const struct earned *a = &own->operators[i], *b = &books->operators[i];

		lines += b->amount_yen;
		if (a->exact && a->tickets > 0) {
			deemed = demo_same(d, d->operators[i].is.operator_id, "deemed yen",
					   a->deemed_yen, b->deemed_yen) &&
				 deemed;
			exact++;
		}
		shares = shares && a->amount_yen == b->amount_yen && a->tickets == b->tickets &&
			 a->boardings == b->boardings;
	}
	for (size_t i = 0; i < DEMO_PARTNER_COUNT; i++)
		parts += books->partners[i].commission_yen + books->partners[i].unused_yen;
	demo_check(d, deemed,
		   "deemed fares of %zu operators are the fares of the rides that they carried",
		   exact);
	demo_check(
	    d, shares,
	    "every operator's share, tickets and boardings as divided here, ticket by ticket");
	demo_check(
	    d, lines == books->operators_yen && parts == books->partners_yen,
	    "the lines sum to %s yen for the operators, the commissions to %s for the partners",
	    demo_number(books->operators_yen, 1), demo_number(books->partners_yen, 1));
	demo_check(d,
		   own->earned_yen == books->earned_yen && own->tickets == books->tickets &&
		       own->operators_yen == books->operators_yen &&
		       own->partners_yen == books->partners_yen &&
		       own->council_fee_yen == books->council_fee_yen &&
		       own->council_unused_yen == books->council_unused_yen,
		   "%s tickets earned %s yen; operators, partners and council have all of it",
		   demo_number((int64_t)books->tickets, 1), demo_number(books->earned_yen, 1));
}

static yen unearned_of(const struct json *accounts)
{
	for (const struct json *a = accounts == NULL ? NULL : json_first(accounts); a != NULL;
	     a = json_next(a))
		if (text_equal(demo_text(a, "account"), ACCOUNT_UNEARNED))
			return demo_int(a, "credit_yen") - demo_int(a, "debit_yen");
	return 0;
}

static bool check_balances(struct demo *d, const struct division *books)
{
	const struct json *root = demo_get(d, d->start->council_token, "/v1/ledger/balances");
	yen sold = 0, refunded = 0, fees = 0, unearned, debit, credit;

	if (root == NULL)
		return false;
	unearned = unearned_of(json_get(root, "accounts"));
	debit = demo_int(root, "total_debit_yen");
	credit = demo_int(root, "total_credit_yen");
	for (size_t i = 0; i < DEMO_PRODUCT_COUNT; i++) {
		sold += d->sales[i].sold_yen;
		refunded += d->sales[i].refunded_yen;
		fees += d->sales[i].fees_yen;
	}
	demo_check(d, debit == credit && debit > 0, "%s postings: debit %s = credit %s yen",
		   demo_number((int64_t)books->postings, 1), demo_number(debit, 1),
		   demo_number(credit, 1));
	demo_check(d, sold == refunded + fees + books->earned_yen + unearned,
		   "sold %s = refunded %s + fees %s + earned %s + still unearned %s",
		   demo_number(sold, 1), demo_number(refunded, 1), demo_number(fees, 1),
		   demo_number(books->earned_yen, 1), demo_number(unearned, 1));
	return true;
}

static bool close_month(struct demo *d)
{
	time_ms at = day_start(day_of_civil((struct civil){ 2026, 12, 10 }), CLOSE_HOUR * 60);
	struct json_out *out;

	demo_progress(d, "closing days until 2026-12-10", 0, 1);
	if (!demo_clock(d, at))
		return false;
	out = demo_body(d);
	json_put_text(out, "period", SLICE(PERIOD));
	return demo_post(d, d->start->council_token, 202, "/v1/settlements") != NULL &&
	       demo_clock(d, at + MINUTE_MS);
}

bool demo_settle(struct demo *d)
{
	struct division *own = arena_alloc(&d->keep, sizeof(*own)),
			*books = arena_alloc(&d->keep, sizeof(*books));
	bool agree;

	demo_head(d, "5 The month is settled", "2026年11月の精算");
	divide_all(own, d);
	for (size_t i = 0; i < d->operator_count; i++)
		books->operators[i].who = (int)i;
	if (!close_month(d) || !read_settlement(d, books) || !read_statements(d, books, &agree) ||
	    !demo_pages(d, "/v1/ledger/postings", DEMO_PAGE_LIMIT, POSTING_PAGES, NULL,
			take_posting, books) ||
	    !say_operators(d, books))
		return false;
	say_sums(d, books);
	demo_line(d, "\n   statements of the three largest: %s/statement-*.csv\n",
		  d->start->out_dir);
	check_shares(d, own, books);
	demo_check(d, agree, "every operator's statement adds up to its line of the settlement");
	return check_balances(d, books);
}
