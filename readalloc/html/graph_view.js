// SPDX-License-Identifier: GPL-3.0-or-later
// The flame graph, or the same from the top down as icicles: one canvas, drawn where it is looked at.

const boxHeight = 19;

class GraphView {
	constructor() {
		this.canvas = byId("graph");
		this.scroller = byId("graph-scroller");
		this.zoomed = null;
		this.isUpward = false;
		this.boxes = [];
		this.draw = atNextFrame(() => this.drawNow());
		this.layOutSoon = atNextFrame(() => this.layOut());
		new ResizeObserver(this.layOutSoon).observe(this.scroller);
		this.scroller.addEventListener("scroll", this.draw);
		this.canvas.addEventListener("click", event => this.choose(this.boxAt(event)));
		this.canvas.addEventListener("dblclick", event => this.zoom(this.boxAt(event)?.id ?? null));
		this.canvas.addEventListener("pointermove", event => this.point(this.boxAt(event)));
		this.canvas.addEventListener("pointerleave", () => this.point(null));
		this.canvas.addEventListener("keydown", event => this.key(event));
		byId("zoom-in").addEventListener("click", () => this.zoom(this.selectedHere()));
		byId("zoom-out").addEventListener("click", () => this.zoom(treeNow().parent(this.zoomed)));
		byId("zoom-whole").addEventListener("click", () => this.zoom(null));
		byId("shape").addEventListener("change", () => {
			this.isUpward = byId("shape").value === "flame";
			this.layOut();
			this.scroller.scrollTop = this.isUpward ? this.scroller.scrollHeight : 0;
		});
		onChange(those => this.changed(those));
	}

	changed(those) {
		if (those.has("direction") || this.tree !== treeNow() && shown.direction === "callers") {
			this.zoomed = null; // the callers' tree has nodes of its own
		}
		if (those.has("search") || those.has("theme") || those.has("selected")) {
			this.draw();
		}
		if (!this.tree || this.tree !== treeNow() || those.has("tab")) {
			this.layOutSoon();
		}
	}

	layOut() {
		if (this.scroller.clientWidth === 0) {
			return; // not shown
		}
		this.tree = treeNow();
		this.zoomed ??= this.tree.root;
		this.boxes = layOut(this.tree, this.zoomed, this.scroller.clientWidth, 1);
		this.depth = this.boxes.reduce((most, box) => Math.max(most, box.depth + 1), 1);
		this.rows = new Map();
		for (const box of this.boxes) {
			const row = this.rows.get(box.depth);
			if (row) {
				row.push(box);
			} else {
				this.rows.set(box.depth, [box]);
			}
		}
		const height = Math.max(this.depth * boxHeight, this.scroller.clientHeight);
		byId("graph-space").style.height = `${height - this.scroller.clientHeight}px`;
		byId("zoom-out").disabled = byId("zoom-whole").disabled = this.zoomed === this.tree.root;
		this.canvas.setAttribute("aria-label", `${this.isUpward ? "Flame graph" : "Icicle graph"} of ${
			titles[shown.metric]}, ${showRange(shown.range)}: ${this.describe(this.tree.root)}. Arrow keys go from call to call, Enter zooms in, Escape out.`);
		this.drawNow();
	}

	top(box) {
		const row = this.isUpward ? Math.max(this.depth, Math.floor(this.scroller.clientHeight / boxHeight)) - 1 - box.depth : box.depth;
		return row * boxHeight - this.scroller.scrollTop;
	}

	label(id) {
		return id === this.tree.root ? "all" : functionOf(this.tree.frame(id));
	}

	describe(id) {
		const now = this.tree.now(id), whole = this.tree.now(this.tree.root);
		const text = `${brief(this.label(id))}: ${showExact(shown.metric, now)}, ${showShare(now, whole)}`;
		if (!costsBefore()) {
			return text;
		}
		const change = now - this.tree.base(id);
		return `${text}, ${showChange(showExact(shown.metric, change), change)}`;
	}

	drawNow() {
		if (!this.tree || this.scroller.clientWidth === 0) {
			return;
		}
		const { context, height } = prepareCanvas(this.canvas);
		const isDark = colour("--is-dark") === "1", found = framesFound(), selected = this.selectedHere();
		context.font = "12px system-ui, sans-serif";
		context.textBaseline = "middle";
		for (const box of this.boxes) {
			const top = this.top(box);
			if (top > -boxHeight && top < height) {
				this.drawBox(context, box, top, { isDark, found, selected });
			}
		}
	}

