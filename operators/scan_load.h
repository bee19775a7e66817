/* operators/scan_load.h - what a scan is decided by, brought from the store: for scan_op.c (a gate
 * that asks) and upload_op.c (a gate that tells what it did alone).
 */
#ifndef OPERATORS_SCAN_LOAD_H
#define OPERATORS_SCAN_LOAD_H

#include "operators/operators_op.h"
#include "qr/bcbp.h"
#include "qr/code.h"

enum { SCAN_SKEW_S = 300 };

struct scan_cmd {
	struct scan_body body;
	bool offline; /* Already let through, or not: its time is not the server's. */
	bool by_coupon;
	bool reversed; /* The rider's app asks, of a ticket and at a gate that it names. */
	enum scan_verdict by_code; /* By its form alone; SCAN_ADMITTED: not refused. */
	enum scan_verdict refused; /* The same, and by what this try found. */
	struct code code; /* As shown; neither by a coupon nor reversed. */
	struct ticket ticket;
	struct bcbp pass;
	struct gate gate;
	struct operator operator;
	struct coupon coupon;
	struct sale sale;
	struct use use;
	struct product product;
	struct service service;
	bool ticket_known, product_known, service_named, service_known;
	/* One rider's; -1: not known. The second is the part of the operator with whom a through
	 * ride began. */
	yen od_fare_yen, through_fare_yen;
	uint32_t od_metres, through_metres; /* The same ways as the crow flies; 0: not known. */
	struct operator through;
	bool through_known, backwards;
	char reverse_gate[ID_SIZE];      /* Reversed only, and so is this: */
	struct id128 reverse_ticket;
	struct extensions extensions; /* Those of the ticket's validity that are asked for. */
	struct scan_outcome outcome;
};

/* What the code is, before anything is fetched or believed. */
void scan_read_code(struct scan_cmd *);
/* For keys: all that is known of the gate, the ticket and the service. True but for a refusal. */
MUSTCHECK bool scan_load(struct call *, struct scan_cmd *);
/* scan_fare.c: the same of the feeds. True: known, or known not to be. Not of an exit that an
 * offline gate tells of, for nobody knows yet which ride it ends. */
MUSTCHECK bool scan_load_fare(struct call *, struct scan_cmd *);
struct scan_ride { /* From where it began to where it ends. */
	enum fares_mode mode;
	const char *from_operator, *from_stop, *from_route;
	const struct operator *to_operator;
	const char *to_stop, *to_route;
};
struct scan_ride_fare { /* As in struct scan_cmd. */
	yen od_fare_yen, through_fare_yen;
	uint32_t od_metres, through_metres;
	bool through_known, backwards;
	struct operator through;
};
MUSTCHECK bool scan_load_ride(struct call *, struct scan_ride_fare *, const struct scan_ride *);
/* What the council made longer, where a ride at `latest` may be too late without it. True: known,
 * or not needed. */
MUSTCHECK bool scan_load_extensions(struct call *, struct scan_cmd *, time_ms latest);
const char *scan_stop(const struct scan_cmd *);
const char *scan_route(const struct scan_cmd *); /* That the gate serves; "" none. */

/* scan_op.c: the steps that both share. scan_take_body: checks the body, names and queues the
 * command. False: refused. */
MUSTCHECK bool scan_take_body(struct call *, struct scan_cmd *);
/* In keys, after scan_load: a phone's signature is checked on another thread, once the ticket is
 * known to be ours. The command is call->cmd. */
void scan_want_check(struct call *, const struct scan_cmd *);
time_ms scan_proof_at(const struct code *); /* When the phone made it, by its word. */
/* -> cmd->outcome. What costs most, the signatures, is looked at here and once. */
void scan_judge(struct call *, struct scan_cmd *);
/* The same of another cmd->use, where the code was not refused. */
void scan_judge_again(struct call *, struct scan_cmd *);
void scan_fill_fact(struct call *, const struct scan_cmd *, struct fact *);
/* Files the fact and, where admitted, writes the ticket's use and the service's places. */
void scan_write(struct call *, struct scan_cmd *, const struct fact *);
void scan_fill_answer(struct scan_answer *, const struct scan_cmd *);

#endif
