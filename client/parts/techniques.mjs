/* SPDX-License-Identifier: MIT */
import { address, NO_ANSWER, parse, PATIENCE, root } from "./base.mjs";
import { startWebSocket } from "./socket.mjs";

// start(attempt) sends the request, reports to the attempt, and returns a
// function that stops it. `streams`: responds at once and does not end.

const XHR_MAX = 1 << 20;	// characters; an XHR keeps its whole response

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
export function startBatch(attempt, program, parameters) {
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
export function post(push, message) {
	return new Promise((answer) => {
		const xhr = openXhr({ line: push }, "publish",
			{ channel: [], since: "", presence: "", expires: "",
				sig: "" },
			(status) => answer(Object.assign(
				{}, NO_ANSWER, { status },
				parse(xhr.responseText))), "POST");
		xhr.timeout = PATIENCE;
		xhr.setRequestHeader("Content-Type", "application/json");
		xhr.send(JSON.stringify(message));
	});
}

let names = 0;

// The global name of a function for a script or a frame.
function named(call) {
	const name = "push" + ++names;
	root[name] = call;
	return name;
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
export const TECHNIQUES = {
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
export function usable(techniques) {
	const streams = works("sse") || works("stream");
	return (techniques || Object.keys(TECHNIQUES)).filter((name) =>
		works(name) && (techniques || name !== "iframe" || !streams));
}

// Not jsonp, by which no private channel may be read.
export const batchOf = (techniques) =>
	techniques.find((name) => ["longpoll", "poll"].includes(name));
