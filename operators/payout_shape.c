/* operators/payout_shape.c - payouts in the store. Without it nobody could say afterwards what was
 * ordered of the bank.
 */
#include "operators/payee.h"
#include "operators/payout.h"

enum { REQ = SHAPE_REQUIRED, SECRET = SHAPE_SECRET };

static const struct shape_field payable_fields[] = {
	F_TEXT(struct payable, account, 1, REQ, 1, "the account of the ledger"),
	F_INT(struct payable, amount_yen, 2, REQ, -JSON_INT_MAX, JSON_INT_MAX,
	      "owed to it; below zero: it owes"),
	F_MONTH(struct payable, since, 3, REQ, "the earliest month that any of it is of"),
	F_END,
};
const struct shape payable_shape = { "Payable", sizeof(struct payable), payable_fields };

static const struct shape_field owed_fields[] = {
	F_SUBJECT(struct partner_owed, partner_id, 1, REQ, ""),
	F_MONTH(struct partner_owed, period, 2, REQ, ""),
	F_INT(struct partner_owed, payable_yen, 3, REQ, -JSON_INT_MAX, JSON_INT_MAX, ""),
	F_INT(struct partner_owed, receivable_yen, 4, REQ, -JSON_INT_MAX, JSON_INT_MAX, ""),
	F_END,
};
const struct shape partner_owed_shape = { "PartnerOwed", sizeof(struct partner_owed), owed_fields };

static const struct shape_field held_fields[] = {
	F_TEXT(struct payout_held, tail, 1, REQ, 1, ""),
	F_END,
};
static const struct shape held_shape = { "PayoutHeld", sizeof(struct payout_held), held_fields };

static const struct shape_field payout_fields[] = {
	F_MONTH(struct payout, period, 1, REQ, ""),
	F_DATE(struct payout, pay_on, 2, REQ, ""),
	F_TIME(struct payout, made_at, 3, REQ, ""),
	F_INT(struct payout, transfer_count, 4, REQ, 0, UINT16_MAX, ""),
	F_INT(struct payout, invoice_count, 5, REQ, 0, UINT16_MAX, ""),
	F_INT(struct payout, total_yen, 6, REQ, 0, JSON_INT_MAX, ""),
	F_TEXT(struct payout, consignor, 7, REQ | SECRET, 0, ""),
	F_OBJECT(struct payout, from, 8, REQ | SECRET, &bank_account_shape, ""),
	F_LIST(struct payout, held, 9, 0, &held_shape, held_count, ""),
	F_END,
};
const struct shape payout_shape = { "StoredPayout", sizeof(struct payout), payout_fields };

static const struct shape_field part_fields[] = {
	F_TEXT(struct ledger_part, account, 1, REQ, 1, "the account of the ledger"),
	F_INT(struct ledger_part, amount_yen, 2, REQ, -JSON_INT_MAX, JSON_INT_MAX, "of it"),
	F_END,
};
static const struct shape part_shape = { "TransferPart", sizeof(struct ledger_part), part_fields };

static const struct shape_field transfer_fields[] = {
	F_INT(struct transfer, number, 1, REQ, 1, UINT16_MAX, ""),
	F_SUBJECT(struct transfer, payee_id, 2, REQ, ""),
	F_INT(struct transfer, amount_yen, 3, REQ, -JSON_INT_MAX, JSON_INT_MAX, ""),
	F_LIST(struct transfer, parts, 4, REQ, &part_shape, part_count, ""),
	F_OBJECT(struct transfer, to, 5, REQ | SECRET, &bank_account_shape, ""),
	F_MONTH(struct transfer, oldest, 6, REQ, ""),
	F_END,
};
const struct shape transfer_shape = { "StoredTransfer", sizeof(struct transfer), transfer_fields };

static const struct shape_field sent_fields[] = {
	F_TIME(struct payout_sent, sent_at, 1, REQ, ""),
	F_TIME(struct payout_sent, filed, 2, REQ, ""),
	F_END,
};
const struct shape payout_sent_shape = { "PayoutSent", sizeof(struct payout_sent), sent_fields };

static const struct shape_field result_fields[] = {
	F_ENUM(struct transfer_result, state, 1, REQ, transfer_state_names, ""),
	F_TIME(struct transfer_result, at, 2, REQ, ""),
	F_TEXT(struct transfer_result, why, 3, 0, 0, ""),
	F_END,
};
const struct shape transfer_result_shape = { "TransferResult", sizeof(struct transfer_result),
					     result_fields };

static const struct shape_field last_fields[] = {
	F_MONTH(struct payout_last, period, 1, REQ, ""),
	F_END,
};
const struct shape payout_last_shape = { "PayoutLast", sizeof(struct payout_last), last_fields };

static const struct shape_field paid_fields[] = {
	F_TIME(struct paid_view, sent_at, 1, REQ, ""),
	F_INT(struct paid_view, transfers, 2, REQ, 0, UINT32_MAX, ""),
	F_END,
};
const struct shape paid_view_shape = { "PaidView", sizeof(struct paid_view), paid_fields };
