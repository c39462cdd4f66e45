// SPDX-License-Identifier: MIT
// websocket_in_node.js URL DEFLATE: npm's ws. A JSON line for each thing it
// says; each line that comes in is sent. It comes back with its cursor.
"use strict";

const { WebSocket } = require("ws");
const [url, deflate] = process.argv.slice(2);
let socket = null;
let since = "";

function say(kind, ...what) {
	console.log(JSON.stringify([kind, ...what]));
}

function heard(item) {
	since = item.cursor || since;
	if ("data" in item) {
		since = item.cursor || item.id;
		say("got", item.event ? `${item.event}: ${item.data}` : item.data);
	} else if (!("retry" in item)) {
		say("told", item);
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
			say("odd", "binary");
		else
			heard(JSON.parse(data));
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
