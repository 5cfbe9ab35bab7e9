// SPDX-License-Identifier: GPL-3.0-or-later
// The time line: live bytes over time, and the range that is looked at, dragged or set by two sliders.

const timeMargin = { left: 74, right: 14, top: 10, bottom: 22 };

function timeEnd() {
	return Math.max(data.run.duration, secondsAt(nStates - 1), data.run.begin + 1e-6);
}

// How far a moment is from the beginning: 0, to the end: 1.
function shareOfTime(seconds) {
	return (seconds - data.run.begin) / (timeEnd() - data.run.begin);
}

// The distance of round numbers, `base` ** k * 1, 2 or 5, of which at most `n` are as far as `most`.
function roundStep(most, n, base = 10) {
	const raw = Math.max(most / n, Number.MIN_VALUE);
	const power = base ** Math.floor(Math.log(raw) / Math.log(base));
	const factors = base === 10 ? [1, 2, 5, 10] : [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];
	return power * factors.find(factor => factor * power >= raw * 0.999999);
}

// These numbers, from 0 to `most`.
function roundSteps(most, n, base) {
	const step = roundStep(most, n, base), steps = [];
	for (let i = 0; i * step <= most; i++) {
		steps.push(i * step);
	}
	return steps;
}

class TimeView {
	constructor() {
		this.canvas = byId("time");
		byId("time-resident").hidden = data.memory === null;
		this.from = byId("range-from");
		this.to = byId("range-to");
		this.draw = atNextFrame(() => this.drawNow());
		this.from.max = this.to.max = nStates - 1;
		this.from.min = this.to.min = -1;
		this.from.addEventListener("input", () => {
			const from = Math.min(Number(this.from.value), nStates - 2);
			this.choose(from, Math.max(from + 1, shown.range.to));
		});
		this.to.addEventListener("input", () => {
			const to = Math.max(Number(this.to.value), 0);
			this.choose(Math.min(shown.range.from, to - 1), to);
		});
		byId("range-whole").addEventListener("click", () => show({ range: wholeRun }));
		byId("range-peak").addEventListener("click", () => this.choose(-1, this.stateAt(data.run.peak_time)));
		this.canvas.addEventListener("pointerdown", event => this.drag(event));
		this.canvas.addEventListener("pointermove", event => this.point(event));
		this.canvas.addEventListener("pointerleave", () => byId("time-here").textContent = "");
		new ResizeObserver(this.draw).observe(this.canvas);
		onChange(those => {
			if (those.has("range") || those.has("theme") || those.has("kept")) {
				this.showRange();
			}
		});
		this.showRange();
	}

	choose(from, to) {
		if (nStates > 0) {
			show({ range: { from, to } });
		}
	}

	showRange() {
		this.from.value = shown.range.from;
		this.to.value = shown.range.to;
		this.from.setAttribute("aria-valuetext", showSeconds(secondsAt(shown.range.from)));
		this.to.setAttribute("aria-valuetext", showSeconds(secondsAt(shown.range.to)));
		byId("range-text").textContent = showRange(shown.range);
		this.draw();
	}

	secondsOf(event) {
		const width = this.canvas.clientWidth - timeMargin.left - timeMargin.right;
		const share = Math.min(Math.max((event.offsetX - timeMargin.left) / width, 0), 1);
		return data.run.begin + share * (timeEnd() - data.run.begin);
	}

	// The state whose end is nearest; -1 is the beginning.
	stateAt(seconds) {
		let best = -1;
		for (let state = 0; state < nStates; state++) {
			if (Math.abs(secondsAt(state) - seconds) <= Math.abs(secondsAt(best) - seconds)) {
				best = state;
			}
		}
		return best;
	}

	drag(event) {
		if (event.button !== 0 || nStates === 0) {
			return;
		}
		const anchor = this.secondsOf(event), x = event.offsetX;
		const move = next => {
			if (Math.abs(next.offsetX - x) < 3) {
				return;
			}
			const [early, late] = [anchor, this.secondsOf(next)].sort((a, b) => a - b);
			const from = Math.min(this.stateAt(early), nStates - 2);
			this.choose(from, Math.max(this.stateAt(late), from + 1));
		};
		this.canvas.setPointerCapture(event.pointerId);
		this.canvas.addEventListener("pointermove", move);
		this.canvas.addEventListener("lostpointercapture", () => {
			this.canvas.removeEventListener("pointermove", move);
		}, { once: true });
	}

	point(event) {
		const seconds = this.secondsOf(event), { time, bytes, blocks } = timeline.points;
		let at = -1;
		while (at + 1 < time.length && time[at + 1] / 1e6 <= seconds) {
			at++;
		}
		byId("time-here").textContent = `${showSeconds(seconds)}: ${showBytes(at < 0 ? 0 : bytes[at])} in ${
			showCount(at < 0 ? 0 : blocks[at])} blocks${this.residentAt(seconds)}`;
	}

