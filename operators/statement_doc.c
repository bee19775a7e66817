/* operators/statement_doc.c - statements as JSON, in the one form that everybody who works them out
 * again arrives at. Without it two equal statements could be unequal files.
 */
#include "operators/statement.h"

enum { REQ = SHAPE_REQUIRED };
#define F_SIGNED(T, m, what) F_INT(T, m, 0, REQ, -JSON_INT_MAX, JSON_INT_MAX, what)
/* A member within a member, shown as if it stood outside. */
#define F_INNER(T, inner, m, ...)                                                                  \
	{                                                                                          \
		.name = #m, .offset = offsetof(T, inner.m), .size = sizeof(((T *)0)->inner.m),     \
		.doc = __VA_ARGS__                                                                 \
	}
#define F_LINE(m, what)                                                                            \
	F_INNER(struct statement_line, line, m, what, .type = SHAPE_INT, .flags = REQ,             \
		.min = -JSON_INT_MAX, .max = JSON_INT_MAX)
#define F_LINE_SHORT(m, what)                                                                      \
	F_INNER(struct statement_line, line, m, what, .type = SHAPE_INT, .flags = REQ,             \
		.max = UINT16_MAX)
#define F_MONTHLY(m, what)                                                                         \
	F_INNER(struct partner_statement, month, m, what, .type = SHAPE_INT, .flags = REQ,         \
		.min = -JSON_INT_MAX, .max = JSON_INT_MAX)

static const char *const state_names[] = { "OPEN", "CLOSING", "CLOSED", "FAILED", NULL };
static const char *const issuer_names[] = { "partner", "council", NULL };
static const char *const supply_names[] = { "commission", "fee", NULL };

/* All tables in the order of names: a test asks it of every one of them. */

static const struct shape_field line_fields[] = {
	F_LINE(amount_yen, "what it earned: gross less commission and fee"),
	F_LINE(boardings, "their boardings here"),
	F_LINE(commission_yen, "its part of partners' commissions and payment fees"),
	F_LINE(deemed_fare_yen, "their deemed fares"),
	F_LINE(fee_yen, "its part of the council's fee"),
	F_LINE(gross_yen, "what its riders paid"),
	F_INNER(struct statement_line, line, kind, "what it is for", .type = SHAPE_ENUM,
		.flags = REQ, .names = line_kind_names),
	F_TEXT(struct statement_line, line_id, 0, REQ, 1, "as in /lines"),
	F_SUBJECT(struct statement_line, product_id, 0, 0, "the product; none: not of rides"),
	F_LINE_SHORT(product_number, "as its tickets carry it"),
	F_LINE_SHORT(product_version, "its version"),
	F_LINE(riders, "riders of these boardings"),
	F_INNER(struct statement_line, line, rides, "the month in which the tickets were over",
		.type = SHAPE_MONTH, .flags = REQ),
	F_INNER(struct statement_line, line, rule_id, "the sharing rule", .type = SHAPE_SUBJECT),
	F_LINE_SHORT(rule_version, "its version"),
	F_INNER(struct statement_line, line, tax_class, "consumption tax within it",
		.type = SHAPE_ENUM, .flags = REQ, .names = tax_class_names),
	F_LINE(tickets, "tickets that it carried"),
	F_END,
};
static const struct shape line_item = { "StatementLine", sizeof(struct statement_line),
					line_fields };

static const struct shape_field class_fields[] = {
	F_SIGNED(struct statement_class, amount_yen, "earned"),
	F_SIGNED(struct statement_class, commission_yen, "partners'"),
	F_SIGNED(struct statement_class, fee_yen, "the council's"),
	F_SIGNED(struct statement_class, gross_yen, "before these"),
	F_ENUM(struct statement_class, tax_class, 0, REQ, tax_class_names, "which"),
	F_SIGNED(struct statement_class, tax_yen, "consumption tax within gross_yen"),
	F_END,
};
static const struct shape class_item = { "StatementClass", sizeof(struct statement_class),
					 class_fields };

static const struct shape_field total_fields[] = {
	F_ENUM(struct invoice_class, tax_class, 0, REQ, tax_class_names, "which"),
	F_SIGNED(struct invoice_class, tax_yen, "consumption tax within total_yen"),
	F_SIGNED(struct invoice_class, total_yen, "tax included"),
	F_END,
};
static const struct shape total_item = { "InvoiceClass", sizeof(struct invoice_class),
					 total_fields };