	drawBox(context, box, top, { isDark, found, selected }) {
		const { tree } = this, frame = tree.frame(box.id);
		const isMiss = found && (frame < 0 || !found[frame]);
		const gap = box.width > 3 ? 1 : 0;
		context.globalAlpha = isMiss ? 0.3 : 1;
		context.fillStyle = frame < 0 ? colour("--root") :
			costsBefore() ? changeColour(tree.now(box.id), tree.base(box.id), isDark) : frameColour(frame, isDark);
		context.fillRect(box.x, top, box.width - gap, boxHeight - 1);
		if (found && !isMiss) {
			context.strokeStyle = colour("--found");
			context.lineWidth = 2;
			context.strokeRect(box.x + 1, top + 1, Math.max(box.width - gap - 2, 1), boxHeight - 3);
		}
		if (selected !== null && box.id === selected) {
			context.strokeStyle = colour("--text");
			context.lineWidth = 2;
			context.strokeRect(box.x + 1, top + 1, Math.max(box.width - gap - 2, 1), boxHeight - 3);
		}
		if (box.width > 28) {
			context.globalAlpha = isMiss ? 0.6 : 1;
			context.fillStyle = colour("--text");
			context.fillText(this.fit(context, this.label(box.id), box.width - 8), box.x + 4, top + boxHeight / 2);
		}
		context.globalAlpha = 1;
	}

	// As much of the text as there is room for.
	fit(context, text, width) {
		const most = Math.floor(width / 3.2);
		let shown = text.length > most ? text.slice(0, most) : text;
		if (shown === text && context.measureText(text).width <= width) {
			return text;
		}
		let low = 0, high = shown.length;
		while (low < high) {
			const middle = (low + high + 1) >> 1;
			if (context.measureText(`${text.slice(0, middle)}\u2026`).width <= width) {
				low = middle;
			} else {
				high = middle - 1;
			}
		}
		return low < 2 ? "" : `${text.slice(0, low)}\u2026`;
	}

	boxAt(event) {
		return this.boxes.find(box => {
			const top = this.top(box);
			return event.offsetY >= top && event.offsetY < top + boxHeight && event.offsetX >= box.x &&
				event.offsetX < box.x + box.width;
		}) ?? null;
	}

	point(box) {
		byId("graph-here").textContent = box ? this.describe(box.id) : "";
		this.canvas.style.cursor = box ? "pointer" : "default";
	}

	selectedHere() {
		const { selected } = shown;
		const isHere = selected && (selected.tree === this.tree ||
			selected.tree instanceof CalleeTree && this.tree instanceof CalleeTree);
		return isHere ? selected.id : null;
	}

	choose(box) {
		if (box) {
			show({ selected: { tree: this.tree, id: box.id } });
			this.point(box);
		}
	}

	zoom(id) {
		this.zoomed = id ?? this.tree.root;
		this.layOut();
		announce(`zoomed to ${this.describe(this.zoomed)}`);
	}

	// Where a key leads from the selected box.
	step(key) {
		const box = this.boxes.find(candidate => candidate.id === this.selectedHere());
		if (!box) {
			return this.boxes[0];
		}
		const isOut = key === (this.isUpward ? "ArrowDown" : "ArrowUp");
		if (key === "ArrowLeft" || key === "ArrowRight") {
			const row = this.rows.get(box.depth).slice().sort((a, b) => a.x - b.x);
			return row[row.indexOf(box) + (key === "ArrowLeft" ? -1 : 1)];
		}
		const row = this.rows.get(box.depth + (isOut ? -1 : 1)) ?? [];
		return row.find(candidate => isOut ? candidate.id === this.tree.parent(box.id) :
			this.tree.parent(candidate.id) === box.id);
	}

	key(event) {
		if (event.key.startsWith("Arrow")) {
			const next = this.step(event.key);
			if (next) {
				this.choose(next);
				this.reveal(next);
				announce(this.describe(next.id));
			}
		} else if (event.key === "Enter") {
			this.zoom(this.selectedHere());
		} else if (event.key === "Escape") {
			this.zoom(this.tree.parent(this.zoomed));
		} else if (event.key === "Home") {
			this.zoom(null);
		} else {
			return;
		}
		event.preventDefault();
	}

	reveal(box) {
		const top = this.top(box);
		if (top < 0 || top + boxHeight > this.scroller.clientHeight) {
			this.scroller.scrollTop += top - this.scroller.clientHeight / 2;
		}
	}
}
