/* operators/demo_inside.h - for the demo's own files: the world that it made, and what it keeps
 * of its own to compare the server's books with. Every count here is taken from what was asked
 * for, never from what the books say.
 */
#ifndef OPERATORS_DEMO_INSIDE_H
#define OPERATORS_DEMO_INSIDE_H

#include "core/client.h"
#include "core/date.h"
#include "core/json.h"
#include "fares/ledger.h"
#include "fares/reservation.h"
#include "fares/sharing.h"
#include "operators/demo.h"
#include "operators/registry.h"
#include "operators/scan.h"
#include "qr/ticket.h"

enum {
	DEMO_FEED_MAX = 24,
	DEMO_AGENCY_MAX = 8,
	DEMO_OPERATOR_MAX = 112, /* All of them fit into one product. */
	DEMO_GATE_MAX = 320,
	DEMO_WAY_MAX = 1024,
	DEMO_TICKET_MAX = 400,
	DEMO_LEG_MAX = 24,
	DEMO_RULE_COUNT = 2,
	DEMO_PARTNER_COUNT = 2,
	DEMO_DAY_COUNT = 3,
	DEMO_SLOT_COUNT = 3,
	DEMO_TOKEN_SIZE = 96,
	DEMO_PAGE_LIMIT = 200,
	DEMO_SMALL_ALLOTMENT = 5, /* Of the sailing that fills up. */
	DEMO_STAY_MAX_MIN = 180,
};

enum demo_product { DEMO_BUS_PASS, DEMO_CITY, DEMO_ISLAND, DEMO_ROUND, DEMO_PRODUCT_COUNT };

/* --- What the feeds say --- */

struct demo_stop {
	const char *id, *name, *zone; /* Its own zone or its station's; "" none. */
	const char *parent;
	int32_t lat_e7, lon_e7;
};

struct demo_route {
	const char *id;
	uint8_t mode;
	const char **stops; /* Of its longest trip. */
	size_t stop_count;
};

struct demo_fare {
	const char *route, *from, *to; /* "": any */
	yen yen;
};

struct demo_feed {
	const char *path, *id, *agency;
	char corporate_numbers[DEMO_AGENCY_MAX][CORPORATE_NUMBER_SIZE];
	int64_t agency_count, stop_total, route_total, fare_total, refused;
	bool whole; /* All of it was read, so every fare is known here. */
	struct demo_stop *stops;
	struct demo_route *routes;
	struct demo_fare *fares;
	size_t stop_count, route_count, fare_count;
	uint8_t mode;   /* Of most of its routes. */
	yen lowest_yen; /* 0: a free feed. */
	int who;        /* -1: not linked yet. */
};

/* --- Who takes part, and where --- */

struct demo_operator {
	struct operator is;
	int feed; /* -1: none. */
};

struct demo_gate {
	struct gate is;
	char token[DEMO_TOKEN_SIZE];
};

/* One way to ride: from a gate, and perhaps out through another. */
struct demo_way {
	int who;
	uint8_t mode;
	int gate_on, gate_off;         /* off -1: nobody scans at the end. */
	const char *from, *to, *route; /* As the feed spells them; "" not known. */
	const char *from_name, *to_name;
	bool sails;          /* Each slot has a sailing of its own. */
	bool in_city;        /* Both gates are of the city's zone. */
	bool exact;          /* What it is deemed is known here. */
	yen on_yen, off_yen; /* Deemed at each scan, a rider. */
};

struct demo_leg { /* What one operator did for one ticket. */
	int who;
	struct ride_weight weight;
};

enum demo_part { DEMO_RIDES, DEMO_REFUNDED, DEMO_STAYS, DEMO_NO_SEAT };

struct demo_ticket {
	uint8_t product, partner, riders, part; /* enum demo_part */
	bool child, used;
	char id[UUID_TEXT_SIZE], code[CODE_TEXT_SIZE], pnr[PNR_SIZE];
	yen price_yen;
	int aboard;    /* The way being ridden; -1: none. */
	int last_gate; /* That let it in; -1: none. */
	uint16_t rides;
	unsigned busy_slot; /* From 1: in that slot it does something else. */
	uint8_t first_day;  /* Of the journey, from 0. */
	struct demo_leg legs[DEMO_LEG_MAX];
	size_t leg_count;
};

/* --- Tallies of its own --- */

struct demo_tally {
	uint64_t scans, riders;
};

struct demo_sales {
	uint64_t tickets, riders, refunds;
	yen sold_yen, refunded_yen, fees_yen;
};

struct demo {
	const struct demo_start *start;
	struct client *client;
	struct keyring keys;        /* As /v1/keys has them: public. */
	struct arena keep, scratch; /* The journey's; one answer's. */
	struct json *answer;        /* Of the last question. */
	struct json_out body;       /* Of the next command. */
	struct writer body_to;
	uint64_t random, key;
	time_ms now;
	bool terminal, failed;
	char progress[96];

	struct demo_feed feeds[DEMO_FEED_MAX];
	struct demo_operator operators[DEMO_OPERATOR_MAX];
	struct demo_gate gates[DEMO_GATE_MAX];
	struct demo_way ways[DEMO_WAY_MAX];
	struct demo_ticket tickets[DEMO_TICKET_MAX];
	struct rule rules[DEMO_RULE_COUNT];
	struct product products[DEMO_PRODUCT_COUNT];
	size_t feed_count, operator_count, gate_count, way_count, ticket_count;
	char partner_tokens[DEMO_PARTNER_COUNT][DEMO_TOKEN_SIZE];
	/* The round trip's rail and ferry ways, and its flight. */
	int round_rail, round_ferry, round_air, small_ferry;

