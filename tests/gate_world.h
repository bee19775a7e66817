/* tests/gate_world.h - a council, its keys and bundles, and gates with files of their own in a
 * folder that goes with the test.
 */
#ifndef TESTS_GATE_WORLD_H
#define TESTS_GATE_WORLD_H

#include "operators/bundle_section.h"
#include "operators/hitotsu_gate.h"
#include "operators/scan.h"

enum { GW_BUNDLE_SIZE_MAX = 256 * 1024, GW_CODE_SIZE = 600, GW_PATH_SIZE = 200 };

extern const time_ms gw_now; /* 2026-11-24T10:00 in Japan. */

extern struct gate_world {
	char folder[64];
	struct keyring ring; /* Keys: ticket, bundle, another ticket key, another bundle key. */
	struct sign_key phone;
} gw;
enum { GW_TICKET_KEY, GW_BUNDLE_KEY, GW_OTHER_TICKET_KEY, GW_OTHER_BUNDLE_KEY, GW_KEYS };

/* For cmocka's group. */
int gw_make(void **state);
int gw_remove(void **state);

struct gw_bundle { /* What is zero is left out, or the usual. */
	int64_t number, since, made_at_s, expires_at_s;
	unsigned signer, without_section;
	size_t key_count; /* 0: all of the ring. */
	const struct gate *gate;
	const struct operator* operator;
	const struct product *products;
	size_t product_count;
	const struct section_status *statuses;
	size_t status_count;
	const struct service *services;
	size_t service_count;
	const struct booking *bookings;
	size_t booking_count;
	const struct extension *extensions;
	size_t extension_count;
	bool own_rules; /* Otherwise 45 and 15. */
	uint16_t proof_past_s, proof_ahead_s;
};
/* Until the next is made. */
struct slice gw_bundle(const struct gw_bundle *);

/* Small limits; the block is the heap's and goes with gw_close. */
enum hitotsu_gate_status gw_try_open(struct hitotsu_gate **, const char *name);
struct hitotsu_gate *gw_open(const char *name);
void gw_close(struct hitotsu_gate *);
const char *gw_path(const char *name); /* Until it is called again. */
extern const struct hitotsu_gate_limits gw_limits;
/* The same bundle for the usual pier, shop and so on: held. */
void gw_load(struct hitotsu_gate *, const struct gw_bundle *);

/* A product of three days, every mode, sold by fares/sale; the usual operator "op". */
extern struct product gw_product;
extern const struct operator gw_operator;
struct gate gw_gate(const char *gate_id, enum fares_mode);
/* A ticket of it, number n. */
struct ticket gw_ticket(uint32_t n, uint8_t riders);
/* As its code; static. */
const char *gw_code(const struct ticket *);
/* As the phone shows it. */
const char *gw_presented(const struct ticket *, time_ms at);
struct ticket gw_phone_ticket(uint32_t n, uint8_t riders);

/* Verdicts by name; the status' name where there is none. */
const char *gw_decide(struct hitotsu_gate *, const char *code, const char *kind, time_ms at);
const char *gw_ask(struct hitotsu_gate *, const char *code, const char *kind, time_ms at);
extern struct hitotsu_gate_answer gw_answer; /* The last. */
/* All lines of the queue; static. */
const char *gw_queue(struct hitotsu_gate *);

#endif
