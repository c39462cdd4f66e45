/* SPDX-License-Identifier: MIT */
/*
 * lane.js - the view of one technique, and the methods a technique calls:
 *
 *	request(parameters)	returns a URL; counts the request
 *	open()			the request is sent and probably held
 *	live()			a response arrives
 *	lost(why)		the request failed
 *	received(text)		part of a body arrived
 *	take(item, cursor)	a message, a gap or a cursor arrived
 *	at(cursor)		the start of the next request
 */
import { channel, url } from "./channel.js";

const ROWS_MAX = 200;
const LATENCIES_MAX = 200; /* samples of the median */
const OPEN_AFTER = 500; /* ms without an error */

const utf8 = new TextEncoder();

export class Lane extends EventTarget {
	constructor(root, run) {
		super();
		this.root = root;
		this.name = root.dataset.lane;
		this.title = root.querySelector("h3").textContent;
		this.run = run;
		this.cursor = channel.start;
		this.latencies = [];
		this.requests = this.count = this.bytes = 0;
		this.received = this.received.bind(this);
		this.furnish();
		this.state("connecting");
	}

	furnish() {
		const part = document.getElementById("live").content
			.cloneNode(true);
		const button = part.querySelector("button");

		this.root.querySelector("header")
			.append(part.querySelector("[data-state]"));
		this.root.append(part);
		this.find("[data-messages]")
			.setAttribute("aria-label", `${this.title}: messages`);
		this.find(".url").textContent = `/push/${this.name}`;
		button.addEventListener("click", () =>
			(this.running ? this.pause() : this.resume()));
	}

	find(selector) {
		return this.root.querySelector(selector);
	}

	show(selector, text) {
		this.find(selector).textContent = text;
	}

	tell(type, detail = {}) {
		this.dispatchEvent(new CustomEvent(type, { detail }));
	}

	/* ---- running ---- */

	get running() {
		return !!this.controller;
	}

	resume() {
		if (this.running)
			return;
		this.controller = new AbortController();
		this.state("connecting");
		this.run(this, this.controller.signal);
		this.tell("resumed");
	}

	pause(why = "") {
		if (!this.running)
			return;
		this.controller.abort();
		this.controller = null;
		this.state("paused", why);
		this.tell("paused");
	}

	state(state, why = "") {
		const button = this.find("footer button");

		clearTimeout(this.opening);
		this.show("[data-state]", state);
		this.find("[data-state]").dataset.state = state;
		this.show("[data-why]", why);
		button.textContent = this.running ? "Pause" : "Resume";
		button.setAttribute("aria-label",
			`${button.textContent} ${this.title}`);
		this.tell("state", { state, why });
	}

	/* ---- what a technique tells ---- */

	request(parameters = {}) {
		const all = { since: this.cursor, ...parameters };

		this.show("[data-requests]", ++this.requests);
		this.tell("count");
		if (!all.since)
			delete all.since;
		return url(this.name, all);
	}

	open() {
		clearTimeout(this.opening);
		this.opening = setTimeout(() => this.live(), OPEN_AFTER);
	}

	live() {
		if (this.running)
			this.state("live");
	}

	lost(why) {
		if (this.running)
			this.state("reconnecting", why);
	}

	received(text) {
		this.bytes += utf8.encode(text).length;
		this.show("[data-bytes]", size(this.bytes));
		this.tell("count");
	}

	at(cursor) {
		this.cursor = cursor;
		this.show("[data-cursor]", cursor || "–");
	}

	/* Of one channel, a message's id is the cursor after it. */
	take(item, cursor = item.cursor || item.id) {
		if (cursor)
			this.at(cursor);
		if (item.gap)
			this.row("gap", `Messages between ${item.gap.after} and ` +
				`${item.gap.before} are gone.`, "");
		else if (item.id)
			this.message(item);
	}

	message(message) {
		const ms = Math.max(0, Date.now() - parseInt(message.id, 10));

		channel.empty = false;
		this.latencies.push(ms);
		if (this.latencies.length > LATENCIES_MAX)
			this.latencies.shift();
		this.show("[data-count]", ++this.count);
		this.show("[data-last]", duration(ms));
		this.show("[data-median]", duration(median(this.latencies)));
		this.row("message", message.data, duration(ms), message);
		this.tell("message", { message, ms });
	}

	row(kind, text, latency, { id = "", event = "" } = {}) {
		const row = document.getElementById("row").content
			.cloneNode(true).querySelector("li");
		const type = row.querySelector(".type");
		const list = this.find("[data-messages]");

		row.dataset.kind = kind;
		row.dataset.id = id;
		row.querySelector("time").textContent =
			new Date().toTimeString().slice(0, 8);
		type.textContent = event;
		type.hidden = !event;
		row.querySelector(".data").textContent = text;
		row.querySelector(".latency").textContent = latency;
		list.prepend(row);
		while (list.children.length > ROWS_MAX)
			list.lastElementChild.remove();
	}
}

export function duration(ms) {
	return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

export function size(bytes) {
	return bytes < 1000 ? `${bytes} B`
		: bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB`
			: `${(bytes / 1e6).toFixed(1)} MB`;
}

function median(numbers) {
	const sorted = [...numbers].sort((a, b) => a - b);
	const half = sorted.length >> 1;

	return sorted.length % 2 ? sorted[half]
		: (sorted[half - 1] + sorted[half]) / 2;
}
