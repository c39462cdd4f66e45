/* SPDX-License-Identifier: MIT */
import {
	CLOSED, CONNECTING, isKick, OPEN, parse, PATIENCE, root
} from "./base.mjs";
import { Position } from "./position.mjs";
import { Tabs } from "./tabs.mjs";
import { post, TECHNIQUES } from "./techniques.mjs";

// Events of push.js. A message of such a type is an event "message".
const OWN = ["open", "message", "gap", "presence", "end", "state", "error"];

// Times in ms, except wait in s.
const DEFAULTS = {
	share: true,
	probe: 5000,
	silence: 45000, // longer than hold.beat
	retry: 2000,
	wait: 25,
	interval: 5000,
};

class Push {
	constructor(url, options) {
		this.options = Object.assign({}, DEFAULTS, options);
		const its = new URL(url, location.href);
		const get = (name) => its.searchParams.get(name) || "";
		const last = its.pathname.split("/").pop();
		const path = TECHNIQUES[last]
			? its.pathname.slice(0, -last.length) : its.pathname;
		this.url = (its.origin + path).replace(/\/?$/, "/");
		this.channels = [...new Set(its.searchParams.getAll("channel")
			.concat(this.options.channels || []))].sort();
		if (!this.channels.length)
			throw new TypeError("Push: no channels are named");
		this.readyState = CONNECTING;
		this.technique = "";
		this.listeners = new Map();
		this.there = new Map(); // texts by channel
		for (const name of OWN)
			this["on" + name] = this.options["on" + name] || null;
		const { token } = this.options;
		this.asks = typeof token === "function";
		this.token = this.asks ? undefined : token || get("token");
		this.signed = { expires: get("expires"), sig: get("sig") };
		this.key = `pushcgi ${this.url} ${this.channels.join(" ")}`;
		this.restore();
		this.watch("addEventListener");
		this.connect();
	}

	connect() {
		this.tabs = new Tabs(this);
		this.tabs.start();
	}

	// Sharing does not work.
	alone() {
		this.tabs.leave();
		this.options.share = false;
		this.connect();
	}

	// Its connection, if this tab has it.
	get connection() {
		const { lines } = this.tabs || {};
		const its = lines && lines.all.find(({ members }) =>
			members.has(this.tabs.id));
		return its && its.connection;
	}

	close() {
		if (this.readyState === CLOSED)
			return;
		this.setState(CLOSED, this.technique);
		this.watch("removeEventListener");
		this.tabs.leave();
	}

	get cursor() {
		return this.position.cursor;
	}

	get rights() {
		return Object.assign({ token: this.token || "" }, this.signed);
	}

	// --- the token

	// Nothing, or a promise if token() has to be asked first.
	authorize() {
		if (this.token !== undefined)
			return undefined;
		this.asking = this.asking || this.ask();
		return this.asking;
	}

	async ask() {
		let timer;
		const late = new Promise((_, fail) => {
			timer = setTimeout(fail, PATIENCE,
				new Error("token() did not answer"));
		});
		try {
			this.token = String(await Promise.race(
				[this.options.token(), late]) || "");
		} finally {
			clearTimeout(timer);
			this.asking = null;
		}
	}

	// --- sending

	// Over a WebSocket that may publish, or by POST. A message with a key
	// is stored once.
	async send(channel, data, more) {
		const publication = Object.assign({ channel, data }, more);
		if (/[\ud800-\udfff]/u.test(Object.values(publication)))
			throw Object.assign(new Error(
				"Half of a surrogate pair is not UTF-8."),
				{ status: 400 });
		await this.authorize();
		const attempt =
			this.connection && this.connection.attempt || {};
		let told = attempt.publish ? await attempt.publish(publication)
			: { status: 403 };
		if (told.status === 403)
			attempt.publish = null;
		if (told.status === 403 || told.status === 0 && publication.key)
			told = await post(this, publication);
		if (told.status === 401 && this.asks) {
			this.token = undefined;
			await this.authorize();
			told = await post(this, publication);
		}
		const { id, status, error, detail } = told;
		if (!id)
			throw Object.assign(new Error(error || detail),
				{ status });
		return { id, channel };
	}

	// --- receiving

