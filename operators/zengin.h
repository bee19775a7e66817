/* operators/zengin.h - an order as Japanese banks take it: the Bankers Association's record format
 * for 総合振込 (kind 21), 120 bytes a record in CP932, each ended by CR LF.
 *
 * One header (1), a data record (2) for each transfer, a trailer (8) with their count and sum, and
 * an end record (9). docs/payout.md has the places. Pure.
 */
#ifndef OPERATORS_ZENGIN_H
#define OPERATORS_ZENGIN_H

#include "operators/bank.h"

enum { ZENGIN_RECORD_SIZE = 120, ZENGIN_LINE_SIZE = ZENGIN_RECORD_SIZE + 2 };

/* Same order, same bytes. What bank_account_check let pass; amounts in range (asserted). */
void zengin_write(struct writer *, const struct bank_order *);

#endif
