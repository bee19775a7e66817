/* tests/bookkeeper_crash_test.c - the books come out the same to the byte, whoever kept them,
 * however often he was stopped, and folded again from nothing.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tests/books_rig.h"

enum { DAY = BOOKS_DAY, TICKETS = 200, OPERATORS = 12 };

static uint64_t seed;

static uint32_t draw(uint32_t below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % below;
}

static void file_rides(struct books_rig *books, uint32_t ticket)
{
	uint32_t rides = draw(6);

	for (uint32_t n = 2; n < 2 + rides; n++) {
		char name[8];
		struct fact fact;

		(void)snprintf(name, sizeof(name), "op-%02u", draw(OPERATORS));
		fact = books_ride(ticket, name, draw(3) == 0 ? 0 : draw(2000), DAY + (day_t)draw(3),
				  DAY + (day_t)draw(9), n);
		fact.boarding = draw(3) != 0;
		fact.riders = (uint8_t)(1 + draw(9));
		books_file(books, fact);
	}
}

/* A month of random tickets, with days and a period closed in between. */
static void file_month(struct books_rig *books, uint64_t with_seed)
{
	seed = with_seed;
	for (uint32_t i = 0; i < TICKETS; i++) {
		uint16_t product = draw(2) == 0 ? BOOKS_USUAL : BOOKS_PLAIN;
		yen price = draw(20) == 0 ? 0 : draw(20000), fee = draw(500);
		struct fact sold = books_sold(i, product, price, DAY, DAY + 2 + (day_t)draw(8));

		sold.riders = (uint8_t)(1 + draw(9));
		books_file(books, sold);
		if (draw(8) == 0) {
			fee = fee < price ? fee : price;
			books_file(books, books_refunded(i, product, price - fee, fee, DAY));
		} else {
			file_rides(books, i);
		}
		if (i % 40 == 39)
			books_file(books, books_day_closed(DAY + (day_t)(i / 40)));
	}
	books_file(books, books_day_closed(DAY + 8));
	books_file(books, books_period_closed(DAY));
	books_file(books, books_day_closed(DAY + 10)); /* Some are not earned yet. */
}

static void digest_of_one_run(uint8_t out[SHA256_SIZE], uint64_t with_seed)
{
	struct books_rig books;

	books_open(&books, "sim:1");
	file_month(&books, with_seed);
	books_fold(&books);
	books_check(&books);
	assert_true(books_count(&books, "due") > 0);
	assert_true(books_count(&books, "line") > OPERATORS);
	books_digest(&books, out);
	books_close(&books);
}

static void all_that_is_sold_is_somewhere(void **state)
{
	uint8_t digest[SHA256_SIZE];

	(void)state;
	for (uint64_t with_seed = 1; with_seed <= 8; with_seed++)
		digest_of_one_run(digest, with_seed); /* books_check is in it. */
}

static void folded_again_from_nothing_it_is_the_same(void **state)
{
	uint8_t first[SHA256_SIZE], second[SHA256_SIZE];
	struct books_rig books;

	(void)state;
	books_open(&books, "sim:3");
	file_month(&books, 1);
	books_fold(&books);
	books_digest(&books, first);
	books_down(&books);
	books_forget(&books);
	books_up(&books);
	books_fold(&books);
	books_digest(&books, second);
	assert_memory_equal(first, second, SHA256_SIZE);
	digest_of_one_run(second, 1);
	assert_memory_equal(first, second, SHA256_SIZE);
	books_close(&books);
}

/* One bookkeeper after another is stopped after so many turns; what he had under way is lost or
 * not. */
static uint32_t fold_dying(struct books_rig *books, int64_t until, uint32_t turns, bool lost)
{
	uint32_t deaths = 0;

	for (;; deaths++) {
		for (uint32_t i = 0; i < turns; i++) {
			loop_turn(books->rig.loop);
			if (fold_done_second(books->fold) >= until)
				return deaths;
		}
		if (lost)
			rig_faults(&books->rig, 1000, 1);
		books_down(books);
		(void)rig_record(&books->rig, seal_head_key); /* Gives the store time to answer. */
		rig_faults(&books->rig, 0, 1);
		rig_fresh(&books->rig);
		books_up(books);
		turns += turns / 8; /* So that a run which needs more turns comes to its end. */
	}
}

static void a_bookkeeper_may_be_stopped_at_any_turn(void **state)
{
	uint8_t want[SHA256_SIZE], digest[SHA256_SIZE];
	uint32_t deaths = 0;

	(void)state;
	digest_of_one_run(want, 5);
	for (uint32_t turns = 8; turns < 32; turns++) {
		struct books_rig books;
		int64_t until;

		books_open(&books, "sim:2");
		file_month(&books, 5);
		until = books_last_second(&books);
		books_seal(&books);
		deaths += fold_dying(&books, until, turns, turns % 2 == 0);
		books_check(&books);
		books_digest(&books, digest);
		assert_memory_equal(digest, want, SHA256_SIZE);
		books_close(&books);
	}
	assert_true(deaths > 50);
}

/* A new program on the old disk after every second. */
static void the_same_on_a_disk(void **state)
{
	uint8_t want[SHA256_SIZE], digest[SHA256_SIZE];
	struct books_rig books;

	(void)state;
	digest_of_one_run(want, 5);
	books_open(&books, "lmdb");
	file_month(&books, 5);
	books_down(&books);
	rig_reopen(&books.rig);
	books_up(&books);
	books_fold(&books);
	books_check(&books);
	books_digest(&books, digest);
	assert_memory_equal(digest, want, SHA256_SIZE);
	books_close(&books);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_is_sold_is_somewhere),
		cmocka_unit_test(folded_again_from_nothing_it_is_the_same),
		cmocka_unit_test(a_bookkeeper_may_be_stopped_at_any_turn),
		cmocka_unit_test(the_same_on_a_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