	residentAt(seconds) {
		const at = data.memory === null ? -1 : data.memory.time.findLastIndex(time => time / 1e6 <= seconds);
		return at < 0 ? "" : `, ${showBytes(data.memory.resident[at])} resident`;
	}

	drawNow() {
		const { context, width, height } = prepareCanvas(this.canvas);
		const resident = data.memory === null ? 0 : data.memory.resident.reduce((one, other) => Math.max(one, other), 0);
		const most = Math.max(totals.peak_bytes, resident, 1), end = timeEnd();
		const plot = { width: width - timeMargin.left - timeMargin.right,
			height: height - timeMargin.top - timeMargin.bottom };
		const x = seconds => timeMargin.left + shareOfTime(seconds) * plot.width;
		const y = bytes => timeMargin.top + plot.height - bytes / most * plot.height;
		context.font = "12px system-ui, sans-serif";
		this.drawAxes(context, x, y, width, most, end);
		this.drawCurve(context, x, y);
		this.drawResident(context, x, y);
		this.drawRange(context, x, shown.range, plot);
		const peak = x(data.run.peak_time);
		context.fillStyle = colour("--accent-strong");
		context.beginPath();
		context.arc(peak, y(totals.peak_bytes), 3.5, 0, 7);
		context.fill();
	}

	drawAxes(context, x, y, width, most, end) {
		context.fillStyle = colour("--quiet");
		context.strokeStyle = colour("--line");
		context.lineWidth = 1;
		context.textBaseline = "middle";
		context.textAlign = "right";
		for (const bytes of roundSteps(most, 4, 1024)) {
			const at = Math.round(y(bytes)) + 0.5;
			context.beginPath();
			context.moveTo(timeMargin.left, at);
			context.lineTo(width - timeMargin.right, at);
			context.stroke();
			context.fillText(showBytes(bytes), timeMargin.left - 8, at);
		}
		context.textBaseline = "top";
		context.textAlign = "center";
		const { begin } = data.run, step = roundStep(end - begin, Math.max(2, Math.floor(width / 130)));
		for (let seconds = Math.ceil(begin / step) * step; seconds <= end; seconds += step) {
			const text = end < 60 ? `${Number(seconds.toPrecision(6))} s` : showSeconds(seconds);
			context.fillText(text, Math.min(x(seconds), width - timeMargin.right - 12), y(0) + 6);
		}
	}

	// Steps: between two points nothing changed. Within one the least and the greatest value make a band.
	drawCurve(context, x, y) {
		const { time, bytes, most_bytes: most, least_bytes: least } = timeline.points;
		const line = new Path2D(), band = new Path2D();
		let before = 0;
		line.moveTo(x(data.run.begin), y(0));
		for (let i = 0; i < time.length; i++) {
			const at = x(time[i] / 1e6);
			line.lineTo(at, y(before));
			line.lineTo(at, y(bytes[i]));
			band.moveTo(at, y(least[i]));
			band.lineTo(at, y(most[i]));
			before = bytes[i];
		}
		line.lineTo(x(timeEnd()), y(before));
		const area = new Path2D(line);
		area.lineTo(x(timeEnd()), y(0));
		area.closePath();
		context.fillStyle = colour("--accent-soft");
		context.fill(area);
		context.strokeStyle = colour("--accent");
		context.lineWidth = 1.25;
		context.globalAlpha = 0.45;
		context.stroke(band);
		context.globalAlpha = 1;
		context.stroke(line);
	}

	// What was counted last holds until the next look.
	drawResident(context, x, y) {
		if (data.memory === null) {
			return;
		}
		const { time, resident } = data.memory, line = new Path2D();
		for (let i = 0; i < time.length; i++) {
			const at = x(Math.min(time[i] / 1e6, timeEnd()));
			line.lineTo(at, y(resident[Math.max(i - 1, 0)]));
			line.lineTo(at, y(resident[i]));
		}
		line.lineTo(x(timeEnd()), y(resident[resident.length - 1]));
		context.strokeStyle = colour("--quiet");
		context.lineWidth = 1.25;
		context.setLineDash([4, 3]);
		context.stroke(line);
		context.setLineDash([]);
	}

	drawRange(context, x, range, plot) {
		const from = x(secondsAt(range.from));
		const to = range.to === nStates - 1 ? x(timeEnd()) : x(secondsAt(range.to));
		context.fillStyle = colour("--veil");
		context.fillRect(timeMargin.left, timeMargin.top, from - timeMargin.left, plot.height);
		context.fillRect(to, timeMargin.top, timeMargin.left + plot.width - to, plot.height);
		if (!isWholeRun(range)) {
			context.fillStyle = colour("--accent-strong");
			context.fillRect(from - 1, timeMargin.top, 2, plot.height);
			context.fillRect(to - 1, timeMargin.top, 2, plot.height);
		}
		if (shown.kept) {
			context.fillStyle = colour("--quiet");
			const start = x(secondsAt(shown.kept.from));
			context.fillRect(start, timeMargin.top + plot.height - 3, x(secondsAt(shown.kept.to)) - start, 3);
		}
	}
}
