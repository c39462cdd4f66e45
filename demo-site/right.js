/* SPDX-License-Identifier: MIT */
/*
 * right.js - the right to publish: cgi-bin/right sets a cookie with a token for
 * the channels. It is good for ten minutes, and fetched again after eight.
 */
import { channel } from "./channel.js";

const GOOD = 8 * 60 * 1000; /* ms */

let names = "";
let until = 0;

/* For the channel of this page and another one. Where no script gives a right, the
 * server says who may publish. */
export async function right(other = channel.name, anew = false) {
	const wanted = new URLSearchParams([...new Set([channel.name, other])]
		.map((name) => ["channel", name])).toString();

	if (!anew && wanted === names && Date.now() < until)
		return;
	try {
		const { ok } = await fetch(`cgi-bin/right?${wanted}`);

		names = ok ? wanted : "";
		until = Date.now() + GOOD;
	} catch {
		names = "";
	}
}
