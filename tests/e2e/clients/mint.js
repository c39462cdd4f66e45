// SPDX-License-Identifier: MIT
// Keys and JSON Web Tokens by the package jose. Reads one JSON text from standard
// input and prints one:
//
//	["keys", ["RS256", "ES256"]]
//		for each: {"private": PEM, "public": PEM, "jwk": the public key}
//	["tokens", [{"alg", "key", "kid", "claims"}, …]]
//		for each: the token. `key` is a secret or a private key in PEM; alg
//		"none": no signature
"use strict";

const { readFileSync } = require("node:fs");
const jose = require("jose");

async function keys(alg) {
	const pair = await jose.generateKeyPair(alg, { extractable: true });
	return {
		private: await jose.exportPKCS8(pair.privateKey),
		public: await jose.exportSPKI(pair.publicKey),
		jwk: await jose.exportJWK(pair.publicKey),
	};
}

async function token({ alg, key, kid, claims }) {
	if (alg === "none")
		return new jose.UnsecuredJWT(claims).encode();
	const header = kid ? { alg, kid, typ: "JWT" } : { alg, typ: "JWT" };
	const by = alg.startsWith("HS")
		? new TextEncoder().encode(key)
		: await jose.importPKCS8(key, alg);
	return new jose.SignJWT(claims).setProtectedHeader(header).sign(by);
}

async function main() {
	const [what, list] = JSON.parse(readFileSync(0, "utf8"));
	const each = { keys, tokens: token }[what];
	const made = [];
	for (const item of list)
		made.push(await each(item));
	process.stdout.write(JSON.stringify(made));
}

main();
