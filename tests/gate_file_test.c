/* tests/gate_file_test.c - a gate's memory and its queue: over restarts, when full, and when the
 * power goes in the middle of a write. Without it a crash could open a gate twice, or lose a ride.
 */
#include "core/date.h"
#include "tests/gate_world.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct gate place;
static struct gw_bundle usual;

static struct hitotsu_gate *open_shop(const char *name)
{
	struct hitotsu_gate *gate = gw_open(name);

	place = gw_gate(name, MODE_venue);
	usual = (struct gw_bundle){
		.number = 1, .gate = &place, .products = &gw_product, .product_count = 1
	};
	gw_load(gate, &usual);
	return gate;
}

static const char *redeem(struct hitotsu_gate *gate, uint32_t ticket, time_ms at)
{
	struct ticket shown = gw_ticket(ticket, 1);

	return gw_decide(gate, gw_code(&shown), "redeem", at);
}

static struct hitotsu_gate_stats stats_of(struct hitotsu_gate *gate)
{
	struct hitotsu_gate_stats stats;

	hitotsu_gate_stats(&stats, gate);
	return stats;
}

static size_t lines_in(const char *text)
{
	size_t count = 0;

	for (; *text != '\0'; text++)
		count += *text == '\n';
	return count;
}

/* --- remembering --- */
static void uses_are_counted_over_restarts(void **state)
{
	struct hitotsu_gate *gate = open_shop("uses");

	(void)state;
	assert_string_equal(redeem(gate, 1, gw_now), "ADMITTED");
	assert_int_equal(gw_answer.uses_left, 2);
	gw_close(gate);
	gate = open_shop("uses");
	assert_string_equal(redeem(gate, 1, gw_now + 1), "ADMITTED");
	assert_int_equal(gw_answer.uses_left, 1);
	assert_string_equal(redeem(gate, 2, gw_now + 1), "ADMITTED");
	gw_close(gate);
	gate = open_shop("uses");
	assert_string_equal(redeem(gate, 1, gw_now + 2), "ADMITTED");
	gw_close(gate);
	gate = open_shop("uses");
	assert_string_equal(redeem(gate, 1, gw_now + 3), "USED_UP");
	assert_string_equal(redeem(gate, 2, gw_now + 4), "ADMITTED");
	assert_int_equal(stats_of(gate).tickets, 2);
	assert_int_equal(stats_of(gate).scans, 6);
	assert_int_equal(stats_of(gate).torn + stats_of(gate).damaged, 0);
	gw_close(gate);
}

static void asking_writes_nothing(void **state)
{
	struct hitotsu_gate *gate = open_shop("asking");
	struct ticket ticket = gw_ticket(1, 1);

	(void)state;
	for (int i = 0; i < 9; i++)
		assert_string_equal(gw_ask(gate, gw_code(&ticket), "redeem", gw_now), "ADMITTED");
	assert_int_equal(stats_of(gate).scans, 0);
	assert_int_equal(stats_of(gate).tickets, 0);
	gw_close(gate);
}

/* Sixteen seats. */
static void the_oldest_makes_room_and_the_over_first(void **state)
{
	struct hitotsu_gate *gate = open_shop("seats");

	(void)state;
	for (uint32_t i = 1; i <= 16; i++)
		assert_string_equal(redeem(gate, i, gw_now + 100 * i), "ADMITTED");
	/* Number 9 is over: its last use is past. */
	assert_string_equal(redeem(gate, 9, gw_now + 2000), "ADMITTED");
	assert_string_equal(redeem(gate, 9, gw_now + 2001), "ADMITTED");
	assert_string_equal(redeem(gate, 17, gw_now + 3000), "ADMITTED");
	assert_int_equal(stats_of(gate).tickets, 16);
	assert_int_equal(stats_of(gate).forgotten, 0);
	assert_string_equal(redeem(gate, 1, gw_now + 3001), "ADMITTED");
	assert_int_equal(gw_answer.uses_left, 1); /* Remembered, and no longer the oldest. */
	assert_string_equal(redeem(gate, 18, gw_now + 3002), "ADMITTED");
	assert_int_equal(stats_of(gate).forgotten, 1);
	assert_string_equal(redeem(gate, 2, gw_now + 3003), "ADMITTED");
	assert_int_equal(gw_answer.uses_left, 2); /* Was the oldest, and is forgotten. */
	gw_close(gate);
	gate = open_shop("seats");
	assert_int_equal(stats_of(gate).tickets, 16);
	assert_string_equal(redeem(gate, 1, gw_now + 4000), "ADMITTED");
	assert_int_equal(gw_answer.uses_left, 0);
	assert_string_equal(redeem(gate, 17, gw_now + 4001), "ADMITTED");
	assert_int_equal(gw_answer.uses_left, 1);
	gw_close(gate);
}

