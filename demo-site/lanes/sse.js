/* SPDX-License-Identifier: MIT */
/*
 * sse.js - Server-Sent Events: EventSource reads the stream, reconnects when it is
 * cut, and sends its last id.
 *
 * envelope=json because the page shows the id and the type of a message; without
 * it, data is what was published.
 */
import { again } from "../again.js";

const types = new Set(); /* event types seen so far */
let listen = () => {};
let reopen = () => {};

export const sse = (lane, signal) => again(lane, signal, () =>
	new Promise((done, failed) => {
		const source = new EventSource(lane.request({ envelope: "json" }));

		listen = (type) => source.addEventListener(type, (e) => {
			lane.received(wire(e));
			lane.take(JSON.parse(e.data), e.lastEventId);
		});
		reopen = () => {
			source.close();
			done();
		};
		listen("message"); /* messages without a type */
		types.forEach(listen);
		source.addEventListener("gap", (e) =>
			lane.take(JSON.parse(e.data), e.lastEventId));
		source.addEventListener("cursor", (e) => lane.at(e.lastEventId));
		source.onopen = () => lane.live();
		source.onerror = () => {
			if (source.readyState === EventSource.CLOSED)
				return failed(new Error("The server refused the request."));
			lane.lost(); /* it reconnects by itself */
			lane.request();
		};
		signal.addEventListener("abort", reopen, { once: true });
	}));

/* EventSource does not report bytes: compute them from the event. */
function wire({ type, data, lastEventId }) {
	return (type === "message" ? "" : `event: ${type}\n`) +
		`data: ${data}\nid: ${lastEventId}\n\n`;
}

/*
 * EventSource delivers a typed message only to listeners for that type.
 * `missed`: a message arrived before there was a listener; read again from the
 * cursor.
 */
export function hear(type, missed) {
	if (!type || type === "message" || types.has(type))
		return;
	types.add(type);
	if (missed)
		reopen();
	else
		listen(type);
}
