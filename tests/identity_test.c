/* tests/identity_test.c - books that add up, and each way in which they do not. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "operators/identity.h"

struct world {
	struct account_sums accounts[ACCOUNT_KIND_COUNT];
	struct book_sums sums;
	yen periods;
};

static void post(struct world *world, const char *debit, const char *credit, yen amount,
		 const char *why)
{
	struct posting posting = { .amount_yen = amount };

	(void)snprintf(posting.debit, ACCOUNT_SIZE, "%s", debit);
	(void)snprintf(posting.credit, ACCOUNT_SIZE, "%s", credit);
	(void)snprintf(posting.why, sizeof(posting.why), "%s", why);
	world->accounts[account_kind_of(debit)].debit_yen += amount;
	world->accounts[account_kind_of(credit)].credit_yen += amount;
	book_sums_post(&world->sums, &posting);
	ledger_add_ticket(&world->sums.tickets, &posting, 1);
}

/* 5,000 sold; 900 refunded, 100 kept by the council; 3,000 earned, of which 500 are pooled still;
 * 1,000 not over. A loss of 70, of which 20 are covered; a claim; remittances. */
static void fill(struct world *world)
{
	*world = (struct world){ .periods = 2500 };
	post(world, "receivable/partner/tabi", "unearned", 5000, "sold");
	post(world, "unearned", "receivable/partner/tabi", 900, "refunded");
	post(world, "unearned", "income/council", 100, "refund_fee");
	post(world, "unearned", "payable/operator/rail", 1800, "share");
	post(world, "unearned", "payable/partner/tabi", 300, "commission");
	post(world, "unearned", "income/council", 200, "council_fee");
	post(world, "unearned", "pool/by-fare/2026-11", 700, "pool");
	post(world, "pool/by-fare/2026-11", "payable/operator/bus", 200, "share");
	post(world, "loss/council", "payable/operator/bus", 70, "lost");
	post(world, "income/council", "loss/council", 20, "loss_funded");
	post(world, "payable/operator/rail", "claim/operator/rail/bus", 40, "claimed");
	post(world, "claim/operator/rail/bus", "payable/operator/bus", 40, "claimed");
	post(world, "bank", "receivable/partner/tabi", 1500, "remitted");
	post(world, "bank", "receivable/funder/city", 60, "remitted");
	post(world, "payable/operator/rail", "bank", 1000, "paid");
	world->sums.told_sold_yen = 5000;
	world->sums.told_refunded_yen = 900;
	world->sums.told_fees_yen = 100;
}

static void books_that_add_up(void **state)
{
	struct identity terms;
	struct world world;

	(void)state;
	fill(&world);
	if (!identity_check(&terms, &world.sums, world.accounts, world.periods))
		fail_msg("%s", terms.fault);
	assert_int_equal(terms.sold_yen, 5000);
	assert_int_equal(terms.refunded_yen, 900);
	assert_int_equal(terms.refund_fees_yen, 100);
	assert_int_equal(terms.operators_yen, 2000);
	assert_int_equal(terms.partners_yen, 300);
	assert_int_equal(terms.council_yen, 200);
	assert_int_equal(terms.pools_yen, 500);
	assert_int_equal(terms.unearned_yen, 1000);
	assert_int_equal(terms.lost_yen, 70);
	assert_int_equal(terms.loss_funded_yen, 20);
	assert_int_equal(terms.loss_yen, 50);
	assert_int_equal(terms.claims_yen, 40);
	assert_int_equal(terms.remitted_yen, 1560);
}