/* --- the queue --- */
static void a_full_queue_gives_no_verdict_and_loses_none(void **state)
{
	struct hitotsu_gate *gate = open_shop("full");
	size_t used, lines;
	char text[8 * HITOTSU_GATE_LINE_MAX];

	(void)state;
	for (int i = 0; i < 64; i++)
		assert_string_equal(gw_decide(gate, "hello", "redeem", gw_now + i), "MALFORMED");
	assert_string_equal(redeem(gate, 1, gw_now), "QUEUE_FULL");
	assert_string_equal(gw_decide(gate, "hello", "redeem", gw_now), "QUEUE_FULL");
	assert_int_equal(stats_of(gate).queue_room, 0);
	assert_int_equal(stats_of(gate).tickets, 0);
	gw_close(gate);
	gate = open_shop("full");
	assert_string_equal(redeem(gate, 1, gw_now), "QUEUE_FULL");
	assert_int_equal(lines_in(gw_queue(gate)), 64);
	assert_int_equal(hitotsu_gate_queue_peek(gate, text, 700, &used, &lines), HITOTSU_GATE_OK);
	assert_true(lines > 0 && lines < 64 && used <= 700 && text[used - 1] == '\n');
	assert_int_equal(hitotsu_gate_queue_done(gate, 1), HITOTSU_GATE_OK);
	assert_string_equal(redeem(gate, 1, gw_now), "ADMITTED");
	assert_string_equal(redeem(gate, 1, gw_now), "QUEUE_FULL");
	gw_close(gate);
	gate = open_shop("full");
	assert_int_equal(lines_in(gw_queue(gate)), 64);
	assert_int_equal(hitotsu_gate_queue_done(gate, 63), HITOTSU_GATE_OK);
	assert_int_equal(lines_in(gw_queue(gate)), 1);
	assert_non_null(strstr(gw_queue(gate), "\"verdict\":\"ADMITTED\""));
	assert_int_equal(hitotsu_gate_queue_done(gate, 1000), HITOTSU_GATE_OK);
	assert_int_equal(hitotsu_gate_queue_done(gate, 1000), HITOTSU_GATE_OK);
	gw_close(gate);
	gate = open_shop("full");
	assert_string_equal(gw_queue(gate), "");
	assert_int_equal(stats_of(gate).scans, 65);
	assert_string_equal(redeem(gate, 1, gw_now), "ADMITTED");
	assert_int_equal(gw_answer.uses_left, 1);
	gw_close(gate);
}

static void a_line_says_all_that_the_server_asks(void **state)
{
	struct hitotsu_gate *gate = open_shop("line");
	struct hitotsu_gate_scan scan = { .code = "a\"b\\c\x01\xff\0\xe5\x88\xb8",
					  .code_size = 11,
					  .kind = HITOTSU_GATE_REDEEM,
					  .at_ms = gw_now + 5,
					  .riders = 3,
					  .stop = "停留所\"1",
					  .service = "r1" };
	char expected[1000];

	(void)state;
	assert_int_equal(hitotsu_gate_decide(&gw_answer, gate, &scan), HITOTSU_GATE_OK);
	snprintf(expected, sizeof(expected),
		 "{\"scan_id\":\"%s\",\"at\":\"2026-11-24T10:00:00.005+09:00\",\"kind\":\"redeem\","
		 "\"riders\":3,\"stop\":\"停留所\\\"1\",\"service\":\"r1\",\"bundle\":1,"
		 "\"bundle_at\":\"2026-11-24T09:59:00+09:00\",\"verdict\":\"MALFORMED\","
		 "\"qr\":\"a\\\"b\\\\c\\u0001\xef\xbf\xbd\xef\xbf\xbd\xe5\x88\xb8\"}\n",
		 gw_answer.scan_id);
	assert_string_equal(gw_queue(gate), expected);
	gw_close(gate);
}

