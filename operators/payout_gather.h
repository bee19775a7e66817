/* operators/payout_gather.h - for payout_op.c: all that is owed for the months not yet paid out,
 * read from the books, and by payee.
 */
#ifndef OPERATORS_PAYOUT_GATHER_H
#define OPERATORS_PAYOUT_GATHER_H

#include "operators/books_op.h"
#include "operators/payee.h"
#include "operators/payout.h"

enum {
	PARTY_COUNT_MAX = 1024,
	NO_PAYEE = UINT16_MAX,
};

struct gather_account {
	struct payable payable;
	uint64_t version; /* Of what was carried from before; 0: nothing was. */
	uint16_t payee;   /* A place in payees, or NO_PAYEE: carried until there is one. */
};

struct gather_payee {
	char payee_id[ID_SIZE];
	uint8_t terms, fate;
	uint16_t part_count;
	struct payee_sum sum;
};

struct gather_party { /* Whom a payee is for. */
	char id[ID_SIZE];
	bool partner;
	uint16_t payee;
};

struct gather_held {      /* A line in dispute. */
	const char *tail; /* Of its key, after "lstate/". */
	struct payable payable;
	bool released; /* It was held before, and is decided now. */
};

struct gather {
	day_t from, period; /* The first month not yet paid out, 0: from the beginning; the last. */
	struct gather_account accounts[PAYABLE_COUNT_MAX];
	uint16_t account_count;
	struct gather_payee payees[PAYEE_COUNT_MAX];
	uint16_t payee_count;
	struct gather_party parties[PARTY_COUNT_MAX];
	uint16_t party_count;
	struct gather_held held[HELD_COUNT_MAX];
	uint16_t held_count;
	uint16_t transfer_count, invoice_count;
	yen total_yen;
	bool too_many;
	bool behind;              /* Moves of lines are filed that the books have not got to. */
	uint32_t open_count;      /* Lines that nobody has agreed to, or disputed, yet. */
	struct gather_walk *walk; /* What stands beside the lines. */
	struct call *call;
};

/* In keys, with from and period set: asks for what is needed. True: all of it is there, and what
 * the plan depends on is wanted; *gather is filled. */
MUSTCHECK bool payout_gather(struct call *, struct gather *);

/* payout_payee.c: of accounts and payees, what each of these gets. False: not all is there yet. */
MUSTCHECK bool gather_by_payee(struct call *, struct gather *);
/* NULL: nobody pays for it. */
const struct gather_party *gather_party_at(const struct gather *, const char *id, bool partner);

/* The transfer of the n-th payee: its parts and its account, of what payout_gather read. */
void gather_transfer(struct call *, struct transfer *, const struct gather *, size_t n);

#endif