static const struct shape_field invoice_fields[] = {
	F_LIST(struct statement_invoice, classes, 0, REQ, &total_item, class_count,
	       "by tax class"),
	F_ENUM(struct statement_invoice, issuer, 0, REQ, issuer_names, "who issues it"),
	F_SUBJECT(struct statement_invoice, partner_id, 0, 0, "which partner"),
	F_TEXT(struct statement_invoice, registration_number, 0, 0, 0,
	       "T and thirteen digits; none: the issuer is not registered"),
	F_ENUM(struct statement_invoice, supply, 0, REQ, supply_names, "what it is for"),
	F_SIGNED(struct statement_invoice, tax_yen, "of all classes"),
	F_SIGNED(struct statement_invoice, total_yen, "of all classes, tax included"),
	F_END,
};
static const struct shape invoice_item = { "StatementInvoice", sizeof(struct statement_invoice),
					   invoice_fields };

static const struct shape_field statement_fields[] = {
	F_SIGNED(struct statement, amount_yen, "what it earned: the sum of the lines"),
	F_SIGNED(struct statement, boardings, "their boardings here"),
	F_SIGNED(struct statement, commission_yen, "partners' commissions and payment fees"),
	F_SIGNED(struct statement, deemed_fare_yen, "their deemed fares"),
	F_SIGNED(struct statement, fee_yen, "the council's fees"),
	F_SIGNED(struct statement, gross_yen, "what its riders paid"),
	F_LIST(struct statement, invoices, 0, REQ, &invoice_item, invoice_count,
	       "for commission, by partner id, and for the fee"),
	F_LIST(struct statement, lines, 0, REQ, &line_item, line_count, "in the order of line_id"),
	F_SUBJECT(struct statement, operator_id, 0, REQ, "whose"),
	F_MONTH(struct statement, period, 0, REQ, "the month"),
	F_SIGNED(struct statement, riders, "riders of these boardings"),
	F_ENUM(struct statement, state, 0, REQ, state_names, "CLOSED: it never changes again"),
	F_LIST(struct statement, tax_classes, 0, REQ, &class_item, tax_class_count,
	       "totals by class: standard10, zero, outside, those that there are"),
	F_SIGNED(struct statement, tickets, "tickets that it carried"),
	F_END,
};
const struct shape statement_shape = { "Statement", sizeof(struct statement), statement_fields };

static const struct shape_field partner_fields[] = {
	F_SIGNED(struct partner_statement, balance_due_yen,
		 "what it owes at the end; below zero: what it is owed"),
	F_SIGNED(struct partner_statement, brought_forward_yen, "what it owed before the month"),
	F_MONTHLY(commission_yen, "commission earned"),
	F_MONTHLY(fees_kept_yen, "fees of refunds that it keeps"),
	F_MONTHLY(other_yen, "anything else to its credit"),
	F_MONTHLY(paid_out_yen, "paid out of what it earned, or set off"),
	F_INNER(struct partner_statement, month, partner_id, "whose", .type = SHAPE_SUBJECT,
		.flags = REQ),
	F_MONTHLY(payment_fee_yen, "payment fees earned"),
	F_MONTH(struct partner_statement, period, 0, REQ, "the month"),
	F_MONTHLY(refunded_yen, "given back to riders"),
	F_MONTHLY(refunds, "tickets taken back"),
	F_TEXT(struct partner_statement, registration_number, 0, 0, 0,
	       "T and thirteen digits; none: it is not registered"),
	F_MONTHLY(remitted_yen, "paid in"),
	F_MONTHLY(sold_yen, "prices of what it sold"),
	F_ENUM(struct partner_statement, state, 0, REQ, state_names,
	       "CLOSED: it never changes again"),
	F_MONTHLY(taken_off_yen, "of what it owed, set off by payouts"),
	F_MONTHLY(tickets, "tickets sold"),
	F_MONTHLY(unused_yen, "of tickets that nobody used, where the rule says so"),
	F_END,
};
const struct shape partner_statement_shape = { "PartnerStatement",
					       sizeof(struct partner_statement), partner_fields };

static void put(struct writer *to, const struct shape *shape, const void *value)
{
	struct json_out json;

	json_begin(&json, to);
	shape_to_json(&json, NULL, shape, value);
}

void statement_doc(struct writer *to, const struct statement *statement)
{
	put(to, &statement_shape, statement);
}

void partner_statement_doc(struct writer *to, const struct partner_statement *statement)
{
	put(to, &partner_statement_shape, statement);
}
