/* SPDX-License-Identifier: MIT */
import { Attempt } from "./attempt.mjs";
import { CONNECTING, EXPIRED, isFinal, OPEN, SETTLED, TRIES } from "./base.mjs";
import { batchOf, usable } from "./techniques.mjs";

const MAX_PAUSE = 60000;	// ms between attempts, at most
const CLIMB_AFTER = 3600000;	// ms before the first technique is tried again

// Close codes after which WebSocket is not tried again.
const NOT_BY_SOCKET = [1002, 1003, 1007, 1008, 1009, EXPIRED];

// Keeps one attempt running, with the best technique that works.
export class Connection {
	constructor(line, saved) {
		this.line = line;
		line.connection = this;
		this.techniques = usable(line.options.techniques);
		this.retry = line.options.retry;
		this.proved = new Set(); // techniques that have worked
		this.fails = 0;		// since the last success
		this.tries = 0;		// of these, with this technique
		this.notBefore = 0;
		this.use(Math.max(0,
			this.techniques.indexOf(saved.technique)));
		this.usedAt = saved.usedAt || this.usedAt;
		if (this.techniques.length)
			this.connect();
		else
			line.fail({ reason: "no technique works here" });
	}

	get name() {
		return this.techniques[this.at];
	}

	use(at) {
		this.at = at;
		this.tries = 0;
		this.usedAt = Date.now();
	}

	connect() {
		this.timer = null;
		if (this.at > 0 && Date.now() - this.usedAt > CLIMB_AFTER)
			this.use(0);
		const begin = () => this.line.lines.start(this);
		const asking = this.line.authorize();
		if (!asking)
			return begin();
		const turn = this.turn = {};
		asking.then(() => turn === this.turn && begin(),
			(error) => turn === this.turn && this.denied(error));
	}

	// `polls`: a stream, if no other technique is left, for a moment only.
	begin(polls) {
		const { techniques, at, name } = this;
		const batch = polls && batchOf([...techniques.slice(at),
			...techniques]);
		this.attempt = new Attempt(this, batch || name, polls);
	}

	// token() has failed.
	denied(error) {
		this.line.tell({ error:
			{ status: 0, reason: error && error.message } });
		if (!this.line.over)
			this.again(this.backoff());
	}

	alive(attempt) {
		this.refused = false;
		this.proved.add(attempt.name);
		if (!attempt.technique.streams ||
				Date.now() - attempt.began > SETTLED)
			this.fails = this.tries = 0;
		if (this.line.cursor)
			this.line.tellState(OPEN, attempt.name);
	}

	again(pause, retryAfter) {
		const asked = (Number(retryAfter) || 0) * 1000;
		this.attempt = null;
		this.notBefore = Date.now() + asked;
		this.timer = setTimeout(() => this.connect(),
			Math.max(pause, asked));
	}

	lost(attempt, status, retryAfter) {
		const { line } = this;
		if ([401, EXPIRED].includes(status) && line.asks &&
		    !this.refused) {
			this.refused = true; // a second time is final
			this.use(0); // a page is not told why a socket fails
			return this.expired(attempt);
		}
		if (isFinal(status))
			return line.fail({ status, technique: attempt.name });
		let pause = 0;
		const never = NOT_BY_SOCKET.includes(status);
		if (attempt.comeBack !== undefined && !never) {
			retryAfter = attempt.comeBack; // no failure
			this.fails = this.tries = 0;
		} else {
			pause = this.failed(attempt, never);
		}
		line.tellState(CONNECTING, attempt.name);
		line.tell({ error:
			{ status: status || 0, technique: attempt.name } });
		if (!line.over)
			this.again(pause, retryAfter);
	}

	// Returns the pause: none before the next technique, unless it was the
	// last.
	failed(attempt, never) {
		const unproved = never || !this.proved.has(attempt.name);
		if (++this.tries >= TRIES || unproved)
			this.use((this.techniques.indexOf(attempt.name) + 1) %
				this.techniques.length);
		return unproved && this.at > 0 ? 0 : this.backoff();
	}

	// Go on with another token.
	expired(attempt) {
		const { line } = this;
		line.stale = line.rights.token;
		line.rights = { token: "" };
		line.tellState(CONNECTING, attempt.name);
		if (!line.over)
			this.again(this.refused ||
				Date.now() - attempt.began > SETTLED
				? 0 : this.backoff());
	}

	// Exponential backoff with jitter.
	backoff() {
		const first = Math.max(this.retry, 500);
		const pause = first * 2 ** this.fails;
		this.fails = Math.min(this.fails + 1, 9);
		return Math.min(pause, MAX_PAUSE) * (1 + Math.random() / 2);
	}

	// Offline. The browser may be wrong, so retry after a while.
	offline() {
		this.stop();
		this.line.tellState(CONNECTING, this.name);
		this.again(MAX_PAUSE);
	}

	// The network is back, perhaps another one.
	online() {
		this.use(0);
		this.proved.clear();
		this.fails = 0;
		this.wake();
	}

	// The page is visible: end a wait that the server did not request.
	wake() {
		if (this.attempt && this.attempt.check)
			this.attempt.check();
		if (!this.timer)
			return;
		clearTimeout(this.timer);
		this.timer = setTimeout(() => this.connect(),
			Math.max(0, this.notBefore - Date.now()));
	}

	// `more`: its new channels, if none are dropped.
	grow(more) {
		const { attempt } = this;
		if (attempt && attempt.grow && more && attempt.grow(more))
			return;
		this.stop();
		this.connect();
	}

	stop() {
		clearTimeout(this.timer);
		this.timer = this.turn = null;
		this.line.lines.queue.delete(this);
		if (this.attempt)
			this.attempt.end();
		this.attempt = null;
	}
}
