/* tests/fold_test.c - a view comes out the same, whatever happens while it is folded. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/fold.h"
#include "core/shape.h"
#include "tests/log_rig.h"

enum { NOW = 1790000000, DRAIN_PIECE = 10, BURST_COUNT = FOLD_WRITE_COUNT_MAX / 2 };

/* The toy view, by an event's first letter:
 *   +NAME   counts one under NAME, and one under sum/events, where it must find the number it has
 *   drain   adds all counts up and removes them, ten a run; the first run adds one that comes last
 *   s       does so in one run, and looks again after each; text: how many there are
 *   m       looks at what its own run puts and removes; text: how many keys it must see before
 *   b       puts BURST_COUNT records */
struct tally {
	int64_t n;
};
static const struct shape tally_shape = {
	.name = "Tally",
	.size = sizeof(struct tally),
	.fields =
		(const struct shape_field[]){
			F_INT(struct tally, n, 1, 0, 0, 1 << 30, ""),
			F_END,
		},
};

struct toy {
	uint32_t runs, needs; /* Of apply, so that tests can tell what was repeated. */
};

static enum fold_result toy_count(struct fold *fold, const char *text)
{
	const char *key = fold_key(fold, "count/%.*s", (int)strcspn(text, " "), text);
	const char *sum = fold_key(fold, "sum/events");
	struct tally tally, events = { 0 };
	enum fold_got got = fold_get(fold, &tally, &tally_shape, key);
	enum fold_got got_sum = fold_get(fold, &events, &tally_shape, sum);

	if (got_sum != FOLD_WAIT) { /* Put before the run is known to end: it must not count. */
		assert_int_equal(events.n, atoi(strchr(text, ' ')));
		events.n++;
		fold_put(fold, sum, &tally_shape, &events);
	}
	if (got == FOLD_WAIT || got_sum == FOLD_WAIT)
		return FOLD_NEED;
	tally.n = got == FOLD_GOT ? tally.n + 1 : 1;
	fold_put(fold, key, &tally_shape, &tally);
	return FOLD_DONE;
}

static bool all_counts(struct fold *fold, const struct slice **keys, uint32_t *count)
{
	if (!fold_page(fold, keys, count, "count/", "count0"))
		return false;
	for (uint32_t i = 1; i < *count; i++)
		assert_true(slice_compare((*keys)[i - 1], (*keys)[i]) < 0);
	return true;
}

/* Moves at most `most` counts into sum/drained, `each` between two looks. all: how many there are
 * at first, or 0. */
static enum fold_result toy_drain(struct fold *fold, uint32_t most, uint32_t each, uint32_t all)
{
	struct tally sum, tally = { 0 };
	enum fold_got got = fold_get(fold, &sum, &tally_shape, "sum/drained");
	enum fold_got got_last = fold_get(fold, &tally, &tally_shape, "count/~");
	uint32_t done = 0;

	if (got == FOLD_WAIT || got_last == FOLD_WAIT)
		return FOLD_NEED;
	if (got == FOLD_ABSENT)
		sum.n = 0;
	if (got == FOLD_ABSENT || each == 1)
		fold_put(fold, "count/~", &tally_shape, &(struct tally){ .n = 1 });
	for (;;) {
		const struct slice *keys;
		uint32_t count;

		if (!all_counts(fold, &keys, &count))
			return FOLD_NEED;
		if (count > 0 && strcmp((const char *)keys[count - 1].data, "count/~") == 0 &&
		    all > 0) /* It is the last of all, not of those loaded. */
			assert_int_equal(done + count, all);
		for (uint32_t i = 0; i < count && i < each && done < most; i++, done++) {
			const char *key = (const char *)keys[i].data;

			assert_int_equal(fold_get(fold, &tally, &tally_shape, key), FOLD_GOT);
			sum.n += tally.n;
			fold_remove(fold, key);
			assert_int_equal(fold_get(fold, &tally, &tally_shape, key), FOLD_ABSENT);
		}
		if (count > 0 && done < most)
			continue;
		fold_put(fold, "sum/drained", &tally_shape, &sum);
		return count > 0 ? FOLD_MORE : FOLD_DONE;
	}
}

/* Puts one key before and one after all counts, removes it again, and looks each time. */
static enum fold_result toy_mark(struct fold *fold, uint32_t expected)
{
	static const char *const names[] = { "count/!", "count/~" };
	struct tally tally = { .n = 1 }, marked = { 0 };
	const struct slice *keys;
	uint32_t count, before;
	bool waits = fold_get(fold, &marked, &tally_shape, "sum/marked") == FOLD_WAIT;