static void the_longest_scan_fits(void **state)
{
	struct hitotsu_gate *gate = open_shop("long");
	static char code[5000], text[STOP_ID_SIZE];
	struct hitotsu_gate_scan scan = { .code = code,
					  .code_size = sizeof(code),
					  .kind = HITOTSU_GATE_REDEEM,
					  .at_ms = gw_now,
					  .stop = text,
					  .service = text };
	static const char fills[] = { 'x', '"', '\x01', '\xff' };

	(void)state;
	memset(text, '"', sizeof(text) - 1);
	for (size_t i = 0; i < COUNT_OF(fills); i++) {
		memset(code, fills[i], sizeof(code));
		assert_int_equal(hitotsu_gate_decide(&gw_answer, gate, &scan), HITOTSU_GATE_OK);
		assert_string_equal(gw_answer.verdict, "MALFORMED");
	}
	assert_int_equal(lines_in(gw_queue(gate)), COUNT_OF(fills));
	gw_close(gate);
}

static void ids_are_uuids_of_their_time_and_never_the_same(void **state)
{
	struct hitotsu_gate *gate = open_shop("ids");
	struct id128 ids[20];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(ids); i++) {
		time_ms at;

		assert_string_equal(gw_decide(gate, "x", "redeem", gw_now), "MALFORMED");
		assert_true(uuid_decode(&ids[i], slice_text(gw_answer.scan_id)));
		assert_true(uuid7_time(&at, ids[i]) && at == gw_now);
		for (size_t j = 0; j < i; j++)
			assert_false(id_equal(ids[i], ids[j]));
	}
	gw_close(gate);
}

/* --- opening --- */
static void a_file_has_one_gate_and_its_own_limits(void **state)
{
	struct hitotsu_gate *gate = open_shop("busy"), *second;
	struct stat stat_now;
	FILE *file;

	(void)state;
	assert_int_equal(gw_try_open(&second, "busy"), HITOTSU_GATE_FILE_BUSY);
	assert_null(second);
	assert_int_equal(stat(gw_path("busy"), &stat_now), 0);
	assert_string_equal(redeem(gate, 1, gw_now), "ADMITTED");
	gw_close(gate);
	assert_int_equal(gw_try_open(&gate, "no/such/folder"), HITOTSU_GATE_FILE_FAILED);
	file = fopen(gw_path("short"), "w");
	fputs("what is this", file);
	fclose(file);
	assert_int_equal(gw_try_open(&gate, "short"), HITOTSU_GATE_FILE_OTHER);
	file = fopen(gw_path("zeroes"), "w");
	assert_int_equal(ftruncate(fileno(file), stat_now.st_size), 0);
	fclose(file);
	assert_int_equal(gw_try_open(&gate, "zeroes"), HITOTSU_GATE_FILE_DAMAGED);
	/* It has the size that it had at first. */
	assert_int_equal(stat(gw_path("busy"), &stat_now), 0);
	gate = open_shop("busy");
	gw_close(gate);
}

