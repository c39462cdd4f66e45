/* SPDX-License-Identifier: MIT */
/*
 * say.js - announcements for screen readers: each message once, not once per
 * lane, and lost connections. At a rate that a person can follow.
 */

const EVERY = 2500; /* ms */

let heard = ""; /* the newest announced message */
let waiting = []; /* sentences */
let timer = null;

export function say(lane) {
	lane.addEventListener("message", ({ detail: { message } }) => {
		if (message.id === heard || later(heard, message.id))
			return;
		heard = message.id;
		tell(`New message: ${message.data}`);
	});
	lane.addEventListener("state", ({ detail: { state } }) => {
		if (state === "reconnecting" && lane.was !== state)
			tell(`${lane.title} is reconnecting.`);
		lane.was = state;
	});
}

export function tell(sentence) {
	waiting.push(sentence);
	timer ||= setTimeout(speak, 0);
}

function speak() {
	const more = waiting.length - 2;

	document.getElementById("said").textContent = waiting.slice(0, 2)
		.concat(more > 0 ? `And ${more} more.` : []).join(" ");
	waiting = [];
	timer = setTimeout(() => {
		timer = null;
		if (waiting.length)
			timer = setTimeout(speak, 0);
	}, EVERY);
}

const later = (a, b) => parseInt(a || 0, 10) > parseInt(b, 10);
