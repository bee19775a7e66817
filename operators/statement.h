/* operators/statement.h - what an operator, or a partner, is told of one month: as JSON, for a
 * spreadsheet, and on paper. docs/statements.md says it to people.
 *
 * The JSON is canonical (RFC 8785): members in the order of their names, integers, no white space.
 * The tables of statement_doc.c are in that order, so the same statement is the same bytes for
 * everybody who works it out again.
 *
 * A paper is drawn on another thread, of what was read before.
 */
#ifndef OPERATORS_STATEMENT_H
#define OPERATORS_STATEMENT_H

#include "operators/books_op.h"
#include "operators/invoice.h"
#include "operators/line_state.h"
#include "operators/paper.h"
#include "operators/payee.h"
#include "operators/payout.h"

enum {
	STATEMENT_LINE_COUNT_MAX = 2048,
	STATEMENT_INVOICE_COUNT_MAX = 96, /* One a partner, and the council's. */
	STATEMENT_PAPER_SIZE_MAX = 2 * 1024 * 1024,
};

struct statement_line {
	char line_id[LINE_ID_SIZE], product_id[ID_SIZE];
	struct line line;
};

struct statement_class { /* Of lines of one tax class. */
	uint8_t tax_class;
	yen gross_yen, commission_yen, fee_yen, amount_yen;
	yen tax_yen; /* Within gross_yen. */
};

struct invoice_class {
	uint8_t tax_class;
	yen total_yen, tax_yen;
};

enum invoice_issuer { ISSUER_PARTNER, ISSUER_COUNCIL };
enum invoice_supply { SUPPLY_COMMISSION, SUPPLY_FEE };

struct statement_invoice {
	uint8_t issuer, supply;
	char partner_id[ID_SIZE];
	char registration_number[INVOICE_NUMBER_SIZE]; /* Empty: not registered. */
	yen total_yen, tax_yen;
	struct invoice_class classes[TAX_CLASS_COUNT];
	uint16_t class_count;
};

struct statement {
	day_t period;
	char operator_id[ID_SIZE];
	uint8_t state; /* enum settlement_state */
	int64_t tickets, boardings, riders, deemed_fare_yen;
	yen gross_yen, commission_yen, fee_yen, amount_yen;
	struct statement_class tax_classes[TAX_CLASS_COUNT];
	uint16_t tax_class_count;
	struct statement_invoice invoices[STATEMENT_INVOICE_COUNT_MAX];
	uint16_t invoice_count;
	struct statement_line lines[STATEMENT_LINE_COUNT_MAX];
	uint16_t line_count;
};

struct partner_statement {
	day_t period;
	uint8_t state;
	yen brought_forward_yen, balance_due_yen; /* What it owes; below zero: is owed. */
	char registration_number[INVOICE_NUMBER_SIZE];
	struct partner_month month;
};
extern const struct shape statement_shape, partner_statement_shape;

/* ---- Sums: statement_sum.c. ---- */

/* Totals and classes of its lines. */
void statement_sum(struct statement *);
/* A commission or fee: a service, at the standard rate whatever was sold (docs/statements.md). */
void statement_invoice_add(struct statement *, enum invoice_supply, const char *partner_id,
			   const char *registration_number, yen total_yen);
/* What the partner owes after a month that began with so much owed. */
yen partner_month_due(const struct partner_month *, yen brought_forward_yen);

/* ---- The canonical bytes: statement_doc.c. ---- */

void statement_doc(struct writer *, const struct statement *);
void partner_statement_doc(struct writer *, const struct partner_statement *);

/* ---- What is read for them: statement_load.c, partner_statement_op.c. ---- */

struct statement_names { /* Only papers have them. */
	char subject[NAME_SIZE], subject_number[INVOICE_NUMBER_SIZE];
	char council[NAME_SIZE];
	const char *products[STATEMENT_LINE_COUNT_MAX];	   /* By line; NULL: of no product. */
	const char *partners[STATEMENT_INVOICE_COUNT_MAX]; /* By invoice; NULL: the council's. */
	char council_number[INVOICE_NUMBER_SIZE];
	day_t pay_on; /* 0: not known yet. */
};

struct paper_cmd {
	uint8_t lang;
	bool wanted, failed;
	time_ms made_at;
	struct writer bytes;
};

struct statement_cmd {
	day_t period;
	char operator_id[ID_SIZE];
	struct period_view view;
	struct statement_view sum;
	bool known; /* The sum is there. */
	bool too_many;
	yen commission_yen; /* As partners say it. */
	struct statement statement;
	struct statement_names names;
	struct paper_cmd paper;
	struct call *call; /* For the walks. */
};

