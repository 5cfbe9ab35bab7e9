// SPDX-License-Identifier: LGPL-2.1-or-later
// A bounded view of code bytes, of any target on any host.
#ifndef UNWIND_CODE_VIEW_H
#define UNWIND_CODE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct scan_isa; // scan_isa.h

// An address of code: of any target's; UNWIND_NATIVE: of this machine's own, which alone is read.
#if defined(UNWIND_NATIVE)
typedef uintptr_t code_address;
#else
typedef uint64_t code_address;
#endif

// Borrowed bytes of one executable range. Addresses carry no ISA bit.
struct code_view {
	const uint8_t *bytes;
	size_t size;
	code_address address; // of bytes[0]
	bool is_big_endian;
	uint8_t slot_size; // bytes of a saved register: of MIPS 4 (o32) or 8 (n32, n64)
	const struct scan_isa *isa;
	// Function entries known for sure, as offsets from `address`, ascending; may be none. They save
	// time. A guess here does harm: an entry is taken as a bound.
	const uint32_t *entries;
	size_t n_entries;
};

#if defined(UNWIND_NATIVE)
static inline uint32_t code_half(const struct code_view *view, const uint8_t *bytes)
{
	uint16_t half;
	(void)view;
	memcpy(&half, bytes, sizeof(half));
	return half;
}

static inline uint32_t code_word(const struct code_view *view, const uint8_t *bytes)
{
	uint32_t word;
	(void)view;
	memcpy(&word, bytes, sizeof(word));
	return word;
}
#else
static inline uint32_t code_half(const struct code_view *view, const uint8_t *bytes)
{
	return view->is_big_endian ? (uint32_t)bytes[0] << 8 | bytes[1]
				   : (uint32_t)bytes[1] << 8 | bytes[0];
}

static inline uint32_t code_word(const struct code_view *view, const uint8_t *bytes)
{
	return view->is_big_endian ? (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
					     (uint32_t)bytes[2] << 8 | bytes[3]
				   : (uint32_t)bytes[3] << 24 | (uint32_t)bytes[2] << 16 |
					     (uint32_t)bytes[1] << 8 | bytes[0];
}
#endif

// False: the bytes at `address` are not all within the view.
static inline bool code_read16(const struct code_view *view, code_address address, uint32_t *half)
{
	code_address at = address - view->address;
	if (at >= view->size || view->size - at < 2) {
		return false;
	}
	*half = code_half(view, view->bytes + at);
	return true;
}

static inline bool code_read32(const struct code_view *view, code_address address, uint32_t *word)
{
	code_address at = address - view->address;
	if (at >= view->size || view->size - at < 4) {
		return false;
	}
	*word = code_word(view, view->bytes + at);
	return true;
}

// The index of the first known entry at or after `address`; n_entries: there is none.
static inline size_t code_entry_from(const struct code_view *view, code_address address)
{
	size_t low = 0, high = view->n_entries;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (view->address + view->entries[middle] < address) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

static inline bool code_is_entry(const struct code_view *view, code_address address)
{
	if (view->n_entries == 0) {
		return false;
	}
	size_t i = code_entry_from(view, address);
	return i < view->n_entries && view->address + view->entries[i] == address;
}

#endif
