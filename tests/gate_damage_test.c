/* tests/gate_damage_test.c - what a disk does to a gate's file behind its back: flipped bytes, lost
 * sectors, writes that never came. Without it one bad byte could be worth a ride.
 */
#include "operators/gate_inside.h"
#include "tests/gate_world.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { USES = 3, QUEUE = 64 };

static struct gate place;

static struct hitotsu_gate *load_shop(struct hitotsu_gate *gate, const char *name)
{
	place = gw_gate(name, MODE_venue);
	gw_load(gate, &(struct gw_bundle){ .number = 1,
					   .gate = &place,
					   .products = &gw_product,
					   .product_count = 1 });
	return gate;
}

static struct hitotsu_gate *open_shop(const char *name)
{
	return load_shop(gw_open(name), name);
}

static const char *redeem(struct hitotsu_gate *gate, uint32_t ticket, time_ms at)
{
	struct ticket shown = gw_ticket(ticket, 1);

	return gw_decide(gate, gw_code(&shown), "redeem", at);
}

static const char *ask(struct hitotsu_gate *gate, uint32_t ticket)
{
	struct ticket shown = gw_ticket(ticket, 1);

	return gw_ask(gate, gw_code(&shown), "redeem", gw_now + 9000);
}

static struct hitotsu_gate_stats stats_of(struct hitotsu_gate *gate)
{
	struct hitotsu_gate_stats stats;

	hitotsu_gate_stats(&stats, gate);
	return stats;
}

/* --- the file's bytes --- */
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

static void lay(const char *name, const struct image *image, size_t from, size_t size)
{
	int file = open(gw_path(name), O_WRONLY);

	assert_true(file >= 0);
	assert_int_equal(pwrite(file, image->bytes + from, size, (off_t)from), (ssize_t)size);
	close(file);
}

static void lay_all(const char *name, const struct image *image)
{
	lay(name, image, 0, image->size);
}

/* As operators/gate_inside.h draws it; of gw_limits. */
static size_t seat_at(uint32_t seat, uint32_t copy)
{
	return 2 * GATE_HEAD_SIZE + ((size_t)copy * gw_limits.tickets + seat) * GATE_SEAT_SIZE;
}

static size_t entry_at(uint64_t scan)
{
	return seat_at(0, 2) + scan % gw_limits.queue_lines * GATE_ENTRY_SIZE;
}

/* --- what happened before --- */
/* Ticket 1 is used up, in seat 0; ticket 2 has one use left, in seat 1. */
static struct image used(const char *name, unsigned more_scans, uint32_t last)
{
	struct hitotsu_gate *gate = open_shop(name);

	for (uint32_t use = 0; use < USES; use++) {
		if (last == 2 || use + 1 < USES)
			assert_string_equal(redeem(gate, 1, gw_now + use), "ADMITTED");
		if (use > 0)
			assert_string_equal(redeem(gate, 2, gw_now + use), "ADMITTED");
	}
	if (last == 1)
		assert_string_equal(redeem(gate, 1, gw_now + 3), "ADMITTED");
	assert_int_equal(hitotsu_gate_queue_done(gate, more_scans > 0 ? QUEUE : 0),
			 HITOTSU_GATE_OK);
	for (unsigned i = 0; i < more_scans; i++) {
		assert_string_equal(gw_decide(gate, "hello", "redeem", gw_now + 5), "MALFORMED");
		assert_int_equal(hitotsu_gate_queue_done(gate, 1), HITOTSU_GATE_OK);
	}
	gw_close(gate);
	return image_of(name);
}

/* Opens; ticket 1 has no use left, whatever was done to the file, and ticket 2 has its own. */
static bool expect_no_ride(const char *name, uint64_t scans)
{
	struct hitotsu_gate *gate = open_shop(name);
	const char *verdict = ask(gate, 1);
	bool refused = strcmp(verdict, "FILE_DAMAGED") == 0;

	assert_int_equal(stats_of(gate).scans, scans);
	assert_int_equal(stats_of(gate).torn, 0);
	if (!refused)
		assert_string_equal(verdict, "USED_UP");
	assert_string_equal(ask(gate, 2), "ADMITTED");
	assert_int_equal(gw_answer.uses_left, 0);
	gw_close(gate);
	return refused;
}

/* Whether this byte is damaged or not: what is written, and some of what is not. */
static bool byte_counts(const struct image *image, size_t at)
{
	return image->bytes[at] != 0 || image->bytes[at + 1] != 0 || at % 61 == 0;
}

/* Each byte of seat 0, in either copy: the ticket is refused, or what it did is known all the same.
 */
