// SPDX-License-Identifier: LGPL-2.1-or-later
// Compresses bytes into the DEFLATE format (RFC 1951), in memory of a fixed size.
#include "libdumpalloc/deflate.h"

#include <string.h>

enum {
	WINDOW = 32768,
	MATCH_LEAST = 4, // 3 are allowed, and of records gain less than they cost
	MATCH_MOST = 258,
	N_LITERALS = 286,
	N_DISTANCES = 30,
	N_LENGTHS = 19,
	END_OF_BLOCK = 256,
	FIRST_LENGTH = 257,
	BLOCK_DYNAMIC = 2,
	LENGTH_BITS_MOST = 7,
	// Symbols of the code that tells the lengths of the other two.
	REPEAT_LAST = 16,
	REPEAT_ZERO = 17,
	REPEAT_ZERO_LONG = 18,
};

static void put_bits(struct deflate *deflate, uint32_t bits, unsigned n)
{
	deflate->bits |= bits << deflate->n_bits;
	deflate->n_bits += n;
	for (; deflate->n_bits >= 8; deflate->n_bits -= 8) {
		if (deflate->out != deflate->out_end)
			*deflate->out++ = (uint8_t)deflate->bits;
		deflate->bits >>= 8;
	}
}

static void put_symbol(struct deflate *deflate, const struct deflate_code *code, unsigned symbol)
{
	put_bits(deflate, code->bits[symbol], code->n_bits[symbol]);
}

// A number that is told by a symbol and bits behind it: those of less than 2^(k + 1) have one each, from there on
// as many symbols share each doubling.
struct ranged {
	unsigned symbol;
	unsigned n_extra;
};

static struct ranged range_of(unsigned value, unsigned k)
{
	unsigned n_extra = 0;

	while (value >> n_extra >= 2U << k)
		n_extra++;
	return (struct ranged){ (n_extra << k) + (value >> n_extra), n_extra };
}

static struct ranged length_of(unsigned length)
{
	struct ranged range = range_of(length - 3, 2);

	// The greatest has a symbol of its own.
	if (length == MATCH_MOST)
		range = (struct ranged){ N_LITERALS - 1 - FIRST_LENGTH, 0 };
	range.symbol += FIRST_LENGTH;
	return range;
}

// Sorts the symbols that occur; two at least are made to, as a code of one is none. Returns how many there are.
static unsigned sort_symbols(struct deflate *deflate, struct deflate_code *code, unsigned n_symbols)
{
	unsigned n = 0, n_used = 0;

	for (unsigned symbol = 0; symbol < n_symbols; symbol++)
		n_used += code->counts[symbol] != 0;
	for (unsigned symbol = 0; symbol < n_symbols; symbol++) {
		if (code->counts[symbol] == 0 && n_used < 2) {
			code->counts[symbol] = 1;
			n_used++;
		}
		if (code->counts[symbol] == 0)
			continue;
		unsigned i = n++;
		for (; i > 0 && code->counts[deflate->order[i - 1]] > code->counts[symbol]; i--)
			deflate->order[i] = deflate->order[i - 1];
		deflate->order[i] = (uint16_t)symbol;
	}
	return n;
}

// Huffman's tree over the `n` sorted symbols, then how many of them are how deep, at most `most`: where they
// would be deeper, others are moved down to make room.
static void count_depths(struct deflate *deflate, const struct deflate_code *code, unsigned n,
			 unsigned most, uint16_t n_deep[DEFLATE_BITS_MOST + 1])
{
	uint16_t *weights = deflate->weights, *parents = deflate->parents;
	unsigned leaf = 0, inner = n, root = 2 * n - 2;
	uint32_t n_places = 0;

	for (unsigned i = 0; i < n; i++)
		weights[i] = code->counts[deflate->order[i]];
	for (unsigned at = n; at <= root; at++) {
		weights[at] = 0;
		for (int i = 0; i < 2; i++) {
			bool is_leaf = leaf < n && (inner == at || weights[leaf] <= weights[inner]);
			unsigned lightest = is_leaf ? leaf++ : inner++;
			weights[at] = (uint16_t)(weights[at] + weights[lightest]);
			parents[lightest] = (uint16_t)at;
		}
	}
	// From here on the weights are depths.
	weights[root] = 0;
	for (unsigned i = root; i-- > 0;) {
		unsigned depth = weights[parents[i]] + 1U;
		weights[i] = (uint16_t)depth;
		if (i < n) {
			depth = depth < most ? depth : most;
			n_deep[depth]++;
			n_places += UINT32_C(1) << (most - depth);
		}
	}
	for (; n_places > UINT32_C(1) << most; n_places--) {
		unsigned depth = most - 1;
		while (n_deep[depth] == 0)
			depth--;
		n_deep[depth]--;
		n_deep[depth + 1] += 2;
		n_deep[most]--;
	}
}

