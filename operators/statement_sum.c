/* operators/statement_sum.c - totals of a statement, its tax and its invoices. Without it each form
 * of a statement would add up its own.
 */
#include "operators/statement.h"

static void add_class(struct statement_class *to, const struct line *line)
{
	to->gross_yen += line->gross_yen;
	to->commission_yen += line->commission_yen;
	to->fee_yen += line->fee_yen;
	to->amount_yen += line->amount_yen;
}

void statement_sum(struct statement *statement)
{
	struct statement_class classes[TAX_CLASS_COUNT] = { { 0 } };
	struct invoice gross = { .has = { false } };

	statement->tickets = statement->boardings = statement->riders = 0;
	statement->deemed_fare_yen = statement->gross_yen = statement->commission_yen = 0;
	statement->fee_yen = statement->amount_yen = 0;
	statement->tax_class_count = 0;
	for (uint16_t i = 0; i < statement->line_count; i++) {
		const struct line *line = &statement->lines[i].line;

		statement->tickets += line->tickets;
		statement->boardings += line->boardings;
		statement->riders += line->riders;
		statement->deemed_fare_yen += line->deemed_fare_yen;
		statement->gross_yen += line->gross_yen;
		statement->commission_yen += line->commission_yen;
		statement->fee_yen += line->fee_yen;
		statement->amount_yen += line->amount_yen;
		add_class(&classes[line->tax_class], line);
		invoice_add(&gross, line->tax_class, line->gross_yen);
	}
	for (uint8_t i = 0; i < TAX_CLASS_COUNT; i++) {
		struct statement_class *to = &statement->tax_classes[statement->tax_class_count];

		if (!gross.has[i])
			continue;
		*to = classes[i];
		to->tax_class = i;
		to->tax_yen = invoice_tax(&gross, i);
		statement->tax_class_count++;
	}
}

void statement_invoice_add(struct statement *statement, enum invoice_supply supply,
			   const char *partner_id, const char *registration_number, yen total_yen)
{
	struct statement_invoice *to = &statement->invoices[statement->invoice_count];
	struct invoice invoice = { .has = { false } };

	MUST(statement->invoice_count < STATEMENT_INVOICE_COUNT_MAX);
	*to = (struct statement_invoice){ .supply = (uint8_t)supply, .total_yen = total_yen };
	to->issuer = supply == SUPPLY_FEE ? ISSUER_COUNCIL : ISSUER_PARTNER;
	MUST(text_set(to->partner_id, ID_SIZE, slice_text(partner_id)));
	MUST(text_set(to->registration_number, INVOICE_NUMBER_SIZE,
		      slice_text(registration_number)));
	invoice_add(&invoice, TAX_STANDARD10, total_yen);
	to->tax_yen = invoice_tax(&invoice, TAX_STANDARD10);
	to->classes[0] = (struct invoice_class){ TAX_STANDARD10, total_yen, to->tax_yen };
	to->class_count = 1;
	statement->invoice_count++;
}

yen partner_month_due(const struct partner_month *month, yen brought_forward_yen)
{
	yen owed =
	    month->sold_yen - month->refunded_yen - month->remitted_yen - month->taken_off_yen;
	yen earned = month->fees_kept_yen + month->commission_yen + month->payment_fee_yen +
		     month->unused_yen + month->other_yen - month->paid_out_yen;

	return brought_forward_yen + owed - earned;
}
