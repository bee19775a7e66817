/* operators/ride_sheet.h - a month's rides in a flat file: who carried whom for how much, all that
 * a division needs and nothing else. `hitotsu settle` writes one from a store and divides one
 * again.
 *
 *   header   "HITOSHT1", then counts (struct sheet_header)
 *   kinds    what was sold under which rule: struct sheet_kind, each followed by its rule's record
 *   names    the operators' ids in their order, ID_SIZE bytes each
 *   blocks   SHEET_BLOCK_SIZE bytes each, whole tickets: uint32 bytes used, uint32 tickets, then
 *            tickets (struct sheet_ticket, then its struct sheet_ride)
 *
 * Numbers are little-endian, structures as they stand here, without gaps. A ticket's rides may name
 * one operator several times. Tickets have no names.
 */
#ifndef OPERATORS_RIDE_SHEET_H
#define OPERATORS_RIDE_SHEET_H

#include "fares/sharing.h"

enum {
	SHEET_BLOCK_SIZE = 64 * 1024,
	SHEET_KIND_COUNT_MAX = 1024,
	SHEET_OPERATOR_COUNT_MAX = 1024,
	SHEET_RIDE_COUNT_MAX = 3000, /* Of one ticket: they fit into one block. */
	SHEET_ERROR_SIZE = 160,
};

struct sheet_header {
	char magic[8];
	int32_t period; /* The month's first day. */
	uint32_t kind_count, operator_count, block_count;
	uint64_t ticket_count, ride_count;
	uint64_t blocks_at; /* Where the first block begins. */
};

struct sheet_kind { /* As a statement's line: what was sold, and the month in which it was over. */
	int32_t rides;
	uint16_t product_number, product_version;
	uint16_t rule_size; /* Bytes of the rule's record behind. */
	uint16_t flags;
};

enum {
	/* Who takes part without having carried has a ride of nothing; else the rule says who. */
	SHEET_NAMED = 1,
	/* The pool is divided by who knows more of it than this sheet: here it stays whole. */
	SHEET_POOL_APART = 2,
};

struct sheet_ticket {
	int64_t earned_yen;
	uint16_t kind, ride_count;
	uint32_t riders;
};

struct sheet_ride {
	uint16_t operator, boardings;
	uint32_t riders, deemed_fare_yen, distance_m;
};

_Static_assert(sizeof(struct sheet_header) == 48, "no gaps");
_Static_assert(sizeof(struct sheet_kind) == 12, "no gaps");
_Static_assert(sizeof(struct sheet_ticket) == 16, "no gaps");
_Static_assert(sizeof(struct sheet_ride) == 16, "no gaps");

/* ---- Writing. ---- */

struct sheet_out { /* The caller's; zeroed. */
	int file;
	struct sheet_header header;
	uint8_t *block; /* SHEET_BLOCK_SIZE */
	uint32_t used, tickets;
};

struct sheet_cover { /* What stands before the blocks. */
	day_t period;
	const struct sheet_kind *kinds; /* rule_size is filled in. */
	const struct rule *const *rules;
	size_t kind_count;
	const char (*operators)[ID_SIZE]; /* In their order. */
	size_t operator_count;
};

/* Makes the file. False: it cannot be written; errno says why. */
MUSTCHECK bool sheet_create(struct sheet_out *, const char *path, const struct sheet_cover *);
/* rides[ticket->ride_count] */
MUSTCHECK bool sheet_put(struct sheet_out *, const struct sheet_ticket *,
			 const struct sheet_ride *rides);
MUSTCHECK bool sheet_finish(struct sheet_out *);

/* ---- Reading. ---- */

struct sheet {
	int file;
	struct sheet_header header;
	struct sheet_kind kinds[SHEET_KIND_COUNT_MAX];
	struct rule *rules[SHEET_KIND_COUNT_MAX];
	char operators[SHEET_OPERATOR_COUNT_MAX][ID_SIZE];
};

/* False: *error says what is wrong with the file. Closed by sheet_close either way. */
MUSTCHECK bool sheet_open(struct sheet *, const char *path, char error[SHEET_ERROR_SIZE]);
void sheet_close(struct sheet *);

struct sheet_block { /* One thread's, reading on. */
	const struct sheet *sheet;
	uint8_t *bytes; /* SHEET_BLOCK_SIZE, the caller's. */
	uint32_t at, used, tickets;
};

/* Reads the n-th block. False: it is damaged, or cannot be read. */
MUSTCHECK bool sheet_read(struct sheet_block *, uint32_t n);
/* The next ticket; rides within the block. NULL: the end, or, where *damaged is set, nonsense. */
const struct sheet_ticket *sheet_next(struct sheet_block *, const struct sheet_ride **rides,
				      bool *damaged);

#endif
