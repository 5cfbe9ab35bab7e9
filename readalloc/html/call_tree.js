// SPDX-License-Identifier: GPL-3.0-or-later
// The call tree as a table whose rows open: what the graph shows, for keys and for those who hear the page.

const childrenShown = 50;

class CallTree {
	constructor() {
		this.body = byId("tree-body");
		this.body.addEventListener("keydown", event => this.key(event));
		byId("tree-hottest").addEventListener("click", () => this.openHottest());
	}

	fill() {
		this.tree = treeNow();
		byId("tree-cost").textContent = titles[shown.metric];
		byId("tree-change-head").hidden = !costsBefore();
		const row = this.makeRow(this.tree.root, 1);
		this.body.replaceChildren(row);
		row.tabIndex = 0;
		this.open(row);
	}

	makeRow(id, level) {
		const { tree } = this, isRoot = id === tree.root;
		const frame = tree.frame(id), now = tree.now(id), hasChildren = isRoot || this.childrenOf(id).length > 0;
		const found = framesFound();
		const name = isRoot ? "all" : brief(functionOf(frame), 300);
		const cells = [
			element("td", { role: "gridcell", class: "number", title: showExact(shown.metric, now), "data-value": now },
				showShort(shown.metric, now)),
			element("td", { role: "gridcell", class: "number" }, showShare(now, tree.now(tree.root))),
		];
		if (costsBefore()) {
			const change = now - tree.base(id);
			cells.push(element("td", { role: "gridcell", class: "number" }, showChange(showShort(shown.metric, change), change)));
		}
		const nameCell = element("td", { role: "gridcell", class: "name" },
			element("span", { class: hasChildren ? "twist" : "twist none", "aria-hidden": "true" }),
			element("span", { class: found && !isRoot && found[frame] ? "function found" : "function" }, name),
			element("span", { class: "place" }, isRoot ? "" : brief((placeOf(frame) || objectOf(frame)).split("/").pop(), 80)));
		// Deep calls move on by less, so that they stay in sight.
		nameCell.style.paddingInlineStart = `${Math.min(level, 20) * 12 + Math.max(level - 20, 0) * 2}px`;
		cells.push(nameCell);
		const row = element("tr", { role: "row", "aria-level": level, tabindex: "-1",
			"aria-expanded": hasChildren ? "false" : null, onclick: event => this.pressed(event, row) }, ...cells);
		row.node = id;
		row.level = level;
		return row;
	}

	childrenOf(id) {
		return this.tree.children(id).filter(child => this.tree.weight(child) > 0);
	}

	pressed(event, row) {
		row.focus();
		show({ selected: { tree: this.tree, id: row.node } });
		if (event.target.classList.contains("twist") || event.detail === 2) {
			this.toggle(row);
		}
	}

	toggle(row) {
		if (row.getAttribute("aria-expanded") === "true") {
			this.close(row);
		} else {
			this.open(row);
		}
	}

	open(row) {
		if (row.getAttribute("aria-expanded") !== "false") {
			return;
		}
		row.setAttribute("aria-expanded", "true");
		const list = this.childrenOf(row.node).sort((a, b) => this.tree.weight(b) - this.tree.weight(a));
		this.addChildren(row, row, list, 0);
	}

	// Rows for `list` from `first` on behind the row `after`, and one for the rest.
	addChildren(parent, after, list, first) {
		const some = list.slice(first, first + childrenShown).map(id => this.makeRow(id, parent.level + 1));
		if (list.length > first + childrenShown) {
			const more = element("tr", { role: "row", "aria-level": parent.level + 1 },
				element("td", { role: "gridcell", colspan: costsBefore() ? 4 : 3 },
					element("button", { type: "button", onclick: () => {
						this.addChildren(parent, more, list, first + childrenShown);
						more.nextElementSibling.focus();
						more.remove();
					} }, `${showCount(list.length - first - childrenShown)} more`)));
			more.level = parent.level + 1;
			some.push(more);
		}
		after.after(...some);
	}

	close(row) {
		row.setAttribute("aria-expanded", "false");
		while (row.nextElementSibling && row.nextElementSibling.level > row.level) {
			row.nextElementSibling.remove();
		}
	}

	// Down the greatest child until no one has half of what its parent has.
	openHottest() {
		let row = this.body.firstElementChild;
		for (;;) {
			this.open(row);
			const child = row.nextElementSibling;
			if (!child || child.level <= row.level || this.tree.weight(child.node) * 2 < this.tree.weight(row.node)) {
				break;
			}
			row = child;
		}
		this.focus(row);
		show({ selected: { tree: this.tree, id: row.node } });
	}

	focus(row) {
		this.body.querySelector("[tabindex='0']")?.setAttribute("tabindex", "-1");
		row.tabIndex = 0;
		row.focus();
	}

	key(event) {
		const row = event.target.closest("tr");
		const isButton = event.target.tagName === "BUTTON"; // which has its own Enter
		if (!row) {
			return;
		}
		const isOpen = row.getAttribute("aria-expanded") === "true";
		let next = null;
		if (event.key === "ArrowDown" || event.key === "ArrowRight" && isOpen) {
			next = row.nextElementSibling;
		} else if (event.key === "ArrowUp") {
			next = row.previousElementSibling;
		} else if (event.key === "Home") {
			next = this.body.firstElementChild;
		} else if (event.key === "End") {
			next = this.body.lastElementChild;
		} else if (event.key === "ArrowRight" && row.node !== undefined) {
			this.open(row);
		} else if (event.key === "ArrowLeft" && isOpen) {
			this.close(row);
		} else if (event.key === "ArrowLeft") {
			for (next = row.previousElementSibling; next && next.level >= row.level;) {
				next = next.previousElementSibling;
			}
		} else if (!isButton && (event.key === "Enter" || event.key === " ")) {
			show({ selected: { tree: this.tree, id: row.node } });
		} else {
			return;
		}
		if (next) {
			this.focus(next.node === undefined ? next.querySelector("button") : next);
		}
		event.preventDefault();
	}
}
