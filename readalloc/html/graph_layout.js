// SPDX-License-Identifier: GPL-3.0-or-later
// The boxes of a flame graph: only what is wide enough to be seen is looked at, so the tree may be of any size.

// Boxes { id, depth, x, width } of `tree` with `zoomed` as wide as `width`; its callers lie above at the same width.
// `least` is the width of the narrowest box, in the same unit.
function layOut(tree, zoomed, width, least) {
	const boxes = [], above = [];
	for (let id = zoomed; id !== null; id = tree.parent(id)) {
		above.unshift(id);
	}
	above.forEach((id, depth) => boxes.push({ id, depth, x: 0, width }));
	const whole = tree.weight(zoomed);
	if (whole <= 0) {
		return boxes;
	}
	const scale = width / whole;
	const open = [boxes[boxes.length - 1]];
	while (open.length > 0) {
		const box = open.pop();
		let x = box.x;
		for (const id of tree.children(box.id)) {
			const size = tree.weight(id) * scale;
			if (size >= least) {
				const child = { id, depth: box.depth + 1, x, width: size };
				boxes.push(child);
				open.push(child);
			}
			x += size;
		}
	}
	return boxes;
}

function hashOf(text) {
	let hash = 7;
	for (let i = 0; i < text.length && i < 200; i++) {
		hash = (hash * 31 + text.charCodeAt(i)) >>> 0;
	}
	return hash;
}

// A range of hues for each object, and shades of them for its functions. Frames without an object are ours.
const frameColours = new Map();

function frameColour(frame, isDark) {
	const key = frame * 2 + (isDark ? 1 : 0);
	let made = frameColours.get(key);
	if (!made) {
		const object = objectOf(frame).split("/").pop().replace(/[-.\d]*(\.so)?[.\d]*$/, "");
		const mark = hashOf(functionOf(frame)), shade = mark % 9;
		const hue = hashOf(object) * 137.5 % 360 + (mark >>> 8) % 41 - 20;
		const lightness = isDark ? 28 + shade : 74 + shade;
		made = object === "" ? `hsl(0 0% ${lightness}%)` : `hsl(${hue} ${isDark ? 42 : 62}% ${lightness}%)`;
		frameColours.set(key, made);
	}
	return made;
}

// From blue, less, to red, more; nothing changed is grey.
function changeColour(now, base, isDark) {
	const most = Math.max(now, base);
	const part = most === 0 ? 0 : (now - base) / most;
	const strength = Math.abs(part);
	const lightness = isDark ? 30 + 12 * strength : 88 - 26 * strength;
	return `hsl(${part > 0 ? 8 : 214} ${Math.round(75 * strength ** 0.5)}% ${lightness}%)`;
}