	for (size_t i = 0; i < COUNT_OF(names); i++)
		waits = fold_get(fold, &tally, &tally_shape, names[i]) == FOLD_WAIT || waits;
	if (waits)
		return FOLD_NEED;
	if (!all_counts(fold, &keys, &before))
		return FOLD_NEED;
	assert_int_equal(before, expected);
	for (size_t i = 0; i < COUNT_OF(names); i++)
		fold_put(fold, names[i], &tally_shape, &(struct tally){ .n = 1 });
	if (!all_counts(fold, &keys, &count))
		return FOLD_NEED;
	assert_string_equal((const char *)keys[0].data, names[0]);
	if (before < FOLD_PAGE_COUNT_MAX - 1)
		assert_string_equal((const char *)keys[count - 1].data, names[1]);
	marked.n += count;
	for (size_t i = 0; i < COUNT_OF(names); i++)
		fold_remove(fold, names[i]);
	fold_put(fold, "sum/marked", &tally_shape, &marked);
	return FOLD_DONE;
}

static enum fold_result toy_burst(struct fold *fold, char name)
{
	struct tally tally = { 0 };
	bool waits = false;

	for (int i = 0; i < BURST_COUNT; i++) {
		const char *key = fold_key(fold, "burst/%c%04d", name, i);

		waits = fold_get(fold, &tally, &tally_shape, key) == FOLD_WAIT || waits;
	}
	if (waits)
		return FOLD_NEED;
	tally.n = name;
	for (int i = 0; i < BURST_COUNT; i++)
		fold_put(fold, fold_key(fold, "burst/%c%04d", name, i), &tally_shape, &tally);
	return FOLD_DONE;
}

static enum fold_result toy_apply(struct fold *fold, void *room, const struct fold_event *event)
{
	struct toy *toy = room;
	enum fold_result result;
	char *text = fold_alloc(fold, event->event.size + 1);

	memcpy(text, event->event.data, event->event.size);
	toy->runs++;
	if (text[0] == '+')
		result = toy_count(fold, text + 1);
	else if (text[0] == 'd')
		result = toy_drain(fold, DRAIN_PIECE, FOLD_PAGE_COUNT_MAX, 0);
	else if (text[0] == 's')
		result = toy_drain(fold, FOLD_WRITE_COUNT_MAX, 1, (uint32_t)atoi(text + 1));
	else if (text[0] == 'm')
		result = toy_mark(fold, (uint32_t)atoi(text + 1));
	else
		result = toy_burst(fold, text[1]);
	toy->needs += result == FOLD_NEED;
	return result;
}

static const struct fold_op toy_op = { .view = "toy", .apply = toy_apply };

/* ---- A log to fold, and its view worked out by hand. ---- */

enum { STEP_COUNT = 10 };
struct step { /* Events of one second. */
	uint32_t count, names;
	const char *then;
};
static const struct step steps[STEP_COUNT] = {
	{ 30, 7, "+last" }, { 300, 90, "m91" },	{ 5, 5, "drain" }, { 450, 400, "m256" },
	{ 0, 1, "bx" },	    { 0, 1, "by" },	{ 1, 1, "s401" }, { 60, 25, "m25" },
	{ 0, 1, "+new" },   { 0, 1, "m26" },
};

static void file_step(struct rig *rig, int64_t second, const struct step *step)
{
	static struct rig_event events[512];
	uint32_t number = 0;
	char text[32];

	for (const struct step *at = steps; at < step; at++)
		number += at->count + (at->then[0] == '+');
	for (uint32_t i = 0; i <= step->count; i++) {
		if (i < step->count)
			snprintf(text, sizeof(text), "+n%03u %u", i * 7 % step->names, number + i);
		else
			snprintf(text, sizeof(text), "%s %u", step->then, number + i);
		rig_event_start(rig, &events[i], second, i, text);
	}
	for (uint32_t i = 0; i <= step->count; i++) {
		while (!events[i].done)
			loop_turn(rig->loop);
		assert_int_equal(events[i].req.status, STORE_OK);
	}
}

/* Files all steps, a second each. The clock stands past the last, and nothing is sealed yet. */
static void file_log(struct rig *rig)
{
	struct seal *seal = rig_seal(rig);

	for (int i = 0; i < STEP_COUNT; i++)
		file_step(rig, NOW + i, &steps[i]);
	seal_close(seal);
	rig_set_second(rig, NOW + STEP_COUNT);
}

static int64_t tally_of(struct rig *rig, const char *key)
{
	struct store_item item = rig_record(rig, key);
	struct tally tally = { 0 };

	if (item.version > 0)
		assert_true(shape_from_cbor(&tally, &tally_shape, item.value));
	return tally.n;
}

