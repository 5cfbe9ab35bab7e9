// SPDX-License-Identifier: GPL-3.0-or-later
// The two trees of stacks, as the flame graph and the call tree ask for them: callees below callers, or callers below
// callees. Both have root, children(id), parent(id), frame(id), weight(id), now(id), base(id) and node(id).
//
// The weight is what a box's width or a row's place goes by: the cost, in a comparison the greater of both.

class CalleeTree {
	constructor(now, base) {
		this.sums = inclusive(now);
		this.baseSums = base ? inclusive(base) : null;
		this.weights = base ? inclusive(now.map((value, i) => Math.max(value, base[i]))) : this.sums;
		this.root = 0;
	}

	children(id) {
		const list = [];
		for (let child = id + 1; child < nodes.end[id]; child = nodes.end[child]) {
			list.push(child);
		}
		return list;
	}

	parent(id) {
		return id === 0 ? null : nodes.parent[id];
	}

	frame(id) {
		return nodes.frame[id];
	}

	weight(id) {
		return this.weights[id];
	}

	now(id) {
		return this.sums[id];
	}

	base(id) {
		return this.baseSums ? this.baseSums[id] : 0;
	}

	stack(id) {
		return stackOf(id);
	}

	// The charges whose stacks lead through `id`, as a function that tells of one.
	has(id) {
		return charge => charges.node[charge] >= id && charges.node[charge] < nodes.end[id];
	}
}

// Made as far as it is asked for: a node knows its charges, and for each how far out its stack has been followed.
class CallerTree {
	constructor(now, base) {
		this.nowValues = now;
		this.baseValues = base;
		const ends = Array.from(charges.node, node => nodes.parent[node]); // without the allocator functions
		this.root = this.make(null, -1, ends.map((_, charge) => charge), ends);
	}

	make(parent, frame, members, ends) {
		const id = { parent, frame, members, ends, now: 0, base: 0, weight: 0, list: null };
		for (const charge of members) {
			const now = this.nowValues[charge], base = this.baseValues ? this.baseValues[charge] : 0;
			id.now += now;
			id.base += base;
			id.weight += Math.max(now, base);
		}
		return id;
	}

	children(id) {
		if (!id.list) {
			const groups = new Map();
			id.members.forEach((charge, i) => {
				const end = id.ends[i];
				if (end === 0) {
					return; // the stack ends here
				}
				let group = groups.get(nodes.frame[end]);
				if (!group) {
					groups.set(nodes.frame[end], group = { members: [], ends: [] });
				}
				group.members.push(charge);
				group.ends.push(nodes.parent[end]);
			});
			id.list = [...groups].map(([frame, group]) => this.make(id, frame, group.members, group.ends));
			id.list.sort((a, b) => b.weight - a.weight);
		}
		return id.list;
	}

	parent(id) {
		return id.parent;
	}

	frame(id) {
		return id.frame;
	}

	weight(id) {
		return id.weight;
	}

	now(id) {
		return id.now;
	}

	base(id) {
		return id.base;
	}

	stack(id) {
		const stack = [];
		for (; id.parent; id = id.parent) {
			stack.unshift(id.frame);
		}
		return stack;
	}

	has(id) {
		const members = new Set(id.members);
		return charge => members.has(charge);
	}
}