static void a_setup_that_cannot_be_is_refused(void **state)
{
	struct hitotsu_gate_limits limits = gw_limits;
	struct hitotsu_gate_setup setup = { .path = "x", .limits = &limits };
	struct hitotsu_gate *gate;
	size_t size = hitotsu_gate_memory_needed(&limits);
	uint8_t *block = malloc(size + 16);

	(void)state;
	assert_true(hitotsu_gate_memory_needed(NULL) > size);
	assert_int_equal(hitotsu_gate_open(&gate, &setup), HITOTSU_GATE_NO_MEMORY);
	setup.block = block;
	setup.block_size = size - 1;
	assert_int_equal(hitotsu_gate_open(&gate, &setup), HITOTSU_GATE_NO_MEMORY);
	setup.block = block + 1;
	setup.block_size = size;
	assert_int_equal(hitotsu_gate_open(&gate, &setup), HITOTSU_GATE_NO_MEMORY);
	setup.block = block;
	setup.key_count = 17;
	assert_int_equal(hitotsu_gate_open(&gate, &setup), HITOTSU_GATE_BAD_SETUP);
	setup.key_count = 0;
	limits.queue_lines = 1;
	assert_int_equal(hitotsu_gate_open(&gate, &setup), HITOTSU_GATE_BAD_SETUP);
	limits = gw_limits;
	limits.statuses = HITOTSU_GATE_LIMIT_MAX + 1;
	assert_int_equal(hitotsu_gate_open(&gate, &setup), HITOTSU_GATE_BAD_SETUP);
	limits = gw_limits;
	setup.path = NULL;
	assert_int_equal(hitotsu_gate_open(&gate, &setup), HITOTSU_GATE_BAD_SETUP);
	free(block);
}

/* --- the power goes --- */
struct image {
	uint8_t *bytes;
	size_t size;
};

static struct image image_of(const char *name)
{
	struct image image;
	struct stat now;
	int file = open(gw_path(name), O_RDONLY);

	assert_true(file >= 0 && fstat(file, &now) == 0);
	image.size = (size_t)now.st_size;
	image.bytes = malloc(image.size);
	assert_non_null(image.bytes);
	assert_int_equal(read(file, image.bytes, image.size), (ssize_t)image.size);
	close(file);
	return image;
}

static void lay(const char *name, const struct image *image, size_t from, size_t until)
{
	int file = open(gw_path(name), O_WRONLY);

	assert_true(file >= 0);
	assert_int_equal(pwrite(file, image->bytes + from, until - from, (off_t)from),
			 (ssize_t)(until - from));
	close(file);
}

struct range {
	size_t from, until;
};

enum { SAME_PLACE = 2800, SAME_BLOCK = 300 }; /* Bytes between two that were changed. */

/* Where the two differ, near to each other taken together: one place each. */
static size_t differences(struct range out[4], const struct image *a, const struct image *b)
{
	size_t count = 0;

	assert_int_equal(a->size, b->size);
	for (size_t i = 0; i < a->size; i++) {
		if (a->bytes[i] == b->bytes[i])
			continue;
		if (count == 0 || i - out[count - 1].until > SAME_PLACE) {
			assert_true(count < 4);
			out[count++].from = i;
		}
		out[count - 1].until = i + 1;
	}
	return count;
}

/* Where the first of a place's two blocks ends. */
static size_t block_end(struct range place, const struct image *a, const struct image *b)
{
	size_t end = place.from;

	for (size_t i = place.from; i < place.until && i - end < SAME_BLOCK; i++)
		if (a->bytes[i] != b->bytes[i])
			end = i + 1;
	return end;
}

/* Of a disk that loses what it had: nobody passes by a ticket that may have been used. */
static void a_ticket_lost_by_the_disk_does_not_pass(void **state)
{
	struct hitotsu_gate *gate = open_shop("lost");
	struct image before, after;
	struct range at[4];
	uint64_t scans;

	(void)state;
	assert_string_equal(redeem(gate, 1, gw_now), "ADMITTED");
	before = image_of("lost");
	assert_string_equal(redeem(gate, 2, gw_now + 1), "ADMITTED");
	after = image_of("lost");
	assert_int_equal(differences(at, &before, &after), 2);
	lay("lost", &before, at[0].from, at[0].until); /* Its seat is empty again. */
	scans = stats_of(gate).scans;
	assert_string_equal(redeem(gate, 2, gw_now + 2), "FILE_DAMAGED");
	assert_int_equal(stats_of(gate).scans, scans);
	assert_int_equal(stats_of(gate).damaged, 1);
	assert_string_equal(redeem(gate, 1, gw_now + 3), "ADMITTED");
	gw_close(gate);
	free(before.bytes);
	free(after.bytes);
}

