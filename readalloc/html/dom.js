// SPDX-License-Identifier: GPL-3.0-or-later
// Elements. All text from the data comes in by textContent: nothing in it can become an element.

function byId(id) {
	return document.getElementById(id);
}

// element("td", { class: "number", title: "..." }, "text", another, ...)
function element(name, attributes = {}, ...content) {
	const made = document.createElement(name);
	for (const [key, value] of Object.entries(attributes)) {
		if (key.startsWith("on")) {
			made.addEventListener(key.slice(2), value);
		} else if (value !== null && value !== false) {
			made.setAttribute(key, value === true ? "" : value);
		}
	}
	made.append(...content);
	return made;
}

function colour(name) {
	return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

// Said to those who hear the page.
function announce(text) {
	byId("announcement").textContent = text;
}

// Makes the canvas as large as it is shown, in the screen's own pixels; its context then counts in CSS pixels.
function prepareCanvas(canvas) {
	const scale = window.devicePixelRatio || 1;
	const width = canvas.clientWidth, height = canvas.clientHeight;
	canvas.width = Math.round(width * scale);
	canvas.height = Math.round(height * scale);
	const context = canvas.getContext("2d");
	context.setTransform(scale, 0, 0, scale, 0, 0);
	context.clearRect(0, 0, width, height);
	return { context, width, height };
}

// Calls `draw` once before the next picture, however often it is asked for.
function atNextFrame(draw) {
	let isAsked = false;
	return () => {
		if (!isAsked) {
			isAsked = true;
			requestAnimationFrame(() => {
				isAsked = false;
				draw();
			});
		}
	};
}

async function copyText(text) {
	try {
		await navigator.clipboard.writeText(text);
	} catch { // not allowed, or not there
		const area = element("textarea", { class: "aside", "aria-hidden": "true" });
		area.value = text;
		document.body.append(area);
		area.select();
		document.execCommand("copy");
		area.remove();
	}
}

// A list of tabs whose panels have the ids panel-NAME: arrow keys go from one to the next.
function startTabs(list, chosen) {
	const tabs = [...list.querySelectorAll("[role=tab]")];
	for (const tab of tabs) {
		tab.addEventListener("click", () => chosen(tab.dataset.tab));
		tab.addEventListener("keydown", event => {
			const steps = { ArrowRight: 1, ArrowLeft: -1, Home: -tabs.length, End: tabs.length };
			if (event.key in steps) {
				const step = steps[event.key], at = tabs.indexOf(tab);
				const next = Math.abs(step) === 1 ? (at + step + tabs.length) % tabs.length :
					step < 0 ? 0 : tabs.length - 1;
				tabs[next].focus();
				tabs[next].click();
				event.preventDefault();
			}
		});
	}
	return name => {
		for (const tab of tabs) {
			const isChosen = tab.dataset.tab === name;
			tab.setAttribute("aria-selected", isChosen);
			tab.tabIndex = isChosen ? 0 : -1;
			byId(`panel-${tab.dataset.tab}`).hidden = !isChosen;
		}
	};
}
