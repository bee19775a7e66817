/* operators/invoice.h - one invoice: its total by class of consumption tax, and the tax within
 * each, worked out once an invoice and class (消費税法施行令 article 70-10).
 *
 * All totals have the tax inside. At 10 % it is total * 10 / 110, cut to whole yen; below zero it
 * is what the same invoice above zero holds, so that a correction takes back exactly what it
 * corrects. Three times 105 yen hold 28, not three times 9. Pure.
 */
#ifndef OPERATORS_INVOICE_H
#define OPERATORS_INVOICE_H

#include "fares/money.h"
#include "fares/product.h"

struct invoice {
	yen total_yen[TAX_CLASS_COUNT];
	bool has[TAX_CLASS_COUNT]; /* Something of the class is in it. */
};

void invoice_add(struct invoice *, uint8_t tax_class, yen amount_yen);
yen invoice_tax(const struct invoice *, uint8_t tax_class);

#endif
