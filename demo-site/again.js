/* SPDX-License-Identifier: MIT */
/*
 * again.js - repeats a technique until it is paused.
 *
 * A round returns how long to wait before the next one. A failed round is
 * repeated after a short wait.
 */

const RETRY = 2; /* s */

export async function again(lane, signal, round) {
	while (!signal.aborted) {
		let seconds;

		try {
			seconds = await round();
		} catch (error) {
			if (signal.aborted)
				return;
			lane.lost(error.message);
			seconds = error.wait || RETRY;
		}
		if (seconds)
			await pause(seconds, signal);
	}
}

/* Ends early when `signal` does. */
export const pause = (seconds, signal) => unless(signal,
	new Promise((done) => setTimeout(done, seconds * 1000))).catch(() => {});

/* What `promise` comes to, unless `signal` ends before: then it fails. */
export function unless(signal, promise) {
	let leave;

	return new Promise((resolve, reject) => {
		leave = () => reject(signal.reason);
		signal.addEventListener("abort", leave);
		promise.then(resolve, reject);
	}).finally(() => signal.removeEventListener("abort", leave));
}