	struct demo_tally tally[MODE_COUNT][SCAN_VERDICT_COUNT];
	struct demo_sales sales[DEMO_PRODUCT_COUNT];
	uint64_t unexpected; /* Scans answered otherwise than they should be. */
	unsigned checks_failed;
};

static inline const char *demo_id(const struct demo *d, int who)
{
	return d->operators[who].is.operator_id;
}

extern const char *const demo_product_ids[DEMO_PRODUCT_COUNT];
extern const char *const demo_partner_ids[DEMO_PARTNER_COUNT];

/* --- demo_ask.c: each asks the server; what is not answered as expected is printed, and sets
 * `failed`. --- */

struct json_out *demo_body(struct demo *); /* Begins the next command's body, an object. */
/* Sends it. NULL: failed. The answer lives until the next question. */
const struct json *demo_post(struct demo *, const char *token, unsigned expected, const char *path,
			     ...) __attribute__((format(printf, 4, 5)));
const struct json *demo_get(struct demo *, const char *token, const char *path, ...)
    __attribute__((format(printf, 3, 4)));
/* Writes the answer's bytes into a file of the demo's folder. */
bool demo_fetch_file(struct demo *, const char *token, const char *file, const char *path, ...)
    __attribute__((format(printf, 4, 5)));
/* Gives each item of a list to `item`; *whole (or NULL): nothing was left out after `pages`
 * pages. */
bool demo_pages(struct demo *, const char *path, unsigned limit, unsigned pages, bool *whole,
		void (*item)(struct demo *, void *to, const struct json *), void *to);
bool demo_import(struct demo *, struct demo_feed *);
bool demo_clock(struct demo *, time_ms now); /* The clock only ever moves forward. */
bool demo_token(struct demo *, char out[DEMO_TOKEN_SIZE], const char *role, const char *subject);

int64_t demo_int(const struct json *, const char *name); /* 0: none. */
const char *demo_text(const struct json *,
		      const char *name); /* "": none. Lives as the answer does. */
void demo_put_set(struct json_out *, const char *key, uint32_t set, const char *const *names);
const char *demo_keep(struct demo *, const char *text);
uint32_t demo_random(struct demo *, uint32_t below);
time_ms demo_slot(unsigned day, unsigned slot); /* When riders get on. */

/* --- demo_say.c --- */

void demo_title(struct demo *);
void demo_head(struct demo *, const char *en, const char *ja);
void demo_progress(struct demo *, const char *what, size_t done, size_t of);
void demo_line(struct demo *, const char *format, ...) __attribute__((format(printf, 2, 3)));
void demo_fail(struct demo *, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool demo_check(struct demo *, bool holds, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Padded or cut to cells of a terminal (a CJK character has two). Alive for the next 15 calls. */
const char *demo_left(const char *text, unsigned cells);
const char *demo_right(const char *text, unsigned cells);
const char *demo_number(int64_t number, unsigned cells);
const char *demo_bar(uint64_t part, uint64_t whole, unsigned cells);
const char *demo_share(int64_t part, int64_t whole); /* In per cent, rounded down. */
/* Says where they differ. */
bool demo_same(struct demo *, const char *what, const char *of, int64_t own, int64_t books);

/* --- The story's parts --- */

bool demo_feeds(struct demo *);     /* demo_feed.c */
void demo_feed_link(struct demo *); /* Feeds to operators. */
const struct demo_stop *demo_stop_of(const struct demo_feed *, const char *id); /* NULL: none. */
yen demo_fare_of(const struct demo_feed *, const char *route, const char *from_stop,
		 const char *to_stop);
void demo_ways(struct demo *);     /* demo_way.c: gates and ways of the feeds, planned. */
bool demo_world(struct demo *);    /* demo_world.c: operators, gates, partners, services */
bool demo_products(struct demo *); /* demo_product.c: rules and products */
bool demo_sell(struct demo *);     /* demo_sell.c */
bool demo_ride(struct demo *);     /* demo_ride.c */
bool demo_keys(struct demo *);     /* demo_refuse.c: the keys that verify tickets */
bool demo_settle(struct demo *);   /* demo_settle.c: closes the month, says what each gets */
bool demo_count(struct demo *);    /* demo_count.c: sales, scans, participation */

struct demo_scanned {
	const char *code;
	int gate;
	enum scan_kind kind;
	const char *stop, *service; /* "" none; the stop is said by moving gates alone. */
	uint8_t riders;
};
/* One scan, counted by what it was answered; otherwise than expected is counted too, and said. */
const char *demo_scan(struct demo *, const struct demo_scanned *, enum scan_verdict expected);
void demo_get_on(struct demo *, struct demo_ticket *, int way, const char *service);
unsigned demo_ferry_day(const struct demo *, const struct demo_ticket *);
unsigned demo_flight_day(const struct demo *, const struct demo_ticket *);
/* demo_refuse.c: before the others ride in that slot, and after. */
bool demo_refuse_before(struct demo *, unsigned day, unsigned slot);
bool demo_refuse_after(struct demo *, unsigned day, unsigned slot);
void demo_add_leg(struct demo_ticket *, int who, unsigned boardings, yen deemed_yen);
void demo_service_id(char out[ID_SIZE], int way, unsigned day, unsigned slot);
void demo_special_id(char out[ID_SIZE], const char *what, unsigned day); /* tour, small, oc75 */

#endif
