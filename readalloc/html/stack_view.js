// SPDX-License-Identifier: GPL-3.0-or-later
// The stack that was chosen: its frames with their lines, its costs, its live bytes over time, and a copy as text.

// All columns of the charges that `has` tells of, within the range.
function costsOfSelected(has) {
	const list = [];
	for (let charge = 0; charge < charges.n; charge++) {
		if (has(charge)) {
			list.push(charge);
		}
	}
	const costs = data.columns.map(({ name }) => {
		const values = costsWithin(name, shown.range);
		const value = list.reduce((sum, charge) => sum + values[charge], 0);
		return { name, value, base: data.base ? list.reduce((sum, charge) => sum + charges.base[name][charge], 0) : value };
	});
	return { list, costs };
}

function frameText(frame) {
	const place = placeOf(frame), object = objectOf(frame);
	return `${functionOf(frame)}${place ? ` at ${place}` : ""}${object ? ` in ${object}` : ""}`;
}

function stackText(stack, costs) {
	const head = costs.filter(({ value }) => value !== 0)
		.map(({ name, value }) => `${titles[name]}: ${showCount(value)}`).join(", ");
	return [`${head} (${showRange(shown.range)})`, ...stack.map(frame => `    ${frameText(frame)}`)].join("\n") + "\n";
}

class StackView {
	constructor() {
		this.canvas = byId("stack-time");
		byId("stack-copy").addEventListener("click", async () => {
			await copyText(this.text);
			byId("stack-copied").textContent = "copied";
			announce("the stack is copied");
		});
		onChange(those => {
			if (those.has("selected") || those.has("range") && shown.selected) {
				this.fill();
			} else if (those.has("theme") && shown.selected) {
				this.draw();
			}
		});
		new ResizeObserver(atNextFrame(() => this.draw())).observe(this.canvas);
	}

	fill() {
		const { tree, id } = shown.selected;
		const stack = tree.stack(id), { list, costs } = costsOfSelected(tree.has(id));
		this.list = list;
		this.text = stackText(stack, costs);
		byId("stack-copied").textContent = "";
		byId("stack-hint").hidden = true;
		byId("stack-body").hidden = false;
		byId("stack-costs").replaceChildren(...costs.map(({ name, value, base }) => element("tr", {},
			element("th", { scope: "row", title: explainColumn(name, shown.range) }, titles[name]),
			element("td", { class: "number", "data-cost": name, "data-value": value, title: showExact(name, value) },
				showShort(name, value)),
			element("td", { class: "number" }, value === base ? "" : showChange(showShort(name, value - base), value - base)))));
		byId("stack-frames").replaceChildren(...stack.map(frame => element("li", {},
			element("span", { class: "function" }, brief(functionOf(frame), 2000)),
			element("span", { class: "place" }, brief(placeOf(frame), 1000)),
			element("span", { class: "object" }, brief(objectOf(frame), 1000)))));
		byId("stack-none").hidden = stack.length > 0;
		this.draw();
	}

	// Live bytes at the end of each state.
	series() {
		const { first, state, live_bytes: bytes } = timeline.entries, sums = new Float64Array(nStates);
		for (const charge of this.list) {
			for (let i = first[charge]; i < first[charge + 1]; i++) {
				sums[state[i]] += bytes[i] - (i === first[charge] ? 0 : bytes[i - 1]);
			}
		}
		let sum = 0;
		return sums.map(change => sum += change);
	}

	draw() {
		if (!this.list || this.canvas.clientWidth === 0) {
			return;
		}
		const { context, width, height } = prepareCanvas(this.canvas);
		const series = this.series(), most = series.reduce((a, b) => Math.max(a, b), 0);
		byId("stack-most").hidden = this.canvas.hidden = nStates === 0;
		this.canvas.setAttribute("aria-label", `Live bytes of this stack over time, at most ${showBytes(most)}`);
		byId("stack-most").textContent = `over time, at most ${showBytes(most)}`;
		const line = new Path2D(), y = bytes => height - 2 - (most === 0 ? 0 : bytes / most * (height - 6));
		line.moveTo(0, y(0));
		let before = 0;
		series.forEach((bytes, state) => {
			const x = shareOfTime(secondsAt(state)) * width;
			line.lineTo(x, y(before));
			line.lineTo(x, y(bytes));
			before = bytes;
		});
		line.lineTo(width, y(before));
		const area = new Path2D(line);
		area.lineTo(width, y(0));
		context.fillStyle = colour("--accent-soft");
		context.fill(area);
		context.strokeStyle = colour("--accent");
		context.stroke(line);
	}
}