static unsigned reverse(unsigned bits, unsigned n)
{
	unsigned reversed = 0;

	for (; n > 0; n--, bits >>= 1)
		reversed = reversed << 1 | (bits & 1);
	return reversed;
}

static void build_code(struct deflate *deflate, struct deflate_code *code, unsigned n_symbols,
		       unsigned most)
{
	uint16_t n_deep[DEFLATE_BITS_MOST + 1] = { 0 };
	unsigned n = sort_symbols(deflate, code, n_symbols);
	unsigned next = 0, i = 0;

	count_depths(deflate, code, n, most, n_deep);
	memset(code->n_bits, 0, sizeof code->n_bits);
	for (unsigned depth = most; depth > 0; depth--) {
		for (unsigned k = n_deep[depth]; k > 0; k--)
			code->n_bits[deflate->order[i++]] = (uint8_t)depth;
	}
	for (unsigned depth = 1; depth <= most; depth++, next <<= 1) {
		for (unsigned symbol = 0; symbol < n_symbols; symbol++) {
			if (code->n_bits[symbol] == depth)
				code->bits[symbol] = (uint16_t)reverse(next++, depth);
		}
	}
}

// The lengths of the codes, shortened where they repeat: counts the symbols for that, or puts them.
static void tell_lengths(struct deflate *deflate, const uint8_t *lengths, unsigned n, bool is_count)
{
	for (unsigned i = 0, run; i < n; i += run) {
		unsigned symbol = lengths[i], least = 1, n_extra = 0;
		for (run = 1; i + run < n && lengths[i + run] == symbol && run < 138;)
			run++;
		if (symbol == 0 && run >= 11) {
			symbol = REPEAT_ZERO_LONG;
			least = 11;
			n_extra = 7;
		} else if (symbol == 0 && run >= 3) {
			symbol = REPEAT_ZERO;
			least = 3;
			n_extra = 3;
		} else if (symbol != 0 && run >= 3 && i > 0 && lengths[i - 1] == symbol) {
			symbol = REPEAT_LAST;
			least = 3;
			n_extra = 2;
		}
		if (run >= least + (1U << n_extra))
			run = least + (1U << n_extra) - 1;
		if (is_count) {
			deflate->lengths.counts[symbol]++;
			continue;
		}
		put_symbol(deflate, &deflate->lengths, symbol);
		put_bits(deflate, run - least, n_extra);
	}
}

static void put_codes(struct deflate *deflate)
{
	static const uint8_t order[N_LENGTHS] = { 16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
						  11, 4,  12, 3, 13, 2, 14, 1, 15 };
	uint8_t lengths[N_LITERALS + N_DISTANCES];

	build_code(deflate, &deflate->literals, N_LITERALS, DEFLATE_BITS_MOST);
	build_code(deflate, &deflate->distances, N_DISTANCES, DEFLATE_BITS_MOST);
	memcpy(lengths, deflate->literals.n_bits, N_LITERALS);
	memcpy(lengths + N_LITERALS, deflate->distances.n_bits, N_DISTANCES);
	memset(deflate->lengths.counts, 0, sizeof deflate->lengths.counts);
	tell_lengths(deflate, lengths, sizeof lengths, true);
	build_code(deflate, &deflate->lengths, N_LENGTHS, LENGTH_BITS_MOST);
	put_bits(deflate, N_LITERALS - 257, 5);
	put_bits(deflate, N_DISTANCES - 1, 5);
	put_bits(deflate, N_LENGTHS - 4, 4);
	for (unsigned i = 0; i < N_LENGTHS; i++)
		put_bits(deflate, deflate->lengths.n_bits[order[i]], 3);
	tell_lengths(deflate, lengths, sizeof lengths, false);
}

