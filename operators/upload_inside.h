/* operators/upload_inside.h - for upload*.c only: one line of a batch on its way.
 */
#ifndef OPERATORS_UPLOAD_INSIDE_H
#define OPERATORS_UPLOAD_INSIDE_H

#include "operators/scan_load.h"
#include "operators/upload_op.h"

#define UPLOAD_NEVER INT64_MAX

struct upload_was { /* How an offline use stood before this one was told. */
	struct id128 fact_id;
	uint8_t standing;
	yen deemed_fare_yen, through_fare_yen;
	uint32_t distance_m, through_distance_m;
	char through_operator_id[ID_SIZE];
};

struct upload_sailing { /* On which uses of this ticket have places, or want some. */
	const char *operator_id, *service_id;
	struct service *service; /* NULL: not known any more. */
	uint16_t held;		 /* Places that they had before. */
};

struct upload_cmd {
	struct scan_cmd scan; /* First. */
	struct upload_body body;
	bool carried;
	enum scan_verdict gate_verdict;
	struct offline_uses uses;
	time_ms outages_from; /* The first ride by an old bundle; UPLOAD_NEVER: there is none. */
	/* upload_join.c: what becomes of `uses` if this one is a ride. */
	struct offline_terms terms;
	struct offline_base base;
	struct offline_result result;
	size_t at; /* Its place among them. */
	struct upload_was was[OFFLINE_ROOM];
	size_t was_count;
	struct upload_sailing *sailings;
	size_t sailing_count;
};

struct changed { /* An offline use that stands otherwise since this one is known. */
	size_t at;
	struct contest contest;
};

struct upload_out {
	enum scan_verdict verdict; /* By all that is known. */
	struct contest contest;
	bool writes_use, writes_uses;
	struct use next;
	time_ms over_at;
	struct changed changed[OFFLINE_ROOM];
	size_t changed_count;
};

/* upload_load.c */
bool upload_keys(struct call *);
const char *upload_uses_key(struct call *, struct id128 ticket_id);
/* upload_join.c. In keys, after the rest: joins it with the ticket's other uses, and brings what
 * they cost then. True: all is known. */
MUSTCHECK bool upload_join(struct call *);
/* What a ride is worth where it is contested: an exit's is told by its boarding. */
yen upload_fare(const struct upload_cmd *);
/* In writes: the places that changed hands. */
void upload_put_sailings(struct call *);

/* upload_code.c: the code as it was read. */
void upload_keep_code(struct call *);

/* In decide: the bundle was old, and the council has said why. */
bool upload_in_outage(struct call *, const struct upload_cmd *, const char *operator_id, time_ms at,
		      int64_t bundle);

#endif
