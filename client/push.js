/* SPDX-License-Identifier: MIT */
/*
 * push.js - receives pushcgi messages with the best technique available.
 *
 *	const push = new Push("/push/", { channels: ["news"] });
 *	push.onmessage = (message) => console.log(message.data);
 *
 * Manual: doc/client.md
 * Tests: tests/e2e/test_client*.py
 */
(function (root) {
"use strict";

const CONNECTING = 0, OPEN = 1, CLOSED = 2;
const MAX_PAUSE = 60000;	// ms between attempts, at most
const PATIENCE = 15000;		// ms for a response beyond its wait
const NO_ANSWER = { status: 0, detail: "no answer" };
const SETTLED = 1000;		// ms; a later byte is not the first chunk
const TRIES = 3;		// with a technique that worked
const CLIMB_AFTER = 3600000;	// ms before the first technique is tried again
const LIMIT = 100;		// messages in a full batch
const EXPIRED = 4401;		// close code: the right has ended
const KICKED = 4403;		// close code: by an administrator
const CHANNELS = 32;		// of a connection, at most
const HELD = 4;			// requests held by a browser, of its six
const GATHER = 50;		// ms in which tabs join
const SILENT = 10000;		// ms after which a leader is asked if it lives
const ANSWER = 1000;		// ms in which it answers
const CALLS = 2;		// without an answer: a follower is dropped
const XHR_MAX = 1 << 20;	// characters; an XHR keeps its whole response

// Final statuses. Not 404: another technique may be installed.
const isFinal = (status) => status === KICKED ||
	status >= 400 && status < 500 && ![404, 408, 425, 429].includes(status);

const isKick = (end) => end && end.reason === "kicked";

// Close codes after which WebSocket is not tried again.
const NOT_BY_SOCKET = [1002, 1003, 1007, 1008, 1009, EXPIRED];

// Events of push.js. A message of such a type is an event "message".
const OWN = ["open", "message", "gap", "end", "state", "error"];

// The URL of a request for a Line, or of one that a Push makes itself.
function address({ url, channels, cursor, rights }, program, parameters) {
	const query = new URLSearchParams();
	const all = Object.assign({ channel: channels, since: cursor }, rights,
		parameters);
	for (const name in all)
		for (const value of [].concat(all[name]))
			if (value !== "")
				query.append(name, value);
	return url + program + "?" + query;
}

// --- techniques --------------------------------------------------------------
//
// start(attempt) sends the request, reports to the attempt, and returns a
// function that stops it. `streams`: responds at once and does not end.

let names = 0;

// The global name of a function for a script or a frame.
function named(call) {
	const name = "push" + ++names;
	root[name] = call;
	return name;
}

// Lines share a socket while it has room for their channels: each subscribes
// with its own credential.
function startWebSocket(attempt) {
	const { lines, channels } = attempt.line;
	const socket = lines.sockets.find((its) => its.fits(channels)) ||
		new Socket(lines, attempt);
	return socket.add(attempt);
}

// A page sees no pings. Subscribing to a channel it has gets a reply: do so at
// the start and after silence.
class Socket {
	constructor(lines, attempt) {
		this.lines = lines;
		this.first = attempt; // its channels are in the URL
		this.attempts = new Set();
		this.entered = new Set([attempt]); // who has its channels
		this.channels = [];	// of the last reply
		this.cursor = "";
		this.asked = [];	// callbacks by ref
		this.socket = new WebSocket(address(attempt.line, "websocket")
			.replace("http", "ws"));
		this.socket.onopen = () => this.attempts.forEach((its) =>
			this.enter(its));
		this.socket.onmessage = ({ data }) =>
			this.take(parse(data) || {});
		this.socket.onclose = ({ code }) => {
			this.forget();
			for (const its of this.attempts)
				its.lost(code);
		};
		lines.sockets.push(this);
	}

	fits(channels) {
		const all = new Set(channels);
		for (const { line } of this.attempts)
			line.channels.forEach((name) => all.add(name));
		return all.size <= CHANNELS;
	}

	add(attempt) {
		this.attempts.add(attempt);
		if (this.socket.readyState === OPEN)
			this.enter(attempt);
		return () => this.remove(attempt);
	}

	enter(attempt) {
		const { line } = attempt;
		attempt.publish = (publish) => this.ask(attempt,
			{ publish, token: line.rights.token });
		attempt.check = () =>
			this.subscribe(attempt, line.channels.slice(0, 1));
		attempt.grow = (channels) => this.fits(channels) &&
			this.subscribe(attempt, channels);
		if (attempt === this.first)
			attempt.check();
		else
			this.subscribe(attempt, line.channels, line.cursor);
	}

	ask(attempt, intent) {
		return new Promise((answer) => {
			intent.ref = this.asked.push(answer) - 1;
			setTimeout(answer, PATIENCE, NO_ANSWER);
			this.socket.send(JSON.stringify(intent));
			attempt.patience(PATIENCE);
		});
	}

	async subscribe(attempt, channels, since) {
		const had = channels.every((name) =>
			this.channels.includes(name));
		const { error, status, channels: all } = await this.ask(attempt,
			Object.assign({ subscribe: channels },
				since && { since }, attempt.line.rights));
		if (error || !all)
			attempt.lost(status);
		if (attempt.over)
			return;
		this.channels = all;
		this.entered.add(attempt);
		attempt.alive();
		if (had && this.cursor) // nothing has changed: no cursor comes
			attempt.item({ cursor: this.cursor });
	}

	take(item) {
		const answer = this.asked[item.ref];
		delete this.asked[item.ref];
		for (const attempt of this.entered)
			attempt.alive();
		if (answer)
			return answer(item);
		this.cursor = item.cursor || item.id || this.cursor;
		for (const attempt of this.attempts)
			if (this.concerns(attempt, item))
				this.give(attempt, item);
	}

	concerns(attempt, { channel, gap, end, cursor }) {
		const names = gap ? [gap.channel] : end ? end.channels
			: channel && [channel];
		return names ? names.some((name) =>
			attempt.line.channels.includes(name))
			: end || !cursor || this.entered.has(attempt);
	}

	// The socket stays open after an end that concerns one line of several.
	give(attempt, item) {
		attempt.item(item);
		if (item.end && this.attempts.size > 1)
			attempt.lost(isKick(item.end) ? KICKED : EXPIRED);
	}

	remove(attempt) {
		attempt.publish = null;
		this.attempts.delete(attempt);
		this.entered.delete(attempt);
		const { socket, attempts } = this;
		if (!attempts.size) {
			this.forget();
			socket.close();
		}
		if (!attempts.size || socket.readyState !== OPEN)
			return;
		const unsubscribe = attempt.line.channels.filter((name) =>
			![...attempts].some(({ line }) =>
				line.channels.includes(name)));
		if (unsubscribe.length)
			socket.send(JSON.stringify({ unsubscribe }));
		this.channels = this.channels.filter((name) =>
			!unsubscribe.includes(name));
	}

	// Takes no more lines.
	forget() {
		const { sockets } = this.lines;
		this.lines.sockets = sockets.filter((its) => its !== this);
		this.asked.forEach((answer) => answer(NO_ANSWER));
	}
}

// With fetch: EventSource exposes neither the status nor heartbeats nor
// messages of unknown types.
function startSse(attempt) {
	const abort = new AbortController();
	const lost = () => attempt.lost();
	const read = async () => {
		const { ok, status, headers, body } = await fetch(
			address(attempt.line, "sse", { envelope: "json" }), {
				headers: { Accept: "text/event-stream" },
				cache: "no-store",
				credentials:
					attempt.line.options.withCredentials
						? "include" : "same-origin",
				signal: abort.signal,
			});
		if (!ok || !/event-stream/.test(headers.get("Content-Type")))
			return attempt.lost(status, headers.get("Retry-After"));
		const reader = body.getReader();
		const decoder = new TextDecoder();
		for (;;) {
			const { done, value } = await reader.read();
			if (done)
				return;
			attempt.text(decoder.decode(value, { stream: true }));
		}
	};
	read().then(lost, lost);
	return () => abort.abort();
}

function openXhr({ line }, program, parameters, done, method) {
	const xhr = new XMLHttpRequest();
	xhr.open(method || "GET", address(line, program, parameters));
	xhr.withCredentials = line.options.withCredentials;
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

function startStream(attempt) {
	// Chromium waits for 3 bytes, older engines for 1 KB.
	const xhr = openXhr(attempt, "stream", { padding: 1024 },
		(...why) => attempt.lost(...why));
	let read = 0;
	// Not onprogress, which Chromium delays by 50 ms.
	xhr.onreadystatechange = () => {
		if (xhr.readyState < 3 || xhr.status !== 200 ||
		    !/ndjson/.test(xhr.getResponseHeader("Content-Type")))
			return;
		const text = xhr.responseText;
		if (text.length > read)
			attempt.text(text.slice(read));
		read = text.length;
		// A cut line is sent again; only whole lines count.
		if (read - attempt.rest.length > XHR_MAX)
			attempt.done(0);
	};
	return sendXhr(xhr);
}

// One request for the messages after the cursor.
function startBatch(attempt, program, parameters) {
	const xhr = openXhr(attempt, program, parameters, (status, after) => {
		const batch = status === 200 && parse(xhr.responseText);
		if (batch && batch.messages)
			attempt.batch(batch, after);
		else
			attempt.lost(status, after);
	});
	return sendXhr(xhr);
}

// Resolves to the id of the message, or to the error.
function post(push, message) {
	return new Promise((answer) => {
		const xhr = openXhr({ line: push }, "publish",
			{ channel: [], since: "", expires: "", sig: "" },
			(status) => answer(Object.assign(
				{}, NO_ANSWER, { status },
				parse(xhr.responseText))), "POST");
		xhr.timeout = PATIENCE;
		xhr.setRequestHeader("Content-Type", "application/json");
		xhr.send(JSON.stringify(message));
	});
}

function startJsonp(attempt) {
	const script = document.createElement("script");
	const callback = named((batch) => {
		delete root[callback];
		attempt.batch(batch);
	});
	script.onload = script.onerror = () => attempt.lost();
	script.src = address(attempt.line, "jsonp",
		{ callback, wait: attempt.seconds });
	document.head.appendChild(script);
	return () => script.remove();
}

// A frame from another origin posts messages; one from this origin calls.
function startIframe(attempt) {
	const frame = document.createElement("iframe");
	const callback = named((item) => attempt.item(item));
	const { origin } = new URL(attempt.line.url);
	const theirs = origin !== location.origin;
	const posted = (event) =>
		event.source === frame.contentWindow &&
		event.origin === origin && attempt.item(event.data);
	// A frame does not report a cut: it is alive while its counter rises,
	// or, from another origin, while messages arrive.
	let timer, seen;
	const look = () => {
		const before = seen;
		try {
			seen = frame.contentWindow.heard;
		} catch (denied) {
			seen = 1;
		}
		if (seen !== before)
			attempt.alive();
	};
	const load = () => {
		frame.hidden = true;
		frame.onload = () => attempt.lost();
		frame.src = address(attempt.line, "iframe",
			theirs ? { origin: location.origin } : { callback });
		document.body.appendChild(frame);
		timer = setInterval(look, 100);
	};
	if (theirs)
		root.addEventListener("message", posted);
	// A loading frame delays the load event of the page.
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

// `needs`: required globals of the browser.
const TECHNIQUES = {
	__proto__: null,
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
		start: (attempt) =>
			startBatch(attempt, "longpoll",
				{ wait: attempt.seconds }),
	},
	jsonp: {
		waits: true,
		needs: ["document"],
		start: startJsonp,
	},
	poll: {
		needs: ["XMLHttpRequest"],
		// The cache may keep a cut response.
		start: (attempt) => startBatch(attempt, "poll",
			{ retry: attempt.connection.tries || "" }),
	},
};

const works = (name) =>
	TECHNIQUES[name] && TECHNIQUES[name].needs.every((its) => root[its]);

// Best first. The iframe only if no other stream works.
function usable(techniques) {
	const streams = works("sse") || works("stream");
	return (techniques || Object.keys(TECHNIQUES)).filter((name) =>
		works(name) && (techniques || name !== "iframe" || !streams));
}

// Not jsonp, by which no private channel may be read.
const batchOf = (techniques) =>
	techniques.find((name) => ["longpoll", "poll"].includes(name));

function parse(text) {
	try {
		return JSON.parse(text);
	} catch (junk) { // some servers end a cut stream with an error page
		return null;
	}
}

// --- Attempt -----------------------------------------------------------------

// One request. Input after its end is ignored.
class Attempt {
	constructor(connection, name, polls) {
		this.connection = connection;
		this.line = connection.line;
		this.name = name;
		this.technique = TECHNIQUES[name];
		this.polls = polls;	// in turn with others: never held
		this.began = Date.now();
		this.rest = "";
		this.over = false;
		// The first response comes at once, to show that it works.
		const { probe, wait } = this.line.options;
		this.seconds = this.technique.waits && !polls &&
			connection.proved.has(name) ? wait : 0;
		this.patience(this.technique.streams ? probe
			: this.seconds * 1000 + PATIENCE);
		try {
			this.stop = this.technique.start(this);
		} catch (denied) { // by a policy of the page
			this.stop = () => {};
			this.patience(0);
		}
	}

	// Fails after `ms` of silence from now on.
	patience(ms, then = () => this.lost()) {
		clearTimeout(this.timer);
		if (!this.over)
			this.timer = setTimeout(then, ms);
	}

	alive() {
		if (this.over)
			return;
		const { silence, interval } = this.line.options;
		if (this.technique.streams && this.comeBack === undefined)
			if (!this.polls)
				this.patience(silence, this.check);
			else if (Date.now() - this.began < PATIENCE)
				this.patience(SETTLED,
					() => this.done(interval));
		this.connection.alive(this);
	}

	text(chunk) {
		this.alive();
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

	// An item of a stream: a message, a gap, a cursor, or a retry time.
	item(item) {
		if (this.over)
			return;
		if (item.retry !== undefined)
			return this.told(item.retry);
		else
			this.line.receive(item, item.cursor ||
				this.line.channels.length < 2 && item.id);
		if (isKick(item.end) && !item.end.channels)
			this.lost(KICKED);
		else if (item.end && this.line.asks && !isKick(item.end))
			this.expired();
		else
			this.alive();
	}

	// SSE begins with a retry time. Otherwise it is the last item: the
	// server ends the stream, which not every browser shows.
	told(retry) {
		this.alive();
		if (this.name === "sse" && !this.greeted) {
			this.greeted = true;
			this.connection.retry = retry;
			return;
		}
		this.comeBack = retry / 1000;
		this.patience(SETTLED);
	}

	expired() {
		if (this.end())
			this.connection.expired(this);
	}

	// The cursor is the position after all messages of the batch.
	batch(batch, retryAfter) {
		this.alive();
		for (const item of batch.messages)
			if (!this.over)
				this.line.receive(item);
		if (this.over)
			return;
		this.line.receive({}, batch.cursor);
		this.connection.alive(this);
		// A script cannot read the header.
		this.done(this.pause(batch.messages.length),
			retryAfter || batch.retry / 1000);
	}

	// ms until the next request of a technique without streams.
	pause(count) {
		if (!this.technique.waits || this.polls)
			return count < LIMIT ? this.line.options.interval : 0;
		// Early and empty for no stated reason.
		const early = this.seconds > 0 && count === 0 &&
			Date.now() - this.began < SETTLED;
		return early ? this.connection.retry : 0;
	}

	// A normal end.
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
		if (this.polls)
			this.line.lines.next();
		return true;
	}
}

// --- Connection --------------------------------------------------------------

// Keeps one attempt running, with the best technique that works.
class Connection {
	constructor(line, saved) {
		this.line = line;
		line.connection = this;
		this.techniques = usable(line.options.techniques);
		this.retry = line.options.retry;
		this.proved = new Set(); // techniques that have worked
		this.fails = 0;		// since the last success
		this.tries = 0;		// of these, with this technique
		this.notBefore = 0;
		this.use(Math.max(0,
			this.techniques.indexOf(saved.technique)));
		this.usedAt = saved.usedAt || this.usedAt;
		if (this.techniques.length)
			this.connect();
		else
			line.fail({ reason: "no technique works here" });
	}

	get name() {
		return this.techniques[this.at];
	}

	use(at) {
		this.at = at;
		this.tries = 0;
		this.usedAt = Date.now();
	}

	connect() {
		this.timer = null;
		if (this.at > 0 && Date.now() - this.usedAt > CLIMB_AFTER)
			this.use(0);
		const begin = () => this.line.lines.start(this);
		const asking = this.line.authorize();
		if (!asking)
			return begin();
		const turn = this.turn = {};
		asking.then(() => turn === this.turn && begin(),
			(error) => turn === this.turn && this.denied(error));
	}

	// `polls`: a stream, if no other technique is left, for a moment only.
	begin(polls) {
		const { techniques, at, name } = this;
		const batch = polls && batchOf([...techniques.slice(at),
			...techniques]);
		this.attempt = new Attempt(this, batch || name, polls);
	}

	// token() has failed.
	denied(error) {
		this.line.tell({ error:
			{ status: 0, reason: error && error.message } });
		if (!this.line.over)
			this.again(this.backoff());
	}

	alive(attempt) {
		this.refused = false;
		this.proved.add(attempt.name);
		if (!attempt.technique.streams ||
				Date.now() - attempt.began > SETTLED)
			this.fails = this.tries = 0;
		if (this.line.cursor)
			this.line.tellState(OPEN, attempt.name);
	}

	again(pause, retryAfter) {
		const asked = (Number(retryAfter) || 0) * 1000;
		this.attempt = null;
		this.notBefore = Date.now() + asked;
		this.timer = setTimeout(() => this.connect(),
			Math.max(pause, asked));
	}

	lost(attempt, status, retryAfter) {
		const { line } = this;
		if ([401, EXPIRED].includes(status) && line.asks &&
		    !this.refused) {
			this.refused = true; // a second time is final
			this.use(0); // a page is not told why a socket fails
			return this.expired(attempt);
		}
		if (isFinal(status))
			return line.fail({ status, technique: attempt.name });
		let pause = 0;
		const never = NOT_BY_SOCKET.includes(status);
		if (attempt.comeBack !== undefined && !never) {
			retryAfter = attempt.comeBack; // no failure
			this.fails = this.tries = 0;
		} else {
			pause = this.failed(attempt, never);
		}
		line.tellState(CONNECTING, attempt.name);
		line.tell({ error:
			{ status: status || 0, technique: attempt.name } });
		if (!line.over)
			this.again(pause, retryAfter);
	}

	// Returns the pause: none before the next technique, unless it was the
	// last.
	failed(attempt, never) {
		const unproved = never || !this.proved.has(attempt.name);
		if (++this.tries >= TRIES || unproved)
			this.use((this.techniques.indexOf(attempt.name) + 1) %
				this.techniques.length);
		return unproved && this.at > 0 ? 0 : this.backoff();
	}

	// Go on with another token.
	expired(attempt) {
		const { line } = this;
		line.stale = line.rights.token;
		line.rights = { token: "" };
		line.tellState(CONNECTING, attempt.name);
		if (!line.over)
			this.again(this.refused ||
				Date.now() - attempt.began > SETTLED
				? 0 : this.backoff());
	}

	// Exponential backoff with jitter.
	backoff() {
		const first = Math.max(this.retry, 500);
		const pause = first * 2 ** this.fails;
		this.fails = Math.min(this.fails + 1, 9);
		return Math.min(pause, MAX_PAUSE) * (1 + Math.random() / 2);
	}

	// Offline. The browser may be wrong, so retry after a while.
	offline() {
		this.stop();
		this.line.tellState(CONNECTING, this.name);
		this.again(MAX_PAUSE);
	}

	// The network is back, perhaps another one.
	online() {
		this.use(0);
		this.proved.clear();
		this.fails = 0;
		this.wake();
	}

	// The page is visible: end a wait that the server did not request.
	wake() {
		if (this.attempt && this.attempt.check)
			this.attempt.check();
		if (!this.timer)
			return;
		clearTimeout(this.timer);
		this.timer = setTimeout(() => this.connect(),
			Math.max(0, this.notBefore - Date.now()));
	}

	// `more`: its new channels, if none are dropped.
	grow(more) {
		const { attempt } = this;
		if (attempt && attempt.grow && more && attempt.grow(more))
			return;
		this.stop();
		this.connect();
	}

	stop() {
		clearTimeout(this.timer);
		this.timer = this.turn = null;
		this.line.lines.queue.delete(this);
		if (this.attempt)
			this.attempt.end();
		this.attempt = null;
	}
}

// --- Position ----------------------------------------------------------------

// Ids are <ms>-<seq>.
const { compare } = new Intl.Collator("en", { numeric: true });
const isAfter = (a, b) => compare(a, b) > 0;

const SEXTETS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" +
	"0123456789-_";

// How a cursor of several channels names one, see shared/model/cursor.h:
// FNV-1a of 64 bits, folded to 42, in base64url.
function tag(channel) {
	let high = 0xcbf29ce4, low = 0x84222325;
	for (const byte of unescape(encodeURIComponent(channel))) {
		const mixed = (low ^ byte.charCodeAt(0)) >>> 0;
		const product = mixed * 0x1b3; // of 0x100000001b3
		high = (high * 0x1b3 + mixed * 256 +
			Math.floor(product / 2 ** 32)) % 2 ** 32;
		low = product >>> 0;
	}
	let rest = (high % 1024) * 2 ** 32 + ((low ^ high >>> 10) >>> 0);
	let text = "";
	for (let i = 0; i < 7; i++, rest = Math.floor(rest / 64))
		text = SEXTETS[rest % 64] + text;
	return text;
}

// The position in one of `channels`, if the cursor has it.
function part(cursor, channel, channels) {
	if (!cursor.includes("."))
		return (channels.length < 2 || cursor === "0") && cursor;
	const its = cursor.split("~").find((each) =>
		each.startsWith(tag(channel) + "."));
	return its ? its.split(".")[1] : "";
}

// The cursor of these channels, as far as positionOf() knows them.
function cursorOf(channels, positionOf) {
	if (channels.length < 2)
		return channels.map(positionOf)[0] || "";
	return channels.filter(positionOf).map((name) =>
		`${tag(name)}.${positionOf(name)}`).join("~");
}

// The cursor and the last id of each channel. A cursor can lag behind; ids tell
// which messages are sent again.
class Position {
	constructor(channels, cursor, last) {
		this.cursor = cursor || "";
		// A channel may be named __proto__.
		this.last = Object.create(null);
		for (const channel of channels) {
			const id = part(this.cursor, channel, channels);
			if (id && id !== "0")
				this.last[channel] = id;
		}
		Object.assign(this.last, last);
	}

	// True if the message is new; records it.
	passes({ id, channel }) {
		const last = this.last[channel];
		if (last && !isAfter(id, last))
			return false;
		this.last[channel] = id;
		return true;
	}

	// With a lagging cursor, the page may have received the missing
	// messages. A cursor ahead of all ids: the ids restarted.
	misses({ channel, after, before }) {
		const last = this.last[channel];
		const anew = !isAfter(before, after);
		if (anew)
			delete this.last[channel];
		return !last || anew || isAfter(before, last);
	}
}

// --- Line --------------------------------------------------------------------

// What the leader receives with one credential: the channels of all tabs that
// have it. Each line has a connection of its own; sockets are shared.
class Line {
	constructor(lines, { key, asks, rights }) {
		const { options, url } = lines.tabs.push;
		Object.assign(this, { lines, options, url, key, asks, rights });
		this.epoch = lines.tabs.id + ++names;
		this.members = new Map(); // tickets of tabs
		this.channels = [];
		this.cursor = "";
		this.readyState = CONNECTING;
		this.technique = "";
	}

	state() {
		const { key, epoch, channels, readyState, technique, live,
			cursor, since } = this;
		return { key, epoch, channels, readyState, technique, live,
			cursor, since, members: [...this.members.keys()] };
	}

	union(...more) {
		return [...new Set([].concat(...[...this.members.values(),
			...more].map(({ channels }) => channels)))].sort();
	}

	takes(ticket) {
		return ticket.key === this.key &&
			this.union(ticket).length <= CHANNELS;
	}

	add(ticket) {
		ticket.calls = 0; // without an answer
		this.members.set(ticket.id, ticket);
		clearTimeout(this.timer);
		this.timer = setTimeout(() => this.update(), this.lines.gather);
	}

	// Begins where its tabs stand: one that stands elsewhere catches up.
	// A channel that comes later begins now, and the others go on.
	update() {
		const { connection, channels, cursor, lines } = this;
		const tickets = [...this.members.values()];
		const union = this.union();
		const more = union.filter((name) => !channels.includes(name));
		const all = [...channels, ...more].sort();
		this.channels = all.length > CHANNELS ? union : all;
		const positionOf = (name) => connection
			? channels.includes(name) &&
				part(cursor, name, channels)
			: tickets.map((its) => part(its.cursor, name,
				its.channels)).find(Boolean);
		if (more.length)
			this.cursor = tickets[1] || connection
				? cursorOf(this.channels, positionOf)
				: tickets[0].cursor;
		this.live = this.live && !more.length;
		this.since = connection ? undefined : this.cursor;
		lines.tell();
		if (!connection)
			new Connection(this, lines.saved);
		else if (more.length)
			connection.grow(this.channels === all && more);
		this.since = undefined; // too late to have heard all
	}

	isComplete() {
		return this.channels.every((channel) =>
			part(this.cursor, channel, this.channels));
	}

	// --- for its connection

	receive(item, cursor) {
		const { channels } = this;
		if (cursor && channels.length > 1 && !cursor.includes("."))
			cursor = cursorOf(channels, (channel) =>
				channel === item.channel ? cursor
					: part(this.cursor, channel, channels));
		this.cursor = cursor || this.cursor;
		this.tell({ item, cursor });
	}

	tell(what) {
		what.epoch = this.epoch;
		this.lines.tabs.tell(what);
	}

	tellState(readyState, technique) {
		const live = readyState === OPEN && this.isComplete();
		if (live === this.live && readyState === this.readyState &&
		    technique === this.technique)
			return;
		Object.assign(this, { live, readyState, technique });
		const { name, usedAt } = this.connection;
		if (live)
			this.lines.saved = { technique: name, usedAt };
		this.lines.tell();
	}

	// Final. One of several tabs may be the reason: each goes on by itself.
	fail(why) {
		this.tell({ why, to: [...this.members.keys()] });
		this.lines.remove(this);
	}

	// Nothing, or a promise if a tab has to be asked for the token first.
	authorize() {
		if (!this.asks || this.rights.token)
			return undefined;
		const [id] = this.members.keys();
		return new Promise((done, refuse) => {
			const timer = setTimeout(() => { // another one
				this.lines.leave(id);
				refuse();
			}, 2 * PATIENCE);
			this.answer = ({ token, reason }) => {
				clearTimeout(timer);
				this.rights = { token };
				if (reason)
					refuse({ message: reason });
				else
					done();
			};
			this.tell({ ask: id, stale: this.stale });
		});
	}

	stop() {
		this.over = true;
		clearTimeout(this.timer);
		if (this.connection)
			this.connection.stop();
	}
}

// All lines of a leader.
class Lines {
	constructor(tabs, gather) {
		this.tabs = tabs;
		this.all = [];
		this.sockets = [];
		this.queue = new Set();	// connections that wait for their turn
		this.gather = gather;
		this.saved = tabs.push.saved;
	}

	tell(call) {
		this.tabs.tell({ leader: this.tabs.id, call,
			lines: this.all.map((line) => line.state()) });
	}

	// A tab that was killed says nothing and is dropped. One that was only
	// stopped hears of it later, and joins again.
	call() {
		this.timer = setTimeout(() => this.call(), SILENT);
		for (const { members } of this.all)
			for (const [id, ticket] of members)
				if (ticket.calls++ >= CALLS)
					this.leave(id);
		this.tell(true);
	}

	answer(id) {
		for (const { members } of this.all)
			if (members.has(id))
				members.get(id).calls = 0;
	}

	join(ticket) {
		let line = this.all.find((its) => its.takes(ticket));
		if (!line)
			this.all.push(line = new Line(this, ticket));
		line.add(ticket);
	}

	leave(id) {
		for (const line of this.all)
			if (line.members.delete(id) && !line.members.size)
				this.remove(line);
	}

	remove(line) {
		line.stop();
		this.all = this.all.filter((its) => its !== line);
	}

	start(connection) {
		this.queue.add(connection);
		this.next();
	}

	// A browser has six connections to a server, which its pages need, too.
	// Above HELD one line polls at a time. The end of its request starts
	// the next: timers of a hidden tab are late.
	next() {
		for (const connection of this.queue) {
			const others = this.all.map((line) => line.connection)
				.map((its) => its && its.attempt)
				.filter((its) => its && !its.over &&
					its.name !== "websocket");
			const held = others.filter((its) => !its.polls).length;
			const polls = held >= HELD &&
				connection.name !== "websocket";
			if (polls && others.length > held)
				continue;
			this.queue.delete(connection);
			connection.begin(polls);
		}
	}

	each(call) {
		for (const { connection } of this.all)
			if (connection)
				connection[call]();
	}

	stop() {
		clearTimeout(this.timer);
		this.queue.clear();
		this.all.forEach((line) => line.stop());
	}
}

// --- Tabs --------------------------------------------------------------------

// A tab among those with the same URL. One of them, the leader, connects and
// tells all of them, itself included, what it receives. Two may lead for a
// moment: each tab follows one epoch of a line, and drops duplicates.
class Tabs {
	constructor(push) {
		const { url, options } = push;
		this.push = push;
		this.id = `${Math.random()} `;
		this.key = push.asks ? `() ${push.channels}`
			: JSON.stringify(push.rights);
		this.leader = "";	// whom it follows
		this.epoch = "";	// of its line
		this.waiting = [];	// received before this tab caught up
		this.fails = 0;
		this.name = `pushcgi ${url} ${options.withCredentials} ${
			options.techniques || ""}`;
		if (options.share && root.BroadcastChannel &&
		    root.XMLHttpRequest) {
			this.channel = new BroadcastChannel(this.name);
			this.channel.onmessage = ({ data }) => this.hear(data);
		}
	}

	start() {
		if (this.mark("getItem"))
			this.seek();
		else
			this.lead(0);
	}

	// The leader's mark: nobody waits for one that is not there.
	mark(call, value) {
		try {
			return this.channel &&
				root.localStorage[call](this.name, value);
		} catch (denied) {
			return "?";
		}
	}

	say(what) {
		if (this.channel)
			this.channel.postMessage(what);
	}

	// To all, from the leader.
	tell(what) {
		this.say(what);
		this.hear(what);
	}

	hear(what) {
		if (what.leader)
			this.meet(what);
		else if (what.to ? what.to.includes(this.id)
			: what.epoch && what.epoch === this.epoch)
			this.receive(what);
		else if (what.left)
			this.succeed(what.left);
		else if (this.lines)
			this.serve(what);
	}

	// --- as the leader

	lead(gather) {
		clearTimeout(this.timer);
		this.leader = this.id;
		this.mark("setItem", this.id);
		this.lines = new Lines(this, gather);
		this.push.setState(CONNECTING, this.push.technique);
		this.lines.call();
		this.lines.gather = GATHER;
	}

	serve({ hello, join, here, answer, epoch }) {
		const { lines } = this;
		if (join)
			lines.join(join);
		if (here)
			lines.answer(here);
		if (hello)
			lines.tell();
		if (hello === "wake")
			lines.each("wake");
		for (const line of lines.all)
			if (answer && line.epoch === epoch)
				line.answer(answer);
	}

	// Of two leaders one stays.
	meet(state) {
		if (this.lines && this.id < state.leader)
			return this.lines.tell();
		if (this.lines && this.id > state.leader)
			this.abdicate();
		else if (this.leader && this.leader < state.leader)
			return undefined;
		return this.follow(state);
	}

	abdicate() {
		this.lines.stop();
		this.lines = null;
		this.leader = "";
	}

	succeed(left) {
		if (this.lines) {
			this.lines.leave(left);
		} else if (left === this.leader) {
			this.leader = "";
			this.wait(() => this.lead(GATHER), 0);
		}
	}

	wait(then, ms) {
		clearTimeout(this.timer);
		this.timer = setTimeout(then, ms + Math.random() * ANSWER / 2);
	}

	// --- as a follower, and as one's own

	// Is there a leader?
	seek(hello = "?") {
		if (!this.channel)
			return;
		this.leader = this.asked = "";
		this.wait(() => this.lead(GATHER), ANSWER);
		this.say({ hello });
	}

	// A leader that is silent for long may have died.
	watch() {
		if (!this.lines)
			this.wait(() => this.seek(), SILENT);
	}

	follow({ leader, lines, call }) {
		const { push, id } = this;
		const { channels, position } = push;
		this.leader = leader;
		this.watch();
		if (call)
			this.ask({ here: id });
		const isIn = ({ members }) => members.includes(id);
		const fit = lines.filter((its) =>
			its.key === this.key && channels.every((channel) =>
				its.channels.includes(channel)));
		const line = this.line = fit.find(isIn) || fit[0];
		const isNew = line && line.epoch !== this.epoch;
		if (line && isIn(line))
			this.asked = "";
		else if (isNew || this.asked !== leader)
			this.enter(lines);
		if (!line)
			return undefined;
		if (isNew) {
			this.stopCatching();
			this.epoch = line.epoch;
			this.waiting = [];
			const same = (name) =>
				part(line.since, name, line.channels) ===
				part(position.cursor, name, channels);
			this.whole = line.since !== undefined &&
				channels.every(same);
		}
		const wants = line.live && this.waiting && !this.turn;
		if (wants && position.cursor && !this.whole)
			this.catchUp(() => this.caughtUp());
		else if (wants)
			this.caughtUp(position.cursor || line.cursor);
		return this.show();
	}

	show() {
		const { readyState, technique } = this.line || {};
		this.push.setState(this.waiting ? CONNECTING : readyState,
			technique);
	}

	// Becomes a member. It must be allowed to have its channels: a refusal
	// would end a line that others have.
	enter(lines) {
		this.asked = this.leader;
		if (this.line || this.known ||
		    lines.every(({ key }) => key !== this.key))
			this.join();
		else
			this.catchUp(() => this.join());
	}

	join() {
		const { key, id, push } = this;
		const { channels, asks, rights, cursor } = push;
		this.ask({ join: { key, id, channels, asks, rights, cursor } });
	}

	// The leader may be this tab.
	ask(what) {
		if (this.lines)
			this.serve(what);
		else
			this.say(what);
	}

	receive(what) {
		const { push } = this;
		this.watch();
		if (what.ask)
			this.giveToken(what);
		else if (what.error)
			push.emit("error", what.error);
		else if (what.why && what.to.length > 1)
			push.alone();
		else if (what.why)
			push.fail(what.why);
		else if (this.waiting)
			this.waiting.push(what);
		else
			push.take(what.item, what.cursor);
	}

	async giveToken({ ask, stale, epoch }) {
		const { push } = this;
		if (ask !== this.id)
			return;
		if (push.token === stale)
			push.token = undefined;
		let reason;
		try {
			await push.authorize();
		} catch (error) {
			reason = error && error.message || "?";
		}
		const { token } = push.rights;
		this.ask({ answer: { token, reason }, epoch });
	}

	// Requests earlier messages. take() drops duplicates.
	async catchUp(then) {
		const { push } = this;
		this.stopCatching();
		const turn = this.turn = {};
		try {
			await push.authorize();
		} catch (denied) {
			return turn === this.turn && this.catchUpLater(then);
		}
		if (turn !== this.turn)
			return;
		const name = batchOf(usable(push.options.techniques)) ||
			"longpoll";
		this.stopAsking = startBatch({
			line: push,
			batch: (batch) => {
				this.fails = 0;
				for (const item of batch.messages)
					push.take(item);
				push.take({}, batch.cursor);
				if (push.readyState === CLOSED)
					return;
				this.turn = null;
				if (batch.messages.length)
					this.catchUp(then);
				else
					then();
			},
			lost: (status) => {
				if (status === 401 && push.asks)
					push.token = undefined;
				else if (isFinal(status))
					return push.fail({ status,
						technique: name });
				this.catchUpLater(then);
			},
		}, name, { wait: 0 });
	}

	catchUpLater(then) {
		if (++this.fails > TRIES)
			return this.push.alone();
		const pause = this.push.options.retry * this.fails;
		this.catching = setTimeout(() => this.catchUp(then), pause);
	}

	stopCatching() {
		clearTimeout(this.catching);
		this.turn = null;
		if (this.stopAsking)
			this.stopAsking();
	}

	caughtUp(cursor) {
		const { waiting } = this;
		this.waiting = null;
		this.known = true;
		this.push.take({}, cursor);
		for (const what of waiting)
			this.push.take(what.item, what.cursor);
		this.show();
	}

	// For good: the page is closed or frozen. The next one leads.
	leave() {
		const { lines, id } = this;
		this.stopCatching();
		clearTimeout(this.timer);
		if (lines)
			lines.stop();
		if (this.mark("getItem") === id)
			this.mark("removeItem");
		this.say({ left: id });
		if (this.channel)
			this.channel.close();
		this.channel = this.lines = null;
		this.epoch = this.id = "";
	}
}

// --- Push --------------------------------------------------------------------

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
		const { gap, end, id, channel, event, data } = item;
		position.cursor = cursor || position.cursor;
		const names = gap ? [gap.channel] : end ? end.channels
			: id && [channel];
		if (names && !names.some((name) =>
			this.channels.includes(name)))
			return;
		if (end && (!this.asks || isKick(end)))
			this.emit("end", end);
		else if (gap && position.misses(gap))
			this.emit("gap", gap);
		else if (id && position.passes(item))
			this.emit(!event || OWN.includes(event) ? "message"
				: event, { data, channel, id, event });
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
})(typeof self === "object" ? self : global);
