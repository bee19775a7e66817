/* operators/hitotsu_gate.c - one scan at one gate, decided by the server's own object. Without it a
 * gate would need the network for every step that somebody takes.
 */
#include "operators/hitotsu_gate.h"

#include <unistd.h>

#include "core/date.h"
#include "core/text.h"
#include "operators/gate_inside.h"
#include "operators/mode.h"

enum { ALIGN = 16, RIDERS_MAX = 99 };
_Static_assert((int)HITOTSU_GATE_KEY_COUNT_MAX + GATE_KEY_COUNT_MAX <= KEYRING_COUNT_MAX, "keys");

_Static_assert((int)HITOTSU_GATE_ENTER == (int)SCAN_KIND_enter &&
		   (int)HITOTSU_GATE_EXIT == (int)SCAN_KIND_exit &&
		   (int)HITOTSU_GATE_BOARD == (int)SCAN_KIND_board &&
		   (int)HITOTSU_GATE_ALIGHT == (int)SCAN_KIND_alight &&
		   (int)HITOTSU_GATE_CHECK_IN == (int)SCAN_KIND_check_in &&
		   (int)HITOTSU_GATE_REDEEM == (int)SCAN_KIND_redeem &&
		   (int)HITOTSU_GATE_RELEASE + 1 == (int)SCAN_KIND_COUNT,
	       "kinds");
_Static_assert((int)HITOTSU_GATE_KEY_SIZE == (int)SIGN_PUBLIC_SIZE, "keys");

const char *hitotsu_gate_status_name(enum hitotsu_gate_status status)
{
	static const char *const names[HITOTSU_GATE_STATUS_COUNT] = {
		"OK",         "BAD_SETUP",    "NO_MEMORY",   "NO_RANDOM", "FILE_BUSY",
		"FILE_OTHER", "FILE_DAMAGED", "FILE_FAILED", "DAMAGED",   "UNTRUSTED",
		"FORGED",     "FROM_FUTURE",  "EXPIRED",     "OLDER",     "DELTA_GAP",
		"OTHER_GATE", "FULL",         "BEHIND",      "NO_BUNDLE", "BAD_SCAN",
		"WRONG_KIND", "QUEUE_FULL",   "TOO_SMALL",
	};

	return (unsigned)status < HITOTSU_GATE_STATUS_COUNT ? names[status] : "UNKNOWN";
}

/* --- memory --- */
static uint32_t or_default(uint32_t said, uint32_t otherwise)
{
	return said != 0 ? said : otherwise;
}

static struct hitotsu_gate_limits limits_of(const struct hitotsu_gate_limits *said)
{
	static const struct hitotsu_gate_limits none;

	if (said == NULL)
		said = &none;
	return (struct hitotsu_gate_limits){
		.tickets = or_default(said->tickets, 8192),
		.queue_lines = or_default(said->queue_lines, 4096),
		.products = or_default(said->products, 256),
		.statuses = or_default(said->statuses, 65536),
		.services = or_default(said->services, 1024),
		.reservations = or_default(said->reservations, 16384),
		.bundle_bytes = or_default(said->bundle_bytes, 4 * 1024 * 1024),
	};
}

static size_t aligned(size_t size)
{
	return (size + ALIGN - 1) / ALIGN * ALIGN;
}

size_t hitotsu_gate_memory_needed(const struct hitotsu_gate_limits *said)
{
	struct hitotsu_gate_limits limits = limits_of(said);

	return aligned(sizeof(struct hitotsu_gate)) + 2 * gate_held_size(&limits) +
	       aligned(limits.tickets * sizeof(struct gate_seat)) +
	       aligned(limits.tickets * sizeof(int32_t)) + aligned(limits.bundle_bytes);
}

static struct hitotsu_gate *lay_out(const struct hitotsu_gate_setup *setup)
{
	struct hitotsu_gate *gate = setup->block;
	uint8_t *at = setup->block;

	mem_zero(gate, sizeof(*gate));
	gate->limits = limits_of(setup->limits);
	at += aligned(sizeof(*gate));
	for (size_t i = 0; i < COUNT_OF(gate->held); i++) {
		gate_held_init(&gate->held[i], at, &gate->limits);
		at += gate_held_size(&gate->limits);
	}
	gate->seats = (struct gate_seat *)(void *)at;
	at += aligned(gate->limits.tickets * sizeof(*gate->seats));
	gate->buckets = (int32_t *)(void *)at;
	at += aligned(gate->limits.tickets * sizeof(*gate->buckets));
	gate->scratch = (struct writer){ .data = at, .size = gate->limits.bundle_bytes };
	gate->file = -1;
	gate->detail = "";
	return gate;
}

