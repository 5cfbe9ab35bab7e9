// SPDX-License-Identifier: GPL-3.0-or-later
// The process's memory over time, whatever its length: bounded, in order, and with its greatest value.
#include "memory_curve.h"

#include <stddef.h>
#include <string.h>

#include "check.h"

static struct memory_curve curve;

// As a MEMORY block has it; numbers below 2^21.
static size_t put(uint8_t *at, uint32_t number)
{
	at[0] = (uint8_t)(number | 0x80);
	at[1] = (uint8_t)(number >> 7 | 0x80);
	at[2] = (uint8_t)(number >> 14);
	return 3;
}

static const char *look(uint32_t time, uint32_t resident)
{
	uint8_t payload[16];
	size_t n = put(payload, time);
	payload[n++] = 1;
	payload[n++] = WIRE_MEMORY_RESIDENT;
	n += put(payload + n, resident);
	return memory_curve_decode(&curve, cursor_over(payload, n));
}

static void a_long_run_keeps_its_greatest_moments(void)
{
	for (uint32_t i = 0; i < 200000; i++) {
		CHECK(look(i * 10, i == 123456 ? 99999 : i % 1000) == NULL);
	}
	CHECK(curve.n <= MEMORY_POINTS_MAX && curve.n > MEMORY_POINTS_MAX / 4);
	CHECK_EQ(curve.n_seen, 200000);
	CHECK_EQ(curve.most.time, 1234560);
	CHECK_EQ(curve.most.bytes[WIRE_MEMORY_RESIDENT], 99999);
	size_t n_most = 0;
	for (size_t i = 0; i < curve.n; i++) {
		CHECK(i == 0 || curve.points[i].time > curve.points[i - 1].time);
		n_most += curve.points[i].bytes[WIRE_MEMORY_RESIDENT] == 99999;
	}
	CHECK_EQ(n_most, 1);
	memory_curve_free(&curve);
}

static void time_does_not_go_back(void)
{
	CHECK(look(5000, 1) == NULL && look(4000, 9) == NULL && look(9000, 2) == NULL);
	CHECK_EQ(curve.n, 2);
	CHECK_EQ(curve.most.bytes[WIRE_MEMORY_RESIDENT], 2);
	memory_curve_free(&curve);
}

static void what_is_cut_off_is_said(void)
{
	static const uint8_t payload[] = { 1, 2, WIRE_MEMORY_RESIDENT, 5 };
	const char *error = memory_curve_decode(&curve, cursor_over(payload, sizeof(payload)));
	CHECK_STR(error ? error : "", "the process's memory is cut off");
	CHECK_EQ(curve.n, 0);
	memory_curve_free(&curve);
}

int main(void)
{
	a_long_run_keeps_its_greatest_moments();
	time_does_not_go_back();
	what_is_cut_off_is_said();
	return check_result();
}
