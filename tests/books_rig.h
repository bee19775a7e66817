/* tests/books_rig.h - a log with facts in it and a bookkeeper that folds them, for tests of
 * the books.
 */
#ifndef TESTS_BOOKS_RIG_H
#define TESTS_BOOKS_RIG_H

#include "core/date.h"
#include "fares/fact.h"
#include "operators/bookkeeper.h"
#include "operators/identity.h"
#include "tests/log_rig.h"

enum {
	BOOKS_NOW = 1790000000,
	BOOKS_FACTS_A_SECOND = 40,
	BOOKS_DAY = 20783, /* 2026-11-26 */
	BOOKS_USUAL = 1,   /* Product: 5 % commission, 3 % of the rest as a fee, by deemed fare. */
	BOOKS_PLAIN = 2,   /* Product: all by boardings; unused to the partner. */
	BOOKS_POOLED = 3,  /* 5 %, 10 yen a boarding, the rest of the month by deemed fare. */
	BOOKS_FIXED = 4,   /* bus 50 %, inn 30 %, rail 20 %, whoever carried. */
	BOOKS_SAID = 5,	   /* Pooled, by what operators declare. */
	BOOKS_GRACE_H = 72,
	BOOKS_LATE_DAYS = 62,
};

struct books_rig {
	struct rig rig;
	struct seal *seal;
	struct fold *fold;
	struct bookkeeper_room room;
	uint32_t facts; /* Filed so far. */
};

void books_open(struct books_rig *, const char *where);
void books_close(struct books_rig *);
/* Another bookkeeper, on what stands in the store. */
void books_up(struct books_rig *);
void books_down(struct books_rig *);

/* In the order of the calls. */
void books_file(struct books_rig *, struct fact);
/* Before or after others of the second in which the next fact is filed, by `number`. */
void books_file_as(struct books_rig *, struct fact, uint32_t number);
void books_next_second(struct books_rig *);
int64_t books_last_second(const struct books_rig *);
void books_seal(struct books_rig *); /* Everything filed; nothing more may be filed then. */
void books_fold(struct books_rig *); /* Seals, and folds to the end. */

/* Facts of a service day. Tickets are named by numbers. */
time_ms books_at(day_t, int minutes); /* So long after the day began. */
struct id128 books_ticket(uint32_t number);
struct fact books_sold(uint32_t ticket, uint16_t product, yen price, day_t day, day_t last_day);
struct fact books_refunded(uint32_t ticket, uint16_t product, yen given_back, yen fee, day_t day);
/* n: the ticket's count; over on the last moment of `last_day`. */
struct fact books_ride(uint32_t ticket, const char *operator_id, yen deemed_fare, day_t day,
		       day_t last_day, uint32_t n);
struct fact books_day_closed(day_t);
struct fact books_period_closed(day_t any_day_of_it);

/* False: absent. */
bool books_read(struct books_rig *, void *out, const struct shape *, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
yen books_net(struct books_rig *, const char *account); /* Credit less debit. */
uint32_t books_count(struct books_rig *, const char *kind);
/* Keys and values of all views; not their versions. */
void books_digest(struct books_rig *, uint8_t out[SHA256_SIZE]);
void books_forget(struct books_rig *); /* Removes every view. */
/* Fails unless debits and credits are equal, lines are what operators are owed, statements what
 * lines say, and what was sold was refunded, kept, earned or is unearned. */
void books_check(struct books_rig *);
void books_identity(struct books_rig *, struct identity *out);

#endif
