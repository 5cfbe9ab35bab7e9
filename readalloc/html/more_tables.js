// SPDX-License-Identifier: GPL-3.0-or-later
// The tables that do not go with the range: sizes, rounding, and the moments a range can end at.

function sizeText(row) {
	return row.least < 2 ? showCount(row.least) : `${showCount(row.least)} to ${showCount(row.least * 2 - 1)}`;
}

function makeSizes(place) {
	const whole = data.sizes.reduce((sum, row) => sum + row.total_blocks, 0);
	const table = new Table(place, {
		caption: data.sizes.length === 0 ? "Sizes are not known where only a part of the run is shown" :
			"Blocks by the size that was asked for, in the whole run",
		sort: 0,
		columns: [
			numberColumn("Bytes", row => row.least, sizeText),
			numberColumn("Allocated", row => row.total_blocks, row => showCount(row.total_blocks), "blocks"),
			numberColumn("Share", row => row.total_blocks, row => showShare(row.total_blocks, whole), "of all blocks"),
			numberColumn("Bytes allocated", row => row.total_bytes, row => showBytes(row.total_bytes), null,
				row => showExact("total_bytes", row.total_bytes)),
			numberColumn("Live", row => row.live_blocks, row => showCount(row.live_blocks), "blocks at the end"),
			numberColumn("Live bytes", row => row.live_bytes, row => showBytes(row.live_bytes), "at the end",
				row => showExact("live_bytes", row.live_bytes)),
		],
	});
	table.sortBy(0); // the smallest first
	return () => table.setRows(data.sizes);
}

function makeRounding(place) {
	const census = charge => data.census[charge];
	const table = new Table(place, {
		caption: "What the allocator added to what was asked for, in the whole run, by call stack",
		sort: 0, choose: chooseCharge,
		columns: [
			numberColumn("Added", row => census(row).added, row => showBytes(census(row).added), "usable bytes less those asked for",
				row => showExact("total_bytes", census(row).added)),
			numberColumn("Asked for", row => census(row).asked, row => showBytes(census(row).asked), "of blocks whose usable size is known",
				row => showExact("total_bytes", census(row).asked)),
			numberColumn("Share", row => census(row).added / Math.max(census(row).asked, 1),
				row => showShare(census(row).added, census(row).asked), "added, of what was asked for"),
			...stackColumns(row => row),
		],
	});
	return () => table.setRows(data.census ? chargesWhere(charge => census(charge).added > 0) : []);
}

// The time line as a table: the live bytes at the end of each state.
function makeTimes(place) {
	const table = new Table(place, {
		caption: "Live bytes at the moments at which a range can end",
		sort: 0, choose: state => show({ range: { from: Math.min(shown.range.from, state - 1), to: state } }),
		columns: [
			{ title: "Time", value: state => state, text: state => showSeconds(secondsAt(state)), says: "press one to end the range there" },
			numberColumn("Live bytes", state => liveBytesAt[state], state => showExact("live_bytes", liveBytesAt[state])),
			numberColumn("Change", state => liveBytesAt[state] - (state === 0 ? 0 : liveBytesAt[state - 1]), state => {
				const change = liveBytesAt[state] - (state === 0 ? 0 : liveBytesAt[state - 1]);
				return showChange(showCount(change), change);
			}, "since the row before"),
		],
	});
	table.setRows(Array.from(liveBytesAt, (_, state) => state));
}