static void put_ranged(struct deflate *deflate, const struct deflate_code *code,
		       struct ranged range, unsigned value)
{
	put_symbol(deflate, code, range.symbol);
	put_bits(deflate, value & ((1U << range.n_extra) - 1), range.n_extra);
}

static void begin_block(struct deflate *deflate)
{
	deflate->n_items = 0;
	memset(deflate->literals.counts, 0, sizeof deflate->literals.counts);
	memset(deflate->distances.counts, 0, sizeof deflate->distances.counts);
	deflate->literals.counts[END_OF_BLOCK] = 1;
}

static void put_block(struct deflate *deflate, bool is_last)
{
	put_bits(deflate, (is_last ? 1 : 0) | BLOCK_DYNAMIC << 1, 3);
	put_codes(deflate);
	for (unsigned i = 0; i < deflate->n_items; i++) {
		uint32_t item = deflate->items[i];
		unsigned length = item >> 16, distance = item & (WINDOW - 1);
		if (length == 0) {
			put_symbol(deflate, &deflate->literals, item);
			continue;
		}
		put_ranged(deflate, &deflate->literals, length_of(length), length - 3);
		put_ranged(deflate, &deflate->distances, range_of(distance, 1), distance);
	}
	put_symbol(deflate, &deflate->literals, END_OF_BLOCK);
	begin_block(deflate);
}

static uint32_t *places_of(struct deflate *deflate, const uint8_t *bytes)
{
	uint32_t word = (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
			(uint32_t)bytes[3] << 24;

	return deflate->places[word * UINT32_C(2654435761) >> (32 - DEFLATE_HASH_BITS)];
}

static void remember(uint32_t *places, uint32_t at)
{
	for (int i = DEFLATE_WAYS - 1; i > 0; i--)
		places[i] = places[i - 1];
	places[0] = at + 1;
}

// The longest bytes that were there before, as an item; a single one where there are too few.
static uint32_t find_item(struct deflate *deflate, const uint8_t *bytes, uint32_t at, uint32_t n)
{
	unsigned best = MATCH_LEAST - 1, most = n - at < MATCH_MOST ? n - at : MATCH_MOST;
	uint32_t item = bytes[at];

	if (most < MATCH_LEAST)
		return item;
	uint32_t *places = places_of(deflate, bytes + at);
	for (int i = 0; i < DEFLATE_WAYS; i++) {
		uint32_t distance = at + 1 - places[i];
		unsigned length = 0;
		if (places[i] == 0 || distance > WINDOW)
			continue;
		while (length < most && bytes[at + length] == bytes[at + length - distance])
			length++;
		if (length > best) {
			best = length;
			item = length << 16 | (distance - 1);
		}
	}
	remember(places, at);
	return item;
}

size_t deflate_run(struct deflate *deflate, const uint8_t *bytes, size_t n, uint8_t *out,
		   size_t room)
{
	uint32_t at = 0, end = (uint32_t)n;

	memset(deflate->places, 0, sizeof deflate->places);
	deflate->out = out;
	deflate->out_end = out + room;
	deflate->bits = deflate->n_bits = 0;
	begin_block(deflate);
	while (at < end) {
		uint32_t item = find_item(deflate, bytes, at, end);
		uint32_t next = at + (item >> 16);
		deflate->items[deflate->n_items++] = item;
		if (next == at) {
			deflate->literals.counts[item]++;
			at++;
		} else {
			deflate->literals.counts[length_of(next - at).symbol]++;
			deflate->distances.counts[range_of(item & (WINDOW - 1), 1).symbol]++;
		}
		for (at += next > at; at < next; at++) {
			if (end - at >= MATCH_LEAST)
				remember(places_of(deflate, bytes + at), at);
		}
		if (deflate->n_items == DEFLATE_ITEMS_MOST)
			put_block(deflate, false);
	}
	put_block(deflate, true);
	put_bits(deflate, 0, 7); // what makes no byte is lost
	return deflate->out != deflate->out_end ? (size_t)(deflate->out - out) : 0;
}

void deflate_stored_header(uint8_t header[DEFLATE_STORED_HEADER], size_t n, bool is_last)
{
	header[0] = is_last;
	header[1] = (uint8_t)n;
	header[2] = (uint8_t)(n >> 8);
	header[3] = (uint8_t)~n;
	header[4] = (uint8_t)(~n >> 8);
}
