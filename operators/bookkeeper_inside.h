/* operators/bookkeeper_inside.h - for bookkeeper*.c only: what the fold of one fact has in hand.
 */
#ifndef OPERATORS_BOOKKEEPER_INSIDE_H
#define OPERATORS_BOOKKEEPER_INSIDE_H

#include "fares/fact.h"
#include "operators/bookkeeper.h"

struct books {
	struct fold *fold;
	const struct bookkeeper_room *room;
	const struct fact *fact;
	int64_t second; /* Under which the fact was filed. */
	struct book_state state;
	bool waits; /* A record was not in hand: nothing of this run counts. */
};

/* True: in hand, all zero where it is absent. False: it is asked for, and the run will come again;
 * go on, so that all that is missing is fetched at once. */
bool books_get(struct books *, void *out, const struct shape *, const char *key);

const char *books_ticket_key(struct books *, struct id128 ticket_id);
const char *books_month(struct books *, day_t month);
day_t books_fact_day(const struct books *); /* The service day of the fact. */
/* The service day with whose close a ticket that is over at `over_at` is earned. */
day_t books_due_day(const struct books *, time_ms over_at);
/* A month, or the earliest that is open. */
day_t books_open_period(const struct books *, day_t month);
/* Never past what JSON can say (asserted): balances grow for ever. */
yen books_sum(yen a, yen b);

/* Writes down the postings and adds them up by account; `name` stands for them in their keys. */
void books_post(struct books *, struct posting *, size_t count, const char *name,
		struct id128 ticket_id, day_t period);
const char *books_fact_name(struct books *);

const char *books_date(struct books *, day_t);
/* The fact with the ticket's highest count knows best when it is over. */
void books_learn_over(struct books *, struct ticket_view *, time_ms over_at);
bool books_get_operator(struct books *, struct op_view *, const char **key); /* The fact's. */

/* scanned and contest_changed: usage, the ticket's legs, the operator's lists, losses. */
void books_scanned(struct books *);
/* flown: a leg, where no gate saw it. */
void books_flown(struct books *);
/* day_closed: earns what that day ends, a chunk a run. */
enum fold_result books_close_day(struct books *);

#endif
