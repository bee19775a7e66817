/* core/distance.h - how far it is from one stop to another, as the crow flies.
 *
 * Degrees (WGS 84) times 10^7 in, metres out, on a sphere of the Earth's mean radius. Plain
 * arithmetic in the order written, so that each machine says the same metre. Pure.
 */
#ifndef CORE_DISTANCE_H
#define CORE_DISTANCE_H

#include "core/base.h"

uint64_t distance_m(int32_t lat_a_e7, int32_t lon_a_e7, int32_t lat_b_e7, int32_t lon_b_e7);

#endif
