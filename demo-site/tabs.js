/* SPDX-License-Identifier: MIT */
/*
 * tabs.js - one tab of this page at a time.
 *
 * The lanes hold five of the six connections a browser has to one site, and
 * all its tabs share them: a second tab that ran its lanes would leave none to
 * publish by. So whoever begins last has them, and the other is told.
 */

const LOCK = "pushcgi-demo";
let ours = false;

export function takeOver(lost) {
	if (ours || !navigator.locks) /* there only with https or localhost */
		return;
	ours = true;
	navigator.locks.request(LOCK, { steal: true }, () =>
		new Promise(() => {})).catch(() => {
		ours = false;
		lost();
	});
}
