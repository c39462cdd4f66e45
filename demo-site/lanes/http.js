/* SPDX-License-Identifier: MIT */
/*
 * http.js - regular HTTP: the newest messages as a document that is reloaded, as
 * <meta http-equiv="refresh"> does.
 *
 * With the ETag, a reload without new messages is a 304 without a body. The
 * client finds out which messages are new.
 */
import { again } from "../again.js";
import { channel, isEmpty, read } from "../channel.js";

const EVERY = 10; /* s */
const LAST = 10; /* messages in the document */

export function http(lane, signal) {
	let etag = "";

	return again(lane, signal, async () => {
		/* An empty channel is a 404, which the console would show. */
		if (channel.empty && await isEmpty()) {
			lane.live();
			return EVERY;
		}
		const answer = await fetch(
			lane.request({ last: LAST, envelope: "json", since: null }),
			{ signal, cache: "no-store",
				headers: etag ? { "If-None-Match": etag } : {} });

		lane.live();
		if (answer.status === 304 || answer.status === 404)
			return EVERY;
		etag = answer.headers.get("ETag");
		const batch = await read(answer, lane.received);

		batch.messages.filter((m) => isAfter(m.id, lane.cursor))
			.forEach((m) => lane.take(m));
		lane.at(batch.cursor);
		return EVERY;
	});
}

/* Ids are <ms>-<number>. Without a cursor, all is old. */
function isAfter(id, cursor) {
	if (!cursor)
		return false;
	const [ms, number] = id.split("-").map(Number);
	const [ms2, number2] = cursor.split("-").map(Number);

	return ms > ms2 || (ms === ms2 && number > (number2 || 0));
}