/* The scan was, or it never was. */
static void expect_one_of_both(const char *name, bool whole, uint64_t scans, int uses_left)
{
	struct hitotsu_gate *gate = open_shop(name);
	struct ticket ticket = gw_ticket(1, 1);
	struct hitotsu_gate_stats stats = stats_of(gate);

	assert_int_equal(stats.scans, scans + whole);
	assert_int_equal(stats.damaged, 0);
	assert_int_equal(lines_in(gw_queue(gate)), stats.queued);
	assert_int_equal(stats.queued, stats.scans);
	assert_string_equal(gw_ask(gate, gw_code(&ticket), "redeem", gw_now + 9), "ADMITTED");
	assert_int_equal(gw_answer.uses_left, whole ? uses_left - 1 : uses_left);
	gw_close(gate);
}

static void a_scan_is_whole_or_never_was(void **state)
{
	struct hitotsu_gate *gate = open_shop("torn");
	struct image before, after;
	struct range at[4];

	(void)state;
	assert_string_equal(redeem(gate, 2, gw_now), "ADMITTED");
	assert_string_equal(redeem(gate, 1, gw_now + 1), "ADMITTED"); /* Two uses left. */
	gw_close(gate);
	before = image_of("torn");
	gate = open_shop("torn");
	assert_string_equal(redeem(gate, 1, gw_now + 2), "ADMITTED");
	gw_close(gate);
	after = image_of("torn");
	assert_int_equal(differences(at, &before, &after), 2); /* Its seat, and its entry. */
	for (unsigned cut = 0; cut < 2; cut++)
		for (unsigned other_written = 0; other_written < 2; other_written++)
			for (size_t k = at[cut].from; k <= at[cut].until; k++) {
				struct range other = at[1 - cut];
				bool whole = k >= block_end(at[cut], &before, &after);

				if (k > at[cut].from && before.bytes[k - 1] == after.bytes[k - 1])
					continue;
				for (unsigned i = 0; i < 2; i++)
					lay("torn", &before, at[i].from, at[i].until);
				lay("torn", &after, at[cut].from, k);
				if (other_written)
					lay("torn", &after, other.from, other.until);
				expect_one_of_both("torn", other_written && whole, 2, 1);
			}
	free(before.bytes);
	free(after.bytes);
}

/* What was void at opening is void for ever, also when its number is given again. */
static void what_never_was_does_not_come_back(void **state)
{
	struct hitotsu_gate *gate = open_shop("void");
	struct image before, after;
	struct range at[4];

	(void)state;
	assert_string_equal(redeem(gate, 2, gw_now), "ADMITTED");
	gw_close(gate);
	before = image_of("void");
	gate = open_shop("void");
	assert_string_equal(redeem(gate, 1, gw_now + 1), "ADMITTED");
	gw_close(gate);
	after = image_of("void");
	assert_int_equal(differences(at, &before, &after), 2);
	for (unsigned written = 0; written < 2; written++) {
		lay("void", &before, 0, before.size);
		lay("void", &after, at[written].from, at[written].until);
		gate = open_shop("void");
		assert_int_equal(stats_of(gate).torn, 1);
		assert_string_equal(redeem(gate, 3, gw_now + 2), "ADMITTED");
		gw_close(gate);
		gate = open_shop("void");
		assert_int_equal(stats_of(gate).torn, 0);
		assert_string_equal(redeem(gate, 1, gw_now + 3), "ADMITTED");
		assert_int_equal(gw_answer.uses_left, 2);
		gw_close(gate);
	}
	free(before.bytes);
	free(after.bytes);
}

