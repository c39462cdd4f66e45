/* SPDX-License-Identifier: MIT */
/*
 * talk.js - the chat box: publishes on the WebSocket of its lane and shows the
 * reply.
 */
import { channel } from "./channel.js";
import { duration } from "./lane.js";
import { hear } from "./lanes/sse.js";
import { reopen, send } from "./lanes/websocket.js";
import { right } from "./right.js";

const TYPE = "chat";

export function talk(lane) {
	const form = lane.find(".talk");

	lane.find("[data-messages]").after(form);
	form.hidden = false;
	form.addEventListener("submit", say);
}

async function say(submit) {
	const form = submit.target;
	const { data } = form.elements;
	const said = form.querySelector("output");
	const begun = performance.now();

	submit.preventDefault();
	hear(TYPE);
	try {
		const stored = await sendWithRight(
			{ channel: channel.name, event: TYPE, data: data.value });

		said.textContent = `Stored as ${stored.id} after ` +
			`${duration(performance.now() - begun)}.`;
		said.dataset.outcome = "stored";
		data.value = "";
	} catch (error) {
		said.textContent = `Not sent: ${error.message}`;
		said.dataset.outcome = "failed";
	}
	data.focus();
}

/* The right of a WebSocket is the cookie that opened it, which has an end. */
async function sendWithRight(draft) {
	try {
		return await send(draft);
	} catch (error) {
		if (error.status !== 401)
			throw error;
		await right(channel.name, true);
		await reopen();
		return send(draft);
	}
}
