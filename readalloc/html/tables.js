// SPDX-License-Identifier: GPL-3.0-or-later
// The tables of stacks and functions: what is in each, and by what it is sorted at first.

// The function that called the allocator.
function callerOf(charge) {
	const node = charges.node[charge], caller = nodes.parent[node];
	return nodes.frame[caller === 0 ? node : caller];
}

function allocatorOf(charge) {
	return functionOf(nodes.frame[charges.node[charge]]);
}

function callersText(charge) {
	const names = stackOf(charges.node[charge]).slice(2, 5).map(frame => brief(functionOf(frame), 60));
	return names.join(" \u2190 ");
}

const stackColumns = charge => [
	{ title: "Function", value: row => functionOf(callerOf(charge(row))), text: row => brief(functionOf(callerOf(charge(row)))),
		says: "the function that called the allocator", hint: row => brief(functionOf(callerOf(charge(row))), 2000) },
	{ title: "Line", kind: "line", value: row => placeOf(callerOf(charge(row))) || objectOf(callerOf(charge(row))),
		text: row => brief((placeOf(callerOf(charge(row))) || objectOf(callerOf(charge(row)))).split("/").pop(), 60),
		hint: row => brief(placeOf(callerOf(charge(row))) || objectOf(callerOf(charge(row))), 2000) },
	{ title: "Called from", kind: "callers", value: row => callersText(charge(row)), text: row => callersText(charge(row)),
		says: "the functions around it" },
	{ title: "Allocator", value: row => allocatorOf(charge(row)), text: row => brief(allocatorOf(charge(row)), 40) },
];

function numberColumn(title, value, text, says, hint) {
	return { title, value, text, says, hint, isNumber: true };
}

// A column of costs by charge.
function costColumn(title, says, column, costs) {
	return numberColumn(title, row => costs()[row], row => showShort(column, costs()[row]), says,
		row => showExact(column, costs()[row]));
}

function chooseCharge(charge) {
	show({ selected: { tree: new CalleeTree(costsNow(), null), id: charges.node[charge] } });
}

function chargesWhere(holds) {
	const rows = [];
	for (let charge = 0; charge < charges.n; charge++) {
		if (holds(charge) && isFound(charge)) {
			rows.push(charge);
		}
	}
	return rows;
}

function makeLeaks(place) {
	let bytes, blocks, whole;
	const table = new Table(place, {
		caption: "What is not freed at the end of the range, by call stack",
		sort: 0, choose: chooseCharge,
		columns: [
			costColumn("Bytes", "live at the end of the range", "live_bytes", () => bytes),
			numberColumn("Share", row => bytes[row], row => showShare(bytes[row], whole)),
			costColumn("Blocks", "live at the end of the range", "live_blocks", () => blocks),
			...stackColumns(row => row),
		],
	});
	return () => {
		bytes = costsWithin("live_bytes", shown.range);
		blocks = costsWithin("live_blocks", shown.range);
		whole = sumOf(bytes);
		const rows = chargesWhere(charge => blocks[charge] > 0 && (shown.withMappings || !data.mappings.has(charge)));
		table.setRows(rows, `${showExact("live_bytes", rows.reduce((sum, row) => sum + bytes[row], 0))}`);
	};
}

function makeGrowth(place) {
	const confidence = row => isWholeRun(shown.range) ? data.growth.get(row.charge)?.confidence ?? 0 : 0;
	const table = new Table(place, {
		caption: "Call stacks whose live bytes rise within the range", sort: 0, choose: row => chooseCharge(row.charge),
		columns: [
			numberColumn("Sure", confidence, row => confidence(row) ? `${(100 * confidence(row)).toFixed(2)} %` : "",
				"that it grows all the time, whatever comes and goes, by the lowest points of 16 spans; only for the whole run"),
			numberColumn("Per minute", row => row.slope, row => showBytes(row.slope),
				"the slope of the straight line that fits the live bytes best"),
			numberColumn("Grown", row => row.grown, row => showBytes(row.grown), "live bytes at the end of the range less those at its start",
				row => showExact("live_bytes", row.grown)),
			numberColumn("Steadiness", row => row.fit, row => `${(100 * row.fit).toFixed(0)} %`,
				"how much of the ups and downs the line explains: 100 % is a steady rise, little is churn"),
			...stackColumns(row => row.charge),
		],
	});
	return () => {
		const rows = growthWithin(shown.range).filter(row => isFound(row.charge));
		rows.sort((a, b) => b.slope - a.slope); // among those that are as sure
		table.setRows(rows);
	};
}