	take(item, cursor) {
		if (this.readyState === CLOSED)
			return;
		const { position } = this;
		const { gap, presence, end, id, channel, event, data } = item;
		position.cursor = cursor || position.cursor;
		const its = gap || presence;
		const names = its ? [its.channel] : end ? end.channels
			: id && [channel];
		if (names && !names.some((name) =>
			this.channels.includes(name)))
			return;
		if (end && (!this.asks || isKick(end)))
			this.emit("end", end);
		else if (gap && position.misses(gap))
			this.emit("gap", gap);
		else if (presence && this.isNews(presence))
			this.emit("presence", presence);
		else if (id && position.passes(item))
			this.emit(!event || OWN.includes(event) ? "message"
				: event, { data, channel, id, event });
	}

	// A presence is told again after a reconnect, and for later tabs.
	isNews(item) {
		const text = JSON.stringify(item);
		const isNew = text !== this.there.get(item.channel);
		this.there.set(item.channel, text);
		return isNew;
	}

	setState(readyState, technique) {
		if (this.readyState === CLOSED ||
		    readyState === this.readyState &&
		    technique === this.technique)
			return false;
		const opens = readyState === OPEN && this.readyState !== OPEN;
		this.readyState = readyState;
		this.technique = technique;
		this.emit("state", { readyState, technique,
			shared: !(this.tabs && this.tabs.lines) });
		if (opens)
			this.emit("open", { technique });
		return true;
	}

	// Final: no retry.
	fail(why) {
		this.close();
		this.emit("error", why);
	}

	// --- events

	of(type) {
		if (!this.listeners.has(type))
			this.listeners.set(type, new Set());
		return this.listeners.get(type);
	}

	addEventListener(type, listener) {
		this.of(type).add(listener);
	}

	removeEventListener(type, listener) {
		this.of(type).delete(listener);
	}

	emit(type, fields) {
		const event = Object.assign({ type, target: this,
			lastEventId: this.position.cursor }, fields);
		const isOurs = !("data" in event) || type === "message";
		for (const listener of [isOurs && this["on" + type],
			...this.of(type)])
			if (listener)
				this.call(listener, event);
	}

	// An exception of a listener stops nothing here.
	call(listener, event) {
		try {
			if (listener.handleEvent)
				listener.handleEvent(event);
			else
				listener.call(this, event);
		} catch (error) {
			setTimeout(() => { throw error; });
		}
	}

	// --- the page

	// `how`: addEventListener or removeEventListener.
	watch(how) {
		for (const type of ["online", "offline", "pagehide",
			"pageshow"])
			root[how](type, this);
		if (root.document)
			document[how]("visibilitychange", this);
	}

	handleEvent({ type, persisted }) {
		const { tabs } = this;
		if (!tabs.id && !persisted)
			return; // the page is closed or frozen
		const looks = type === "visibilitychange";
		const hides = looks && document.hidden;
		if (type === "pagehide" || hides)
			this.save();
		if (type === "pagehide") // it may come back, as it was
			tabs.leave();
		else if (persisted)
			this.connect();
		else if (hides || type === "pageshow")
			return;
		else if (tabs.lines)
			tabs.lines.each(looks ? "wake" : type);
		else if (looks)
			tabs.seek("wake");
	}

	// `since` of the page takes precedence, except with resume.
	restore() {
		const { since, resume } = this.options;
		const goesOn = resume || resume === undefined && !since;
		const saved = this.saved = this.storage("getItem") || {};
		this.position = goesOn && saved.cursor
			? new Position(this.channels, saved.cursor, saved.last)
			: new Position(this.channels, since);
	}

	save() {
		const { cursor, last } = this.position;
		const { name, usedAt } = this.connection || {};
		this.storage("setItem", JSON.stringify({ cursor, last, usedAt,
			technique: name }));
	}

	// Storage can be missing or forbidden.
	storage(call, value) {
		if (this.options.resume === false)
			return null;
		try {
			const { sessionStorage } = root;
			return parse(sessionStorage[call](this.key, value));
		} catch (denied) {
			return null;
		}
	}
}

Object.assign(Push, { CONNECTING, OPEN, CLOSED });
Object.assign(Push.prototype, { CONNECTING, OPEN, CLOSED });
root.Push = Push;
if (typeof module === "object" && module.exports)
	module.exports = Push;
