/* core/distance.c - without it a rule could not say "by distance". Pure. */
#include "core/distance.h"

#define PI             3.14159265358979323846
#define EARTH_RADIUS_M 6371008.8 /* Mean radius, IUGG. */

enum { TERMS = 14, ROOT_STEPS = 60 };

/* Within -PI..PI. */
static double sine(double x)
{
	double term, sum;

	if (x > PI / 2)
		x = PI - x;
	else if (x < -PI / 2)
		x = -PI - x;
	term = sum = x;
	for (int n = 1; n < TERMS; n++) {
		term = -term * x * x / (2 * n) / (2 * n + 1);
		sum += term;
	}
	return sum;
}

static double cosine(double x) /* Within -PI / 2..PI / 2. */
{
	return sine(PI / 2 - x);
}

static double root(double x)
{
	double y = x > 1 ? x : 1;

	for (int i = 0; i < ROOT_STEPS; i++)
		y = (y + x / y) / 2;
	return x > 0 ? y : 0;
}

/* Within 0..1. */
static double arc_sine(double x)
{
	double term = x, sum = x;

	if (x > 0.5)
		return PI / 2 - 2 * arc_sine(root((1 - x) / 2));
	for (int n = 1; n < 2 * TERMS; n++) {
		term = term * x * x * (2 * n - 1) / (2 * n);
		sum += term / (2 * n + 1);
	}
	return sum;
}

static double radians(int32_t degrees_e7)
{
	return (double)degrees_e7 / 1e7 * PI / 180;
}

uint64_t distance_m(int32_t lat_a_e7, int32_t lon_a_e7, int32_t lat_b_e7, int32_t lon_b_e7)
{
	double a = radians(lat_a_e7), b = radians(lat_b_e7);
	double up = sine((b - a) / 2), across = sine((radians(lon_b_e7) - radians(lon_a_e7)) / 2);
	double square = up * up + cosine(a) * cosine(b) * across * across; /* The haversine. */

	if (square > 1)
		square = 1;
	return (uint64_t)(2 * EARTH_RADIUS_M * arc_sine(root(square)) + 0.5);
}
