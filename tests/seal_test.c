/* tests/seal_test.c - seconds open, close and are sealed, once each, whatever happens meanwhile. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tests/log_rig.h"

enum { NOW = 1790000000, LEAF_COUNT_MAX = 40000 };

/* ---- The whole log, computed again from what lies in the store. ---- */

static void close_leaf(struct seal_hash *leaf, struct seal_hash *data, const struct seal_second *at)
{
	uint8_t salted[SEAL_SALT_SIZE + 64];
	size_t size = seal_second_closed(salted + SEAL_SALT_SIZE, at->second, at->leaf_count - 1);

	memcpy(salted, at->salt, SEAL_SALT_SIZE);
	rig_leaf(leaf, salted, SEAL_SALT_SIZE + size);
	sha256(data->bytes, slice_of(salted, SEAL_SALT_SIZE + size));
}

/* Every event up to sealed_s is in the tree once, in key order, and nothing else is. Returns how
 * many events that are. */
static uint32_t check_log(struct rig *rig)
{
	static struct seal_hash leaves[LEAF_COUNT_MAX], data[LEAF_COUNT_MAX];
	struct store_item *events, *seconds;
	uint32_t event_count, second_count, at = 0;
	struct seal_head head;
	uint64_t leaf_count = 0;
	uint8_t root[SHA256_SIZE];
	struct seal_hash head_root;

	rig_fresh(rig);
	rig_head(rig, &head);
	events = rig_records(rig, &event_count, "ev");
	seconds = rig_records(rig, &second_count, "sec");
	for (uint32_t i = 0; i < second_count; i++) {
		struct seal_second sec;
		int64_t second;

		assert_int_equal(seconds[i].version, 1);
		assert_true(shape_from_cbor(&sec, &seal_second_shape, seconds[i].value));
		assert_true(sec.second <= head.sealed_s && sec.leaf_count >= 2);
		assert_int_equal(sec.first_index, leaf_count);
		for (uint64_t k = 0; k + 1 < sec.leaf_count; k++, at++) {
			assert_true(at < event_count && leaf_count + 1 < LEAF_COUNT_MAX);
			assert_true(seal_event_key_read(&second, events[at].key));
			assert_int_equal(second, sec.second);
			sha256(data[leaf_count].bytes, events[at].value);
			rig_leaf(&leaves[leaf_count++], events[at].value.data,
				 events[at].value.size);
		}
		close_leaf(&leaves[leaf_count], &data[leaf_count], &sec);
		leaf_count++;
		rig_root(root, leaves, leaf_count);
		assert_memory_equal(root, sec.root.bytes, SHA256_SIZE);
		if (i + 1 == second_count)
			assert_int_equal(head.last_full_s, sec.second);
	}
	for (uint32_t i = at; i < event_count; i++) {
		int64_t second;

		assert_true(seal_event_key_read(&second, events[i].key));
		assert_true(second > head.sealed_s);
	}
	assert_int_equal(head.leaf_count, leaf_count);
	seal_root(&head_root, &head);
	rig_root(root, leaves, leaf_count);
	assert_memory_equal(root, head_root.bytes, SHA256_SIZE);
	rig_check_tiles(rig, data, leaf_count);
	return at;
}

/* Fences stand for (closed_s, opened_s] and nowhere else. */
static void check_fences(struct rig *rig, int64_t first, int64_t last)
{
	struct seal_head head;
	struct store_item *fences;
	uint32_t count;
	char key[SEAL_KEY_TEXT_SIZE];

	rig_fresh(rig);
	rig_head(rig, &head);
	assert_int_equal(head.closed_s, first - 1);
	assert_int_equal(head.opened_s, last);
	fences = rig_records(rig, &count, "open");
	assert_int_equal(count, last - first + 1);
	for (uint32_t i = 0; i < count; i++) {
		seal_open_key(key, first + i);
		assert_true(slice_is(fences[i].key, key));
		assert_int_equal(fences[i].version, 1);
	}
}

static const char *const stores[] = { "sim:1", "lmdb" };

