/* operators/gate_inside.h - what the files of the gate library share: hitotsu_gate.c opens and
 * answers, gate_ask.c decides, gate_bundle.c holds what the council sent, gate_memory.c remembers
 * tickets and gate_queue.c what is to be sent, both in the file of gate_file.c.
 *
 *   head, twice    4096 bytes each, written in turn: limits, what was uploaded, the newest
 *                  bundle's number and the keys that sign the next
 *   tickets, twice one seat a ticket; each admitted scan writes the copy that is not in force
 *   queue          a ring of entries, one a scan; scan number n stands in entry n modulo its size
 *
 * A scan is its entry and, if admitted, its ticket's seat, both under its number and written before
 * one fdatasync. At opening the last entry counts only with its seat, a seat only with its entry:
 * so a scan cut short by a crash never was, and no verdict had been given. Everything written
 * carries a digest of itself.
 *
 * What a crash cut short must be told from what the disk lost later: the one never was, the other
 * was a ride. So each seat and each entry is written in two blocks, the second, its stamp, saying
 * again whose and which scan's it is. A cut leaves the stamp of before; damage leaves one of the
 * two. Where only the stamp is left, or where the queue knows of a scan that its seat does not, the
 * ticket is refused from then on (FILE_DAMAGED); where nothing is left and the queue does not go
 * back so far, nobody knows whom to refuse, and the file is not opened.
 */
#ifndef OPERATORS_GATE_INSIDE_H
#define OPERATORS_GATE_INSIDE_H

#include "operators/bundle_section.h"
#include "operators/gate_table.h"
#include "operators/hitotsu_gate.h"
#include "operators/scan.h"

enum {
	GATE_HEAD_SIZE = 4096,
	GATE_SEAT_SIZE = 2048, /* Whole sectors, so that a torn write hurts no neighbour. */
	GATE_ENTRY_SIZE = 3072,
	GATE_STAMP_SIZE = 128, /* At the end of either. */
	GATE_KEY_COUNT_MAX = 16, /* Of bundle keys in the file. */
	GATE_CODE_SIZE_MAX = 1024,
	GATE_NO_SEAT = -1,
};

struct gate_status_item {
	struct gate_item item;
	struct section_status status;
};

struct gate_product_item {
	struct gate_item item;
	struct product product;
};

struct gate_service_item {
	struct gate_item item;
	struct service service;
};

struct gate_booking_item {
	struct gate_item item;
	struct booking booking;
};

/* A bundle and the deltas laid over it. */
struct gate_held {
	int64_t number, made_at_s, expires_at_s; /* number 0: none. */
	struct section_place place;              /* `junctions` is of no use. */
	struct section_rules rules;
	struct keyring keys;
	struct gate_table statuses, products, services, bookings;
	struct extension extensions[SECTION_OVERRIDE_COUNT_MAX];
	size_t extension_count;
};

struct gate_head { /* What the file's head says. */
	uint64_t generation;
	uint64_t uploaded; /* Every scan up to this number is with the server. */
	int64_t newest;    /* Number of the newest bundle ever held. */
	char gate_id[ID_SIZE];
	struct keyring_key keys[GATE_KEY_COUNT_MAX]; /* Of bundles; without secrets. */
	uint32_t key_count;
};

struct gate_seat { /* A ticket remembered: what is asked without reading the file. */
	struct id128 ticket_id;
	uint64_t scan; /* The number of the scan that wrote it; 0: a free seat. */
	time_ms last_at, over_at;
	/* Places of a sailing that were given here to those without a reservation. */
	char sailing[ID_SIZE];
	uint16_t places;
	time_ms places_at;
	uint64_t places_scan;
	uint8_t copy;  /* The one in force. */
	int32_t chain; /* The next of the same hash, or the next free one; GATE_NO_SEAT: none. */
};

struct hitotsu_gate {
	struct hitotsu_gate_limits limits; /* No zeroes. */
	int file;
	bool failed;
	const char *detail;
	bool seeded;
	uint8_t seed[HITOTSU_GATE_SEED_SIZE];
	struct keyring anchors;

	struct gate_held held[2];
	unsigned which; /* Of the two: the one in force. */
	struct writer scratch;

	struct gate_head head;
	uint8_t head_saved[SHA256_SIZE]; /* Of the head as it is on disk. */
	uint64_t last_scan;
	struct gate_seat *seats;
	int32_t *buckets, free_seat;
	uint32_t seats_used;
	uint32_t forgotten, torn, damaged;

	uint8_t block[GATE_ENTRY_SIZE]; /* What is being read or written. */
	struct product no_product;
};

static inline struct gate_held *gate_held(struct hitotsu_gate *gate)
{
	return &gate->held[gate->which];
}

/* Lets the status be returned and said in one line. */
static inline enum hitotsu_gate_status gate_say(struct hitotsu_gate *gate,
						enum hitotsu_gate_status status, const char *detail)
{
	gate->detail = detail;
	return status;
}

/* --- gate_file.c --- */
enum gate_block_kind {
	GATE_BLOCK_HEAD = 1,
	GATE_BLOCK_SEAT,
	GATE_BLOCK_ENTRY,
	GATE_BLOCK_SEAT_STAMP,
	GATE_BLOCK_ENTRY_STAMP,
};
enum { GATE_BLOCK_EXTRA = 24 }; /* Digest, kind and size in front of a block's body. */
/* Begins a block in the gate's own; after the body is written, gate_block_end closes it: its bytes,
 * or nothing where they do not fit. */