/* The view after all steps, each number worked out from the table above. */
static void check_view(struct rig *rig)
{
	uint32_t events = 2;  /* "+last" and "+new" */
	uint32_t drained = 3; /* "+last" and two "count/~" */
	uint32_t count;

	rig_fresh(rig);
	for (int i = 0; i < STEP_COUNT; i++)
		events += steps[i].count;
	for (int i = 0; i <= 6; i++)
		drained += steps[i].count;
	assert_int_equal(tally_of(rig, "sum/events"), events);
	assert_int_equal(tally_of(rig, "sum/drained"), drained);
	/* All of 91 + 2; 256 of 400 + 2; all of 25 + 2 and of 26 + 2. */
	assert_int_equal(tally_of(rig, "sum/marked"), 93 + 256 + 27 + 28);
	(void)rig_records(rig, &count, "count");
	assert_int_equal(count, 26);
	(void)rig_records(rig, &count, "burst");
	assert_int_equal(count, 2 * BURST_COUNT);
	assert_int_equal(tally_of(rig, "count/n000"), 3);
	(void)rig_records(rig, &count, "view");
	assert_int_equal(count, 1);
}

/* Keys and values of the view and its position, not the versions: how often it was committed is not
 * the view's business. */
static void digest_of(struct rig *rig, uint8_t out[SHA256_SIZE])
{
	static const char *const kinds[] = { "burst", "count", "sum", "view" };

	rig_fresh(rig);
	memset(out, 0, SHA256_SIZE);
	for (size_t k = 0; k < COUNT_OF(kinds); k++) {
		uint32_t count;
		struct store_item *items = rig_records(rig, &count, kinds[k]);

		for (uint32_t i = 0; i < count; i++)
			sha256_three(out, slice_of(out, SHA256_SIZE), items[i].key, items[i].value);
	}
}

struct bench { /* A store with its sealer and its bookkeeper. */
	struct rig rig;
	struct seal *seal;
	struct fold *fold;
	struct toy toy;
};

static void bench_up(struct bench *bench)
{
	bench->seal = rig_seal(&bench->rig);
	assert_true(fold_open(&bench->fold, bench->rig.loop, bench->rig.store, bench->seal, &toy_op,
			      &bench->toy));
}

static void bench_down(struct bench *bench)
{
	fold_close(bench->fold);
	seal_close(bench->seal);
}

static void fold_all(struct bench *bench, struct fold *fold)
{
	for (int turns = 0; fold_done_second(fold) < NOW + STEP_COUNT - 1; turns++) {
		assert_true(turns < RIG_TURNS_MAX);
		loop_turn(bench->rig.loop);
	}
}

static void digest_of_one_run(uint8_t out[SHA256_SIZE])
{
	struct bench bench = { 0 };

	rig_open(&bench.rig, "sim:1", NOW);
	file_log(&bench.rig);
	bench_up(&bench);
	fold_all(&bench, bench.fold);
	check_view(&bench.rig);
	digest_of(&bench.rig, out);
	bench_down(&bench);
	rig_close(&bench.rig);
}

static void assert_digest(struct rig *rig, const uint8_t want[SHA256_SIZE])
{
	uint8_t digest[SHA256_SIZE];

	digest_of(rig, digest);
	assert_memory_equal(digest, want, SHA256_SIZE);
}

/* ---- The tests. ---- */

static void one_run_is_what_was_worked_out(void **state)
{
	uint8_t digest[SHA256_SIZE];

	(void)state;
	digest_of_one_run(digest); /* check_view is in it. */
}

static void events_are_folded_as_they_are_sealed(void **state)
{
	struct bench bench = { 0 };
	uint8_t want[SHA256_SIZE];

	(void)state;
	digest_of_one_run(want);
	rig_open(&bench.rig, "lmdb", NOW);
	bench_up(&bench);
	for (int i = 0; i < STEP_COUNT; i++) {
		file_step(&bench.rig, NOW + i, &steps[i]);
		rig_set_second(&bench.rig, NOW + i + 1);
		rig_advance(&bench.rig, bench.seal);
		fold_kick(bench.fold);
		while (fold_done_second(bench.fold) < NOW + i)
			loop_turn(bench.rig.loop);
		assert_int_equal(fold_done_second(bench.fold), NOW + i);
		if (i != 2)
			continue;
		bench_down(&bench); /* And a new program on the old disk. */
		rig_reopen(&bench.rig);
		bench_up(&bench);
	}
	check_view(&bench.rig);
	assert_digest(&bench.rig, want);
	bench_down(&bench);
	rig_close(&bench.rig);
}

/* One bookkeeper after another dies: the first after `turns` turns, the next as well, until one
 * comes to the end. What it had under way is lost or not, as `lost` says. */