static void seconds_close_open_and_jump(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(stores); i++) {
		struct rig rig;
		struct seal *seal;

		rig_open(&rig, stores[i], NOW);
		seal = rig_seal(&rig);
		check_fences(&rig, NOW, NOW + SEAL_AHEAD_S);
		assert_int_equal(rig_event(&rig, NOW, 2, "b"), STORE_OK);
		assert_int_equal(rig_event(&rig, NOW, 1, "a"), STORE_OK);
		assert_int_equal(rig_event(&rig, NOW + 1, 3, "c"), STORE_OK);
		assert_int_equal(rig_event(&rig, NOW - 1, 4, "late"), STORE_RETRY);
		rig_advance(&rig, seal); /* The clock stands: nothing closes. */
		assert_int_equal(seal_closed_second(seal), NOW - 1);
		assert_int_equal(seal_leaf_count(seal), 0);

		rig_set_second(&rig, NOW + 1);
		rig_advance(&rig, seal);
		assert_int_equal(seal_closed_second(seal), NOW);
		assert_int_equal(seal_leaf_count(seal), 3);
		assert_int_equal(check_log(&rig), 2);
		/* Made; then its two commits, each by compare-and-set. */
		assert_int_equal(rig_record(&rig, seal_head_key).version, 3);
		check_fences(&rig, NOW + 1, NOW + 1 + SEAL_AHEAD_S);
		assert_int_equal(rig_event(&rig, NOW, 5, "late"), STORE_RETRY);

		rig_set_second(&rig, NOW + 100000); /* Far past every fence. */
		rig_advance(&rig, seal);
		assert_int_equal(seal_closed_second(seal), NOW + 99999);
		assert_int_equal(check_log(&rig), 3);
		check_fences(&rig, NOW + 100000, NOW + 100000 + SEAL_AHEAD_S);
		assert_int_equal(rig_event(&rig, NOW + 5000, 6, "never"), STORE_RETRY);
		seal_close(seal);

		if (rig.dir[0] != '\0')
			rig_reopen(&rig);
		seal = rig_seal(&rig);
		assert_int_equal(seal_closed_second(seal), NOW + 99999);
		assert_int_equal(seal_leaf_count(seal), 5);
		seal_close(seal);
		rig_close(&rig);
	}
}

/* All at once, so that the disk is asked once. */
static void file_many(struct rig *rig, int64_t second, uint32_t count)
{
	static struct rig_event events[3 * STORE_PAGE_COUNT_MAX];

	assert_true(count <= COUNT_OF(events));
	for (uint32_t i = 0; i < count; i++)
		rig_event_start(rig, &events[i], second, i * 2654435761u, "x");
	for (uint32_t i = 0; i < count; i++) {
		while (!events[i].done)
			loop_turn(rig->loop);
		assert_int_equal(events[i].req.status, STORE_OK);
	}
}

static void many_events_in_one_second_and_in_many(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(stores); i++) {
		struct rig rig;
		struct seal *seal;

		rig_open(&rig, stores[i], NOW);
		seal = rig_seal(&rig);
		file_many(&rig, NOW, 3 * STORE_PAGE_COUNT_MAX);
		for (int64_t n = 1; n <= SEAL_AHEAD_S; n += 2)
			assert_int_equal(rig_event(&rig, NOW + n, 1, "y"), STORE_OK);
		rig_set_second(&rig, NOW + 500);
		rig_advance(&rig, seal);
		assert_int_equal(check_log(&rig), 3 * STORE_PAGE_COUNT_MAX + 60);
		seal_close(seal);
		rig_close(&rig);
	}
}

/* Fences are for the seconds ahead, not for those between two settings of the clock. */
static void a_jump_in_the_midst_of_a_step_costs_no_fences(void **state)
{
	(void)state;
	for (uint32_t turns = 0; turns < 10; turns++) {
		struct store_stats before, after;
		struct rig_wait wait;
		struct rig rig;
		struct seal *seal;

		rig_open(&rig, "sim:1", NOW);
		seal = rig_seal(&rig);
		store_stats(&before, rig.store);
		rig_set_second(&rig, NOW + 5);
		rig_advance_start(&rig, seal, &wait);
		for (uint32_t i = 0; i < turns && !wait.done; i++)
			loop_turn(rig.loop);
		rig_set_second(&rig, NOW + 30 * 86400);
		rig_advance(&rig, seal);
		store_stats(&after, rig.store);
		assert_true(after.commits - before.commits <= 8);
		check_fences(&rig, NOW + 30 * 86400, NOW + 30 * 86400 + SEAL_AHEAD_S);
		seal_close(seal);
		rig_close(&rig);
	}
}

