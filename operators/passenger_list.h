/* operators/passenger_list.h - the part of a sailing's passenger list (旅客名簿, 海上運送法 15条) that
 * our tickets are: who is aboard, kept ashore until its term is over.
 *
 *   pax/<operator_id>/<service_id>/<ticket, base64url>   struct passenger_list
 *   erase/<day, 6 digits>/<list_id, hex>                 struct passenger_due: to be erased when
 *                                                        that day is past
 *   paxterm/<operator_id>                                struct passenger_term
 *
 * All that is personal stands in pax/ and nowhere else. The log names a list by list_id, which is
 * random, and by the SHA-256 of its record, which holds a random salt: once the record is erased
 * nobody can try names against the digest. A ticket has one list a sailing; a later one takes its
 * place. Pure.
 */
#ifndef OPERATORS_PASSENGER_LIST_H
#define OPERATORS_PASSENGER_LIST_H

#include "fares/reservation.h"

enum {
	PASSENGER_INFANT_COUNT_MAX = 9, /* Without a place, beside those who have one. */
	PASSENGER_COUNT_MAX = PRODUCT_RIDERS_MAX + PASSENGER_INFANT_COUNT_MAX,
	PASSENGER_NATIONALITY_SIZE = 4, /* ISO 3166-1, two or three letters. */
	PASSENGER_PASSPORT_SIZE = 21,
	PASSENGER_SALT_SIZE = 16,
	PASSENGER_CHILD_AGE = 6,  /* Younger: an infant. */
	PASSENGER_ADULT_AGE = 12, /* Younger: a child. */
	PASSENGER_AGE_MAX = 130,
	PASSENGER_TERM_DAYS = 365, /* After the day of the voyage. */
	PASSENGER_TERM_DAYS_MAX = 3660,
	PASSENGER_LATE_MAX_H = 2, /* Boats are late: so long after departure lists still come. */
};

#define PASSENGER_KINDS(X) X(not_said) X(adult) X(child) X(infant)
enum passenger_kind {
#define X(name) PASSENGER_##name,
	PASSENGER_KINDS(X)
#undef X
};
#define PASSENGER_SEXES(X) X(not_said) X(female) X(male) X(other)
enum passenger_sex {
#define X(name) PASSENGER_SEX_##name,
	PASSENGER_SEXES(X)
#undef X
};
extern const char *const passenger_kind_names[], *const passenger_sex_names[]; /* NULL-ended */

/* What an operator's route asks for, as bits. municipality: that, or nationality and passport. */
#define PASSENGER_FIELDS(X) X(name) X(age_class) X(sex) X(municipality)
enum passenger_field {
#define X(name) PASSENGER_FIELD_##name,
	PASSENGER_FIELDS(X)
#undef X
	PASSENGER_FIELD_COUNT
};
extern const char *const passenger_field_names[]; /* NULL-ended */
#define PASSENGER_FIELDS_ALL ((1u << PASSENGER_FIELD_COUNT) - 1)

struct passenger {
	char name[NAME_SIZE];
	uint8_t kind; /* enum passenger_kind */
	uint8_t age;  /* 0: not said, or under one. */
	uint8_t sex;  /* enum passenger_sex */
	char municipality[NAME_SIZE];
	char nationality[PASSENGER_NATIONALITY_SIZE], passport_number[PASSENGER_PASSPORT_SIZE];
	bool help_needed; /* In an emergency. */
	/* In the answer only. */
	struct id128 ticket_id;
	bool reserved, checked_in;
};

struct passenger_list { /* One ticket's. */
	struct id128 list_id, ticket_id;
	uint8_t salt[PASSENGER_SALT_SIZE];
	time_ms listed_at;
	day_t erase_after;
	bool reserved;
	uint16_t ferry_uses; /* Of the ticket, when it was listed. */
	struct passenger passengers[PASSENGER_COUNT_MAX];
	uint16_t passenger_count;
};

struct passenger_due {
	struct id128 list_id, ticket_id;
	char operator_id[ID_SIZE], service_id[ID_SIZE];
};

struct passenger_term {
	char operator_id[ID_SIZE];
	uint16_t days;
	uint32_t required; /* Bits of enum passenger_field. */
};
extern const struct shape passenger_shape, passenger_list_shape, passenger_due_shape,
	passenger_term_shape;

struct passenger_fault { /* Field and code of the first thing that is wrong. */
	uint16_t index;
	const char *field, *code, *what;
};
/* Says each one's kind where only the age was said. False: *fault. */
MUSTCHECK bool passenger_complete(struct passenger_fault *, struct passenger *, size_t count,
				  uint32_t required);

/* In order of precedence. */
enum passenger_refusal {
	PASSENGER_OK,
	PASSENGER_TICKET_NOT_VALID,
	PASSENGER_NOT_COVERED,
	PASSENGER_DEPARTED,
	PASSENGER_OUTSIDE_VALIDITY,
	PASSENGER_NO_RESERVATION, /* Where the product asks for one; others may walk on. */
	PASSENGER_TOO_FEW,
	PASSENGER_TOO_MANY,
};
const char *passenger_refusal_text(enum passenger_refusal);

/* As many as the reservation has seats; a walk-on, one to the ticket's riders. Infants are extra.
 * Fills in list->reserved and ferry_uses. */
MUSTCHECK enum passenger_refusal passenger_decide(struct passenger_list *, const struct use *,
						  const struct sale *, const struct product *,
						  const struct service *, time_ms now);

/* NULL: none. */
const struct use_reservation *passenger_reservation(const struct use *, const struct service *);
/* A reservation says so itself. Of a walk-on it is known that the ticket has boarded a ship since
 * it was announced. */
bool passenger_is_checked_in(const struct passenger_list *, const struct use *,
			     const struct service *);
/* Nobody who was paid back and is not aboard. */
bool passenger_is_expected(const struct use *, bool checked_in);

#endif
