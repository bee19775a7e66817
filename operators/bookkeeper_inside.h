/* operators/bookkeeper_inside.h - for bookkeeper*.c only: what the fold of one fact has in hand.
 */
#ifndef OPERATORS_BOOKKEEPER_INSIDE_H
#define OPERATORS_BOOKKEEPER_INSIDE_H

#include "fares/fact.h"
#include "operators/bookkeeper.h"
#include "operators/close.h"
#include "operators/gross.h"
#include "operators/identity.h"
#include "operators/line_state.h"
#include "operators/pool.h"
#include "operators/split.h"

struct books {
	struct fold *fold;
	const struct bookkeeper_room *room;
	const struct fact *fact;
	int64_t second; /* Under which the fact was filed. */
	struct slice salt; /* The fact's. */
	struct book_state state;
	struct book_sums sums; /* Once asked for; put once, for most facts move them twice. */
	bool sums_got, sums_moved;
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
yen books_add(yen a, yen b); /* Of either sign. */

/* Writes down the postings and adds them up by account; `name` stands for them in their keys. */
void books_post(struct books *, struct posting *, size_t count, const char *name,
		struct id128 ticket_id, day_t period);
/* The same for one of many of a fact: first is 0 or behind all that were posted before. */
void books_post_more(struct books *, struct posting *, size_t count, const char *name,
		     struct id128 ticket_id, day_t period, size_t first);
const char *books_fact_name(struct books *);

const char *books_date(struct books *, day_t);
/* The fact with the ticket's highest count knows best when it is over. */
void books_learn_over(struct books *, struct ticket_view *, time_ms over_at);
bool books_get_operator(struct books *, struct op_view *, const char **key); /* The fact's. */

/* bookkeeper_money.c. A posting writes itself, its place in its account, and two balances. */
enum { BOOKS_POST_WRITES = 3 }; /* But for one account that all postings of a run have. */
/* The ticket's postings, before books_post; its view is put by the caller. Writes the sums. */
void books_ticket_moved(struct books *, struct ticket_view *, const struct posting *,
			size_t count);
/* All that was moved so far. False: not in hand. */
bool books_get_sums(struct books *);
void books_put_sums(struct books *); /* At the end of a run that counts. */
/* What a fact says apart from its postings. */
void books_told(struct books *, yen sold, yen refunded, yen fees);
/* A claim, correction or loss becomes a line of the open period: below zero, the operator owes. */
void books_adjust(struct books *, enum line_kind, const char *operator_id, yen signed_yen,
		  day_t period);
void books_remitted(struct books *);
void books_claimed(struct books *);
void books_loss_funded(struct books *);

/* bookkeeper_state.c: moves of lines. */
void books_line_moved(struct books *);
/* Of one line, for what the bank says of it: `tail` is its key behind the period, "ferry/0001/..."
 * False: not in hand, or not from where it stands. */
bool books_move_line(struct books *, day_t period, const char *tail, enum line_move,
		     const char *by, const char *why);
/* day_closed: who said nothing for long enough agreed. */
enum fold_result books_silence(struct books *);

/* bookkeeper_pay.c: what a partner's accounts grow by in a month, payouts apart; and payouts. */
void books_owed(struct books *, const struct posting *);
/* bookkeeper_partner.c: the same, by what they are for; and tickets that it sold or took back. */
void books_partner_moved(struct books *, const struct posting *);
void books_partner_tickets(struct books *, day_t period, int64_t sold, int64_t taken_back);
void books_invoiced(struct books *);
enum fold_result books_payout_sent(struct books *);
/* payout_paid and payout_returned */
enum fold_result books_payout_result(struct books *);

/* bookkeeper_commit.c: the salt of a division's leaf; and, after its month's lines, all leaves of
 * it, in pieces. FOLD_MORE: the view is to be put. */
void books_split_salt(struct books *, struct ticket_split *, const uint8_t secret[VIEW_SALT_SIZE]);
enum fold_result books_commit(struct books *, struct close_view *);
void books_operator_secret(struct books *, struct op_view *); /* Once, of its first fact. */

/* bookkeeper_close.c: period_closed, in pieces. */
enum fold_result books_close_period(struct books *);

/* ---- bookkeeper_earn.c, _share.c, _pool.c: what is earned. ---- */

/* Has it left, and is its run-off over? Asks for the operator's view. */
bool books_is_gone(struct books *, const char *operator_id, day_t);
/* The rule by which tickets of this product version go that were sold on this day: the version that
 * the product pinned, or, in a series of dated ones, that day's. */
bool books_get_rule(struct books *, struct rule *, struct product *, uint16_t number,
		    uint16_t version, day_t sold);
bool books_get_rule_version(struct books *, struct rule *, const char *rule_id, uint16_t version);
void books_rule_published(struct books *);

struct line_change {
	const char *operator_id;
	uint16_t product_number, product_version;
	const char *rule_id;
	uint16_t rule_version;
	day_t period, rides;
	yen amount_yen;
	int64_t tickets, boardings, riders, deemed_fare_yen;
	uint8_t tax_class;
	yen commission_yen, fee_yen; /* Gross is these and the amount. */
};
/* The line, and the operator's sum of the period. */
void books_change_line(struct books *, const struct line_change *);
/* bookkeeper_line.c: what an operator's leg was, and what it is now; NULL: it was, or is, none. Its
 * lines by tax class, of one month of rides, and what its partner took. */
struct leg_change {
	const struct ticket_split *split;
	const struct product *product;
	day_t rides;
	const struct split_leg *was, *now;
	const struct gross *was_gross, *now_gross;
};
void books_change_leg(struct books *, const struct leg_change *);
void books_change_commission(struct books *, const char *operator_id, const char *partner_id,
			     day_t period, yen more);
struct period_change {
	yen operators_yen, partners_yen, council_yen;
	uint64_t tickets;
};
void books_change_period(struct books *, day_t period, const struct period_change *);

/* Is the fact told later than the late limit after its month was closed? Then it moves nothing,
 * and neither will what is told of the same ride after it. */
bool books_too_late(struct books *);
/* A ticket that was earned looks different: it is divided again, and what differs is posted. The
 * caller keeps the view. */
void books_earn_again(struct books *, struct ticket_view *);

/* What a ticket puts into its pool, or takes out again. */
void books_change_pool(struct books *, const struct ticket_split *, bool more);
void books_declared(struct books *);
/* period_closed: divides what is due by that month, a pool a run. */
enum fold_result books_close_pools(struct books *);

/* scanned and contest_changed: usage, the ticket's legs, the operator's lists, losses. */
void books_scanned(struct books *);
void books_want_scanned(struct books *); /* Its records, in wants. */
/* validity_extended */
void books_extended(struct books *);
/* Out: whether the council made this ticket's end, view->over_at, later. False: not in hand. */
bool books_extend(struct books *, bool *moved, struct ticket_view *, struct id128 ticket_id);
/* Of a ticket that was divided before a ride of it was told, which says another end: as if it had
 * been told in time, by what the council had said when the ticket was due. False: not in hand. */
bool books_extend_again(struct books *, struct ticket_view *, struct id128 ticket_id);
/* The ticket is looked at when that day is closed. */
void books_put_due(struct books *, struct id128 ticket_id, time_ms over_at);
/* flown: a leg, where no gate saw it. */
void books_flown(struct books *);
/* day_closed: earns what that day ends, a chunk a run. */
enum fold_result books_close_day(struct books *);

#endif