/* A ticket that loses its seat to a scan that never was, keeps it. */
static void a_seat_is_not_lost_to_a_torn_scan(void **state)
{
	struct hitotsu_gate *gate = open_shop("evict");
	struct image before, after;
	struct range at[4];

	(void)state;
	for (uint32_t i = 1; i <= 16; i++)
		assert_string_equal(redeem(gate, i, gw_now + i), "ADMITTED");
	gw_close(gate);
	before = image_of("evict");
	gate = open_shop("evict");
	assert_string_equal(redeem(gate, 20, gw_now + 100), "ADMITTED"); /* Number 1 goes. */
	gw_close(gate);
	after = image_of("evict");
	assert_int_equal(differences(at, &before, &after), 2);
	for (unsigned written = 0; written < 2; written++) {
		lay("evict", &before, 0, before.size);
		lay("evict", &after, at[written].from, at[written].until);
		expect_one_of_both("evict", false, 16, 1);
	}
	free(before.bytes);
	free(after.bytes);
}

static void a_refused_scan_is_whole_or_never_was(void **state)
{
	struct hitotsu_gate *gate = open_shop("refused");
	struct image before, after;
	struct range at[4];

	(void)state;
	assert_string_equal(redeem(gate, 1, gw_now), "ADMITTED");
	gw_close(gate);
	before = image_of("refused");
	gate = open_shop("refused");
	assert_string_equal(gw_decide(gate, "x", "redeem", gw_now + 2), "MALFORMED");
	gw_close(gate);
	after = image_of("refused");
	assert_int_equal(differences(at, &before, &after), 1);
	for (size_t k = at[0].from; k <= at[0].until; k++) {
		bool whole = k >= block_end(at[0], &before, &after);

		lay("refused", &before, at[0].from, at[0].until);
		lay("refused", &after, at[0].from, k);
		gate = open_shop("refused");
		assert_int_equal(stats_of(gate).scans, 1 + whole);
		assert_int_equal(lines_in(gw_queue(gate)), stats_of(gate).scans);
		gw_close(gate);
	}
	free(before.bytes);
	free(after.bytes);
}

static void the_head_is_the_old_or_the_new(void **state)
{
	struct hitotsu_gate *gate = open_shop("head");
	struct image before, after;
	struct range at[4];

	(void)state;
	for (uint32_t i = 1; i <= 5; i++)
		assert_string_equal(redeem(gate, i, gw_now + i), "ADMITTED");
	assert_int_equal(hitotsu_gate_queue_done(gate, 1), HITOTSU_GATE_OK);
	gw_close(gate);
	before = image_of("head");
	gate = gw_open("head");
	assert_int_equal(hitotsu_gate_queue_done(gate, 2), HITOTSU_GATE_OK);
	gw_close(gate);
	after = image_of("head");
	assert_int_equal(differences(at, &before, &after), 1);
	for (size_t k = at[0].from; k <= at[0].until; k++) {
		lay("head", &before, at[0].from, at[0].until);
		lay("head", &after, at[0].from, k);
		gate = gw_open("head");
		assert_int_equal(stats_of(gate).queued, k == at[0].until ? 2 : 4);
		assert_int_equal(stats_of(gate).scans, 5);
		gw_close(gate);
	}
	free(before.bytes);
	free(after.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(uses_are_counted_over_restarts),
		cmocka_unit_test(asking_writes_nothing),
		cmocka_unit_test(the_oldest_makes_room_and_the_over_first),
		cmocka_unit_test(a_full_queue_gives_no_verdict_and_loses_none),
		cmocka_unit_test(a_line_says_all_that_the_server_asks),
		cmocka_unit_test(the_longest_scan_fits),
		cmocka_unit_test(ids_are_uuids_of_their_time_and_never_the_same),
		cmocka_unit_test(a_file_has_one_gate_and_its_own_limits),
		cmocka_unit_test(a_setup_that_cannot_be_is_refused),
		cmocka_unit_test(a_ticket_lost_by_the_disk_does_not_pass),
		cmocka_unit_test(a_scan_is_whole_or_never_was),
		cmocka_unit_test(what_never_was_does_not_come_back),
		cmocka_unit_test(a_seat_is_not_lost_to_a_torn_scan),
		cmocka_unit_test(a_refused_scan_is_whole_or_never_was),
		cmocka_unit_test(the_head_is_the_old_or_the_new),
	};

	return cmocka_run_group_tests(tests, gw_make, gw_remove);
}
