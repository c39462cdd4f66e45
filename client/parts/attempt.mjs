/* SPDX-License-Identifier: MIT */
import { isKick, KICKED, parse, PATIENCE, SETTLED } from "./base.mjs";
import { TECHNIQUES } from "./techniques.mjs";

const LIMIT = 100;		// messages in a full batch

// One request. Input after its end is ignored.
export class Attempt {
	constructor(connection, name, polls) {
		this.connection = connection;
		this.line = connection.line;
		this.name = name;
		this.technique = TECHNIQUES[name];
		this.polls = polls;	// in turn with others: never held
		this.began = Date.now();
		this.rest = "";
		this.over = false;
		// The first response comes at once, to show that it works.
		const { probe, wait } = this.line.options;
		this.seconds = this.technique.waits && !polls &&
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
		const { silence, interval } = this.line.options;
		if (this.technique.streams && this.comeBack === undefined)
			if (!this.polls)
				this.patience(silence, this.check);
			else if (Date.now() - this.began < PATIENCE)
				this.patience(SETTLED,
					() => this.done(interval));
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
			this.line.receive(item, item.cursor ||
				this.line.channels.length < 2 && item.id);
		if (isKick(item.end) && !item.end.channels)
			this.lost(KICKED);
		else if (item.end && this.line.asks && !isKick(item.end))
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
				this.line.receive(item);
		if (this.over)
			return;
		this.line.receive({}, batch.cursor);
		this.connection.alive(this);
		// A script cannot read the header.
		this.done(this.pause(batch.messages.length),
			retryAfter || batch.retry / 1000);
	}

	// ms until the next request of a technique without streams.
	pause(count) {
		if (!this.technique.waits || this.polls)
			return count < LIMIT ? this.line.options.interval : 0;
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
		if (this.polls)
			this.line.lines.next();
		return true;
	}
}