static uint32_t fold_dying(struct bench *bench, uint32_t turns, bool lost)
{
	uint32_t deaths = 0;

	for (;; deaths++) {
		bench_up(bench);
		for (uint32_t i = 0; i < turns; i++) {
			loop_turn(bench->rig.loop);
			if (fold_done_second(bench->fold) >= NOW + STEP_COUNT - 1)
				return deaths;
		}
		if (lost)
			rig_faults(&bench->rig, 1000, 1);
		bench_down(bench);
		(void)rig_record(&bench->rig, seal_head_key); /* Gives the store time to answer. */
		rig_faults(&bench->rig, 0, 1);
		turns += turns / 8; /* So that a run which needs more turns comes to its end. */
	}
}

static void a_crash_at_any_turn_changes_nothing(void **state)
{
	uint8_t want[SHA256_SIZE];
	uint32_t deaths = 0;

	(void)state;
	digest_of_one_run(want);
	for (uint32_t turns = 8; turns < 48; turns++) {
		struct bench bench = { 0 };

		rig_open(&bench.rig, "sim:2", NOW);
		file_log(&bench.rig);
		deaths += fold_dying(&bench, turns, turns % 2 == 0);
		check_view(&bench.rig);
		assert_digest(&bench.rig, want);
		bench_down(&bench);
		rig_close(&bench.rig);
	}
	assert_true(deaths > 100);
}

static void two_bookkeepers_fold_each_event_once(void **state)
{
	uint8_t want[SHA256_SIZE];

	(void)state;
	digest_of_one_run(want);
	for (int seed = 1; seed <= 16; seed++) {
		struct bench bench = { 0 };
		struct toy other = { 0 };
		struct fold *second;
		char where[16];

		snprintf(where, sizeof(where), "sim:%d", seed);
		rig_open(&bench.rig, where, NOW);
		file_log(&bench.rig);
		rig_faults(&bench.rig, seed > 8 ? 50 : 0, 1 + (uint32_t)seed % 8);
		bench_up(&bench);
		assert_true(fold_open(&second, bench.rig.loop, bench.rig.store, bench.seal, &toy_op,
				      &other));
		fold_all(&bench, bench.fold);
		fold_all(&bench, second);
		rig_faults(&bench.rig, 0, 1);
		check_view(&bench.rig);
		assert_digest(&bench.rig, want);
		fold_close(second);
		bench_down(&bench);
		rig_close(&bench.rig);
	}
}

static void a_store_in_trouble_changes_nothing(void **state)
{
	uint8_t want[SHA256_SIZE];

	(void)state;
	digest_of_one_run(want);
	for (int seed = 1; seed <= 10; seed++) {
		struct bench bench = { 0 };
		char where[16];

		snprintf(where, sizeof(where), "sim:%d", seed);
		rig_open(&bench.rig, where, NOW);
		file_log(&bench.rig);
		rig_faults(&bench.rig, 250, 3);
		bench_up(&bench);
		fold_all(&bench, bench.fold);
		rig_faults(&bench.rig, 0, 1);
		check_view(&bench.rig);
		assert_digest(&bench.rig, want);
		bench_down(&bench);
		rig_close(&bench.rig);
	}
}

/* Two names that are new need one more run each; after that all is in hand. */
static void what_is_in_hand_is_not_fetched_again(void **state)
{
	struct bench bench = { 0 };
	struct seal *seal;

	(void)state;
	rig_open(&bench.rig, "sim:1", NOW);
	seal = rig_seal(&bench.rig);
	for (uint32_t i = 0; i < 150; i++) {
		char text[16];

		snprintf(text, sizeof(text), "+%c %u", i % 2 ? 'a' : 'b', i);
		assert_int_equal(rig_event(&bench.rig, NOW, i, text), STORE_OK);
	}
	seal_close(seal);
	rig_set_second(&bench.rig, NOW + STEP_COUNT);
	bench_up(&bench);
	fold_all(&bench, bench.fold);
	assert_int_equal(bench.toy.needs, 2);
	assert_int_equal(bench.toy.runs, 152);
	rig_fresh(&bench.rig);
	assert_int_equal(rig_record(&bench.rig, "view/toy").version, 1); /* One commit. */
	assert_int_equal(tally_of(&bench.rig, "count/a"), 75);
	bench_down(&bench);
	rig_close(&bench.rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_run_is_what_was_worked_out),
		cmocka_unit_test(events_are_folded_as_they_are_sealed),
		cmocka_unit_test(a_crash_at_any_turn_changes_nothing),
		cmocka_unit_test(two_bookkeepers_fold_each_event_once),
		cmocka_unit_test(a_store_in_trouble_changes_nothing),
		cmocka_unit_test(what_is_in_hand_is_not_fetched_again),
	};

	MUST(crypto_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
