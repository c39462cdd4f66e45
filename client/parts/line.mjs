/* SPDX-License-Identifier: MIT */
import { CHANNELS, CONNECTING, OPEN, PATIENCE } from "./base.mjs";
import { Connection } from "./connection.mjs";
import { cursorOf, part } from "./position.mjs";

let epochs = 0;

// What the leader receives with one credential: the channels of all tabs that
// have it. Each line has a connection of its own; sockets are shared.
export class Line {
	constructor(lines, { key, asks, rights }) {
		const { options, url } = lines.tabs.push;
		Object.assign(this, { lines, options, url, key, asks, rights });
		this.epoch = lines.tabs.id + ++epochs;
		this.members = new Map(); // tickets of tabs
		this.there = new Map(); // items by channel
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
		for (const item of this.there.values())
			this.tell({ item });
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
		if (item.presence)
			this.there.set(item.presence.channel, item);
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
		const { name, usedAt, attempt } = this.connection;
		if (live && attempt && !attempt.polls)
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