static void flip_all_of_seat(const char *name, const struct image *image, uint64_t scans)
{
	unsigned refused = 0, tried = 0;

	for (uint32_t copy = 0; copy < 2; copy++)
		for (size_t at = seat_at(0, copy); at < seat_at(0, copy) + GATE_SEAT_SIZE; at++) {
			if (!byte_counts(image, at))
				continue;
			lay_all(name, image);
			image->bytes[at] ^= 0x20;
			lay(name, image, at, 1);
			image->bytes[at] ^= 0x20;
			refused += expect_no_ride(name, scans);
			(void)expect_no_ride(name, scans); /* And after it was mended. */
			tried++;
		}
	assert_true(refused > 40 && refused < tried);
}

static void a_flipped_byte_of_a_seat_is_no_ride(void **state)
{
	static const struct {
		const char *name;
		unsigned more_scans;
		uint32_t last;
	} rows[] = {
		{ "flip-queue", 0, 2 },
		{ "flip-last", 0, 1 },
		{ "flip-old", 2 * QUEUE, 2 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct image image = used(rows[i].name, rows[i].more_scans, rows[i].last);

		flip_all_of_seat(rows[i].name, &image, 5 + rows[i].more_scans);
		free(image.bytes);
	}
}

/* The last verdict stays given, though its line may be lost. */
static void a_flipped_byte_of_an_entry_is_no_ride(void **state)
{
	struct image image = used("flip-entry", 0, 1);
	struct hitotsu_gate *gate;

	(void)state;
	for (size_t at = entry_at(5); at < entry_at(5) + GATE_ENTRY_SIZE; at++) {
		if (!byte_counts(&image, at))
			continue;
		lay_all("flip-entry", &image);
		image.bytes[at] ^= 0x20;
		lay("flip-entry", &image, at, 1);
		image.bytes[at] ^= 0x20;
		assert_false(expect_no_ride("flip-entry", 5));
	}
	gate = open_shop("flip-entry");
	assert_int_equal(stats_of(gate).queued, 5);
	gw_close(gate);
	free(image.bytes);
}

/* Whole places: zeroed, overwritten, or as they were before. */
static void a_lost_seat_is_no_ride(void **state)
{
	static const uint8_t fills[] = { 0x00, 0xff };
	struct image image = used("lost", 0, 2), broken;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(fills); i++)
		for (unsigned copies = 1; copies < 4; copies++) {
			lay_all("lost", &image);
			broken = image_of("lost");
			for (uint32_t copy = 0; copy < 2; copy++)
				if (copies >> copy & 1)
					memset(broken.bytes + seat_at(0, copy), fills[i],
					       GATE_SEAT_SIZE);
			lay_all("lost", &broken);
			/* The third use is in the first copy. */
			assert_int_equal(expect_no_ride("lost", 5), copies != 2);
			/* It stays lost when the queue has forgotten it. */
			struct hitotsu_gate *gate = open_shop("lost");

			for (unsigned n = 0; n < 2 * QUEUE; n++) {
				assert_int_equal(hitotsu_gate_queue_done(gate, QUEUE),
						 HITOTSU_GATE_OK);
				assert_string_equal(gw_decide(gate, "x", "redeem", gw_now),
						    "MALFORMED");
			}
			gw_close(gate);
			assert_int_equal(expect_no_ride("lost", 5 + 2 * QUEUE), copies != 2);
			free(broken.bytes);
		}
	free(image.bytes);
}

/* Nobody knows any more whose it was, so the gate does not go on as if nothing had been. */
static void a_lost_seat_that_no_queue_tells_of_closes_the_file(void **state)
{
	struct image image = used("nobody", 2 * QUEUE, 2);
	struct hitotsu_gate *gate;

	(void)state;
	memset(image.bytes + seat_at(0, 0), 0, GATE_SEAT_SIZE);
	lay_all("nobody", &image);
	assert_int_equal(gw_try_open(&gate, "nobody"), HITOTSU_GATE_FILE_DAMAGED);
	assert_null(gate);
	free(image.bytes);
}

/* A disk that said that it wrote, and did not. */
static void a_write_that_never_came_is_no_ride(void **state)
{
	struct hitotsu_gate *gate = open_shop("never");
	struct image before, after;

	(void)state;
	assert_string_equal(redeem(gate, 1, gw_now), "ADMITTED");
	assert_string_equal(redeem(gate, 1, gw_now + 1), "ADMITTED");
	assert_string_equal(redeem(gate, 2, gw_now + 1), "ADMITTED");
	before = image_of("never");
	assert_string_equal(redeem(gate, 1, gw_now + 2), "ADMITTED");
	assert_string_equal(redeem(gate, 2, gw_now + 3), "ADMITTED");
	gw_close(gate);
	after = image_of("never");
	lay("never", &before, seat_at(0, 0), GATE_SEAT_SIZE);
	assert_true(expect_no_ride("never", 5));
	/* The last scan of all, which the server has. */
	lay_all("never", &after);
	gate = open_shop("never");
	assert_int_equal(hitotsu_gate_queue_done(gate, QUEUE), HITOTSU_GATE_OK);
	gw_close(gate);
	lay("never", &before, seat_at(1, 1), GATE_SEAT_SIZE);
	gate = open_shop("never");
	assert_string_equal(ask(gate, 2), "FILE_DAMAGED");
	assert_string_equal(ask(gate, 1), "USED_UP");
	gw_close(gate);
	free(before.bytes);
	free(after.bytes);
}

