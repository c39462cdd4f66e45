/* SPDX-License-Identifier: MIT */
/*
 * channel.js - the channel of this page: /?channel=NAME.
 */

export const channel = {
	name: new URLSearchParams(location.search).get("channel") || "demo",
	start: null, /* the start cursor of all lanes */
	empty: false, /* it has no messages */
};

const NOTHING = "0-0"; /* the cursor of a channel without messages */

export const url = (technique, parameters = {}) => `/push/${technique}?` +
	new URLSearchParams({ channel: channel.name, ...parameters });

/*
 * The current cursor: every lane starts there, so that all show the same
 * messages. A page rendered by a script gets it from `push-publish --cursor`.
 */
export async function begin() {
	try {
		channel.start = await tip();
		channel.empty = channel.start === NOTHING;
	} catch {
		channel.start = null; /* then each lane starts by itself */
	}
}

/* Is it still? */
export async function isEmpty() {
	channel.empty = await tip() === NOTHING;
	return channel.empty;
}

/* Asked without a cursor, a long-poll answers at once. */
async function tip() {
	return (await read(await fetch(url("longpoll")))).cursor;
}

/* The JSON of an answer; an error answer is thrown, in its own words. */
export async function read(answer, received = () => {}) {
	const text = await answer.text();

	received(text);
	if (answer.ok)
		return JSON.parse(text);

	const error = new Error(detail(text) ||
		`${answer.status} ${answer.statusText}`);
	error.wait = Number(answer.headers.get("Retry-After")); /* s */
	throw error;
}

function detail(text) {
	try {
		return JSON.parse(text).detail;
	} catch {
		return ""; /* the web server's own error page */
	}
}
