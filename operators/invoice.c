/* operators/invoice.c - without it the tax of an invoice would be rounded line by line, which no
 * tax office takes. Pure. */
#include "operators/invoice.h"

enum { STANDARD_PERCENT = 10 };

void invoice_add(struct invoice *invoice, uint8_t tax_class, yen amount_yen)
{
	MUST(tax_class < TAX_CLASS_COUNT);
	invoice->total_yen[tax_class] = yen_add(invoice->total_yen[tax_class], amount_yen);
	invoice->has[tax_class] = true;
}

yen invoice_tax(const struct invoice *invoice, uint8_t tax_class)
{
	MUST(tax_class < TAX_CLASS_COUNT);
	if (tax_class != TAX_STANDARD10)
		return 0;
	return invoice->total_yen[tax_class] * STANDARD_PERCENT / (100 + STANDARD_PERCENT);
}
