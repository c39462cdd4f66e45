// SPDX-License-Identifier: MIT
// websocket_in_node.js URL DEFLATE: npm's ws. It prints a JSON line for each
// message and sends each line of stdin. It reconnects with its cursor.
"use strict";

const { WebSocket } = require("ws");
const [url, deflate] = process.argv.slice(2);
let socket = null;
let since = "";

function say(kind, ...what) {
	console.log(JSON.stringify([kind, ...what]));
}

function received(item) {
	since = item.cursor || since;
	if ("data" in item) {
		since = item.cursor || item.id;
		say("got", item.event ? `${item.event}: ${item.data}` : item.data);
	} else if (!("retry" in item)) {
		say("other", item);
	}
}

function connect() {
	socket = new WebSocket(`${url}&since=${encodeURIComponent(since)}`, {
		perMessageDeflate: deflate === "yes" && { threshold: 0 },
	});
	let opened = false;
	socket.on("open", () => {
		opened = true;
		say("open", socket.extensions);
	});
	socket.on("message", (data, binary) => {
		if (binary)
			say("unexpected", "binary");
		else
			received(JSON.parse(data));
	});
	socket.on("error", (error) => say("error", String(error)));
	socket.on("close", (code) => {
		if (opened)
			say("closed", code);
		setTimeout(connect, 200);
	});
}

connect();
require("readline").createInterface({ input: process.stdin })
	.on("line", (line) => socket.send(line));
