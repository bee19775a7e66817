/* fares/rider.h - categories of riders are data: adult, child, infant, baby, senior, concession,
 * carer to begin with (GTFS Fares v2: rider_categories).
 *
 *   rider/<category>   struct rider_category
 * Pure.
 */
#ifndef FARES_RIDER_H
#define FARES_RIDER_H

#include "fares/product.h"

struct rider_category {
	char category[ID_SIZE];
	char name_ja[NAME_SIZE], name_en[NAME_SIZE];
	uint8_t age_from, age_until; /* Both included. */
	uint8_t fare_class;          /* qr/ticket.h: what the ticket says, never why. */
};
extern const struct shape rider_category_shape;
extern const char *const fare_class_names[]; /* full half other; NULL-ended */

enum { RIDER_SEED_COUNT = 7 };
extern const struct rider_category
    rider_seed[RIDER_SEED_COUNT]; /* What `hitotsu init` puts there. */

#endif
