// SPDX-License-Identifier: GPL-3.0-or-later
// The head of the page: what ran, the totals, what is not as it should be, and light or dark.

function showMoment(milliseconds) {
	return new Date(milliseconds).toISOString().replace("T", " ").replace(/\.\d+Z/, " UTC");
}

function showRun() {
	const { run } = data;
	const program = run.program || "unknown program";
	document.title = `${brief(program, 80)} (${run.pid}): heap`;
	byId("program").textContent = brief(program, 300);
	const facts = [`process ${run.pid}`, showSeconds(run.duration), `${showCount(run.events)} events`];
	if (run.start_ms > 0) {
		facts.push(showMoment(run.start_ms));
	}
	byId("facts").textContent = facts.join(" \u00b7 ");
	byId("command").textContent = brief(run.command_line || "", 1000);
	const change = (column, show) => data.base && totals[column] !== baseTotals[column] ?
		`, ${showChange(show(totals[column] - baseTotals[column]), totals[column] - baseTotals[column])}` : "";
	const cards = [
		["live", "Still allocated", "live_bytes", "live_blocks"],
		["peak", `Peak, at ${showSeconds(run.peak_time)}`, "peak_bytes", "peak_blocks"],
		["total", "Allocated in all", "total_bytes", "total_blocks"],
	].map(([name, title, bytes, blocks]) => element("div", { class: "card", "data-total": name },
		element("dt", {}, title),
		element("dd", { title: showExact(bytes, totals[bytes]), "data-bytes": totals[bytes], "data-blocks": totals[blocks] },
			element("b", {}, showBytes(totals[bytes])),
			` in ${showCount(totals[blocks])} blocks${change(bytes, showBytes)}`)));
	cards.push(element("div", { class: "card", "data-total": "temporary" },
		element("dt", {}, "Temporary"),
		element("dd", { "data-blocks": totals.temporary_blocks }, element("b", {}, showCount(totals.temporary_blocks)), " blocks, ",
			showShare(totals.temporary_blocks, totals.total_blocks))));
	byId("totals").replaceChildren(...cards);
}

function showList(id, lines) {
	byId(id).hidden = lines.length === 0;
	byId(id).replaceChildren(...lines.map(line => element("li", {}, line)));
}

// What is not as it should be, and what of all is shown.
function showWarnings() {
	const { run } = data;
	const counted = [
		["lost", "events were lost on the way: the numbers are too small"],
		["missed_frees", "frees were not seen"],
		["double_frees", "blocks were freed twice"],
		["mismatched_frees", "blocks were freed by a function that does not go with their allocator, or as a wrong size"],
		["failures", "allocations failed"],
	];
	const warnings = counted.filter(([name]) => run[name] > 0).map(([name, text]) => `${showCount(run[name])} ${text}`);
	if (run.damage) {
		warnings.unshift(brief(run.damage, 500));
	}
	showList("warnings", warnings);
	const notes = [];
	if (data.base) {
		notes.push(`Compared with ${brief(data.base.text, 300)}${
			data.base.start_ms > 0 ? `, ${showMoment(data.base.start_ms)}` : ""}: only call stacks that differ are shown.`);
	}
	if (run.shown) {
		notes.push(`Only a part is shown: ${brief(run.shown, 1000)}`);
	}
	if (run.skipped > 0) {
		notes.push(`${showCount(run.skipped)} call stacks are shown without their innermost functions, which only hand memory on`);
	}
	showList("notes", notes);
}

// Light or dark: as the system has it, unless one is chosen. What is returned applies it.
function startTheme() {
	const select = byId("theme"), system = matchMedia("(prefers-color-scheme: dark)");
	let kept = null;
	try {
		kept = localStorage.getItem("dumpalloc-theme");
	} catch { // not allowed for pages from disk
	}
	select.value = kept === "light" || kept === "dark" ? kept : "system";
	const apply = () => {
		const theme = select.value !== "system" ? select.value : system.matches ? "dark" : "light";
		document.documentElement.dataset.theme = theme;
		changed("theme");
	};
	select.addEventListener("change", () => {
		apply();
		try {
			localStorage.setItem("dumpalloc-theme", select.value);
		} catch { // it holds for this visit
		}
	});
	system.addEventListener("change", apply);
	return apply;
}
