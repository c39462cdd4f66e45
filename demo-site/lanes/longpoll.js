/* SPDX-License-Identifier: MIT */
/*
 * longpoll.js - XHR long-polling: request the messages after the cursor; the
 * server holds the request until there is one. Then request again at once.
 */
import { again } from "../again.js";
import { read } from "../channel.js";

export const longpoll = (lane, signal) => again(lane, signal, async () => {
	lane.open(); /* nothing reports that it is held */
	const answer = await fetch(lane.request(), { signal });
	const batch = await read(answer, lane.received);

	lane.live();
	batch.messages.forEach((item) => lane.take(item));
	lane.at(batch.cursor);
	return Number(answer.headers.get("Retry-After"));
});
