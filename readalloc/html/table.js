// SPDX-License-Identifier: GPL-3.0-or-later
// A table that is sorted by any column and shown a page at a time.

const rowsShown = 100;

// `columns`: { title, text(row), value(row) to sort by, isNumber, kind, hint(row), says }, of which the first that is no number
// is the row's button. `choose(row)` is called when it is pressed; without it rows
// are no buttons.
class Table {
	constructor(place, { caption, columns, sort, choose }) {
		this.columns = columns;
		this.sort = sort;
		this.isDescending = columns[sort].isNumber;
		this.choose = choose;
		this.rows = [];
		this.page = 0;
		this.body = element("tbody");
		this.status = element("span", { class: "status", role: "status" });
		this.back = element("button", { type: "button", onclick: () => this.turn(-1) }, "Previous");
		this.next = element("button", { type: "button", onclick: () => this.turn(1) }, "Next");
		this.heads = columns.map((column, i) => element("th", { scope: "col", class: column.isNumber ? "number" : null },
			element("button", { type: "button", title: column.says ?? null, onclick: () => this.sortBy(i) }, column.title)));
		place.replaceChildren(
			element("div", { class: "scrolled", tabindex: "0", role: "region", "aria-label": caption },
				element("table", {}, element("caption", {}, caption),
					element("thead", {}, element("tr", {}, ...this.heads)), this.body)),
			element("div", { class: "pager" }, this.back, this.next, this.status));
	}

	// `rows` may be a function, for what takes long to find.
	setRows(rows, whole) {
		this.rows = rows;
		this.whole = whole;
		this.page = 0;
		this.order();
	}

	sortBy(i) {
		this.isDescending = i === this.sort ? !this.isDescending : Boolean(this.columns[i].isNumber);
		this.sort = i;
		this.page = 0;
		this.order();
		announce(`sorted by ${this.columns[i].title}, ${this.isDescending ? "descending" : "ascending"}`);
	}

	order() {
		const { value } = this.columns[this.sort], sign = this.isDescending ? -1 : 1;
		const keys = this.rows.map(row => value(row));
		const order = keys.map((_, i) => i).sort((a, b) =>
			keys[a] < keys[b] ? -sign : keys[a] > keys[b] ? sign : a - b);
		this.rows = order.map(i => this.rows[i]);
		this.draw();
	}

	turn(step) {
		this.page += step;
		this.draw();
		this.body.parentElement.parentElement.scrollTop = 0;
	}

	draw() {
		const first = this.page * rowsShown, n = this.rows.length;
		const last = Math.min(first + rowsShown, n);
		this.heads.forEach((head, i) => {
			const order = this.isDescending ? "descending" : "ascending";
			if (i === this.sort) {
				head.setAttribute("aria-sort", order);
			} else {
				head.removeAttribute("aria-sort");
			}
		});
		this.body.replaceChildren(...this.rows.slice(first, last).map(row => this.drawRow(row)));
		this.back.disabled = this.page === 0;
		this.next.disabled = last >= n;
		this.status.textContent = n === 0 ? "nothing here" : `${showCount(first + 1)} to ${showCount(last)} of ${
			showCount(n)}${this.whole ? `, ${this.whole}` : ""}`;
	}

	drawRow(row) {
		let isFirst = true;
		return element("tr", this.choose ? { onclick: () => this.choose(row) } : {}, ...this.columns.map(column => {
			const text = column.text(row), hint = column.hint ? column.hint(row) : null;
			if (column.isNumber) {
				return element("td", { class: "number", title: hint, "data-value": column.value(row) }, text);
			}
			if (isFirst && this.choose) {
				isFirst = false;
				return element("td", {}, element("button", { type: "button", class: "row", title: hint }, text));
			}
			return element("td", { class: column.kind ?? "text", title: hint }, text);
		}));
	}
}
