// SPDX-License-Identifier: GPL-3.0-or-later
// How long the blocks of each stack of a snapshot have lived.
#include "life_times.h"

#include "ages.h"
#include "lives.h"
#include "snapshot.h"
#include "util.h"

static const double MICROSECONDS = 1e6;

// What is seen of a charge that the lives know.
static struct life_time *seen(struct life_time *times, const uint32_t *of, size_t n,
			      uint32_t charge)
{
	uint32_t at = of != NULL ? of[charge] : charge;
	return at < n ? &times[at] : NULL;
}

static void block_add(struct life_time *times, const struct snapshot *snapshot,
		      const struct live_block *block, uint64_t now)
{
	const struct live_birth *birth = live_birth_of(snapshot->lives->live, block);
	if (!charge_counts(block->charge) || !ages_admit(snapshot, birth) || now <= birth->time) {
		return;
	}
	struct life_time *time = seen(times, snapshot->live_of, snapshot->n_charges, block->charge);
	if (time != NULL) {
		uint64_t age = now - birth->time;
		bool is_mapping = charge_is_mapping(&snapshot->charges[time - times]);
		time->age += age * ages_weigh(snapshot, block, is_mapping).blocks;
		time->oldest = age > time->oldest ? age : time->oldest;
	}
}

struct life_time *life_times_new(const struct snapshot *snapshot)
{
	const struct lives *lives = snapshot->lives;
	if (lives == NULL) {
		return NULL;
	}
	struct life_time *times = xcalloc(snapshot->n_charges + 1, sizeof(*times));
	uint64_t now = (uint64_t)(snapshot->duration * MICROSECONDS + 0.5);
	for (uint32_t i = 0; i < lives->n_charges; i++) {
		struct life_time *time = seen(times, snapshot->charge_of, snapshot->n_charges, i);
		if (time != NULL) {
			time->lifetime += lives->charges[i].lifetime;
		}
	}
	for (size_t k = 0; k < lives->live->n_slots; k++) {
		if (lives->live->slots[k].addr != 0) {
			block_add(times, snapshot, &lives->live->slots[k], now);
		}
	}
	return times;
}
