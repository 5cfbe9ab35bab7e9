// SPDX-License-Identifier: GPL-3.0-or-later
// Whether a rise that slows down is that of something that fills up, or goes on.
#include "growth_shape.h"

#include <assert.h>

enum { VALUES_MAX = 32, RATIOS = 64 };
#define NEAR_SHARE 3 // of what the values have risen by

static double mean(const double *values, size_t n)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++) {
		sum += values[i];
	}
	return sum / (double)n;
}

static double product(const double *one, const double *two, size_t n)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++) {
		sum += one[i] * two[i];
	}
	return sum;
}

// Takes from `values` what a multiple of `part` explains of it.
static void take(double *values, const double *part, size_t n)
{
	double square = product(part, part, n);
	double share = square > 0 ? product(values, part, n) / square : 0;
	for (size_t i = 0; i < n; i++) {
		values[i] -= share * part[i];
	}
}

static void center(double *values, size_t n)
{
	double middle = mean(values, n);
	for (size_t i = 0; i < n; i++) {
		values[i] -= middle;
	}
}

// The sum of squares that the best exponential leaves of centred values.
static double exponential_rest(const double *centred, size_t n)
{
	double least = product(centred, centred, n);
	for (unsigned k = 1; k < RATIOS; k++) {
		double rest[VALUES_MAX], part[VALUES_MAX], power = 1;
		for (size_t i = 0; i < n; i++) {
			rest[i] = centred[i];
			part[i] = power;
			power *= (double)k / RATIOS;
		}
		center(part, n);
		take(rest, part, n);
		double square = product(rest, rest, n);
		least = square < least ? square : least;
	}
	return least;
}

// The same of the best broken line.
static double broken_line_rest(const double *centred, size_t n)
{
	double least = product(centred, centred, n);
	for (size_t knee = 1; knee + 1 < n; knee++) {
		double rest[VALUES_MAX], line[VALUES_MAX], bend[VALUES_MAX];
		for (size_t i = 0; i < n; i++) {
			rest[i] = centred[i];
			line[i] = (double)i;
			bend[i] = i > knee ? (double)(i - knee) : 0;
		}
		center(line, n);
		center(bend, n);
		take(bend, line, n);
		take(rest, line, n);
		take(rest, bend, n);
		double square = product(rest, rest, n);
		least = square < least ? square : least;
	}
	return least;
}

// Whether the limit is near. What follows an exponential rises from quarter to quarter by a constant share of the rise before.
static bool is_limit_near(const double *values, size_t n)
{
	size_t quarter = n / 4;
	double second = mean(values + n - 3 * quarter, quarter);
	double third = mean(values + n - 2 * quarter, quarter);
	double last = mean(values + n - quarter, quarter);
	double before = third - second, rise = last - third;
	if (rise >= before) {
		return false;
	}
	double limit = rise > 0 ? last + rise * rise / (before - rise) : last;
	return (limit - values[n - 1]) * NEAR_SHARE < values[n - 1] - values[0];
}

bool growth_shape_fills_up(const uint64_t *values, size_t n)
{
	double plain[VALUES_MAX], centred[VALUES_MAX];
	assert(n >= 4 && n <= VALUES_MAX);
	for (size_t i = 0; i < n; i++) {
		plain[i] = centred[i] = (double)values[i];
	}
	center(centred, n);
	return is_limit_near(plain, n) &&
	       exponential_rest(centred, n) < broken_line_rest(centred, n);
}
