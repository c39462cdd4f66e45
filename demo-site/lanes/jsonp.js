/* SPDX-License-Identifier: MIT */
/*
 * jsonp.js - script-tag long-polling: a <script> whose response is held and then
 * calls this page. Works across origins and in every browser.
 *
 * A script cannot be cancelled: after Pause, the last one is held until its wait
 * ends. So there is only one at a time.
 */
import { again, unless } from "../again.js";

const CALLBACK = "pushAnswer";
let asked = null; /* the pending response */

export const jsonp = (lane, signal) => again(lane, signal, async () => {
	lane.open();
	asked ||= load(lane.request({ callback: CALLBACK }))
		.finally(() => { asked = null; });
	const batch = await unless(signal, asked);

	lane.received(`/**/${CALLBACK}(${JSON.stringify(batch)});\n`);
	lane.live();
	batch.messages.forEach((item) => lane.take(item));
	lane.at(batch.cursor);
	return (batch.retry || 0) / 1000; /* there is no room for it */
});

function load(url) {
	return new Promise((resolve, reject) => {
		const script = document.createElement("script");

		window[CALLBACK] = resolve;
		script.src = url;
		/* All a script tag tells of an error is that there was one. */
		script.onerror = () => reject(new Error("The script did not load."));
		script.onload = () => reject(new Error("The script did not call the page."));
		document.head.append(script);
	}).finally(() => document.querySelector(`script[src="${url}"]`)
		?.remove());
}