/* --- opening --- */
static void trust(struct hitotsu_gate *gate, const uint8_t *keys, size_t count)
{
	for (size_t i = 0; i < count; i++, keys += SIGN_PUBLIC_SIZE) {
		struct keyring_key key = { .use = KEY_BUNDLE };
		uint8_t digest[SHA256_SIZE];

		mem_copy(key.public_key, keys, SIGN_PUBLIC_SIZE);
		sha256(digest, slice_of(keys, SIGN_PUBLIC_SIZE));
		mem_copy(key.kid, digest, KID_SIZE);
		if (keyring_find(&gate->anchors, slice_of(key.kid, KID_SIZE)) == NULL)
			MUST(keyring_add(&gate->anchors, &key));
	}
}

/* The last scan counts if its ticket's seat is there, too; else a crash cut it short. */
static enum hitotsu_gate_status last_scan_open(struct hitotsu_gate *gate)
{
	struct gate_last last;
	enum hitotsu_gate_status status;

	if (!gate_queue_open(&last, gate))
		return HITOTSU_GATE_FILE_FAILED;
	status = gate_memory_open(gate, &last);
	if (status != HITOTSU_GATE_OK || last.seat == GATE_NO_SEAT || last.is_there)
		return status;
	gate->torn++;
	if (!gate_blank(gate, gate_entry_place(gate, gate->last_scan), GATE_ENTRY_SIZE))
		return HITOTSU_GATE_FILE_FAILED;
	gate->last_scan--;
	return gate_sync(gate) ? HITOTSU_GATE_OK : HITOTSU_GATE_FILE_FAILED;
}

static enum hitotsu_gate_status open_file(struct hitotsu_gate *gate, const char *path)
{
	enum hitotsu_gate_status status = gate_file_open(gate, path);

	if (status == HITOTSU_GATE_OK)
		status = last_scan_open(gate);
	if (status != HITOTSU_GATE_OK)
		hitotsu_gate_close(gate);
	return status;
}

static bool setup_is_sound(const struct hitotsu_gate_setup *setup)
{
	struct hitotsu_gate_limits l = limits_of(setup->limits);
	uint32_t each[] = { l.tickets,  l.queue_lines,  l.products,    l.statuses,
			    l.services, l.reservations, l.bundle_bytes };

	for (size_t i = 0; i < COUNT_OF(each); i++)
		if (each[i] > HITOTSU_GATE_LIMIT_MAX)
			return false;
	return l.queue_lines >= 2 && setup->key_count <= HITOTSU_GATE_KEY_COUNT_MAX &&
	       setup->path != NULL && setup->path[0] != '\0';
}

enum hitotsu_gate_status hitotsu_gate_open(struct hitotsu_gate **out,
					   const struct hitotsu_gate_setup *setup)
{
	struct hitotsu_gate *gate;
	enum hitotsu_gate_status status;

	*out = NULL;
	if (!setup_is_sound(setup))
		return HITOTSU_GATE_BAD_SETUP;
	if (setup->block == NULL || (uintptr_t)setup->block % ALIGN != 0 ||
	    setup->block_size < hitotsu_gate_memory_needed(setup->limits))
		return HITOTSU_GATE_NO_MEMORY;
	if (!crypto_init())
		return HITOTSU_GATE_NO_RANDOM;
	gate = lay_out(setup);
	trust(gate, setup->keys, setup->key_count);
	gate->seeded = setup->seed != NULL;
	if (gate->seeded)
		mem_copy(gate->seed, setup->seed, HITOTSU_GATE_SEED_SIZE);
	status = open_file(gate, setup->path);
	if (status == HITOTSU_GATE_OK)
		*out = gate;
	return status;
}

void hitotsu_gate_close(struct hitotsu_gate *gate)
{
	if (gate == NULL)
		return;
	if (gate->file >= 0)
		close(gate->file);
	gate->file = -1;
	gate->failed = true;
	crypto_wipe(gate->seed, sizeof(gate->seed));
}

const char *hitotsu_gate_detail(const struct hitotsu_gate *gate)
{
	return gate->detail;
}

