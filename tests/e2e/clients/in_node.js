// SPDX-License-Identifier: MIT
// in_node.js CLIENT URL: a JSON line for each thing the client says.
"use strict";

const [name, url] = process.argv.slice(2);
const { EventSource } = require(name);
const source = new EventSource(url);

function say(kind, ...what) {
	console.log(JSON.stringify([kind, ...what]));
}

for (const type of ["message", "chat"]) {
	source.addEventListener(type, (e) => say("got",
		type === "message" ? e.data : `${type}: ${e.data}`));
}
for (const type of ["cursor", "gap"])
	source.addEventListener(type, (e) => say("told", type, e.data));
source.addEventListener("error", () => {
	if (source.readyState === 2)
		say("odd", "closed for good");
});
setInterval(() => {}, 60000); // undici's wait does not keep node running
