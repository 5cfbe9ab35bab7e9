// SPDX-License-Identifier: GPL-3.0-or-later
// Puts the parts together.

function startControls() {
	const metric = byId("metric");
	metric.replaceChildren(...data.columns.map(({ name, title }) => element("option", { value: name }, title)));
	metric.value = shown.metric;
	metric.addEventListener("change", () => show({ metric: metric.value }));
	byId("direction").addEventListener("change", () => show({ direction: byId("direction").value }));
	byId("compare").addEventListener("change", () => show({ compare: byId("compare").value }));
	byId("keep").addEventListener("click", () => {
		show({ kept: shown.range, compare: "kept" });
		announce(`${showRange(shown.range)} is kept to compare with`);
	});
	if (!data.run.has_leaks) {
		byId("tab-leaks").textContent = "Still live";
	}
	byId("leaks-mapped").hidden = data.mappings.size === 0;
	byId("mappings").addEventListener("change", () => show({ withMappings: byId("mappings").checked }));
	byId("time-details").addEventListener("toggle", () => makeTimes(byId("time-table")), { once: true });
	let timer = 0;
	byId("search").addEventListener("input", () => {
		clearTimeout(timer);
		timer = setTimeout(() => show({ search: byId("search").value }), 150);
	});
}

function showControls() {
	byId("compare-run").hidden = byId("compare-run").disabled = !data.base;
	byId("compare-start").hidden = byId("compare-kept").hidden = nStates === 0;
	if (data.base) {
		byId("compare-run").textContent = brief(data.base.text, 80);
	}
	byId("compare").value = shown.compare;
	byId("compare-kept").disabled = !shown.kept || WHOLE_COLUMNS.includes(shown.metric);
	byId("compare-kept").textContent = shown.kept ? `the kept range, ${showRange(shown.kept)}` : "a kept range";
	byId("compare-start").disabled = nStates === 0 || !shown.metric.startsWith("live_");
	if (byId("search").value !== shown.search) {
		byId("search").value = shown.search;
	}
	const now = sumOf(costsNow()), before = costsBefore();
	const sum = byId("sum");
	sum.dataset.value = now;
	sum.textContent = `${showExact(shown.metric, now)}, ${explainColumn(shown.metric, shown.range)}${
		data.base ? ", in the call stacks that differ" : ""}`;
	const change = before ? now - sumOf(before) : 0;
	byId("change").textContent = before ? `${showChange(showExact(shown.metric, change), change)}` : "";
	byId("change").dataset.value = before ? change : "";
	byId("legend").hidden = !before;
	const found = nodesFound();
	byId("search-sum").textContent = found ? `in ${showShare(costsNow().reduce((sum_, cost, charge) =>
		sum_ + (isFound(charge) ? cost : 0), 0), now) || "0 %"} of ${titles[shown.metric].toLowerCase()}` : "";
}

function start() {
	const applyTheme = startTheme();
	showRun();
	showWarnings();
	startControls();
	const graph = new GraphView(), tree = new CallTree();
	byId("time-section").hidden = nStates === 0;
	if (nStates > 0) {
		new TimeView();
	}
	new StackView();
	const fill = {
		graph: () => graph.layOutSoon(),
		tree: () => tree.fill(),
		leaks: makeLeaks(byId("leaks")),
		growth: makeGrowth(byId("growth")),
		temporary: makeTemporary(byId("temporary")),
		sizes: makeSizes(byId("sizes")),
		rounding: makeRounding(byId("rounding")),
		functions: makeFunctions(byId("functions")),
		differences: makeDifferences(byId("differences")),
	};
	// What is not known of a difference of runs has no tab.
	const missing = { growth: nStates === 0, sizes: data.sizes.length === 0, rounding: !data.census };
	Object.keys(missing).filter(name => missing[name]).forEach(name => byId(`tab-${name}`).remove());
	const showTab = startTabs(byId("tabs"), tab => show({ tab }));
	const filled = new Set(); // the tabs that are as they should be
	onChange(those => {
		if (["metric", "range", "compare", "kept", "search", "direction", "withMappings"].some(name => those.has(name))) {
			filled.clear();
			showControls();
		}
		if (those.has("tab")) {
			showTab(shown.tab);
		}
		if (!filled.has(shown.tab)) {
			filled.add(shown.tab);
			fill[shown.tab]();
		}
	});
	showTab(shown.tab);
	showControls();
	applyTheme();
	document.documentElement.dataset.ready = "yes";
}

start();
