/* SPDX-License-Identifier: MIT */
/* What push.js is called with and what it tells: doc/client.md */

export type Technique =
	| "websocket" | "sse" | "stream" | "iframe" | "longpoll" | "jsonp"
	| "poll";

export interface PushEvent {
	readonly type: string;
	readonly target: Push;
	/** Where the page stands: what `since` takes. */
	readonly lastEventId: string;
}

export interface PushMessage extends PushEvent {
	readonly data: string;
	readonly channel: string;
	readonly id: string;
}

/** Messages after one id and before the other are gone. */
export interface PushGap extends PushEvent {
	readonly channel: string;
	readonly after: string;
	readonly before: string;
}

export interface PushState extends PushEvent {
	readonly readyState: 0 | 1 | 2;
	readonly technique: Technique | "";
	/** Another tab has the connection. */
	readonly shared: boolean;
}

/** A loss, after which it tries again; or, when closed, the end. */
export interface PushError extends PushEvent {
	/** Of HTTP, or the code a WebSocket was closed with; 0: neither. */
	readonly status?: number;
	readonly technique?: Technique;
	readonly reason?: string;
}

/** What send() rejects with; the message is a sentence. */
export interface PushSendError extends Error {
	/** Of HTTP; 0: no answer, so it may have been stored, or not. */
	readonly status: number;
}

export interface PushSendOptions {
	event?: string;
	/** What has the same key is stored once, however often it is sent. */
	key?: string;
}

type Handler<E> = ((this: Push, event: E) => void) | null;
type Listener<E> =
	| ((this: Push, event: E) => void)
	| { handleEvent(event: E): void };

export interface PushOptions {
	channels: string[];
	since?: string;
	token?: string;
	resume?: boolean;
	share?: boolean;
	techniques?: Technique[];
	withCredentials?: boolean;
	probe?: number;
	silence?: number;
	retry?: number;
	wait?: number;
	interval?: number;
	onopen?: Handler<PushEvent>;
	onmessage?: Handler<PushMessage>;
	ongap?: Handler<PushGap>;
	onstate?: Handler<PushState>;
	onerror?: Handler<PushError>;
}

interface PushEvents {
	open: PushEvent;
	message: PushMessage;
	gap: PushGap;
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

	constructor(url: string, options: PushOptions);

	readonly url: string;
	readonly readyState: 0 | 1 | 2;
	readonly technique: Technique | "";

	onopen: Handler<PushEvent>;
	onmessage: Handler<PushMessage>;
	ongap: Handler<PushGap>;
	onstate: Handler<PushState>;
	onerror: Handler<PushError>;

	addEventListener<T extends keyof PushEvents>(
		type: T, listener: Listener<PushEvents[T]>): void;
	/** Messages of a type of yours. */
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
