/* SPDX-License-Identifier: MIT */
import {
	address, CHANNELS, EXPIRED, isKick, KICKED, NO_ANSWER, OPEN, parse,
	PATIENCE
} from "./base.mjs";

// Lines share a socket while it has room for their channels: each subscribes
// with its own credential.
export function startWebSocket(attempt) {
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

	concerns(attempt, { channel, gap, presence, end, cursor }) {
		const its = gap || presence;
		const names = its ? [its.channel] : end ? end.channels
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
