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
const XHR_MAX = 1 << 20;	// characters; an XHR keeps its whole response

// Final statuses. Not 404: another technique may be installed.
const isFinal = (status) =>
	status >= 400 && status < 500 && ![404, 408, 425, 429].includes(status);

// Close codes after which WebSocket is not tried again.
const NOT_BY_SOCKET = [1002, 1003, 1007, 1008, 1009, EXPIRED];

// Events of push.js. A message of such a type is an event "message".
const OWN = ["open", "message", "gap", "end", "state", "error"];

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

// A page sees no pings. Subscribing to a channel it has gets a reply: do so at
// the start and after silence.
function startWebSocket(attempt) {
	const url = attempt.push.address("websocket").replace("http", "ws");
	const socket = new WebSocket(url);
	const asked = []; // callbacks by ref
	const ask = (intent) => new Promise((answer) => {
		intent.ref = asked.push(answer) - 1;
		setTimeout(answer, PATIENCE, NO_ANSWER);
		socket.send(JSON.stringify(intent));
		attempt.patience(PATIENCE);
	});
	socket.onopen = () => {
		attempt.publish = (publish) => ask({ publish });
		attempt.check = () =>
			ask({ subscribe: attempt.push.channels.slice(0, 1) });
		attempt.check();
	};
	socket.onmessage = ({ data }) => {
		const item = parse(data) || {};
		const answer = asked[item.ref];
		delete asked[item.ref];
		attempt.alive();
		if (answer)
			answer(item);
		else
			attempt.item(item);
	};
	socket.onclose = ({ code }) => attempt.lost(code);
	return () => {
		socket.close();
		attempt.publish = null;
		asked.forEach((answer) => answer(NO_ANSWER));
	};
}

