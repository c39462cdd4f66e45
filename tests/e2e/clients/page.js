// SPDX-License-Identifier: MIT
/* global got, told, odd */
"use strict";

// What a test reads: messages, notices of ours, and what should not be.
window.got = [];
window.told = [];
window.odd = [];
window.addEventListener("error", (e) => odd.push(e.message));
window.addEventListener("unhandledrejection", (e) => odd.push(`${e.reason}`));

window.programs = {
	sse: "/push/sse" + location.search,
	longpoll: "/push/longpoll" + location.search,
};

// A message as a test wants it: of a type other than none, that first.
window.said = (type, data) => {
	if (type === "cursor" || type === "gap")
		told.push([type, data]);
	else
		got.push(type && type !== "message" ? `${type}: ${data}` : data);
};

window.listen = (source) => {
	for (const type of ["message", "chat", "cursor", "gap"])
		source.addEventListener(type, (e) => said(e.type, e.data));
};
