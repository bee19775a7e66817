/* operators/payee_shape.c - accounts in the store and over HTTP. Without it what names an account
 * would have no one place where it can be seen what that is.
 */
#include "operators/payee.h"

#include "core/listing.h"

enum { REQ = SHAPE_REQUIRED };

const char *const payee_terms_names[] = { "net", "gross", NULL };

/* The members of an account within T; tags from t on. */
#define ACCOUNT_FIELD(T, m, t, type_, flags_, least, names_, what)                                 \
	{                                                                                          \
		.name = #m, .offset = offsetof(T, account.m),                                      \
		.size = sizeof(((struct bank_account *)0)->m), .type = type_, .tag = t,            \
		.flags = flags_, .min = least, .names = names_, .doc = what,                       \
	}
#define ACCOUNT_FIELDS(T, t, flags)                                                                \
	ACCOUNT_FIELD(T, bank, t, SHAPE_TEXT, flags, 0, NULL, "the bank's code, four digits"),     \
	    ACCOUNT_FIELD(T, branch, t + 1, SHAPE_TEXT, flags, 0, NULL,                            \
			  "the branch's code, three digits"),                                      \
	    ACCOUNT_FIELD(T, account_type, t + 2, SHAPE_ENUM, flags, 0, account_type_names,        \
			  "ordinary (普通), current (当座), savings (貯蓄) or other"),             \
	    ACCOUNT_FIELD(T, account_number, t + 3, SHAPE_TEXT, flags, 0, NULL,                    \
			  "seven digits, zeroes in front"),                                        \
	    ACCOUNT_FIELD(T, name_kana, t + 4, SHAPE_TEXT, flags, 0, NULL,                         \
			  "the account's holder, in kana as the bank has it"),                     \
	    ACCOUNT_FIELD(T, bank_kana, t + 5, SHAPE_TEXT, 0, 0, NULL,                             \
			  "the bank's name in kana; may be left out"),                             \
	    ACCOUNT_FIELD(T, branch_kana, t + 6, SHAPE_TEXT, 0, 0, NULL,                           \
			  "the branch's name in kana; may be left out")

struct account_only { /* For transfers, in which an account is one member. */
	struct bank_account account;
};
_Static_assert(sizeof(struct account_only) == sizeof(struct bank_account), "alike");

static const struct shape_field account_fields[] = {
	ACCOUNT_FIELDS(struct account_only, 1, 0),
	F_END,
};
const struct shape bank_account_shape = { "BankAccount", sizeof(struct bank_account),
					  account_fields };

static const struct shape_field operator_fields[] = {
	F_SUBJECT(struct payee_operator, operator_id, 1, REQ, "an operator"),
	F_END,
};
static const struct shape operator_item = { "PayeeOperator", sizeof(struct payee_operator),
					    operator_fields };

static const struct shape_field partner_fields[] = {
	F_SUBJECT(struct payee_partner, partner_id, 1, REQ, "a partner"),
	F_END,
};
static const struct shape partner_item = { "PayeePartner", sizeof(struct payee_partner),
					   partner_fields };

#define PAYEE_FIELDS(flags)                                                                        \
	F_TEXT(struct payee, name, 2, flags, 1, "who it is, for people"),                          \
	    F_TEXT(struct payee, corporate_number, 3, flags, 0, "of the legal entity (法人番号)"), \
	    F_TEXT(struct payee, invoice_number, 4, 0, 0,                                          \
		   "T and the corporate number, where it is registered for invoices"),             \
	    F_ENUM(struct payee, terms, 5, flags, payee_terms_names,                               \
		   "net: of commission, fees and what its partners sold for; gross: invoiced"),    \
	    F_INT(struct payee, minimum_yen, 6, 0, 0, TRANSFER_YEN_MAX,                            \
		  "less than this is carried over to the next payout"),                            \
	    F_LIST(struct payee, operators, 7, 0, &operator_item, operator_count,                  \
		   "that are paid into it"),                                                       \
	    F_LIST(struct payee, partners, 8, 0, &partner_item, partner_count,                     \
		   "that are paid into it"),                                                       \
	    ACCOUNT_FIELDS(struct payee, 9, flags)

static const struct shape_field payee_fields[] = {
	F_SUBJECT(struct payee, payee_id, 1, REQ, "its id"),
	PAYEE_FIELDS(REQ),
	F_END,
};
const struct shape payee_shape = { "Payee", sizeof(struct payee), payee_fields };

/* What may be changed: all but the id. */
static const struct shape_field patch_fields[] = {
	PAYEE_FIELDS(0),
	F_END,
};
const struct shape payee_patch_shape = { "PayeePatch", sizeof(struct payee), patch_fields };

static const struct shape_field of_fields[] = {
	F_SUBJECT(struct payee_of, payee_id, 1, REQ, ""),
	F_END,
};
const struct shape payee_of_shape = { "PayeeOf", sizeof(struct payee_of), of_fields };

static const struct shape_field payer_fields[] = {
	F_TEXT(struct payer, consignor, 1, REQ, 0,
	       "what the bank calls the council by (振込依頼人コード), ten "
	       "digits"),
	ACCOUNT_FIELDS(struct payer, 2, REQ),
	F_TEXT(struct payer, name, 105, 0, 0, "the council's name, on statements"),
	F_TEXT(struct payer, invoice_number, 106, 0, 0,
	       "T and thirteen digits, where the council is registered for invoices"),
	F_END,
};
const struct shape payer_shape = { "Payer", sizeof(struct payer), payer_fields };
