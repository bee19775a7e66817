/* operators/bench_fill.c - writes tickets by the million, signed and in the order of time. Without
 * it a bench would sell for an hour before it could scan, or measure an empty store.
 *
 * Each ticket has the records that its sale and the bookkeeper would have left: ticket, use, slot
 * and view; its fact is none, for nothing here reads old leaves. Pool threads sign what the store
 * then writes, so that one core signs while the other commits.
 */
#include "operators/bench_inside.h"

#include "fares/fares_op.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/loop.h"
#include "core/store.h"
#include "operators/views.h"
#include "qr/keyring_store.h"
#include "qr/ticket.h"

enum {
	RECORDS_A_TICKET = 4,
	SLICE_TICKETS = 256,
	SLICE_COUNT = 4, /* Being signed or written at once. */
	SLICE_ARENA_SIZE = 8 * 1024 * 1024,
	FILL_ARENA_SIZE = 64 * 1024 * 1024,
	VALUE_SIZE = 1024,
	SPAN_DAYS = 7,       /* In which all were sold. */
	LIST_SIZE = 1 << 19, /* Tickets a status list. */
	PROGRESS_TICKETS = 64 * SLICE_TICKETS,
};

struct fill;

struct fill_slice {            /* A commit's worth of tickets, on its way. */
	struct loop_work work; /* First: the loop gives this back. */
	struct store_req req;
	struct fill *fill;
	struct arena arena;
	uint64_t first;
	uint32_t count;
	bool bad;
};

struct fill {
	struct bench *bench;
	struct bench_store *made;
	struct loop *loop;
	struct store *store;
	struct keyring keys;
	struct product product;
	const struct keyring_key *key;
	time_ms first_at, step_ms;
	uint64_t next, done, began_ns;
	int codes;
	bool of_phones, failed;
	struct fill_slice slices[SLICE_COUNT];
};

static void put(struct fill_slice *s, uint32_t at, const char *key, const struct shape *shape,
		const void *value)
{
	struct writer to = { .data = arena_alloc(&s->arena, VALUE_SIZE), .size = VALUE_SIZE };

	shape_to_cbor(&to, shape, value);
	MUST(!to.failed);
	s->req.items[at] = (struct store_item){ .key = slice_text(key),
						.value = slice_of(to.data, to.used),
						.intent = STORE_APPEND };
}

/* Found again from its number, so that nothing need be kept of it. */
void bench_phone(struct sign_key *phone, uint64_t n)
{
	uint8_t seed[SIGN_SEED_SIZE] = { 0 };

	for (size_t i = 0; i < sizeof(n); i++)
		seed[i] = (uint8_t)(n >> 8 * i);
	sign_key_from_seed(phone, seed);
}

static void make_sale(struct sale *sale, const struct fill *fill, uint64_t n)
{
	struct sale_order order = { .category = "adult", .riders = 1 };
	time_ms at = fill->first_at + (time_ms)n * fill->step_ms;
	uint8_t random[10];

	if (fill->of_phones) {
		struct sign_key phone;

		bench_phone(&phone, n);
		mem_copy(order.device_key, phone.public_key, sizeof(order.device_key));
	}
	*sale = (struct sale){ 0 };
	MUST(sale_decide(sale, &fill->product, &order, at, DAY_BOUNDARY_MIN) == SALE_OK);
	crypto_random(random, sizeof(random));
	sale->ticket_id = uuid7_make(at, random);
	MUST(text_set(sale->partner_id, ID_SIZE, SLICE("bench-partner")));
	sale->status_list = (uint16_t)(n / LIST_SIZE);
	sale->status_index = (uint32_t)(n % LIST_SIZE);
}

static void sign_sale(struct fill_slice *s, struct sale *sale, char *code)
{
	uint8_t bytes[TICKET_SIZE_MAX_DEVICE];
	struct ticket ticket;
	size_t used;

	sale_ticket(&ticket, sale, &s->fill->product, FARE_FULL);
	MUST(ticket_encode(bytes, &used, sizeof(bytes), &ticket, s->fill->key) == TICKET_OK);
	used = ticket_code(sale->code, sizeof(sale->code), slice_of(bytes, used));
	MUST(used < BENCH_CODE_STRIDE);
	mem_copy(code, sale->code, used);
}