static void change(struct world *world, int what)
{
	switch (what) {
	case 0: world->accounts[KIND_unearned].credit_yen++; break;
	case 1:
		world->accounts[KIND_unearned].credit_yen++;
		world->accounts[KIND_bank].debit_yen++;
		break;
	case 2: post(world, "unearned", "bank", 5, "share"); break;
	case 3: world->sums.tickets.sold_yen--; break;
	case 4: world->sums.tickets.refunded_yen++; break;
	case 5: world->sums.tickets.fees_yen++; break;
	case 6: world->sums.tickets.earned_yen--; break;
	case 7: world->sums.told_sold_yen++; break;
	case 8: world->sums.told_refunded_yen--; break;
	case 9: world->sums.told_fees_yen++; break;
	case 10: world->periods--; break;
	case 11: world->sums.tickets_at_fault = 1; break;
	case 12: post(world, "loss/council", "bank", 5, "paid"); break;
	case 13: world->accounts[KIND_claim].uneven = 1; break;
	default: fail();
	}
}

static void each_way_in_which_they_do_not(void **state)
{
	static const char *const faults[] = {
		"debits and credits differ",
		"accounts and postings differ",
		"what came in and what became of it differ",
		"tickets and accounts differ",
		"tickets and accounts differ",
		"tickets and accounts differ",
		"tickets and accounts differ",
		"facts and accounts differ",
		"facts and accounts differ",
		"facts and accounts differ",
		"months and accounts differ",
		"a ticket does not add up",
		"the loss account holds what is no loss",
		"a claim between operators is not even",
	};
	struct identity terms;
	struct world world;

	(void)state;
	for (int i = 0; i < (int)COUNT_OF(faults); i++) {
		fill(&world);
		change(&world, i);
		if (identity_check(&terms, &world.sums, world.accounts, world.periods) ||
		    strcmp(terms.fault, faults[i]) != 0)
			fail_msg("%d: %s", i, terms.fault);
	}
}

static void a_ticket_adds_up_or_not(void **state)
{
	static const struct {
		yen price, sold, refunded, fees, earned;
		bool is_refunded, is_earned, adds_up;
	} rows[] = {
		{ 1000, 1000, 0, 0, 0, false, false, true },
		{ 1000, 1000, 900, 100, 0, true, false, true },
		{ 1000, 1000, 0, 0, 1000, false, true, true },
		{ 1000, 1000, 0, 0, 400, false, false, true }, /* In parts. */
		{ 0, 0, 0, 0, 0, false, true, true },
		{ 1000, 999, 0, 0, 0, false, false, false },
		{ 1000, 1000, 900, 0, 0, true, false, false },
		{ 1000, 1000, 0, 0, 999, false, true, false },
		{ 1000, 1000, 0, 0, 1001, false, false, false },
		{ 1000, 1000, 900, 100, 1, false, false, false },
		{ 0, 0, 500, 0, 0, true, false, false }, /* Its sale is still to come. */
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct ticket_view view = { .price_yen = rows[i].price,
					    .refunded = rows[i].is_refunded,
					    .earned = rows[i].is_earned };

		view.sums = (struct ticket_sums){ rows[i].sold, rows[i].refunded, rows[i].fees,
						  rows[i].earned };
		if (ticket_adds_up(&view) != rows[i].adds_up)
			fail_msg("row %zu", i);
	}
}

static void accounts_have_kinds(void **state)
{
	static const struct {
		const char *account;
		enum account_kind kind;
	} rows[] = {
		{ "bank", KIND_bank },
		{ "receivable/partner/a", KIND_partner_receivable },
		{ "receivable/funder/a", KIND_funder_receivable },
		{ "unearned", KIND_unearned },
		{ "pool/by-fare/2026-11", KIND_pool },
		{ "payable/operator/a", KIND_operator_payable },
		{ "payable/partner/a", KIND_partner_payable },
		{ "income/council", KIND_council_income },
		{ "loss/council", KIND_council_loss },
		{ "claim/operator/a/b", KIND_claim },
		{ "payable/tax", KIND_other },
	};

	(void)state;
	assert_int_equal(COUNT_OF(rows), ACCOUNT_KIND_COUNT);
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_int_equal(account_kind_of(rows[i].account), rows[i].kind);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(books_that_add_up),
		cmocka_unit_test(each_way_in_which_they_do_not),
		cmocka_unit_test(a_ticket_adds_up_or_not),
		cmocka_unit_test(accounts_have_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
