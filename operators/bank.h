/* operators/bank.h - an account at a Japanese bank, and an order to pay into several of them: what
 * operators/zengin.h and operators/pain001.h write down, each in its own form. Pure.
 */
#ifndef OPERATORS_BANK_H
#define OPERATORS_BANK_H

#include "fares/money.h"
#include "fares/product.h"
#include "operators/kana.h"

enum {
	BANK_CODE_DIGITS = 4,
	BRANCH_CODE_DIGITS = 3,
	ACCOUNT_NUMBER_DIGITS = 7,
	CONSIGNOR_DIGITS = 10,
	PAYEE_KANA_MAX = 30,      /* Bytes of an account holder's name in a data record. */
	PAYER_KANA_MAX = 40,      /* Of the ordering party's in a header. */
	BANK_KANA_MAX = 15,       /* Of a bank's or a branch's. */
	KANA_NAME_SIZE = 128,     /* As told, in UTF-8. */
	INVOICE_NUMBER_SIZE = 15, /* T and 13 digits. */
	TRANSFER_COUNT_MAX = 200, /* Of one order. */
};
#define TRANSFER_YEN_MAX ((yen)9999999999) /* Ten digits. */

/* Stored by place. The digit of each: bank_account_digit(). */
enum account_type { ACCOUNT_ORDINARY, ACCOUNT_CURRENT, ACCOUNT_SAVINGS, ACCOUNT_OTHER };
extern const char *const account_type_names[]; /* NULL-ended */

struct bank_account {
	char bank[BANK_CODE_DIGITS + 1], branch[BRANCH_CODE_DIGITS + 1];
	uint8_t account_type;
	char account_number[ACCOUNT_NUMBER_DIGITS + 1];
	char name_kana[KANA_NAME_SIZE];                              /* Of its holder. */
	char bank_kana[KANA_NAME_SIZE], branch_kana[KANA_NAME_SIZE]; /* Empty: not said. */
};

char bank_account_digit(uint8_t account_type); /* 1 2 4 9 */

struct bank_fault {
	const char *code;    /* BAD_ACCOUNT BAD_KANA NAME_TOO_LONG */
	const char *pointer; /* "/bank" */
	const char *what;    /* NULL: `kana` says it. */
	struct kana_fault kana;
};
/* Could a bank take it? name_most: PAYEE_KANA_MAX or PAYER_KANA_MAX. */
MUSTCHECK bool bank_account_check(const struct bank_account *, size_t name_most,
				  struct bank_fault *);

bool bank_digits_are(const char *text, size_t count); /* Exactly so many ASCII digits. */
/* A legal entity's is T and its corporate number. */
bool invoice_number_is_valid(const char *text, const char *corporate_number);

/* ---- An order. ---- */

struct bank_transfer {
	struct bank_account to;
	uint16_t number; /* In its order, from 1. */
	yen amount_yen;  /* 1 to TRANSFER_YEN_MAX. */
};

struct bank_order {
	char consignor[CONSIGNOR_DIGITS + 1]; /* What the ordering party's bank calls it by. */
	struct bank_account from;
	day_t period, pay_on;
	time_ms made_at;
	const struct bank_transfer *transfers;
	size_t count; /* 1 to TRANSFER_COUNT_MAX */
};

yen bank_order_sum(const struct bank_order *);
/* Bytes of a name that bank_account_check let pass. */
struct slice bank_kana(uint8_t out[PAYER_KANA_MAX], const char *name);

#endif
