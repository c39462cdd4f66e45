/* SPDX-License-Identifier: MIT */
/*
 * tabs.js - one tab of this page at a time.
 *
 * The lanes hold five of the six connections of a browser to a site, and all
 * tabs share them: with a second running tab none would be left to publish. So
 * the newest tab runs, and the previous one pauses.
 */

const LOCK = "pushcgi-demo";
let ours = false;

export function takeOver(lost) {
	if (ours || !navigator.locks) /* only on https or localhost */
		return;
	ours = true;
	navigator.locks.request(LOCK, { steal: true }, () =>
		new Promise(() => {})).catch(() => {
		ours = false;
		lost();
	});
}