/* The i-th of the slice. Records stand in the order of their keys, kind by kind. */
static void put_ticket(struct fill_slice *s, uint32_t i, const struct sale *sale)
{
	uint8_t bytes[TICKET_SIZE_MAX_DEVICE];
	size_t size;
	struct ticket_view *view = arena_alloc(&s->arena, sizeof(*view));
	struct use use = { .status = TICKET_VALID, .n = 1, .last_event_at = sale->sold_at };
	char id[UUID_TEXT_SIZE];
	struct slice code = slice_text(sale->code + sizeof(TICKET_CODE_PREFIX) - 1);

	MUST(base45_decode(bytes, &size, sizeof(bytes), code));
	code_digest(use.code_digest, slice_of(bytes, size));
	*view = (struct ticket_view){ .product_number = sale->product_number,
				      .product_version = sale->product_version,
				      .riders = sale->riders,
				      .price_yen = sale->price_yen,
				      .over_at = sale->not_after,
				      .n = 1 };
	mem_copy(view->partner_id, sale->partner_id, ID_SIZE);
	uuid_encode(id, sale->ticket_id);
	s->req.items[i] = (struct store_item){
		.key = slice_text(arena_text(&s->arena, "slot/%04x/%06x", sale->status_list,
					     (unsigned)sale->status_index)),
		.value = arena_copy(&s->arena, slice_of(sale->ticket_id.bytes, 16)),
		.intent = STORE_APPEND
	};
	put(s, s->count + i, arena_text(&s->arena, "ticket/%s", id), &sale_shape, sale);
	put(s, 2 * s->count + i, arena_text(&s->arena, "tview/%s", id), &ticket_view_shape, view);
	put(s, 3 * s->count + i, arena_text(&s->arena, "use/%s", id), &use_shape, &use);
}

static void slice_make(struct loop_work *work)
{
	struct fill_slice *s = (struct fill_slice *)work;
	struct fill *fill = s->fill;
	size_t size = (size_t)s->count * BENCH_CODE_STRIDE;
	char *codes;

	arena_reset(&s->arena, SLICE_ARENA_SIZE);
	codes = arena_alloc(&s->arena, size);
	s->req.item_count = s->count * RECORDS_A_TICKET;
	s->req.items = arena_alloc(&s->arena, s->req.item_count * sizeof(s->req.items[0]));
	s->req.arena = &s->arena;
	for (uint32_t i = 0; i < s->count; i++) {
		struct sale sale;

		make_sale(&sale, fill, s->first + i);
		sign_sale(s, &sale, codes + (size_t)i * BENCH_CODE_STRIDE);
		put_ticket(s, i, &sale);
	}
	s->bad = pwrite(fill->codes, codes, size, (off_t)(s->first * BENCH_CODE_STRIDE)) !=
		 (ssize_t)size;
}

static void slice_next(struct fill_slice *s);

static void slice_written(struct store_req *req, enum store_status status)
{
	struct fill_slice *s =
	    (struct fill_slice *)((char *)req - offsetof(struct fill_slice, req));
	struct fill *fill = s->fill;
	uint64_t ms = (clock_monotonic_ns() - fill->began_ns) / 1000000;

	fill->failed = fill->failed || status != STORE_OK;
	fill->done += s->count;
	if (fill->done % PROGRESS_TICKETS == 0)
		bench_progress(fill->bench, "tickets", fill->done,
			       ms == 0 ? 0 : fill->done * 1000 / ms);
	slice_next(s);
}

static void slice_made(struct loop_work *work)
{
	struct fill_slice *s = (struct fill_slice *)work;

	s->req.done = slice_written;
	if (!s->bad) {
		store_commit(s->fill->store, &s->req);
		return;
	}
	s->fill->failed = true;
	s->fill->done += s->count;
}

static void slice_next(struct fill_slice *s)
{
	struct fill *fill = s->fill;
	uint64_t left = fill->made->tickets - fill->next;

	if (left == 0 || fill->failed)
		return;
	s->first = fill->next;
	s->count = (uint32_t)(left < SLICE_TICKETS ? left : SLICE_TICKETS);
	fill->next += s->count;
	s->work = (struct loop_work){ .work = slice_make, .after = slice_made };
	loop_work_start(fill->loop, &s->work);
}

static bool fill_tickets(struct fill *fill)
{
	bool fine = true;
	time_ms span = SPAN_DAYS * DAY_MS;

	fill->step_ms = span / (time_ms)fill->made->tickets;
	fill->first_at -= span;
	MUST(fill->step_ms > 0);
	fill->began_ns = clock_monotonic_ns();
	for (size_t i = 0; i < SLICE_COUNT; i++) {
		fill->slices[i].fill = fill;
		fine = arena_open(&fill->slices[i].arena, SLICE_ARENA_SIZE) && fine;
	}
	for (size_t i = 0; i < SLICE_COUNT && fine; i++)
		slice_next(&fill->slices[i]);
	while (fine && fill->done < fill->next)
		loop_turn(fill->loop);
	for (size_t i = 0; i < SLICE_COUNT; i++)
		arena_close(&fill->slices[i].arena);
	return (fine && !fill->failed) || bench_fail(fill->made->dir, "filling it failed");
}