function makeTemporary(place) {
	let temporary, blocks, bytes;
	const table = new Table(place, {
		caption: "Blocks freed with no other allocation by their thread between, by call stack",
		sort: 0, choose: chooseCharge,
		columns: [
			costColumn("Temporary", "temporary blocks in the range", "temporary_blocks", () => temporary),
			costColumn("Blocks", "blocks allocated in the range", "total_blocks", () => blocks),
			numberColumn("Share", row => temporary[row] / Math.max(blocks[row], 1),
				row => showShare(temporary[row], blocks[row]), "of the stack's blocks"),
			...(data.census ? [numberColumn("Short-lived", row => data.census[row].shortly,
				row => showCount(data.census[row].shortly), "blocks freed within 16 events, of the whole run")] : []),
			numberColumn("Mean size", row => blocks[row] === 0 ? 0 : bytes[row] / blocks[row],
				row => blocks[row] === 0 ? "" : showBytes(Math.round(bytes[row] / blocks[row])), "bytes a block"),
			...stackColumns(row => row),
		],
	});
	return () => {
		temporary = costsWithin("temporary_blocks", shown.range);
		blocks = costsWithin("total_blocks", shown.range);
		bytes = costsWithin("total_bytes", shown.range);
		const rows = chargesWhere(charge => temporary[charge] > 0);
		table.setRows(rows, showExact("temporary_blocks", rows.reduce((sum, row) => sum + temporary[row], 0)));
	};
}

// Inclusive and own costs of each function, by the number of its name; recursion counts once.
function functionCosts(values) {
	const sums = inclusive(values), own = new Map(), all = new Map();
	for (let charge = 0; charge < charges.n; charge++) {
		const name = frames.function[callerOf(charge)];
		own.set(name, (own.get(name) ?? 0) + values[charge]);
	}
	const depthOf = new Map(), path = [];
	for (let i = 1; i < nodes.n; i++) {
		while (path.length >= nodes.depth[i]) {
			const left = path.pop();
			if (depthOf.get(left) === path.length) {
				depthOf.delete(left);
			}
		}
		const name = frames.function[nodes.frame[i]];
		if (!depthOf.has(name)) {
			depthOf.set(name, path.length);
			all.set(name, (all.get(name) ?? 0) + sums[i]);
		}
		path.push(name);
	}
	return [...all].filter(([, cost]) => cost !== 0)
		.map(([name, cost]) => ({ name, all: cost, own: own.get(name) ?? 0 }));
}

function makeFunctions(place) {
	let column, whole;
	const table = new Table(place, {
		caption: "Functions, by the chosen cost of all that was called from them",
		sort: 0, choose: row => show({ search: frames.texts[row.name] }),
		columns: [
			numberColumn("With callees", row => row.all, row => showShort(column, row.all), "all that it or what it called allocated",
				row => showExact(column, row.all)),
			numberColumn("Share", row => row.all, row => showShare(row.all, whole)),
			numberColumn("Itself", row => row.own, row => showShort(column, row.own), "what it called an allocator for itself",
				row => showExact(column, row.own)),
			{ title: "Function", value: row => frames.texts[row.name], text: row => brief(frames.texts[row.name], 300),
				says: "press one to search for it" },
		],
	});
	return () => {
		column = shown.metric;
		whole = sumOf(costsNow());
		const wanted = shown.search.trim().toLowerCase();
		table.setRows(functionCosts(costsNow()).filter(row => frames.texts[row.name].toLowerCase().includes(wanted)));
	};
}

function makeDifferences(place) {
	let now, base, column;
	const change = row => now[row] - base[row];
	const table = new Table(place, {
		caption: "What differs from what is compared with, by call stack",
		sort: 0, choose: chooseCharge,
		columns: [
			numberColumn("Change", change, row => showChange(showShort(column, change(row)), change(row)), "now less before",
				row => showChange(showExact(column, change(row)), change(row))),
			numberColumn("Before", row => base[row], row => showShort(column, base[row])),
			numberColumn("Now", row => now[row], row => showShort(column, now[row])),
			...stackColumns(row => row),
		],
	});
	return () => {
		now = costsNow();
		base = costsBefore();
		column = shown.metric;
		byId("differences-hint").hidden = Boolean(base);
		const rows = base ? chargesWhere(charge => now[charge] !== base[charge]) : [];
		const sum = rows.reduce((before, row) => before + change(row), 0);
		table.setRows(rows, showChange(showExact(column, sum), sum));
	};
}
