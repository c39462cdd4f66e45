/* SPDX-License-Identifier: MIT */
/*
 * stream.js - XHR and fetch streaming: read an endless response while it arrives,
 * one line of JSON for each message.
 *
 * XMLHttpRequest can do the same with responseText, which keeps the whole
 * response in memory.
 */
import { again } from "../again.js";
import { read } from "../channel.js";

export const stream = (lane, signal) => again(lane, signal, async () => {
	const answer = await fetch(lane.request(), { signal });

	if (!answer.ok)
		await read(answer); /* throws what it says */
	lane.live();

	const chunks = answer.body.pipeThrough(new TextDecoderStream())
		.getReader();
	let rest = "", retry = 0;
	for (;;) {
		const { done, value } = await chunks.read();

		if (done && retry)
			return retry / 1000; /* it had said so */
		if (done)
			throw new Error("The stream ended.");
		lane.received(value);
		const lines = (rest + value).split("\n");

		rest = lines.pop(); /* a line that is not all here yet */
		for (const line of lines.filter((l) => l.trim())) {
			const item = JSON.parse(line);

			retry = item.retry || 0;
			lane.take(item);
		}
	}
});
