/* fares/reservation.h - places on a sailing or a flight: an allotment that its operator gave us,
 * never more than which is given away.
 *
 *   service/<operator_id>/<service_id>   struct service
 *   bcbp/<carrier>/<flight>/<YYYY-MM-DD>/<pnr>   struct coupon: finds the ticket of a boarding pass
 * Pure.
 */
#ifndef FARES_RESERVATION_H
#define FARES_RESERVATION_H

#include "fares/sale.h"

enum { FLIGHT_SIZE = 9, PNR_SIZE = 8, ALLOTMENT_MAX = 10000 };

struct service { /* One dated sailing or flight (Transmodel: DatedVehicleJourney). */
	char operator_id[ID_SIZE], service_id[ID_SIZE];
	uint8_t mode;
	char name_ja[NAME_SIZE], name_en[NAME_SIZE];
	char route_id[STOP_ID_SIZE], from_stop[STOP_ID_SIZE], to_stop[STOP_ID_SIZE];
	time_ms departs_at;
	uint16_t allotment; /* 0: places are not counted. */
	uint16_t taken;     /* taken <= allotment, always. */
	char carrier[4], flight[FLIGHT_SIZE]; /* IATA: "OC", "75"; air only. */
	yen deemed_fare_yen;                  /* A rider; 0: as the feed says. */
};
extern const struct shape service_shape;

enum coupon_state { COUPON_OPEN, COUPON_FLOWN, COUPON_NO_SHOW };
extern const char *const coupon_state_names[]; /* NULL-ended */

struct coupon {
	struct id128 ticket_id;
	char operator_id[ID_SIZE], service_id[ID_SIZE];
	uint8_t state; /* enum coupon_state: what the airline said after the flight. */
};
extern const struct shape coupon_shape;

struct reservation_order {
	struct id128 ticket_id;
	char operator_id[ID_SIZE], service_id[ID_SIZE];
	char pnr[PNR_SIZE]; /* Air: the airline's locator. */
};
extern const struct shape reservation_order_shape;

/* In order of precedence. */
enum reservation_refusal {
	RESERVATION_OK,
	RESERVATION_TICKET_NOT_VALID, /* Refunded or blocked. */
	RESERVATION_NOT_COVERED,      /* Operator or mode is not the product's. */
	RESERVATION_DEPARTED,
	RESERVATION_OUTSIDE_VALIDITY,
	RESERVATION_ALREADY_HELD,
	RESERVATION_TOO_MANY,
	RESERVATION_PNR_MISSING,
	RESERVATION_SERVICE_FULL,
};
const char *reservation_refusal_text(enum reservation_refusal);

/* Takes sale->riders places where places are counted. In/out: *use and *service, unchanged when
 * refused. */
MUSTCHECK enum reservation_refusal reservation_decide(struct use *, struct service *,
						      const struct sale *, const struct product *,
						      const struct reservation_order *,
						      time_ms now);

#endif