static bool fill_store(struct fill *fill, struct arena *arena)
{
	const char *why;

	if (!bench_found(fill->made, fill->store, arena, fill->first_at))
		return false;
	why = keyring_load(&fill->keys, fill->store, slice_of(NULL, 0), arena);
	if (why != NULL)
		return bench_fail(fill->made->dir, why);
	fill->key = keyring_signing(&fill->keys, KEY_TICKET, fill->first_at / SECOND_MS);
	MUST(fill->key != NULL);
	bench_product(&fill->product, fill->first_at);
	return fill_tickets(fill);
}

static bool fill_all(struct fill *fill)
{
	char path[BENCH_PATH_SIZE], url[BENCH_PATH_SIZE + 8], error[STORE_ERROR_SIZE];
	struct arena arena;
	bool fine;

	bench_path(path, fill->made, "codes");
	fill->codes = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fill->codes < 0)
		return bench_fail(path, strerror(errno));
	bench_path(path, fill->made, "store");
	snprintf(url, sizeof(url), "lmdb:%s", path);
	if (!loop_open(&fill->loop) || !arena_open(&arena, FILL_ARENA_SIZE))
		return bench_fail("memory", "the system gives none");
	if (!store_open(&fill->store, fill->loop, url, BENCH_MAP_BYTES, error))
		return bench_fail("store", error);
	fine = fill_store(fill, &arena);
	store_close(fill->store);
	loop_close(fill->loop);
	arena_close(&arena);
	close(fill->codes);
	keyring_wipe(&fill->keys);
	return fine;
}

/* --- The folder --- */

void bench_path(char out[BENCH_PATH_SIZE], const struct bench_store *store, const char *name)
{
	snprintf(out, BENCH_PATH_SIZE, "%.900s/%.100s", store->dir, name);
}

/* Written last: where it stands, the store was filled to the end. */
static bool tokens_write(const struct bench_store *store)
{
	char path[BENCH_PATH_SIZE];
	FILE *file;
	bool fine = true;

	bench_path(path, store, "tokens");
	file = fopen(path, "w");
	for (size_t i = 0; file != NULL && i < BENCH_GATE_COUNT; i++)
		fine = fprintf(file, "%s\n", store->tokens[i]) > 0 && fine;
	return (file != NULL && fclose(file) == 0 && fine) || bench_fail(path, strerror(errno));
}

static bool tokens_read(struct bench_store *store)
{
	char path[BENCH_PATH_SIZE];
	FILE *file;
	size_t count = 0;

	bench_path(path, store, "tokens");
	file = fopen(path, "r");
	while (file != NULL && count < BENCH_GATE_COUNT &&
	       fscanf(file, "%46s", store->tokens[count]) == 1)
		count++;
	if (file != NULL)
		fclose(file);
	return count == BENCH_GATE_COUNT;
}

static bool codes_map(struct bench_store *store)
{
	char path[BENCH_PATH_SIZE];
	struct stat found;
	int fd;

	bench_path(path, store, "codes");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return bench_fail(path, strerror(errno));
	store->codes_size = (size_t)store->tickets * BENCH_CODE_STRIDE;
	store->codes = NULL;
	if (fstat(fd, &found) == 0 && (size_t)found.st_size == store->codes_size)
		store->codes = mmap(NULL, store->codes_size, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	return (store->codes != NULL && store->codes != MAP_FAILED) ||
	       bench_fail(path, "it cannot be read; remove the folder and start again");
}

bool bench_store_open(struct bench_store *store, struct bench *b, uint64_t tickets, bool of_phones)
{
	struct fill *fill;
	bool fine;

	snprintf(store->dir, sizeof(store->dir), "%.800s/%llu%s", b->options.data,
		 (unsigned long long)tickets, of_phones ? "-phones" : "");
	store->tickets = tickets;
	if (tokens_read(store))
		return codes_map(store);
	if (mkdir(store->dir, 0700) != 0)
		return bench_fail(store->dir, errno == EEXIST
						  ? "it was not filled to the end; remove it"
						  : strerror(errno));
	fill = calloc(1, sizeof(*fill));
	MUST(fill != NULL);
	fill->bench = b;
	fill->made = store;
	fill->of_phones = of_phones;
	fill->first_at = clock_now(&(struct clock){ 0 });
	snprintf(b->doing, sizeof(b->doing), "filling a store of %llu",
		 (unsigned long long)tickets);
	fine = fill_all(fill) && tokens_write(store);
	if (fine)
		printf("\r  filled a store of %llu tickets in %llu s%40s\n",
		       (unsigned long long)tickets,
		       (unsigned long long)((clock_monotonic_ns() - fill->began_ns) / 1000000000),
		       "");
	free(fill);
	return fine && codes_map(store);
}

void bench_store_close(struct bench_store *store)
{
	if (store->codes != NULL)
		munmap((void *)(uintptr_t)store->codes, store->codes_size);
	store->codes = NULL;
}
