/* fares/money.h - yen are whole, signed, and never leave their range unseen. Pure. */
#ifndef FARES_MONEY_H
#define FARES_MONEY_H

#include "core/base.h"

#define YEN_MAX ((yen)1000000000000) /* A trillion: far above a year's sales, far below 2^53. */
enum { PRICE_YEN_MAX = 10000000, BASIS_POINTS = 10000 };

/* Words that go with money: the bank's, people's, whose move it was, and a statement line's id. */
enum {
	REFERENCE_SIZE = 65,
	FACT_NOTE_SIZE = 241,
	BY_SIZE = 44,	   /* "operator/" and an id. */
	LINE_ID_SIZE = 65, /* As a path's parameter may be. */
};

/* The sum, asserted to stay within +-YEN_MAX. */
static inline yen yen_add(yen a, yen b)
{
	yen sum = a + b;

	MUST(sum <= YEN_MAX && sum >= -YEN_MAX);
	return sum;
}

/* A part in basis points, rounded down. amount >= 0. */
static inline yen yen_part(yen amount, uint32_t basis_points)
{
	MUST(amount >= 0 && amount <= YEN_MAX && basis_points <= BASIS_POINTS);
	return amount * (yen)basis_points / BASIS_POINTS;
}

#endif
