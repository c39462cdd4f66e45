/* SPDX-License-Identifier: MIT */
/*
 * iframe.js - the hidden iframe: an endless page whose scripts call this one.
 *
 * Insert it after the load event of this page, which waits for its iframes.
 */
import { again } from "../again.js";

const CALLBACK = "pushItem";
const LOOK = 50; /* ms */

export const iframe = (lane, signal) => again(lane, signal, () =>
	new Promise((done, failed) => {
		const frame = document.createElement("iframe");
		let retry = 0;

		window[CALLBACK] = (item) => {
			lane.received(`<script>push(${JSON.stringify(item)})` +
				"<\/script>\n");
			retry = item.retry || 0;
			lane.take(item);
		};
		/* No event reports the start: look for the first script. */
		const look = setInterval(() => {
			if (!frame.contentWindow?.push)
				return;
			clearInterval(look);
			lane.received(frame.contentDocument.documentElement.outerHTML);
			lane.live();
		}, LOOK);
		const end = () => {
			clearInterval(look);
			frame.remove();
			if (retry || signal.aborted)
				done(retry / 1000);
			else
				failed(new Error("The page ended."));
		};

		frame.hidden = true;
		frame.title = "Messages for the parent page";
		frame.src = lane.request({ callback: CALLBACK });
		frame.onload = end; /* loaded: it has ended */
		signal.addEventListener("abort", end, { once: true });
		document.body.append(frame);
	}));
