/* SPDX-License-Identifier: MIT */
/*
 * channel.js - the channel this page follows: /?channel=NAME.
 */

export const channel = {
	name: new URLSearchParams(location.search).get("channel") || "demo",
	start: null, /* the cursor all lanes begin at */
	empty: false, /* nothing was ever published to it */
};

const NOTHING = "0-0"; /* the cursor of a channel nobody used */

export const url = (technique, parameters = {}) => `/push/${technique}?` +
	new URLSearchParams({ channel: channel.name, ...parameters });

/*
 * Where the channel stands now: every lane begins there, so that all show the
 * same messages. A page that a script renders has it from
 * `push-publish --cursor`.
 */
export async function begin() {
	try {
		channel.start = await tip();
		channel.empty = channel.start === NOTHING;
	} catch {
		channel.start = null; /* then each begins by itself */
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
