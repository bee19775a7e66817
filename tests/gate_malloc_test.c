/* tests/gate_malloc_test.c - counts what the program asks of the heap, whoever asks: between
 * opening and closing a gate it must be nothing. Without it a library of another's could take
 * memory that a gate does not have.
 *
 * malloc and its kin are this program's own here, before the C library's: libcbor's and libsodium's
 * calls come by, too. The sanitizer has its own and is let be.
 */
#include "core/date.h"
#include "tests/gate_world.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

static unsigned long asked;

#ifndef SANITIZED
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);
void __libc_free(void *);

void *malloc(size_t size)
{
	asked++;
	return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	asked++;
	return __libc_calloc(count, size);
}

void *realloc(void *at, size_t size)
{
	asked++;
	return __libc_realloc(at, size);
}

void *memalign(size_t align, size_t size)
{
	asked++;
	return __libc_memalign(align, size);
}

void *aligned_alloc(size_t align, size_t size)
{
	asked++;
	return __libc_memalign(align, size);
}

int posix_memalign(void **out, size_t align, size_t size)
{
	asked++;
	*out = __libc_memalign(align, size);
	return *out == NULL ? 12 : 0;
}

void free(void *at)
{
	__libc_free(at);
}
#endif

enum { SCANS = 4000, BUNDLES = 40, TICKETS = 40 };

static char codes[2 * TICKETS][GW_CODE_SIZE];
static uint8_t bytes[BUNDLES][16384];
static size_t sizes[BUNDLES];
static struct gate place;

/* Every other one is a delta, which revokes a ticket. */
static void make_bundles(void)
{
	for (uint32_t i = 0; i < BUNDLES; i++) {
		struct section_status status = { 327, i, TICKET_REVOKED };
		struct gw_bundle said = { .number = i + 1,
					  .since = i % 2 == 0 ? 0 : i,
					  .gate = &place,
					  .products = &gw_product,
					  .product_count = 1,
					  .statuses = &status,
					  .status_count = 1 };
		struct slice made = gw_bundle(&said);

		assert_true(made.size <= sizeof(bytes[i]));
		memcpy(bytes[i], made.data, made.size);
		sizes[i] = made.size;
	}
}

static void make_codes(void)
{
	for (uint32_t i = 0; i < TICKETS; i++) {
		struct ticket ticket = gw_ticket(100 + i, 2), phone = gw_phone_ticket(200 + i, 2);

		strcpy(codes[2 * i], gw_code(&ticket));
		strcpy(codes[2 * i + 1], gw_presented(&phone, gw_now));
	}
	strcpy(codes[0], "hello");
	codes[1][20] ^= 1; /* Anything but sound. */
}

static void run(struct hitotsu_gate *gate, unsigned long *admitted)
{
	static char lines[64 * HITOTSU_GATE_LINE_MAX];
	struct hitotsu_gate_answer answer;
	size_t used, count, next = 0;

	for (uint32_t i = 0; i < SCANS; i++) {
		const char *code = codes[i % (2 * TICKETS)];
		struct hitotsu_gate_scan scan = { .code = code,
						  .code_size = strlen(code),
						  .kind = HITOTSU_GATE_REDEEM,
						  .at_ms = gw_now + i };

		if (i % (SCANS / BUNDLES) == 0) {
			MUST(hitotsu_gate_load(gate, bytes[next], sizes[next], gw_now) ==
			     HITOTSU_GATE_OK);
			MUST(hitotsu_gate_load(gate, bytes[next], sizes[next] - 1, gw_now) ==
			     HITOTSU_GATE_DAMAGED);
			next++;
		}
		if (hitotsu_gate_decide(&answer, gate, &scan) == HITOTSU_GATE_QUEUE_FULL) {
			MUST(hitotsu_gate_queue_peek(gate, lines, sizeof(lines), &used, &count) ==
			     HITOTSU_GATE_OK);
			MUST(hitotsu_gate_queue_done(gate, count) == HITOTSU_GATE_OK);
			continue;
		}
		*admitted += answer.admitted;
	}
}

static void nothing_is_asked_of_the_heap(void **state)
{
	struct hitotsu_gate *gate;
	unsigned long before, after, admitted = 0;

	(void)state;
#ifdef SANITIZED
	print_message("the sanitizer counts its own memory: not counted here\n");
	skip();
#endif
	place = gw_gate("still", MODE_venue);
	make_bundles();
	make_codes();
	gate = gw_open("still");
	before = asked;
	assert_true(before > 0); /* The block itself, so counting works. */
	run(gate, &admitted);
	after = asked;
	assert_true(admitted > 100);
	assert_int_equal(after - before, 0);
	gw_close(gate);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_asked_of_the_heap),
	};

	return cmocka_run_group_tests(tests, gw_make, gw_remove);
}
