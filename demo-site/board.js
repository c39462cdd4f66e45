/* SPDX-License-Identifier: MIT */
/*
 * board.js - the overview: one row for each technique, with the latency of the
 * newest message as a bar.
 */
import { duration, size } from "./lane.js";

const LONGEST = 10000; /* ms: a full bar */

export function board(lanes) {
	const newest = { id: "" };

	for (const lane of lanes) {
		const row = document.getElementById("board-row").content
			.cloneNode(true).querySelector("tr");
		const link = row.querySelector("a");

		row.dataset.for = lane.name;
		link.href = `#${lane.name}-title`;
		link.textContent = lane.title;
		document.querySelector("#board tbody").append(row);
		follow(lane, row, newest);
	}
	document.getElementById("board").hidden = false;
}

function follow(lane, row, newest) {
	const show = (name, text) =>
		row.querySelector(`[data-cell=${name}]`).textContent = text;
	const state = ({ detail }) => {
		row.dataset.state = detail.state;
		show("state", detail.state);
	};

	state({ detail: { state: lane.find("[data-state]").dataset.state } });
	lane.addEventListener("state", state);
	lane.addEventListener("count", () => {
		show("requests", lane.requests);
		show("bytes", size(lane.bytes));
	});
	lane.addEventListener("message", ({ detail: { message, ms } }) => {
		if (isAfter(message.id, newest.id)) {
			newest.id = message.id;
			clear(); /* the others have yet to get this one */
		}
		if (message.id !== newest.id)
			return;
		show("took", duration(ms));
		row.querySelector(".bar").style.setProperty("--part", part(ms));
		row.dataset.has = "it";
	});
}

function clear() {
	for (const row of document.querySelectorAll("#board tbody tr")) {
		delete row.dataset.has;
		row.querySelector("[data-cell=took]").textContent = "…";
	}
}

/* Of a bar whose scale is logarithmic: 2 ms and 5 s are both to be seen. */
function part(ms) {
	return Math.min(1, Math.log10(1 + ms) / Math.log10(1 + LONGEST));
}

function isAfter(a, b) {
	const [ms, number] = a.split("-").map(Number);
	const [ms2, number2] = b.split("-").map(Number);

	return !b || ms > ms2 || (ms === ms2 && number > number2);
}