/* A cut within the write of a seat that was quiet for longer than the queue goes back. */
static void a_torn_write_hurts_nobody(void **state)
{
	struct image before = used("torn-old", 2 * QUEUE, 1), after;
	struct hitotsu_gate *gate = open_shop("torn-old");
	uint64_t scans = 5 + 2 * QUEUE;
	size_t from, until;

	(void)state;
	assert_string_equal(redeem(gate, 2, gw_now + 6), "ADMITTED");
	gw_close(gate);
	after = image_of("torn-old");
	from = seat_at(1, 0);
	until = from + GATE_SEAT_SIZE;
	for (size_t cut = from; cut <= until; cut++) {
		if (cut > from && !byte_counts(&after, cut - 1))
			continue;
		lay_all("torn-old", &before);
		lay("torn-old", &after, from, cut - from);
		gate = open_shop("torn-old");
		assert_int_equal(stats_of(gate).scans, scans);
		assert_int_equal(stats_of(gate).damaged, 0);
		assert_string_equal(ask(gate, 2), "ADMITTED");
		assert_int_equal(gw_answer.uses_left, 0);
		assert_string_equal(ask(gate, 1), "USED_UP");
		gw_close(gate);
	}
	for (size_t cut = 0; cut <= GATE_ENTRY_SIZE; cut += cut < 400 ? 1 : 13) {
		bool told;

		lay_all("torn-old", &before);
		lay("torn-old", &after, from, until - from);
		lay("torn-old", &after, entry_at(scans + 1), cut);
		gate = open_shop("torn-old");
		told = stats_of(gate).scans == scans + 1;
		assert_string_equal(ask(gate, 2), told ? "USED_UP" : "ADMITTED");
		assert_string_equal(ask(gate, 1), "USED_UP");
		assert_int_equal(stats_of(gate).queued, told);
		gw_close(gate);
	}
	free(before.bytes);
	free(after.bytes);
}

/* --- the queue --- */
static void a_buffer_too_small_is_told_the_size(void **state)
{
	struct hitotsu_gate *gate = open_shop("small");
	char text[2 * HITOTSU_GATE_LINE_MAX];
	size_t used_bytes, lines, first;

	(void)state;
	assert_int_equal(hitotsu_gate_queue_peek(gate, text, 0, &used_bytes, &lines),
			 HITOTSU_GATE_OK); /* Nothing waits. */
	assert_int_equal(used_bytes + lines, 0);
	assert_string_equal(gw_decide(gate, "hello", "redeem", gw_now), "MALFORMED");
	assert_string_equal(redeem(gate, 1, gw_now), "ADMITTED");
	assert_int_equal(hitotsu_gate_queue_peek(gate, text, 10, &used_bytes, &lines),
			 HITOTSU_GATE_TOO_SMALL);
	assert_string_equal(hitotsu_gate_status_name(HITOTSU_GATE_TOO_SMALL), "TOO_SMALL");
	assert_int_equal(lines, 0);
	assert_in_range(used_bytes, 11, HITOTSU_GATE_LINE_MAX);
	first = used_bytes;
	assert_int_equal(hitotsu_gate_queue_peek(gate, text, first - 1, &used_bytes, &lines),
			 HITOTSU_GATE_TOO_SMALL);
	assert_int_equal(used_bytes, first);
	assert_int_equal(hitotsu_gate_queue_peek(gate, text, first, &used_bytes, &lines),
			 HITOTSU_GATE_OK);
	assert_int_equal(lines, 1);
	assert_int_equal(used_bytes, first);
	assert_int_equal(text[first - 1], '\n');
	assert_int_equal(hitotsu_gate_queue_done(gate, 1), HITOTSU_GATE_OK);
	assert_int_equal(hitotsu_gate_queue_peek(gate, NULL, 0, &used_bytes, &lines),
			 HITOTSU_GATE_TOO_SMALL);
	assert_true(used_bytes > first); /* The second is the longer one. */
	gw_close(gate);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flipped_byte_of_a_seat_is_no_ride),
		cmocka_unit_test(a_flipped_byte_of_an_entry_is_no_ride),
		cmocka_unit_test(a_lost_seat_is_no_ride),
		cmocka_unit_test(a_lost_seat_that_no_queue_tells_of_closes_the_file),
		cmocka_unit_test(a_write_that_never_came_is_no_ride),
		cmocka_unit_test(a_torn_write_hurts_nobody),
		cmocka_unit_test(a_buffer_too_small_is_told_the_size),
	};

	return cmocka_run_group_tests(tests, gw_make, gw_remove);
}
