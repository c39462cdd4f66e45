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
		for (const item of lines.map(parse)) {
			retry = item.retry || retry;
			lane.take(item);
		}
	}
});

/* An empty line is a heartbeat. A line of HTML is of the error page with which
 * some servers end a cut stream. */
function parse(line) {
	try {
		return JSON.parse(line) || {};
	} catch {
		return {};
	}
}