/* --- one scan --- */
static bool text_is_fine(const char *text)
{
	return text_size(text) < STOP_ID_SIZE && text_is_printable(slice_text(text));
}

static enum hitotsu_gate_status check_said(struct hitotsu_gate *gate,
					   const struct hitotsu_gate_scan *said)
{
	const struct gate_held *held = gate_held(gate);

	if (gate->failed)
		return gate_say(gate, HITOTSU_GATE_FILE_FAILED, "the file");
	if (held->number == 0 || held->number < gate->head.newest)
		return gate_say(gate, HITOTSU_GATE_NO_BUNDLE,
				held->number == 0 ? "none is held" : "a newer one was held before");
	if (said->code == NULL || said->code_size == 0)
		return gate_say(gate, HITOTSU_GATE_BAD_SCAN, "code");
	if (said->at_ms <= 0 || !time_is_real(said->at_ms))
		return gate_say(gate, HITOTSU_GATE_BAD_SCAN, "at_ms");
	if (said->riders > RIDERS_MAX)
		return gate_say(gate, HITOTSU_GATE_BAD_SCAN, "riders");
	if (!text_is_fine(gate_or_empty(said->stop)) || !text_is_fine(gate_or_empty(said->service)))
		return gate_say(gate, HITOTSU_GATE_BAD_SCAN, "stop or service");
	if ((unsigned)said->kind >= SCAN_KIND_COUNT)
		return gate_say(gate, HITOTSU_GATE_BAD_SCAN, "kind");
	if (!mode_takes_kind(held->place.gate.mode, (enum scan_kind)said->kind))
		return gate_say(gate, HITOTSU_GATE_WRONG_KIND,
				fares_mode_names[held->place.gate.mode]);
	return HITOTSU_GATE_OK;
}

/* What the server is told, too: it knows both ends. */
static bool is_let_out(const struct gate_asked *a)
{
	return a->said->lets_out && a->outcome.verdict == SCAN_NO_ENTRY &&
	       mode_kind_leaves(a->scan.kind);
}

static void answer(struct hitotsu_gate_answer *out, const struct gate_asked *a)
{
	const struct scan_outcome *outcome = &a->outcome;
	const struct gate_held *held = a->held;
	time_ms age = a->said->at_ms - held->made_at_s * SECOND_MS;

	*out = (struct hitotsu_gate_answer){
		.verdict = scan_verdict_names[outcome->verdict],
		.why = scan_verdict_whys[outcome->verdict],
		.admitted = outcome->verdict == SCAN_ADMITTED || is_let_out(a),
		.riders = a->scan.riders,
		.uses_left = -1,
		.bundle_number = held->number,
		.bundle_expired = a->said->at_ms / SECOND_MS >= held->expires_at_s,
		.bundle_old = age > held->rules.bundle_max_age_h * HOUR_MS,
	};
	if (a->ticket_known)
		uuid_encode(out->ticket_id, a->ticket.id);
	if (a->product != NULL)
		mem_copy(out->product_id, a->product->product_id, sizeof(out->product_id));
	if (outcome->verdict != SCAN_ADMITTED)
		return;
	out->valid_until_ms = outcome->valid_until;
	if (outcome->uses_left != SCAN_USES_NO_LIMIT)
		out->uses_left = outcome->uses_left;
}

enum hitotsu_gate_status hitotsu_gate_ask(struct hitotsu_gate_answer *out,
					  struct hitotsu_gate *gate,
					  const struct hitotsu_gate_scan *said)
{
	enum hitotsu_gate_status status = check_said(gate, said);
	struct gate_asked asked;

	if (status != HITOTSU_GATE_OK)
		return status;
	gate_asked_begin(&asked, gate, said);
	status = gate_asked_decide(&asked);
	if (status != HITOTSU_GATE_OK)
		return status;
	answer(out, &asked);
	return gate_say(gate, HITOTSU_GATE_OK, "");
}

/* --- what is kept of it --- */
static void name_scan(char out[UUID_TEXT_SIZE], const struct hitotsu_gate *gate, time_ms at)
{
	uint8_t random[SHA256_SIZE], number[16];
	struct writer w = { .data = number, .size = sizeof(number) };

	write_u64(&w, gate->last_scan + 1);
	write_u64(&w, (uint64_t)at);
	if (gate->seeded)
		sha256_two(random, slice_of(gate->seed, sizeof(gate->seed)),
			   slice_of(number, w.used));
	else
		crypto_random(random, sizeof(random));
	uuid_encode(out, uuid7_make(at, random));
}

