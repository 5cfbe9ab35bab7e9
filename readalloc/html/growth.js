// SPDX-License-Identifier: GPL-3.0-or-later
// Growth: the straight line that fits the live bytes of a charge best, at the ends of the range's states.

// For each charge that holds more at the end of the range than at its start and whose line rises: { charge, grown, slope
// in bytes a minute, fit }, the fit being the part of the variance that the line explains: 1 for a steady rise, near 0 for
// churn.
function growthWithin(range) {
	const { first, state: states, live_bytes: bytes } = timeline.entries;
	const from = Math.max(range.from, 0), n = range.to - from + 1;
	if (n < 3) {
		return [];
	}
	const start = secondsAt(from);
	const times = new Float64Array(n + 1); // sums of the times before
	let squares = 0;
	for (let i = 0; i < n; i++) {
		const time = secondsAt(from + i) - start;
		times[i + 1] = times[i] + time;
		squares += time * time;
	}
	const spread = squares - times[n] * times[n] / n;
	const rows = [];
	for (let charge = 0; charge < charges.n && spread > 0; charge++) {
		let value = costAt("live_bytes", charge, from), at = 0;
		const begun = value;
		let sum = 0, sumSquares = 0, sumProducts = 0;
		const hold = until => {
			sum += value * (until - at);
			sumSquares += value * value * (until - at);
			sumProducts += value * (times[until] - times[at]);
			at = until;
		};
		for (let i = first[charge]; i < first[charge + 1]; i++) {
			if (states[i] > from && states[i] <= range.to) {
				hold(states[i] - from);
				value = bytes[i];
			}
		}
		hold(n);
		const covariance = sumProducts - sum * times[n] / n, variance = sumSquares - sum * sum / n;
		if (value > begun && covariance > 0) {
			rows.push({ charge, grown: value - begun, slope: covariance / spread * 60,
				fit: covariance * covariance / (spread * variance) });
		}
	}
	return rows;
}
