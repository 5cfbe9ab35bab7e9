// SPDX-License-Identifier: GPL-3.0-or-later
// Ranges of the run, and what each charge cost within one.
//
// A range goes from the end of state `from` (-1: the beginning) to the end of state `to`.

const wholeRun = { from: -1, to: nStates - 1 };

function isWholeRun(range) {
	return range.from === -1 && range.to === nStates - 1;
}

function secondsAt(state) {
	return state < 0 ? data.run.begin : timeline.states[state] / 1e6;
}

function showRange(range) {
	if (isWholeRun(range)) {
		return "the whole run";
	}
	return `${showSeconds(secondsAt(range.from))} to ${showSeconds(secondsAt(range.to))}`;
}

// A column of a charge at the end of a state.
function costAt(column, charge, state) {
	const { first, state: states } = timeline.entries;
	let low = first[charge], high = first[charge + 1];
	while (low < high) {
		const middle = (low + high) >> 1;
		if (states[middle] <= state) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low === first[charge] ? 0 : timeline.entries[column][low - 1];
}

// The live bytes of all charges at the end of each state.
const liveBytesAt = (() => {
	const sums = new Float64Array(nStates);
	const { first, state, live_bytes: bytes } = timeline.entries;
	for (let charge = 0; charge < charges.n; charge++) {
		for (let i = first[charge]; i < first[charge + 1]; i++) {
			sums[state[i]] += bytes[i] - (i === first[charge] ? 0 : bytes[i - 1]);
		}
	}
	let sum = 0;
	return sums.map(change => sum += change);
})();

function fullestState(range) {
	let best = Math.max(range.from, 0);
	for (let state = best; state <= range.to; state++) {
		if (liveBytesAt[state] > liveBytesAt[best]) {
			best = state;
		}
	}
	return best;
}

// Bytes and blocks that are live are those at the end of the range; those of the peak are what was live at the fullest
// state of the range, and at the exact peak for the whole run; all others are what the range has of them, where that is
// known, and else what the whole run has.
function costsWithin(column, range) {
	if (isWholeRun(range) || WHOLE_COLUMNS.includes(column)) {
		return charges.costs[column];
	}
	const costs = new Float64Array(charges.n);
	if (column.startsWith("live_")) {
		return costs.map((_, charge) => costAt(column, charge, range.to));
	}
	if (column.startsWith("peak_")) {
		const state = fullestState(range), live = column.replace("peak_", "live_");
		return costs.map((_, charge) => costAt(live, charge, state));
	}
	return costs.map((_, charge) => costAt(column, charge, range.to) - costAt(column, charge, range.from));
}

function explainColumn(column, range) {
	if (column.startsWith("live_")) {
		return isWholeRun(range) ? "still allocated when the recording ended" :
			`allocated and not freed at ${showSeconds(secondsAt(range.to))}`;
	}
	if (column.startsWith("peak_")) {
		return isWholeRun(range) ? `live at the peak, ${showSeconds(data.run.peak_time)}` :
			`live at ${showSeconds(secondsAt(fullestState(range)))}, the fullest recorded state of the range`;
	}
	if (column === "rounding_bytes") {
		return "that the allocator added, in the whole run";
	}
	if (column === "temporary_bytes") {
		return "freed with no other allocation between, in the whole run";
	}
	return column === "temporary_blocks" ? "freed with no other allocation between, in the range" :
		"allocated in the range, freed since or not";
}

// What is live at the start of a range, as the base of a comparison.
function costsAtStart(column, range) {
	return new Float64Array(charges.n).map((_, charge) => costAt(column, charge, range.from));
}

function sumOf(values) {
	let sum = 0;
	for (let i = 0; i < values.length; i++) {
		sum += values[i];
	}
	return sum;
}

// Values of charges added up along their stacks, for every node.
function inclusive(values) {
	const sums = new Float64Array(nodes.n);
	for (let charge = 0; charge < charges.n; charge++) {
		sums[charges.node[charge]] += values[charge];
	}
	for (let i = nodes.n - 1; i > 0; i--) {
		sums[nodes.parent[i]] += sums[i];
	}
	return sums;
}
