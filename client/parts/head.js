/* SPDX-License-Identifier: MIT */
/*
 * push.js - receives pushcgi messages with the best technique available.
 *
 *	const push = new Push("/push/", { channels: ["news"] });
 *	push.onmessage = (message) => console.log(message.data);
 *
 * Manual: doc/client.md
 * Tests: tests/e2e/test_client*.py
 * Source: client/parts
 */
(function () {
"use strict";
