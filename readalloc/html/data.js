// SPDX-License-Identifier: GPL-3.0-or-later
// What html_data.c wrote, as arrays: frames, the tree of stacks, charges (a stack and an allocator function) and their
// costs over time.

function readFrames(packed, texts) {
	return {
		texts: ["", ...texts], // 0 is no text
		function: unpackUnsigned(packed.function, Int32Array),
		file: unpackUnsigned(packed.file, Int32Array),
		object: unpackUnsigned(packed.object, Int32Array),
		line: unpackUnsigned(packed.line, Float64Array),
	};
}

// Node 0 is the root; the descendants of node i are those from i + 1 up to end[i].
function readNodes(packed) {
	const up = unpackUnsigned(packed.up, Int32Array);
	const frames = unpackUnsigned(packed.frame, Int32Array);
	const n = up.length + 1;
	const nodes = {
		n,
		parent: new Int32Array(n),
		frame: new Int32Array(n),
		depth: new Int32Array(n),
		end: new Int32Array(n),
	};
	nodes.frame[0] = -1;
	for (let i = 1; i < n; i++) {
		nodes.parent[i] = i - up[i - 1];
		nodes.frame[i] = frames[i - 1];
		nodes.depth[i] = nodes.depth[nodes.parent[i]] + 1;
	}
	for (let i = n - 1; i >= 0; i--) {
		nodes.end[i] = Math.max(nodes.end[i], i + 1);
		nodes.end[nodes.parent[i]] = Math.max(nodes.end[nodes.parent[i]], nodes.end[i]);
	}
	return nodes;
}

function readCharges(packed, columns) {
	const node = unpackDifferences(packed.node, Int32Array);
	const costs = {}, base = {};
	for (const { name } of columns) {
		costs[name] = unpackUnsigned(packed[name]);
		base[name] = unpackUnsigned(packed[`base_${name}`] ?? "");
	}
	return { n: node.length, node, costs, base }; // `base`: of the other run, where there is one
}

// The columns that are known at each state; all but the peak's.
const STATE_COLUMNS = ["live_bytes", "live_blocks", "total_bytes", "total_blocks", "temporary_blocks"];

// Those of which only the whole run is known.
const WHOLE_COLUMNS = ["temporary_bytes", "rounding_bytes"];

// Entries come state by state, each as its difference from the charge's entry before; they are kept charge by charge.
function readEntries(text, nStates, nCharges) {
	const unpacker = new Unpacker(text);
	const charges = [], states = [], values = STATE_COLUMNS.map(() => []);
	const last = STATE_COLUMNS.map(() => new Float64Array(nCharges));
	const first = new Int32Array(nCharges + 1);
	for (let state = 0; state < nStates; state++) {
		let charge = 0;
		for (let n = unpacker.unsigned(); n > 0; n--) {
			charge += unpacker.unsigned();
			charges.push(charge);
			states.push(state);
			first[charge + 1]++;
			for (let k = 0; k < STATE_COLUMNS.length; k++) {
				last[k][charge] += k < 2 ? unpacker.difference() : unpacker.unsigned();
				values[k].push(last[k][charge]);
			}
		}
	}
	for (let i = 0; i < nCharges; i++) {
		first[i + 1] += first[i];
	}
	const next = first.slice();
	const entries = { first, state: new Int32Array(charges.length) };
	for (const column of STATE_COLUMNS) {
		entries[column] = new Float64Array(charges.length);
	}
	charges.forEach((charge, i) => {
		const place = next[charge]++;
		entries.state[place] = states[i];
		STATE_COLUMNS.forEach((column, k) => entries[column][place] = values[k][i]);
	});
	return entries;
}

const noTimeline = { points: { time: "", bytes: "", blocks: "", most_bytes: "", least_bytes: "" }, states: "", entries: "" };

function readTimeline(packed, nCharges) {
	let time = 0;
	const states = unpackUnsigned(packed.states).map(step => time += step);
	const points = {};
	for (const field of Object.keys(packed.points)) {
		points[field] = unpackDifferences(packed.points[field]);
	}
	return { points, states, entries: readEntries(packed.entries, states.length, nCharges) };
}

// Classes of sizes, each from `least` up to the next power of two.
function readSizes(packed) {
	const unpacker = new Unpacker(packed ?? ""), rows = [];
	while (!unpacker.isAtEnd) {
		const row = { least: unpacker.unsigned() };
		for (const column of ["total_blocks", "total_bytes", "live_blocks", "live_bytes"]) {
			row[column] = unpacker.unsigned();
		}
		rows.push(row);
	}
	return rows;
}

// Of each charge: bytes that were asked for where it is known what the allocator made of them, what it added, and blocks
// that lived shortly; null: not known.
function readCensus(packed, nCharges) {
	if (packed === undefined) {
		return null;
	}
	const unpacker = new Unpacker(packed), rows = [];
	for (let charge = 0; charge < nCharges; charge++) {
		rows.push({ asked: unpacker.unsigned(), added: unpacker.difference(), shortly: unpacker.unsigned() });
	}
	return rows;
}

// The process's resident memory at each time it was looked at; null: it was not.
function readMemory(packed) {
	return packed === undefined ? null
		: { time: unpackDifferences(packed.time), resident: unpackDifferences(packed.resident) };
}

function readData(text) {
	const packed = JSON.parse(text);
	const charges = readCharges(packed.charges, packed.columns);
	return {
		run: packed.run,
		base: packed.base ?? null, // the run that this one is compared with
		metric: packed.metric,
		columns: packed.columns,
		frames: readFrames(packed.frames, packed.texts),
		nodes: readNodes(packed.nodes),
		charges,
		sizes: readSizes(packed.sizes),
		census: readCensus(packed.census, charges.n),
		growth: new Map((packed.growth ?? []).map(([charge, slope, confidence]) => [charge, { slope, confidence }])),
		mappings: new Set(unpackDifferences(packed.mappings ?? "", Int32Array)), // the charges of what the program maps itself
		memory: readMemory(packed.memory),
		timeline: readTimeline(packed.timeline ?? noTimeline, charges.n),
	};
}

const data = readData(document.getElementById("data").textContent);
const { frames, nodes, charges, timeline } = data;
const nStates = timeline.states.length;
const titles = Object.fromEntries(data.columns.map(column => [column.name, column.title]));
const totals = Object.fromEntries(data.columns.map(column => [column.name, column.total]));
const baseTotals = Object.fromEntries(data.columns.map(column => [column.name, column.base]));

// Names of frames, by number.
function functionOf(frame) {
	return frames.texts[frames.function[frame]];
}

function fileOf(frame) {
	return frames.texts[frames.file[frame]];
}

function objectOf(frame) {
	return frames.texts[frames.object[frame]];
}

function placeOf(frame) {
	const file = fileOf(frame);
	return file === "" ? "" : frames.line[frame] === 0 ? file : `${file}:${frames.line[frame]}`;
}

// Names may be very long; what is shown in passing is cut.
function brief(text, n = 160) {
	return text.length <= n ? text : `${text.slice(0, n - 1)}\u2026`;
}

// The frames from `node` out to the root, the innermost first.
function stackOf(node) {
	const stack = [];
	for (; node !== 0; node = nodes.parent[node]) {
		stack.push(nodes.frame[node]);
	}
	return stack;
}
