/* operators/counts.h - an operator's own counts: a file read, and held against ours.
 *
 * The file is CSV in UTF-8, with or without a byte-order mark, whose first row is
 * service_day,gate_id,boardings,riders; one row a day and gate. What cannot be read is said with
 * its line and column.
 */
#ifndef OPERATORS_COUNTS_H
#define OPERATORS_COUNTS_H

#include "operators/views.h"

enum {
	COUNTS_DAY_COUNT_MAX = 31,
	COUNTS_GATE_COUNT_MAX = 280, /* Of a day: its record holds no more. */
	COUNTS_FAULT_SIZE = 160,
	COUNTS_SIDE_COUNT_MAX = 8192,
	COUNTS_DIFFERENCE_COUNT_MAX = 4096,
};

struct counts_day { /* Gates in the order of their ids. */
	day_t day;
	time_ms at; /* When it was told; said again, a day is replaced. */
	struct gate_tally gates[COUNTS_GATE_COUNT_MAX];
	uint16_t gate_count;
};
extern const struct shape counts_day_shape;

struct counts {
	struct counts_day days[COUNTS_DAY_COUNT_MAX];
	uint16_t day_count;
	uint32_t rows;
};

struct counts_fault {
	const char *code; /* NOT_UTF8 BAD_CSV BAD_COLUMNS BAD_FORMAT DUPLICATE_ROW TOO_MANY_ROWS */
	char what[COUNTS_FAULT_SIZE];
};
MUSTCHECK bool counts_read(struct counts *, struct counts_fault *, struct slice text);

/* ---- Ours against theirs. ---- */

struct counted { /* In the order of days, then gates. */
	day_t day;
	struct gate_tally tally;
};

enum counts_side { COUNTS_OURS, COUNTS_THEIRS, COUNTS_BOTH };

struct counts_difference {
	day_t service_day;
	char gate_id[ID_SIZE];
	uint8_t counted_by; /* enum counts_side */
	uint64_t our_boardings, our_riders, their_boardings, their_riders;
};

struct counts_sums {
	uint64_t rows, boardings, riders;
};

struct reconciliation {
	char operator_id[ID_SIZE];
	day_t period;
	struct counts_sums ours, theirs;
	uint64_t agreed; /* Rows that both have alike. */
	struct counts_difference differences[COUNTS_DIFFERENCE_COUNT_MAX];
	uint16_t difference_count;
};

/* False: more differences than there is room for. */
MUSTCHECK bool counts_reconcile(struct reconciliation *, const struct counted *ours,
				size_t our_count, const struct counted *theirs,
				size_t their_count);

#endif
