/* SPDX-License-Identifier: MIT */
/* push.js as a module: import { Push } from "/client/push.mjs"; */
import "./push.js";

export const Push = (typeof self === "object" ? self : globalThis).Push;
export default Push;