// With fetch: EventSource exposes neither the status nor heartbeats nor
// messages of unknown types.
function startSse(attempt) {
	const abort = new AbortController();
	const lost = () => attempt.lost();
	const read = async () => {
		const { ok, status, headers, body } = await fetch(
			attempt.push.address("sse", { envelope: "json" }), {
				headers: { Accept: "text/event-stream" },
				cache: "no-store",
				credentials:
					attempt.push.options.withCredentials
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
		const xhr = openXhr({ push }, "publish",
			{ channel: [], since: "" },
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
	script.src = attempt.push.address("jsonp",
		{ callback, wait: attempt.seconds });
	document.head.appendChild(script);
	return () => script.remove();
}

// A frame from another origin posts messages; one from this origin calls.
function startIframe(attempt) {
	const frame = document.createElement("iframe");
	const callback = named((item) => attempt.item(item));
	const { origin } = new URL(attempt.push.url);
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
		frame.src = attempt.push.address("iframe",
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
	constructor(connection, name) {
		this.connection = connection;
		this.push = connection.push;
		this.name = name;
		this.technique = TECHNIQUES[name];
		this.began = Date.now();
		this.rest = "";
		this.over = false;
		// The first response comes at once, to show that it works.
		const { probe, wait } = this.push.options;
		this.seconds = this.technique.waits &&
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
		if (this.technique.streams && this.comeBack === undefined)
			this.patience(this.push.options.silence, this.check);
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
			this.push.receive(item, item.cursor ||
				this.push.channels.length < 2 && item.id);
		if (item.end && this.push.asks)
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
				this.push.receive(item);
		if (this.over)
			return;
		this.push.receive({}, batch.cursor);
		this.connection.alive(this);
		// A script cannot read the header.
		this.done(this.pause(batch.messages.length),
			retryAfter || batch.retry / 1000);
	}

	// ms until the next request of a technique without streams.
	pause(count) {
		if (!this.technique.waits)
			return count < LIMIT ? this.push.options.interval : 0;
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
		return true;
	}
}

// --- Connection --------------------------------------------------------------

// Keeps one attempt running, with the best technique that works.
class Connection {
	constructor(push, saved) {
		this.push = push;
		this.techniques = usable(push.options.techniques);
		this.retry = push.options.retry;
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
			push.fail({ reason: "no technique works here" });
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
		const begin = () => {
			this.attempt = new Attempt(this,
				this.techniques[this.at]);
		};
		const asking = this.push.authorize();
		if (!asking)
			return begin();
		const turn = this.turn = {};
		asking.then(() => turn === this.turn && begin(),
			(error) => turn === this.turn && this.denied(error));
	}

	// token() has failed.
	denied(error) {
		this.push.emit("error",
			{ status: 0, reason: error && error.message });
		if (this.push.readyState !== CLOSED)
			this.again(this.backoff());
	}

	alive(attempt) {
		this.refused = false;
		this.proved.add(attempt.name);
		if (!attempt.technique.streams ||
				Date.now() - attempt.began > SETTLED)
			this.fails = this.tries = 0;
		if (this.push.position.cursor)
			this.push.tellState(OPEN, attempt.name);
	}

	again(pause, retryAfter) {
		const asked = (Number(retryAfter) || 0) * 1000;
		this.attempt = null;
		this.notBefore = Date.now() + asked;
		this.timer = setTimeout(() => this.connect(),
			Math.max(pause, asked));
	}

	lost(attempt, status, retryAfter) {
		const { push } = this;
		if ([401, EXPIRED].includes(status) && push.asks &&
		    !this.refused) {
			this.refused = true; // a second time is final
			this.use(0); // a page is not told why a socket fails
			return this.expired(attempt);
		}
		if (isFinal(status))
			return push.fail({ status, technique: attempt.name });
		let pause = 0;
		const never = NOT_BY_SOCKET.includes(status);
		if (attempt.comeBack !== undefined && !never) {
			retryAfter = attempt.comeBack; // no failure
			this.fails = this.tries = 0;
		} else {
			pause = this.failed(attempt, never);
		}
		push.tellState(CONNECTING, attempt.name);
		push.emit("error",
			{ status: status || 0, technique: attempt.name });
		if (push.readyState !== CLOSED)
			this.again(pause, retryAfter);
	}

	// Returns the pause: none before the next technique, unless it was the
	// last.
	failed(attempt, never) {
		const unproved = never || !this.proved.has(attempt.name);
		if (++this.tries >= TRIES || unproved)
			this.use((this.at + 1) % this.techniques.length);
		return unproved && this.at > 0 ? 0 : this.backoff();
	}

	// Go on with another token.
	expired(attempt) {
		const { push } = this;
		push.token = undefined;
		push.tellState(CONNECTING, attempt.name);
		if (push.readyState !== CLOSED)
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
		this.push.tellState(CONNECTING, this.techniques[this.at]);
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

	stop() {
		clearTimeout(this.timer);
		this.timer = this.turn = null;
		if (this.attempt)
			this.attempt.end();
		this.attempt = null;
	}
}

// --- Tabs --------------------------------------------------------------------

// Tabs with the same subscription. The one that holds the lock connects and
// forwards; when it closes, the browser gives the lock to the next.
class Tabs {
	constructor(push, key) {
		this.push = push;
		this.id = Math.random();
		this.waiting = [];	// received before this tab caught up
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

	// Requests from followers to the leader.
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
		// The position can differ from that of the last leader.
		this.leader = state.leader;
		this.waiting = this.waiting || [];
		this.push.position.cursor = this.push.position.cursor ||
			state.cursor;
		this.catchUp(() => this.caughtUp());
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
			lost: (status) => {
				if (status === 401 && push.asks)
					push.token = undefined;
				this.catchUpLater(then);
			},
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
		this.turn = null;
		if (this.stopAsking)
			this.stopAsking();
	}

	caughtUp() {
		const { waiting } = this;
		this.waiting = null;
		for (const what of waiting)
			this.push.take(what.item, what.cursor);
	}

	// A tab that has not caught up does so first: the others have received
	// what it still misses.
	lead(release) {
		this.release = release;
		this.stopCatching();
		if (this.leader && this.waiting)
			this.catchUp(() => this.push.connect());
		else
			this.push.connect();
	}

	// Sharing does not work: use an own connection.
	alone() {
		if (!this.channel)
			return;
		this.leave();
		this.push.tabs = null;
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

// The cursor and the last id of each channel. A cursor can lag behind; ids tell
// which messages are sent again.
class Position {
	constructor(cursor, last) {
		this.cursor = cursor || "";
		// A channel may be named __proto__.
		this.last = Object.assign(Object.create(null), last);
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
		url = new URL(url, location.href).href;
		this.url = url.replace(/\/?$/, "/");
		this.channels = [...new Set(this.options.channels)].sort();
		if (!this.channels.length)
			throw new TypeError("Push: no channels are named");
		this.readyState = CONNECTING;
		this.technique = "";
		this.listeners = new Map();
		for (const name of OWN)
			this["on" + name] = this.options["on" + name] || null;
		const { token } = this.options;
		this.asks = typeof token === "function";
		this.token = this.asks ? undefined : token || "";
		this.key = `pushcgi ${this.url} ${this.channels.join(" ")}`;
		this.restore();
		this.watch("addEventListener");
		if (this.options.share && Tabs.works())
			this.tabs = new Tabs(this,
				`${this.key} ${this.token || ""}`);
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
		if (this.tabs)
			this.tabs.leave();
	}

	address(program, parameters) {
		const query = new URLSearchParams();
		const all = Object.assign({
			channel: this.channels,
			since: this.position.cursor,
			token: this.token || "",
		}, parameters);
		for (const name in all)
			for (const value of [].concat(all[name]))
				if (value !== "")
					query.append(name, value);
		return this.url + program + "?" + query;
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

	// From this tab's connection.
	receive(item, cursor) {
		if (this.tabs)
			this.tabs.say({ item, cursor });
		this.take(item, cursor);
	}

	take(item, cursor) {
		if (this.readyState === CLOSED)
			return;
		const { position } = this;
		const { gap, end, id, channel, event, data } = item;
		position.cursor = cursor || position.cursor;
		if (end && !this.asks)
			this.emit("end", end);
		else if (gap && position.misses(gap))
			this.emit("gap", gap);
		else if (id && position.passes(item))
			this.emit(!event || OWN.includes(event) ? "message"
				: event, { data, channel, id, event });
	}

	tellState(readyState, technique) {
		if (this.setState(readyState, technique) && this.tabs)
			this.tabs.tellState();
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
			this.tabs.say({ wake: true });
	}

	// `since` of the page takes precedence, except with resume.
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
		const { techniques, at, usedAt } = this.connection || {};
		this.storage("setItem", JSON.stringify({ cursor, last, usedAt,
			technique: techniques && techniques[at] }));
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