struct writer gate_block_begin(struct hitotsu_gate *, size_t room);
struct slice gate_block_end(const struct writer *, enum gate_block_kind);
/* A text as the whole member that holds it. */
void gate_text_write(struct writer *, const char *text, size_t size);
void gate_text_read(char *out, size_t size, struct reader *);
/* Reads one whole place of the file. False: no sound block of this kind (or the disk fails, which
 * *failed then says). */
MUSTCHECK bool gate_block_read(struct reader *body, bool *failed, struct hitotsu_gate *,
			       uint64_t at, size_t room, enum gate_block_kind);
/* False: the gate has failed. Neither is on disk before gate_sync. */
MUSTCHECK bool gate_write(struct hitotsu_gate *, uint64_t at, struct slice);
MUSTCHECK bool gate_blank(struct hitotsu_gate *, uint64_t at, size_t size);
MUSTCHECK bool gate_sync(struct hitotsu_gate *);
uint64_t gate_seat_place(const struct hitotsu_gate *, int32_t seat, uint8_t copy);
uint64_t gate_entry_place(const struct hitotsu_gate *, uint64_t scan);
enum hitotsu_gate_status gate_file_open(struct hitotsu_gate *, const char *path);
/* The head as it is now, on disk; nothing is written where it is there. False: the gate has failed.
 */
MUSTCHECK bool gate_head_save(struct hitotsu_gate *);

struct gate_last { /* Of the queue, found at opening: its last scan. */
	int32_t seat; /* What it wrote; GATE_NO_SEAT: none. */
	struct id128 ticket_id;
	bool is_there;       /* Out of gate_memory_open: so was its seat. */
	uint64_t known_from; /* The queue knows of each later scan which seat it wrote. */
};

/* --- gate_memory.c --- */
/* All seats of a new file. False: the gate has failed. */
MUSTCHECK bool gate_memory_make(struct hitotsu_gate *);
/* Reads all seats, voids what a crash cut short and mends what it can; last_scan is the queue's,
 * and so is what it put into the seats. OK, FILE_FAILED, or FILE_DAMAGED. */
enum hitotsu_gate_status gate_memory_open(struct hitotsu_gate *, struct gate_last *);
/* GATE_NO_SEAT: not remembered. */
int32_t gate_memory_find(const struct hitotsu_gate *, struct id128 ticket_id);
/* What is remembered of a ticket: of reservations, those checked in here. False: the disk lost it.
 */
MUSTCHECK bool gate_memory_read(struct use *, struct hitotsu_gate *, int32_t seat);
/* A seat for this ticket: its own, a free one, or the one of whom it hurts least. */
int32_t gate_memory_choose(const struct hitotsu_gate *, struct id128 ticket_id, time_ms at);
/* Writes what is to be remembered, not yet in force. False: the gate has failed. */
MUSTCHECK bool gate_memory_write(struct hitotsu_gate *, int32_t seat, const struct gate_seat *,
				 const struct use *);
/* It is on disk: from now on in force. */
void gate_memory_note(struct hitotsu_gate *, int32_t seat, const struct gate_seat *, time_ms at);

/* --- gate_queue.c --- */
/* Finds the last scan, and puts into each seat who wrote it last as far as the queue knows, for
 * gate_memory_open. False: the gate has failed. */
MUSTCHECK bool gate_queue_open(struct gate_last *, struct hitotsu_gate *);
uint32_t gate_queue_count(const struct hitotsu_gate *);
/* Writes scan number last_scan + 1; seat: what it wrote beside. False: the gate has failed. */
MUSTCHECK bool gate_queue_write(struct hitotsu_gate *, int32_t seat, struct id128 ticket_id,
				struct slice line);
/* The line of a scan, without its newline; cuts what is no code to what fits. */
void gate_line(struct writer *, const struct hitotsu_gate_scan *, const char *scan_id,
	       const struct gate_held *, enum scan_verdict);

/* --- gate_bundle.c --- */
size_t gate_held_size(const struct hitotsu_gate_limits *);
void gate_held_init(struct gate_held *, void *memory, const struct hitotsu_gate_limits *);
const struct product *gate_product(const struct gate_held *, uint16_t number, uint16_t version);
const struct service *gate_service(const struct gate_held *, const char *service_id);
enum ticket_state gate_ticket_state(const struct gate_held *, uint32_t list, uint32_t index);
/* The reservations of a ticket, from the first; NULL behind the last. */
const struct booking *gate_booking(const struct gate_held *, struct id128 ticket_id, uint32_t nth);
const struct booking *gate_coupon(const struct gate_held *,
				  const uint8_t digest[COUPON_DIGEST_SIZE]);

/* --- gate_ask.c --- */
struct gate_asked {
	struct hitotsu_gate *gate;
	const struct gate_held *held;
	const struct hitotsu_gate_scan *said;
	struct gate place; /* As it is now: a vehicle may change its route. */
	struct scan scan;
	enum scan_verdict refused; /* By the code alone; SCAN_ADMITTED: not refused. */
	bool ticket_known, by_coupon;
	struct ticket ticket;
	const struct product *product;
	struct service service;
	const char *service_id;
	bool service_named, service_known;
	int32_t seat; /* Where the ticket is remembered. */
	struct use use;
	struct scan_outcome outcome;
};

static inline const char *gate_or_empty(const char *text)
{
	return text == NULL ? "" : text;
}

void gate_asked_begin(struct gate_asked *, struct hitotsu_gate *, const struct hitotsu_gate_scan *);
/* -> outcome. FILE_DAMAGED: the disk lost what it remembered of this ticket. */
enum hitotsu_gate_status gate_asked_decide(struct gate_asked *);
/* Places that this gate gave away on the service asked for, of which the bundle cannot know. */
bool gate_places_are_ours(const struct gate_asked *, const struct gate_seat *);

#endif
