/* SPDX-License-Identifier: MIT */
/*
 * publish.js - publishes the form without leaving the page.
 */
import { channel, read } from "./channel.js";
import { hear } from "./lanes/sse.js";
import { right } from "./right.js";

export async function publish(submit) {
	const form = submit.target;
	const said = document.getElementById("published");
	const fields = new URLSearchParams(new FormData(form));

	submit.preventDefault();
	if (!fields.get("event"))
		fields.delete("event");
	hear(fields.get("event"));
	try {
		await right(fields.get("channel"));
		const stored = await read(await fetch(form.action,
			{ method: "POST", body: fields }));

		said.textContent = `Stored as ${stored.id}` +
			(stored.channel === channel.name ? "." :
				`. This page shows channel ${channel.name}.`);
		said.dataset.outcome = "stored";
		form.elements.data.value = "";
	} catch (error) {
		said.textContent = `Not published: ${error.message}`;
		said.dataset.outcome = "failed";
	}
	form.elements.data.focus();
}
