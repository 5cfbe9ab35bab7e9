// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers: unpacked as packed_numbers.h has them, and shown to people.

const DIGITS = new Uint8Array(128);
for (const [value, digit] of [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"].entries()) {
	DIGITS[digit.charCodeAt(0)] = value;
}

class Unpacker {
	constructor(text) {
		this.text = text;
		this.at = 0;
	}

	get isAtEnd() {
		return this.at >= this.text.length;
	}

	unsigned() {
		let digit = DIGITS[this.text.charCodeAt(this.at++)];
		let value = digit & 31;
		for (let scale = 32; digit & 32; scale *= 32) { // no shifts: they end at 32 bits
			digit = DIGITS[this.text.charCodeAt(this.at++)];
			value += (digit & 31) * scale;
		}
		return value;
	}

	difference() {
		const value = this.unsigned();
		return value % 2 === 0 ? value / 2 : -(value - 1) / 2;
	}
}

// How many numbers there are: each has one last digit.
function countPacked(text) {
	let n = 0;
	for (let i = 0; i < text.length; i++) {
		n += (DIGITS[text.charCodeAt(i)] & 32) === 0;
	}
	return n;
}

function unpackUnsigned(text, kind = Float64Array) {
	const unpacker = new Unpacker(text);
	return new kind(countPacked(text)).map(() => unpacker.unsigned());
}

function unpackDifferences(text, kind = Float64Array) {
	const unpacker = new Unpacker(text);
	let value = 0;
	return new kind(countPacked(text)).map(() => value += unpacker.difference());
}

const wholeNumber = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

function showCount(value) {
	return wholeNumber.format(value).replace("-", "\u2212");
}

// Few digits, for what there is little room for; the exact number stands elsewhere.
function showBytes(value) {
	const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
	let size = Math.abs(value), unit = 0;
	while (size >= 1024 && unit < units.length - 1) {
		size /= 1024;
		unit++;
	}
	const digits = unit === 0 || size >= 100 ? 0 : size >= 10 ? 1 : 2;
	return `${value < 0 ? "\u2212" : ""}${size.toFixed(digits)} ${units[unit]}`;
}

function showShort(column, value) {
	return column.endsWith("bytes") ? showBytes(value) : showCount(value);
}

function showExact(column, value) {
	return column.endsWith("bytes") ? `${showCount(value)} bytes` : `${showCount(value)} blocks`;
}

function showChange(text, value) {
	return value > 0 ? `+${text}` : text;
}

function showShare(part, whole) {
	return whole === 0 ? "" : `${(100 * part / whole).toFixed(2)} %`;
}

function showSeconds(seconds) {
	if (seconds < 60) {
		return `${seconds.toFixed(seconds < 10 ? 3 : 2)} s`;
	}
	const whole = Math.floor(seconds);
	const clock = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
	return clock.map(part => String(part).padStart(2, "0")).join(":");
}
