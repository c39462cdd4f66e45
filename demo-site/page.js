/* SPDX-License-Identifier: MIT */
/*
 * page.js - the demo page: one lane per technique, all on one channel.
 *
 * To add a technique, write lanes/NAME.js (each is also an example), add a
 * section to index.html, and add it to LANES.
 */
import { begin, channel, url } from "./channel.js";
import { board } from "./board.js";
import { diagrams } from "./diagram.js";
import { Lane } from "./lane.js";
import { publish } from "./publish.js";
import { right } from "./right.js";
import { say, tell } from "./say.js";
import { takeOver } from "./tabs.js";
import { http } from "./lanes/http.js";
import { iframe } from "./lanes/iframe.js";
import { jsonp } from "./lanes/jsonp.js";
import { longpoll } from "./lanes/longpoll.js";
import { poll } from "./lanes/poll.js";
import { hear, sse } from "./lanes/sse.js";
import { stream } from "./lanes/stream.js";
import { websocket } from "./lanes/websocket.js";
import { talk } from "./talk.js";

const LANES = { http, poll, longpoll, jsonp, sse, stream, iframe, websocket };

const lanes = [];
const button = document.getElementById("pause");

const someRun = () => lanes.some((lane) => lane.running);

function pauseAll(why) {
	lanes.forEach((lane) => lane.pause(why));
}

function toggle() {
	if (someRun())
		pauseAll();
	else
		lanes.forEach((lane) => lane.resume());
}

function lost() {
	const why = "Another tab is running this page. Only one tab can run it, " +
		"because all tabs share six connections.";

	pauseAll(why);
	tell(why);
}

function open(root) {
	const lane = new Lane(root, LANES[root.dataset.lane]);

	lane.addEventListener("message", ({ detail: { message } }) =>
		hear(message.event, lane.name !== "sse"));
	lane.addEventListener("resumed", () => takeOver(lost));
	for (const change of ["resumed", "paused"])
		lane.addEventListener(change, () => {
			button.textContent = someRun() ? "Pause all" : "Resume all";
		});
	say(lane);
	lanes.push(lane);
}

function commands() {
	const quote = (s) => `'${s.replaceAll("'", "'\\''")}'`;
	const parts = {
		publish: `push-publish ${quote(channel.name)} hello`,
		read: `curl -N ${quote(location.origin + url("sse"))}`,
		log: "tail -F /var/log/syslog | push-publish --lines log",
	};

	for (const [name, text] of Object.entries(parts))
		document.querySelector(`[data-command=${name}]`).textContent = text;
}

/* Not before everything is loaded: while the script tag and the hidden iframe
 * are loading, and they are for ever, the load event does not come. */
async function start() {
	await Promise.all([begin(), right()]); /* before the WebSocket opens */
	document.querySelectorAll("[data-lane]").forEach(open);
	talk(lanes.find((lane) => lane.name === "websocket"));
	board(lanes);
	button.addEventListener("click", toggle);
	toggle();
}

document.title = `${channel.name} – pushcgi demo`;
document.getElementById("channel").value = channel.name;
document.getElementById("publish").addEventListener("submit", publish);
commands();
diagrams();
if (document.readyState === "complete")
	start();
else
	window.addEventListener("load", start);
