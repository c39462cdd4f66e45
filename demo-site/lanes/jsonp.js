/* SPDX-License-Identifier: MIT */
/*
 * jsonp.js - script-tag long-polling: a <script> that is a long time loading,
 * and then calls us. Works across origins, in every browser there ever was.
 *
 * A script tag cannot be called back: while paused, the last one goes on
 * until its wait is over. So there is never a second beside it.
 */
import { again, unless } from "../again.js";

const CALLBACK = "pushAnswer";
let asked = null; /* the answer that is on its way */

export const jsonp = (lane, signal) => again(lane, signal, async () => {
	lane.open();
	asked ||= load(lane.request({ callback: CALLBACK }))
		.finally(() => { asked = null; });
	const batch = await unless(signal, asked);

	lane.received(`/**/${CALLBACK}(${JSON.stringify(batch)});\n`);
	lane.live();
	batch.messages.forEach((item) => lane.take(item));
	lane.at(batch.cursor);
});

function load(url) {
	return new Promise((resolve, reject) => {
		const script = document.createElement("script");

		window[CALLBACK] = resolve;
		script.src = url;
		/* All a script tag tells of an error is that there was one. */
		script.onerror = () => reject(new Error("The script did not load."));
		script.onload = () => reject(new Error("The script said nothing."));
		document.head.append(script);
	}).finally(() => document.querySelector(`script[src="${url}"]`)
		?.remove());
}