/* ---- Waiting. ---- */

struct order {
	struct seal_wait wait;
	int *next, at;
	struct seal *seal;
	time_ms until;
};

static void note_order(struct seal_wait *wait)
{
	struct order *order = (struct order *)wait;

	order->at = ++*order->next;
	assert_true(seal_closed_second(order->seal) >= wait->until / 1000 - 1);
}

static void waits_end_when_their_time_is_sealed(void **state)
{
	struct rig rig;
	struct seal *seal;
	struct order orders[3];
	struct seal_wait nobody = { .until = NOW * 1000LL };
	int next = 0;

	(void)state;
	rig_open(&rig, "sim:2", NOW);
	seal = rig_seal(&rig);
	for (int i = 0; i < 3; i++) {
		rig_set_second(&rig, NOW + 10 * i);
		orders[i] = (struct order){ .next = &next, .seal = seal };
		orders[i].wait.then = note_order;
		orders[i].wait.until = clock_now(&rig.clock);
		seal_advance(seal, &orders[i].wait);
		if (i == 1)
			seal_advance(seal, &nobody);
	}
	assert_int_equal(next, 0); /* Never within the call. */
	rig_advance(&rig, seal);
	assert_int_equal(next, 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(orders[i].at, i + 1);
	/* One that waits when the sealer goes is not called. */
	rig_set_second(&rig, NOW + 100);
	orders[0].wait.until = clock_now(&rig.clock);
	seal_advance(seal, &orders[0].wait);
	seal_close(seal);
	rig_close(&rig);
	assert_int_equal(next, 3);
}

/* ---- Trouble. ---- */

/* Closes the sealer after each number of turns; what it had under way is lost, or not. */
static void a_sealer_killed_at_any_turn_changes_nothing(void **state)
{
	uint32_t between = 0;

	(void)state;
	for (uint32_t turns = 1; turns <= 24; turns++) {
		struct rig rig;
		struct seal *seal;
		struct seal_head head;
		struct rig_wait wait;

		rig_open(&rig, "sim:3", NOW);
		seal = rig_seal(&rig);
		for (uint32_t n = 0; n < 300; n++)
			assert_int_equal(rig_event(&rig, NOW + n % 3, n, "x"), STORE_OK);
		rig_set_second(&rig, NOW + 2);
		rig_advance_start(&rig, seal, &wait);
		for (uint32_t i = 0; i < turns / 2 && !wait.done; i++)
			loop_turn(rig.loop);
		if (turns % 2 == 1)
			rig_faults(&rig, 1000, 1); /* What is under way is refused. */
		seal_close(seal);
		rig_head(&rig, &head);
		rig_faults(&rig, 0, 1);
		between += head.sealed_s < head.closed_s;
		(void)check_log(&rig);
		seal = rig_seal(&rig);
		rig_advance(&rig, seal);
		assert_int_equal(check_log(&rig), 200);
		seal_close(seal);
		rig_close(&rig);
	}
	assert_true(between >= 2);
}

/* Clock, sealers and events run on without waiting for each other. */
static void run_two_sealers(struct rig *rig, struct seal *seals[2])
{
	enum { STEP_COUNT = 60, STEP_EVENT_COUNT = 4 };
	static struct rig_event events[STEP_COUNT * STEP_EVENT_COUNT];
	struct rig_wait waits[2] = { { .done = true }, { .done = true } };
	uint32_t filed = 0;

	for (int step = 0; step < STEP_COUNT; step++) {
		for (int i = 0; i < step % STEP_EVENT_COUNT; i++, filed++)
			rig_event_start(rig, &events[filed], NOW + step, filed, "x");
		rig_set_second(rig, NOW + step + 1);
		for (int i = 0; i < 2; i++)
			if (waits[i].done)
				rig_advance_start(rig, seals[i], &waits[i]);
		for (int i = 0; i < step % 7; i++)
			loop_turn(rig->loop);
	}
	for (uint32_t i = 0; i < filed; i++)
		while (!events[i].done)
			loop_turn(rig->loop);
	while (!waits[0].done || !waits[1].done)
		loop_turn(rig->loop);
}

static void two_sealers_seal_each_event_once(void **state)
{
	(void)state;
	for (int seed = 1; seed <= 12; seed++) {
		struct rig rig;
		struct seal *seals[2];
		char where[16];

		snprintf(where, sizeof(where), "sim:%d", seed);
		rig_open(&rig, where, NOW);
		seals[0] = rig_seal(&rig);
		seals[1] = rig_seal(&rig);
		rig_faults(&rig, seed > 6 ? 200 : 0, 4);
		run_two_sealers(&rig, seals);
		rig_faults(&rig, 0, 1);
		rig_advance(&rig, seals[0]);
		rig_advance(&rig, seals[1]);
		assert_int_equal(seal_leaf_count(seals[0]), seal_leaf_count(seals[1]));
		assert_true(check_log(&rig) > 0);
		check_fences(&rig, NOW + 60, NOW + 60 + SEAL_AHEAD_S);
		seal_close(seals[0]);
		seal_close(seals[1]);
		rig_close(&rig);
	}
}

/* Starts the event before, while and after its second's fence goes. It is in the sealed second
 * (check_log counts every event of a sealed second) or nowhere. */
static void an_event_in_the_midst_of_closing_is_in_or_sent_back(void **state)
{
	uint32_t in = 0, back = 0;

	(void)state;
	for (size_t s = 0; s < COUNT_OF(stores); s++) {
		for (uint32_t turns = 0; turns < 12; turns++) {
			struct rig rig;
			struct seal *seal;
			struct rig_wait wait;
			struct rig_event event;

			rig_open(&rig, stores[s], NOW);
			seal = rig_seal(&rig);
			rig_set_second(&rig, NOW + 1);
			rig_advance_start(&rig, seal, &wait);
			for (uint32_t i = 0; i < turns && !wait.done; i++)
				loop_turn(rig.loop);
			rig_event_start(&rig, &event, NOW, 1, "x");
			rig_advance(&rig, seal);
			while (!event.done)
				loop_turn(rig.loop);
			if (event.req.status == STORE_OK) {
				assert_int_equal(check_log(&rig), 1);
				in++;
			} else {
				assert_int_equal(event.req.status, STORE_RETRY);
				assert_int_equal(check_log(&rig), 0);
				assert_int_equal(rig_record(&rig, event.event_key).version, 0);
				back++;
			}
			seal_close(seal);
			rig_close(&rig);
		}
	}
	assert_true(in >= 2 && back >= 2);
}

/* A real clock leaves a second one more second. */
static void a_real_clock_leaves_a_second_of_grace(void **state)
{
	struct rig rig;
	struct seal *seal;
	int64_t second;

	(void)state;
	rig_open(&rig, "sim:7", NOW);
	clock_init(&rig.clock, false, 0);
	seal = rig_seal(&rig);
	do
		second = clock_now(&rig.clock) / 1000;
	while (rig_event(&rig, second, 1, "x") != STORE_OK);
	while (seal_closed_second(seal) < second)
		loop_turn(rig.loop);
	assert_true(clock_now(&rig.clock) / 1000 >= second + 2);
	assert_int_equal(check_log(&rig), 1);
	second = clock_now(&rig.clock) / 1000;
	rig_advance(&rig, seal);
	assert_true(seal_closed_second(seal) >= second - 1);
	seal_close(seal);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seconds_close_open_and_jump),
		cmocka_unit_test(many_events_in_one_second_and_in_many),
		cmocka_unit_test(a_jump_in_the_midst_of_a_step_costs_no_fences),
		cmocka_unit_test(waits_end_when_their_time_is_sealed),
		cmocka_unit_test(a_sealer_killed_at_any_turn_changes_nothing),
		cmocka_unit_test(two_sealers_seal_each_event_once),
		cmocka_unit_test(an_event_in_the_midst_of_closing_is_in_or_sent_back),
		cmocka_unit_test(a_real_clock_leaves_a_second_of_grace),
	};

	MUST(crypto_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
