// SPDX-License-Identifier: GPL-3.0-or-later
// What the page shows at this moment, and who is told when that changes.

const shown = {
	metric: data.metric,
	range: wholeRun,
	compare: data.base ? "run" : "nothing", // or "start", or "kept"
	kept: null,         // the range that was kept to compare with
	withMappings: false, // in the leaks
	search: "",
	tab: data.base ? "differences" : "graph",
	direction: "callees", // or "callers": what stands below a function
	selected: null,       // { tree, id }
};

const listeners = [];

// `listener` is called with the names of what changed.
function onChange(listener) {
	listeners.push(listener);
}

function changed(...names) {
	listeners.forEach(listener => listener(new Set(names)));
}

function show(changes) {
	const names = Object.keys(changes).filter(name => shown[name] !== changes[name]);
	if (names.length > 0) {
		Object.assign(shown, changes);
		changed(...names);
	}
}

// The last result of `make`, made anew when one of `names` changed.
function remembered(names, make) {
	let value = null;
	onChange(those => {
		if (names.some(name => those.has(name))) {
			value = null;
		}
	});
	return () => value ??= make();
}

const costsNow = remembered(["metric", "range"], () => costsWithin(shown.metric, shown.range));

// What is compared with; null: nothing is.
const costsBefore = remembered(["metric", "range", "compare", "kept"], () => {
	if (shown.compare === "run") {
		return charges.base[shown.metric];
	}
	if (shown.compare === "start" && shown.metric.startsWith("live_")) {
		return costsAtStart(shown.metric, shown.range);
	}
	if (shown.compare === "kept" && shown.kept && !WHOLE_COLUMNS.includes(shown.metric)) {
		return costsWithin(shown.metric, shown.kept);
	}
	return false;
});

const treeNow = remembered(["metric", "range", "compare", "kept", "direction"], () => {
	const kind = shown.direction === "callees" ? CalleeTree : CallerTree;
	return new kind(costsNow(), costsBefore() || null);
});

// Of each frame whether the search finds it; null: nothing is sought.
const framesFound = remembered(["search"], () => {
	const wanted = shown.search.trim().toLowerCase();
	if (wanted === "") {
		return false;
	}
	const texts = frames.texts.map(text => text.toLowerCase().includes(wanted));
	return Uint8Array.from(frames.function, (text, frame) =>
		texts[text] || texts[frames.file[frame]] || texts[frames.object[frame]]);
});

// Of each node whether a frame of its stack is found.
const nodesFound = remembered(["search"], () => {
	const found = framesFound();
	if (!found) {
		return false;
	}
	const marks = new Uint8Array(nodes.n);
	for (let i = 1; i < nodes.n; i++) {
		marks[i] = marks[nodes.parent[i]] | found[nodes.frame[i]];
	}
	return marks;
});

function isFound(charge) {
	const marks = nodesFound();
	return !marks || marks[charges.node[charge]] === 1;
}
