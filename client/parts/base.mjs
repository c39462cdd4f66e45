/* SPDX-License-Identifier: MIT */
// What all parts use.

export const root = typeof self === "object" ? self : global;

export const PATIENCE = 15000;	// ms for a response beyond its wait
export const SETTLED = 1000;	// ms; a later byte is not the first chunk
export const TRIES = 3;		// with a technique that worked
export const EXPIRED = 4401;	// close code: the right has ended
export const KICKED = 4403;	// close code: by an administrator
export const CHANNELS = 32;	// of a connection, at most
export const NO_ANSWER = { status: 0, detail: "no answer" };

export const CONNECTING = 0, OPEN = 1, CLOSED = 2;

// Final statuses. Not 404: another technique may be installed.
export const isFinal = (status) => status === KICKED ||
	status >= 400 && status < 500 && ![404, 408, 425, 429].includes(status);

export const isKick = (end) => end && end.reason === "kicked";

// The URL of a request for a Line, or of one that a Push makes itself.
export function address(of, program, parameters) {
	const { url, channels, cursor, rights, options } = of;
	const query = new URLSearchParams();
	const all = Object.assign({ channel: channels, since: cursor,
		presence: options.presence ? 1 : "" }, rights, parameters);
	for (const name in all)
		for (const value of [].concat(all[name]))
			if (value !== "")
				query.append(name, value);
	return url + program + "?" + query;
}

export function parse(text) {
	try {
		return JSON.parse(text);
	} catch (junk) { // some servers end a cut stream with an error page
		return null;
	}
}
