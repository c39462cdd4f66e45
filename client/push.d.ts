/* SPDX-License-Identifier: MIT */
/* The types of push.js. Manual: doc/client.md */

export type Technique =
	| "websocket" | "sse" | "stream" | "iframe" | "longpoll" | "jsonp"
	| "poll";

export interface PushEvent {
	readonly type: string;
	readonly target: Push;
	/** The cursor: a value for `since`. */
	readonly lastEventId: string;
}

export interface PushMessage extends PushEvent {
	readonly data: string;
	readonly channel: string;
	readonly id: string;
	/** Its type; undefined: none. */
	readonly event?: string;
}

/** The messages between the two ids are gone. */
export interface PushGap extends PushEvent {
	readonly channel: string;
	readonly after: string;
	readonly before: string;
}

/** A right has expired, and there is no function `token`. */
export interface PushEnd extends PushEvent {
	readonly reason: "expired" | "kicked";
	/** None: all. */
	readonly channels?: string[];
}

export interface PushState extends PushEvent {
	readonly readyState: 0 | 1 | 2;
	readonly technique: Technique | "";
	/** Another tab leads. */
	readonly shared: boolean;
}

/** Who is subscribed to a channel has changed. */
export interface PushPresence extends PushEvent {
	readonly channel: string;
	readonly count: number;
	/** The names; missing if the channel only counts, or there are many. */
	readonly users?: string[];
}

/** The connection was lost and is retried, or is closed for good. */
export interface PushError extends PushEvent {
	/** The HTTP status or WebSocket close code; 0 if there is none. */
	readonly status?: number;
	readonly technique?: Technique;
	readonly reason?: string;
}

/** The error of send(); its message is a sentence. */
export interface PushSendError extends Error {
	/** The HTTP status; 0 without a response: stored or not stored; 400
	 * also for text that cannot be UTF-8. */
	readonly status: number;
}

export interface PushSendOptions {
	event?: string;
	/** A channel stores a key once. */
	key?: string;
}

type Handler<E> = ((this: Push, event: E) => void) | null;
type Listener<E> =
	| ((this: Push, event: E) => void)
	| { handleEvent(event: E): void };

export interface PushOptions {
	/** Unless the URL names them. */
	channels?: string[];
	since?: string;
	/** A function is asked at the start, and when a token has expired. */
	token?: string | (() => string | Promise<string>);
	resume?: boolean;
	/** Share connections with the other tabs of the browser. */
	share?: boolean;
	techniques?: Technique[];
	withCredentials?: boolean;
	probe?: number;
	silence?: number;
	retry?: number;
	wait?: number;
	interval?: number;
	/** Ask who is subscribed. */
	presence?: boolean;
	onopen?: Handler<PushEvent>;
	onmessage?: Handler<PushMessage>;
	ongap?: Handler<PushGap>;
	onpresence?: Handler<PushPresence>;
	onend?: Handler<PushEnd>;
	onstate?: Handler<PushState>;
	onerror?: Handler<PushError>;
}

interface PushEvents {
	open: PushEvent;
	message: PushMessage;
	gap: PushGap;
	presence: PushPresence;
	end: PushEnd;
	state: PushState;
	error: PushError;
}

export class Push {
	static readonly CONNECTING: 0;
	static readonly OPEN: 1;
	static readonly CLOSED: 2;
	readonly CONNECTING: 0;
	readonly OPEN: 1;
	readonly CLOSED: 2;

	/** A signed URL has its channels. */
	constructor(url: string, options?: PushOptions);

	readonly url: string;
	readonly readyState: 0 | 1 | 2;
	readonly technique: Technique | "";

	onopen: Handler<PushEvent>;
	onmessage: Handler<PushMessage>;
	ongap: Handler<PushGap>;
	onpresence: Handler<PushPresence>;
	onend: Handler<PushEnd>;
	onstate: Handler<PushState>;
	onerror: Handler<PushError>;

	addEventListener<T extends keyof PushEvents>(
		type: T, listener: Listener<PushEvents[T]>): void;
	/** Messages of a custom type. */
	addEventListener(type: string, listener: Listener<PushMessage>): void;
	removeEventListener(type: string, listener: Listener<any>): void;

	send(channel: string, data: string, options?: PushSendOptions):
		Promise<{ id: string; channel: string }>;
	close(): void;
}

export default Push;

declare global {
	interface Window {
		Push: typeof Push;
	}
}
