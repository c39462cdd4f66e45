/* SPDX-License-Identifier: MIT */
import { Line } from "./line.mjs";

const HELD = 4;			// requests held by a browser, of its six
const CALLS = 2;		// without an answer: a follower is dropped
export const SILENT = 10000;	// ms after which a leader is asked if it lives

// All lines of a leader.
export class Lines {
	constructor(tabs, gather) {
		this.tabs = tabs;
		this.all = [];
		this.sockets = [];
		this.queue = new Set();	// connections that wait for their turn
		this.gather = gather;
		const { technique, usedAt } = tabs.push.saved;
		this.saved = { technique, usedAt };
	}

	tell(call) {
		this.tabs.tell({ leader: this.tabs.id, call, saved: this.saved,
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
