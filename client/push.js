/* SPDX-License-Identifier: MIT */
/*
 * push.js - messages of pushcgi in a page, by the best way there is.
 *
 *	const push = new Push("/push/", { channels: ["news"] });
 *	push.onmessage = (message) => console.log(message.data);
 *
 * What it takes and does: doc/client.md
 * Tests: tests/e2e/test_client*.py
 */
(function (root) {
"use strict";

const CONNECTING = 0, OPEN = 1, CLOSED = 2;
const MAX_PAUSE = 60000;	// ms between two tries, at most
const PATIENCE = 15000;		// ms an answer may take beyond what it waits
const SETTLED = 1000;		// ms after which a byte is not the first chunk
const TRIES = 3;		// on a rung that once worked
const CLIMB_AFTER = 3600000;	// ms on a lower rung before the top is tried
const LIMIT = 100;		// messages in a batch, when there are more
const XHR_MAX = 1 << 20;	// characters: an XHR keeps all it ever got

// Answers that stay the same. Not 404: another rung may be installed.
const isFinal = (status) =>
	status >= 400 && status < 500 && ![404, 408, 425, 429].includes(status);

// Close codes that tell: not by a WebSocket.
const NOT_BY_SOCKET = [1002, 1003, 1007, 1008, 1009];

// --- rungs -------------------------------------------------------------------
//
// start(link) asks, tells the link what comes of it, and returns what stops it.
// `streams`: says something at once and then goes on.

let names = 0;

// A name by which a script or a frame can call `call`.
function named(call) {
	const name = "push" + ++names;
	root[name] = call;
	return name;
}

// A page sees no pings. So at first and after silence it subscribes to what it
// has: that is answered.
function startWebSocket(link) {
	const url = link.push.address("websocket").replace("http", "ws");
	const socket = new WebSocket(url);
	const asked = []; // by ref: what hears the answer
	const ask = (intent) => new Promise((answer) => {
		intent.ref = asked.push(answer) - 1;
		socket.send(JSON.stringify(intent));
		link.patience(PATIENCE);
	});
	socket.onopen = () => {
		link.publish = (publish) => ask({ publish });
		link.check = () =>
			ask({ subscribe: link.push.channels.slice(0, 1) });
		link.check();
	};
	socket.onmessage = ({ data }) => {
		const item = parse(data) || {};
		const answer = asked[item.ref];
		delete asked[item.ref];
		link.heard();
		if (answer)
			answer(item);
		else
			link.item(item);
	};
	socket.onclose = ({ code }) => link.lost(code);
	return () => {
		socket.close();
		link.publish = null;
		for (const answer of asked.filter(Boolean))
			answer({ status: 0, detail: "lost before an answer" });
	};
}

// By fetch, as EventSource shows neither status nor beats nor messages of a
// type nobody named.
function startSse(link) {
	const abort = new AbortController();
	const lost = () => link.lost();
	const read = async () => {
		const { ok, status, headers, body } = await fetch(
			link.push.address("sse", { envelope: "json" }), {
				headers: { Accept: "text/event-stream" },
				cache: "no-store",
				credentials: link.push.options.withCredentials
					? "include" : "same-origin",
				signal: abort.signal,
			});
		if (!ok || !/event-stream/.test(headers.get("Content-Type")))
			return link.lost(status, headers.get("Retry-After"));
		const reader = body.getReader();
		const decoder = new TextDecoder();
		for (;;) {
			const { done, value } = await reader.read();
			if (done)
				return;
			link.text(decoder.decode(value, { stream: true }));
		}
	};
	read().then(lost, lost);
	return () => abort.abort();
}

function openXhr({ push }, program, parameters, done, method) {
	const xhr = new XMLHttpRequest();
	xhr.open(method || "GET", push.address(program, parameters));
	xhr.withCredentials = push.options.withCredentials;
	xhr.onloadend = () =>
		done(xhr.status, xhr.getResponseHeader("Retry-After"));
	return xhr;
}

function sendXhr(xhr) {
	xhr.send();
	return () => {
		xhr.onloadend = null; // abort() would call it
		xhr.abort();
	};
}

function startStream(link) {
	// Chromium waits for 3 bytes, older engines for 1 KB.
	const xhr = openXhr(link, "stream", { padding: 1024 },
		(...why) => link.lost(...why));
	let read = 0;
	// Not onprogress, which Chromium holds back for 50 ms.
	xhr.onreadystatechange = () => {
		if (xhr.readyState < 3 || xhr.status !== 200 ||
		    !/ndjson/.test(xhr.getResponseHeader("Content-Type")))
			return;
		const text = xhr.responseText;
		if (text.length > read)
			link.text(text.slice(read));
		read = text.length;
		// What is cut here comes again; only a whole line is progress.
		if (read - link.rest.length > XHR_MAX)
			link.done(0);
	};
	return sendXhr(xhr);
}

// One request for what came after the cursor.
function startBatch(link, program, parameters) {
	const xhr = openXhr(link, program, parameters, (status, after) => {
		const batch = status === 200 && parse(xhr.responseText);
		if (batch && batch.messages)
			link.batch(batch, after);
		else
			link.lost(status, after);
	});
	return sendXhr(xhr);
}

// Comes to the message's id, or to what was wrong.
function post(push, message) {
	return new Promise((answer) => {
		const xhr = openXhr({ push }, "publish",
			{ channel: [], since: "" },
			(status) => answer(Object.assign(
				{ status, detail: "no answer" },
				parse(xhr.responseText))), "POST");
		xhr.setRequestHeader("Content-Type", "application/json");
		xhr.send(JSON.stringify(message));
	});
}

function startJsonp(link) {
	const script = document.createElement("script");
	const callback = named((batch) => {
		delete root[callback];
		link.batch(batch);
	});
	script.onload = script.onerror = () => link.lost();
	script.src = link.push.address("jsonp",
		{ callback, wait: link.seconds });
	document.head.appendChild(script);
	return () => script.remove();
}

// Of another origin, the frame posts its messages; of ours, it calls.
function startIframe(link) {
	const frame = document.createElement("iframe");
	const callback = named((item) => link.item(item));
	const theirs = !link.push.url.startsWith(location.origin + "/");
	const posted = (event) =>
		event.source === frame.contentWindow && link.item(event.data);
	// A frame that is cut says nothing: it lives while what it counts
	// rises, or, of another origin, while there are messages.
	let timer, seen;
	const look = () => {
		const before = seen;
		try {
			seen = frame.contentWindow.heard;
		} catch (denied) {
			seen = 1;
		}
		if (seen !== before)
			link.heard();
	};
	const load = () => {
		frame.hidden = true;
		frame.onload = () => link.lost();
		frame.src = link.push.address("iframe",
			theirs ? { origin: location.origin } : { callback });
		document.body.appendChild(frame);
		timer = setInterval(look, 100);
	};
	root.addEventListener("message", posted);
	// A page is not loaded while a frame in it is.
	if (document.readyState === "complete")
		load();
	else
		root.addEventListener("load", load);
	return () => {
		clearInterval(timer);
		root.removeEventListener("message", posted);
		root.removeEventListener("load", load);
		frame.remove();
		delete root[callback];
	};
}

// `needs`: what the browser must have.
const RUNGS = {
	websocket: {
		streams: true,
		needs: ["WebSocket"],
		start: startWebSocket,
	},
	sse: {
		streams: true,
		needs: ["AbortController", "ReadableStream", "TextDecoder"],
		start: startSse,
	},
	stream: {
		streams: true,
		needs: ["XMLHttpRequest"],
		start: startStream,
	},
	iframe: {
		streams: true,
		needs: ["document"],
		start: startIframe,
	},
	longpoll: {
		waits: true,
		needs: ["XMLHttpRequest"],
		start: (link) =>
			startBatch(link, "longpoll", { wait: link.seconds }),
	},
	jsonp: {
		waits: true,
		needs: ["document"],
		start: startJsonp,
	},
	poll: {
		needs: ["XMLHttpRequest"],
		start: (link) => startBatch(link, "poll"),
	},
};

const works = (name) =>
	RUNGS[name] && RUNGS[name].needs.every((its) => root[its]);

// Best first. The iframe is for what cannot read a stream in another way.
function ladder(techniques) {
	const streams = works("sse") || works("stream");
	return (techniques || Object.keys(RUNGS)).filter((name) => works(name)
		&& (techniques || name !== "iframe" || !streams));
}

function parse(text) {
	try {
		return JSON.parse(text);
	} catch (junk) { // some servers end a cut stream with an error page
		return null;
	}
}

// --- Link --------------------------------------------------------------------

// One request. Whatever comes after its end is not heard.
class Link {
	constructor(connection, name) {
		this.connection = connection;
		this.push = connection.push;
		this.name = name;
		this.rung = RUNGS[name];
		this.began = Date.now();
		this.rest = "";
		this.over = false;
		// A rung's first answer comes at once, to show that it works.
		const { probe, wait } = this.push.options;
		this.seconds = this.rung.waits && connection.proved.has(name)
			? wait : 0;
		this.patience(this.rung.streams ? probe
			: this.seconds * 1000 + PATIENCE);
		try {
			this.stop = this.rung.start(this);
		} catch (denied) { // by a policy of the page
			this.stop = () => {};
			this.patience(0);
		}
	}

	// How long there may be silence from now on.
	patience(ms, then = () => this.lost()) {
		clearTimeout(this.timer);
		if (!this.over)
			this.timer = setTimeout(then, ms);
	}

	heard() {
		if (this.over)
			return;
		if (this.rung.streams)
			this.patience(this.push.options.silence, this.check);
		this.connection.heard(this);
	}

	text(chunk) {
		this.heard();
		const lines = (this.rest + chunk).split("\n");
		this.rest = lines.pop();
		for (const line of lines) {
			// In SSE a message is one line of data.
			const item = parse(line.replace(/^data: ?/, "")
				.replace(/^retry: ?(.*)/, '{"retry":$1}'));
			if (item)
				this.item(item);
		}
	}

	// Of a stream: a message, a gap, a cursor, or when to come back.
	item(item) {
		if (this.over)
			return;
		if (item.retry !== undefined)
			this.connection.retry = item.retry;
		else
			this.push.receive(item, item.cursor ||
				this.push.channels.length < 2 && item.id);
		this.heard();
	}

	// What stands in a batch is before its cursor, so that comes last.
	batch(batch, retryAfter) {
		this.heard();
		for (const item of batch.messages)
			if (!this.over)
				this.push.receive(item);
		if (this.over)
			return;
		this.push.receive({}, batch.cursor);
		this.connection.heard(this);
		this.done(this.pause(batch.messages.length), retryAfter);
	}

	// ms until the next request of a rung that asks again and again.
	pause(count) {
		if (!this.rung.waits)
			return count < LIMIT ? this.push.options.interval : 0;
		// Sent away before its time: so does a server that is full.
		const early = this.seconds > 0 && count === 0 &&
			Date.now() - this.began < SETTLED;
		return early ? this.connection.retry : 0;
	}

	// It ended as it should.
	done(pause, retryAfter) {
		if (this.end())
			this.connection.again(pause, retryAfter);
	}

	lost(status, retryAfter) {
		if (this.end())
			this.connection.lost(this, status, retryAfter);
	}

	end() {
		if (this.over)
			return false;
		this.over = true;
		clearTimeout(this.timer);
		this.stop();
		return true;
	}
}

// --- Connection --------------------------------------------------------------

// Keeps one link going, by the best rung that works.
class Connection {
	constructor(push, saved) {
		this.push = push;
		this.rungs = ladder(push.options.techniques);
		this.retry = push.options.retry;
		this.proved = new Set(); // rungs by which something came
		this.fails = 0;		// since something settled
		this.tries = 0;		// of these, on this rung
		this.notBefore = 0;
		this.stand(Math.max(0, this.rungs.indexOf(saved.technique)));
		this.stood = saved.stood || this.stood;
		if (this.rungs.length)
			this.connect();
		else
			push.fail({ reason: "no technique works here" });
	}

	stand(at) {
		this.at = at;
		this.tries = 0;
		this.stood = Date.now();
	}

	connect() {
		this.timer = null;
		if (this.at > 0 && Date.now() - this.stood > CLIMB_AFTER)
			this.stand(0);
		this.link = new Link(this, this.rungs[this.at]);
	}

	heard(link) {
		this.proved.add(link.name);
		if (!link.rung.streams || Date.now() - link.began > SETTLED)
			this.fails = this.tries = 0;
		if (this.push.position.cursor)
			this.push.tellState(OPEN, link.name);
	}

	again(pause, retryAfter) {
		const asked = (Number(retryAfter) || 0) * 1000;
		this.link = null;
		this.notBefore = Date.now() + asked;
		this.timer = setTimeout(() => this.connect(),
			Math.max(pause, asked));
	}

	lost(link, status, retryAfter) {
		const { push } = this;
		if (isFinal(status))
			return push.fail({ status, technique: link.name });
		const unproved = NOT_BY_SOCKET.includes(status) ||
			!this.proved.has(link.name);
		if (++this.tries >= TRIES || unproved)
			this.stand((this.at + 1) % this.rungs.length);
		// The next rung may work now. After the last comes a pause.
		const pause = unproved && this.at > 0 ? 0 : this.backoff();
		push.tellState(CONNECTING, link.name);
		push.emit("error",
			{ status: status || 0, technique: link.name });
		if (push.readyState !== CLOSED)
			this.again(pause, retryAfter);
	}

	// Twice as long each time, and not all readers at once.
	backoff() {
		const first = Math.max(this.retry, 500);
		const pause = first * 2 ** this.fails;
		this.fails = Math.min(this.fails + 1, 9);
		return Math.min(pause, MAX_PAUSE) * (1 + Math.random() / 2);
	}

	// Offline. A browser may be wrong about that, so not for ever.
	offline() {
		this.stop();
		this.push.tellState(CONNECTING, this.rungs[this.at]);
		this.again(MAX_PAUSE);
	}

	// There is a network again, perhaps another one.
	online() {
		this.stand(0);
		this.proved.clear();
		this.fails = 0;
		this.wake();
	}

	// Somebody looks: no longer wait for what is not a server's wish.
	wake() {
		if (this.link && this.link.check)
			this.link.check();
		if (!this.timer)
			return;
		clearTimeout(this.timer);
		this.timer = setTimeout(() => this.connect(),
			Math.max(0, this.notBefore - Date.now()));
	}

	stop() {
		clearTimeout(this.timer);
		this.timer = null;
		if (this.link)
			this.link.end();
		this.link = null;
	}
}

// --- Crew --------------------------------------------------------------------

// Tabs that ask for the same. The one that holds the lock connects and tells
// the others; when it closes, the browser gives the lock to the next.
class Crew {
	constructor(push, key) {
		this.push = push;
		this.id = Math.random();
		this.waiting = [];	// heard before this tab had caught up
		this.fails = 0;
		this.channel = new BroadcastChannel(key);
		this.channel.onmessage = (event) => this.hear(event.data);
		this.abort = new AbortController();
		navigator.locks.request(key, { signal: this.abort.signal },
			() => new Promise((release) => this.lead(release)))
			.catch(() => this.alone());
		this.say({ join: true });
	}

	static works() {
		return root.BroadcastChannel && root.XMLHttpRequest &&
			navigator.locks;
	}

	say(what) {
		if (this.channel)
			this.channel.postMessage(what);
	}

	tellState() {
		const { readyState, technique, position } = this.push;
		this.say({ leader: this.id, readyState, technique,
			cursor: position.cursor });
	}

	hear(what) {
		if (this.release)
			return this.answer(what);
		if (what.leader)
			this.follow(what);
		else if (this.waiting && what.item)
			this.waiting.push(what);
		else if (what.item)
			this.push.take(what.item, what.cursor);
	}

	// What followers ask of the leader.
	answer(what) {
		if (what.join)
			this.tellState();
		if (what.wake && this.push.connection)
			this.push.connection.wake();
	}

	follow(state) {
		const known = this.leader === state.leader;
		this.push.setState(state.readyState, state.technique);
		if (state.readyState !== OPEN || known)
			return;
		// Where this one stands need not be where the last one stood.
		this.leader = state.leader;
		this.waiting = this.waiting || [];
		this.push.position.cursor = this.push.position.cursor ||
			state.cursor;
		this.catchUp(() => this.caughtUp());
	}

	// Asks for what came before it listened. take() knows what comes twice.
	catchUp(then) {
		const { push } = this;
		this.stopCatching();
		this.stopAsking = startBatch({
			push,
			batch: (batch) => {
				this.fails = 0;
				for (const item of batch.messages)
					push.take(item);
				push.take({}, batch.cursor);
				if (push.readyState === CLOSED)
					return;
				if (batch.messages.length)
					this.catchUp(then);
				else
					then();
			},
			lost: () => this.catchUpLater(then),
		}, "longpoll", { wait: 0 });
	}

	catchUpLater(then) {
		if (++this.fails > TRIES)
			return this.alone();
		const pause = this.push.options.retry * this.fails;
		this.timer = setTimeout(() => this.catchUp(then), pause);
	}

	stopCatching() {
		clearTimeout(this.timer);
		if (this.stopAsking)
			this.stopAsking();
	}

	caughtUp() {
		const { waiting } = this;
		this.waiting = null;
		for (const what of waiting)
			this.push.take(what.item, what.cursor);
	}

	// A tab that has not caught up does so first: the others have had what
	// it is yet to get.
	lead(release) {
		this.release = release;
		this.stopCatching();
		if (this.leader && this.waiting)
			this.catchUp(() => this.push.connect());
		else
			this.push.connect();
	}

	// Sharing does not work: a connection of its own.
	alone() {
		if (!this.channel)
			return;
		this.leave();
		this.push.crew = null;
		if (!this.push.connection)
			this.push.connect();
	}

	leave() {
		this.stopCatching();
		this.channel.close();
		this.channel = null;
		if (this.release)
			this.release();
		else
			this.abort.abort();
	}
}

// --- Position ----------------------------------------------------------------

// Ids are <ms>-<seq>.
const { compare } = new Intl.Collator("en", { numeric: true });
const isAfter = (a, b) => compare(a, b) > 0;

// The cursor, and the last id of each channel: a cursor may lag behind what
// was had, and what is then sent again is known by its id.
class Position {
	constructor(cursor, last) {
		this.cursor = cursor || "";
		this.last = last || {};
	}

	// Is it new? Then it no longer is.
	passes({ id, channel }) {
		const last = this.last[channel];
		if (last && !isAfter(id, last))
			return false;
		this.last[channel] = id;
		return true;
	}

	// A cursor that lags may stand before what is gone, while the page had
	// it. One ahead of all there is: the ids began anew.
	misses({ channel, after, before }) {
		const last = this.last[channel];
		const anew = !isAfter(before, after);
		if (anew)
			delete this.last[channel];
		return !last || anew || isAfter(before, last);
	}
}

// --- Push --------------------------------------------------------------------

// Times in ms, but for wait.
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
		url = new URL(url, location.href).href;
		this.url = url.replace(/\/?$/, "/");
		this.channels = [...new Set(this.options.channels)].sort();
		if (!this.channels.length)
			throw new TypeError("Push: no channels are named");
		this.readyState = CONNECTING;
		this.technique = "";
		this.listeners = new Map();
		for (const name of ["open", "message", "gap", "state", "error"])
			this["on" + name] = this.options["on" + name] || null;
		this.key = `pushcgi ${this.url} ${this.channels.join(" ")}`;
		this.restore();
		this.watch("addEventListener");
		if (this.options.share && Crew.works())
			this.crew = new Crew(this,
				`${this.key} ${this.options.token || ""}`);
		else
			this.connect();
	}

	connect() {
		this.setState(CONNECTING, this.technique);
		this.connection = new Connection(this, this.saved);
	}

	close() {
		if (this.readyState === CLOSED)
			return;
		this.setState(CLOSED, this.technique);
		this.watch("removeEventListener");
		if (this.connection)
			this.connection.stop();
		if (this.crew)
			this.crew.leave();
	}

	address(program, parameters) {
		const query = new URLSearchParams();
		const all = Object.assign({
			channel: this.channels,
			since: this.position.cursor,
			token: this.options.token || "",
		}, parameters);
		for (const name in all)
			for (const value of [].concat(all[name]))
				if (value !== "")
					query.append(name, value);
		return this.url + program + "?" + query;
	}

	// --- what goes

	// By a socket that may, or by POST. What has a key is stored once,
	// however often it is sent.
	async send(channel, data, more) {
		const draft = Object.assign({ channel, data }, more);
		const link = this.connection && this.connection.link || {};
		let told = link.publish ? await link.publish(draft)
			: { status: 403 };
		if (told.status === 403)
			link.publish = null;
		if (told.status === 403 || told.status === 0 && draft.key)
			told = await post(this, draft);
		const { id, status, error, detail } = told;
		if (!id)
			throw Object.assign(new Error(error || detail),
				{ status });
		return { id, channel };
	}

	// --- what comes

	// From this tab's connection.
	receive(item, cursor) {
		if (this.crew)
			this.crew.say({ item, cursor });
		this.take(item, cursor);
	}

	take(item, cursor) {
		if (this.readyState === CLOSED)
			return;
		const { position } = this;
		const { gap, id, channel, event, data } = item;
		position.cursor = cursor || position.cursor;
		if (gap && position.misses(gap))
			this.emit("gap", gap);
		else if (id && position.passes(item))
			this.emit(event || "message", { data, channel, id });
	}

	tellState(readyState, technique) {
		if (this.setState(readyState, technique) && this.crew)
			this.crew.tellState();
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
			shared: !this.connection });
		if (opens)
			this.emit("open", { technique });
		return true;
	}

	// No use in trying again.
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

	// What a listener throws is the page's, and stops nothing here.
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

	// --- the page around it

	// `how`: addEventListener or removeEventListener.
	watch(how) {
		for (const type of ["online", "offline", "pagehide"])
			root[how](type, this);
		if (root.document)
			document[how]("visibilitychange", this);
	}

	handleEvent({ type }) {
		const { connection } = this;
		const looks = type === "visibilitychange";
		if (type === "pagehide" || looks && document.hidden)
			this.save();
		else if (connection)
			connection[looks ? "wake" : type]();
		else if (looks)
			this.crew.say({ wake: true });
	}

	// A page's own since wins over what was before, but for resume.
	restore() {
		const { since, resume } = this.options;
		const goesOn = resume || resume === undefined && !since;
		const saved = this.saved = this.storage("getItem") || {};
		this.position = goesOn && saved.cursor
			? new Position(saved.cursor, saved.last)
			: new Position(since);
	}

	save() {
		const { cursor, last } = this.position;
		const { rungs, at, stood } = this.connection || {};
		this.storage("setItem", JSON.stringify({ cursor, last, stood,
			technique: rungs && rungs[at] }));
	}

	// A page may have no storage, or not be let near it.
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
})(typeof self === "object" ? self : global);
