/* SPDX-License-Identifier: MIT */
import {
	CLOSED, CONNECTING, isFinal, KICKED, root, TRIES
} from "./base.mjs";
import { Lines, SILENT } from "./lines.mjs";
import { part } from "./position.mjs";
import { batchOf, startBatch, usable } from "./techniques.mjs";

const GATHER = 50;		// ms in which tabs join
const ANSWER = 1000;		// ms in which it answers

// A tab among those with the same URL. One of them, the leader, connects and
// tells all of them, itself included, what it receives. Two may lead for a
// moment: each tab follows one epoch of a line, and drops duplicates.
export class Tabs {
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
			options.techniques || ""}${
			options.presence ? " presence" : ""}`;
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

	follow({ leader, lines, call, saved }) {
		const { push, id } = this;
		const { channels, position } = push;
		this.leader = leader;
		push.saved = saved; // the next leader begins with it
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
		else if (what.why && what.to.length > 1 &&
			what.why.status !== KICKED)
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

	// Requests earlier messages. take() drops duplicates. The line tells
	// who is there.
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
		}, name, { wait: 0, presence: "" });
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