/* Only places used here: the others are the bundle's to tell, and may be given back. */
static void drop_bookings(struct use *use)
{
	uint16_t kept = 0;

	for (uint16_t i = 0; i < use->reservation_count; i++)
		if (use->reservations[i].checked_in)
			use->reservations[kept++] = use->reservations[i];
	for (uint16_t i = kept; i < use->reservation_count; i++)
		use->reservations[i] = (struct use_reservation){ .mode = 0 };
	use->reservation_count = kept;
}

static struct gate_seat seat_of(const struct gate_asked *a, int32_t seat)
{
	const struct scan_outcome *outcome = &a->outcome;
	struct gate_seat next = { .ticket_id = a->ticket.id };
	bool ours = false;

	if (a->seat != GATE_NO_SEAT) {
		next = a->gate->seats[a->seat];
		ours = gate_places_are_ours(a, &next);
	}
	/* The copy in force stays until the new one is on disk. */
	next.copy = a->gate->seats[seat].scan != 0 ? 1 - a->gate->seats[seat].copy : 0;
	next.scan = a->gate->last_scan + 1;
	next.last_at = outcome->next.last_at;
	next.over_at = outcome->over_at;
	if (outcome->takes_places == 0)
		return next;
	next.places = (uint16_t)((ours ? next.places : 0) + outcome->takes_places);
	next.places_at = a->scan.at;
	next.places_scan = next.scan;
	mem_copy(next.sailing, a->service.service_id, sizeof(next.sailing));
	return next;
}

/* One scan, its line and what it changes, on disk or not at all. */
static bool keep(const struct gate_asked *a, const char *scan_id)
{
	uint8_t text[HITOTSU_GATE_LINE_MAX - 1];
	struct writer line = { .data = text, .size = sizeof(text) };
	struct hitotsu_gate *gate = a->gate;
	int32_t seat = GATE_NO_SEAT;
	struct gate_seat next = { .scan = 0 };
	struct use use;

	gate_line(&line, a->said, scan_id, a->held,
		  is_let_out(a) ? SCAN_ADMITTED : a->outcome.verdict);
	if (a->outcome.verdict == SCAN_ADMITTED) {
		seat = gate_memory_choose(gate, a->ticket.id, a->scan.at);
		next = seat_of(a, seat);
		use = a->outcome.next;
		drop_bookings(&use);
		if (!gate_memory_write(gate, seat, &next, &use))
			return false;
	}
	if (!gate_queue_write(gate, seat, next.ticket_id, slice_of(text, line.used)) ||
	    !gate_sync(gate))
		return false;
	gate->last_scan++;
	if (seat != GATE_NO_SEAT)
		gate_memory_note(gate, seat, &next, a->scan.at);
	return true;
}

enum hitotsu_gate_status hitotsu_gate_decide(struct hitotsu_gate_answer *out,
					     struct hitotsu_gate *gate,
					     const struct hitotsu_gate_scan *said)
{
	enum hitotsu_gate_status status = check_said(gate, said);
	char scan_id[UUID_TEXT_SIZE];
	struct gate_asked asked;

	if (status != HITOTSU_GATE_OK)
		return status;
	if (gate_queue_count(gate) >= gate->limits.queue_lines)
		return gate_say(gate, HITOTSU_GATE_QUEUE_FULL, "queue_lines");
	gate_asked_begin(&asked, gate, said);
	status = gate_asked_decide(&asked);
	if (status != HITOTSU_GATE_OK)
		return status;
	name_scan(scan_id, gate, said->at_ms);
	if (!keep(&asked, scan_id))
		return gate_say(gate, HITOTSU_GATE_FILE_FAILED, "writing");
	answer(out, &asked);
	mem_copy(out->scan_id, scan_id, sizeof(out->scan_id));
	return gate_say(gate, HITOTSU_GATE_OK, "");
}

void hitotsu_gate_stats(struct hitotsu_gate_stats *out, const struct hitotsu_gate *gate)
{
	*out = (struct hitotsu_gate_stats){
		.newest_bundle = gate->head.newest,
		.scans = gate->last_scan,
		.queued = gate_queue_count(gate),
		.queue_room = gate->limits.queue_lines - gate_queue_count(gate),
		.tickets = gate->seats_used,
		.forgotten = gate->forgotten,
		.torn = gate->torn,
		.damaged = gate->damaged,
	};
}
