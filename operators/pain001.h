/* operators/pain001.h - an order as ISO 20022 says it: pain.001.001.03, the version that Japan's
 * ZEDI takes for 総合振込.
 *
 * One payment information with all transfers; whole yen; banks by their four digits and branches by
 * three; names in half-width kana as in the Zengin file. Identities are made of the order's month
 * and the transfer's number, so that the same order is the same message. Pure.
 */
#ifndef OPERATORS_PAIN001_H
#define OPERATORS_PAIN001_H

#include "operators/bank.h"

enum { PAIN001_ID_SIZE = 36, PAIN001_TRANSFER_SIZE_MAX = 1536, PAIN001_SIZE_MAX = 4096 };

/* MsgId and PmtInfId "HITOTSU-2026-11"; number > 0: EndToEndId "HITOTSU-2026-11-0001". */
void pain001_id(char out[PAIN001_ID_SIZE], day_t period, uint16_t number);

/* Same order, same bytes: PAIN001_SIZE_MAX and PAIN001_TRANSFER_SIZE_MAX each are enough. */
void pain001_write(struct writer *, const struct bank_order *);

#endif