MUSTCHECK bool statement_parse(struct call *);
/* True: all of it is there and cmd->statement is whole; false: not yet, or refused. */
MUSTCHECK bool statement_gather(struct call *);
bool statement_decide(struct call *);
/* "?lang=ja|en" and nothing else. */
MUSTCHECK bool paper_parse(struct call *, struct paper_cmd *);
/* Asks for the payee's invoice number of an operator or partner. False: not there yet. */
MUSTCHECK bool statement_number(struct call *, char out[INVOICE_NUMBER_SIZE], const char *kind,
				const char *id);
MUSTCHECK bool statement_payer(struct call *, struct statement_names *);
/* In keys, when all is read: room for the bytes. */
void paper_begin(struct call *, struct paper_cmd *);
/* False: refused, it was not to be drawn. */
MUSTCHECK bool paper_decide(struct call *, const struct paper_cmd *);
void paper_answer(struct call *, const struct paper_cmd *, const char *kind, day_t period,
		  const char *id);

/* ---- Drawing: statement_paper.c, partner_paper.c. On any thread. Not drawn: failed. ---- */

void statement_draw(struct paper_cmd *, const struct statement *, const struct statement_names *,
		    const struct period_view *);
void partner_statement_draw(struct paper_cmd *, const struct partner_statement *,
			    const struct statement_names *, const struct period_view *);

/* ---- Routes. ---- */

extern const struct flow_op statement_json_op, statement_csv_op, statement_pdf_op,
	statement_list_op, partner_statement_json_op, partner_statement_csv_op,
	partner_statement_pdf_op, partner_statement_list_op;

#define PARTNER_STATEMENT (BOOKS_READERS | ROLES(partner))
#define STATEMENT_ROUTE(where, who, which, ...)                                                    \
	{                                                                                          \
		.method = HTTP_GET, .path = where, .roles = who, .naming = FLOW_QUESTION,          \
		.op = &which, .status = 200, __VA_ARGS__                                           \
	}

/* For the table of operators/operators_api.c. */
#define STATEMENT_ROUTES                                                                           \
	STATEMENT_ROUTE("/v1/settlements/{period}/statements/{operator}.json", BOOKS_STATEMENT,    \
			statement_json_op, .answer = &statement_shape,                             \
			.summary = "An operator's statement, in canonical form (RFC 8785)"),       \
	STATEMENT_ROUTE("/v1/settlements/{period}/statements/{operator}.csv", BOOKS_STATEMENT,     \
			statement_csv_op, .answer_type = "text/csv; charset=utf-8",                \
			.summary = "The same for a spreadsheet"),                                  \
	STATEMENT_ROUTE("/v1/settlements/{period}/statements/{operator}.pdf", BOOKS_STATEMENT,     \
			statement_pdf_op, .answer_type = "application/pdf", .query = "lang",       \
			.summary = "The same on paper; lang: ja or en"),                           \
	STATEMENT_ROUTE("/v1/operators/{operator_id}/statements", BOOKS_STATEMENT,                 \
			statement_list_op, .answer = &statement_view_shape, .answer_list = true,   \
			.query = LISTING_QUERY,                                                    \
			.summary = "The months in which an operator earned"),                      \
	STATEMENT_ROUTE("/v1/settlements/{period}/partner-statements/{partner}.json",              \
			PARTNER_STATEMENT, partner_statement_json_op,                              \
			.answer = &partner_statement_shape,                                        \
			.summary = "A partner's statement, in canonical form (RFC 8785)"),         \
	STATEMENT_ROUTE("/v1/settlements/{period}/partner-statements/{partner}.csv",               \
			PARTNER_STATEMENT, partner_statement_csv_op,                               \
			.answer_type = "text/csv; charset=utf-8",                                  \
			.summary = "The same for a spreadsheet"),                                  \
	STATEMENT_ROUTE("/v1/settlements/{period}/partner-statements/{partner}.pdf",               \
			PARTNER_STATEMENT, partner_statement_pdf_op,                               \
			.answer_type = "application/pdf", .query = "lang",                         \
			.summary = "The same on paper; lang: ja or en"),                           \
	STATEMENT_ROUTE("/v1/partners/{partner_id}/statements", PARTNER_STATEMENT,                 \
			partner_statement_list_op, .answer = &partner_month_shape,                 \
			.answer_list = true, .query = LISTING_QUERY,                               \
			.summary = "The months in which a partner sold or earned")

#endif
