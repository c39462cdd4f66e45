/* SPDX-License-Identifier: MIT */
/*
 * longpoll.js - XHR long-polling: ask what came after the cursor; the answer
 * comes when there is one. Then ask again, at once.
 */
import { again } from "../again.js";
import { read } from "../channel.js";

export const longpoll = (lane, signal) => again(lane, signal, async () => {
	lane.open(); /* held: nothing comes back that would tell */
	const answer = await fetch(lane.request(), { signal });
	const batch = await read(answer, lane.received);

	lane.live();
	batch.messages.forEach((item) => lane.take(item));
	lane.at(batch.cursor);
	return Number(answer.headers.get("Retry-After"));
});
