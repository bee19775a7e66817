/* operators/scan_load.h - what a scan is decided by, brought from the store: for scan_op.c (a gate
 * that asks) and upload_op.c (a gate that tells what it did alone).
 */
#ifndef OPERATORS_SCAN_LOAD_H
#define OPERATORS_SCAN_LOAD_H

#include "operators/operators_op.h"
#include "qr/bcbp.h"
#include "qr/ticket.h"

enum { SCAN_SKEW_S = 300 };

struct scan_cmd {
	struct scan_body body;
	bool offline; /* Already let through, or not: its time is not the server's. */
	bool by_coupon;
	enum scan_verdict by_code; /* By the code alone; SCAN_ADMITTED: not refused. */
	enum scan_verdict refused; /* The same, and by what this try found. */
	struct ticket ticket;
	struct bcbp pass;
	struct gate gate;
	struct operator operator;
	struct coupon coupon;
	struct sale sale; /* By a coupon only: our own code says all of it. */
	struct use use;
	struct product product;
	struct service service;
	bool ticket_known, product_known, service_named, service_known;
	yen od_fare_yen; /* -1: not known. */
	struct scan_outcome outcome;
};

/* What the code is, before anything is fetched. */
void scan_read_code(struct call *, struct scan_cmd *);
/* For keys: all that is known of the gate, the ticket and the service. True but for a refusal. */
MUSTCHECK bool scan_load(struct call *, struct scan_cmd *);
const char *scan_stop(const struct scan_cmd *);

/* scan_op.c: the steps that both share. scan_take_body: checks the body, names and queues the
 * command. False: refused. */
MUSTCHECK bool scan_take_body(struct call *, struct scan_cmd *);
void scan_judge(struct call *, struct scan_cmd *); /* -> cmd->outcome */
void scan_fill_fact(struct call *, const struct scan_cmd *, struct fact *);
/* Files the fact and, where admitted, writes the ticket's use and the service's places. */
void scan_write(struct call *, struct scan_cmd *, const struct fact *);
void scan_fill_answer(struct scan_answer *, const struct scan_cmd *);

#endif
