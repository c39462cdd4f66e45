/* SPDX-License-Identifier: MIT */
/*
 * websocket.js - WebSocket: both sides send text messages. The client sends
 * commands with a number, which the reply contains.
 *
 *	{"publish":{"channel":"demo","data":"hi"},"ref":1}
 *	{"ok":"publish","channel":"demo","id":"1700000000251-0","ref":1}
 *	{"error":"Too many.","status":429,"ref":2}
 *
 * push.js does all of this; its push.send() uses POST if there is no WebSocket.
 */
import { again } from "../again.js";

let socket = null; /* the open one */
let opened = () => {};
let ref = 0;
const asked = new Map(); /* callbacks for replies, by number */

export const websocket = (lane, signal) => again(lane, signal, () =>
	new Promise((done, failed) => {
		const ours = new WebSocket(new URL(lane.request(), location)
			.href.replace("http", "ws"));
		let retry = 0;

		ours.onopen = () => {
			socket = ours;
			lane.live();
			opened();
		};
		ours.onmessage = ({ data }) => {
			const item = JSON.parse(data);

			if (signal.aborted)
				return; /* not closed yet */
			lane.received(data);
			if (item.ref)
				return answered(item);
			retry = item.retry || 0;
			lane.take(item);
		};
		/* Why one did not open, a page is not told. */
		ours.onclose = ({ reason }) => {
			if (socket === ours)
				lose();
			if (retry || signal.aborted)
				done(retry / 1000);
			else
				failed(new Error(reason || "The WebSocket was closed."));
		};
		signal.addEventListener("abort", () => ours.close(),
			{ once: true });
	}));

/* Publishes; comes to {id, channel}. */
export function send(draft) {
	return new Promise((stored, failed) => {
		if (socket?.readyState !== WebSocket.OPEN)
			return failed(new Error("There is no connection."));
		asked.set(++ref, ({ error, status, ...answer }) =>
			(error ? failed(Object.assign(new Error(error), { status }))
				: stored(answer)));
		socket.send(JSON.stringify({ publish: draft, ref }));
	});
}

/* Until the lane has connected again. */
export function reopen() {
	return new Promise((done) => {
		opened = done;
		socket?.close();
	});
}

function answered(item) {
	asked.get(item.ref)?.(item);
	asked.delete(item.ref);
}

function lose() {
	socket = null;
	asked.forEach((answer) =>
		answer({ error: "The connection was lost before the reply." }));
	asked.clear();
}
