/* SPDX-License-Identifier: MIT */
/*
 * poll.js - Ajax polling: request the messages after the cursor, periodically.
 */
import { again } from "../again.js";
import { read } from "../channel.js";

const EVERY = 3; /* s */

export const poll = (lane, signal) => again(lane, signal, async () => {
	const answer = await fetch(lane.request(), { signal });
	const batch = await read(answer, lane.received);

	lane.live();
	batch.messages.forEach((item) => lane.take(item));
	lane.at(batch.cursor);
	return EVERY;
});
