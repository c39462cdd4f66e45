/* SPDX-License-Identifier: MIT */
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
export function part(cursor, channel, channels) {
	if (!cursor.includes("."))
		return (channels.length < 2 || cursor === "0") && cursor;
	const its = cursor.split("~").find((each) =>
		each.startsWith(tag(channel) + "."));
	return its ? its.split(".")[1] : "";
}

// The cursor of these channels, as far as positionOf() knows them.
export function cursorOf(channels, positionOf) {
	if (channels.length < 2)
		return channels.map(positionOf)[0] || "";
	return channels.filter(positionOf).map((name) =>
		`${tag(name)}.${positionOf(name)}`).join("~");
}

// The cursor and the last id of each channel. A cursor can lag behind; ids tell
// which messages are sent again.
export class Position {
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
