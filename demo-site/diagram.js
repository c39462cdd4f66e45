/* SPDX-License-Identifier: MIT */
/*
 * diagram.js - draws a list of steps as a sequence diagram, in SVG.
 *
 *	<ol class="steps">
 *		<li data-step="ask" data-label="GET">The browser sends a request.</li>
 *
 * The list stays for screen readers. Steps: ask and answer, the start and end of
 * a request; hold, the request is held; part, a piece of a response that
 * continues; say, the browser sends on an open connection; message, a message is
 * published; idle, no request. data-news: this step carries the message.
 */

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 340;
const AT = { browser: 34, server: 166, responder: 298 };
const TOP = 30;
const ROW = 32;
const STEP = 0.55; /* s, of the animation */

let fades = 0;

export function diagrams() {
	for (const list of document.querySelectorAll(".steps")) {
		list.before(draw([...list.children]));
		list.classList.add("spoken");
	}
}

function draw(steps) {
	const height = TOP + ROW * steps.length + 16;
	const svg = make("svg", { viewBox: `0 0 ${WIDTH} ${height}`,
		class: "diagram", "aria-hidden": "true" });
	const under = make("g", { class: "held" }, svg);

	svg.style.setProperty("--all", `${steps.length * STEP + 2}s`);
	for (const [name, x] of Object.entries(AT)) {
		line(svg, "life", x, TOP - 8, x, height - 2);
		text(svg, "who", x, 13, name === "server" ? "web server" : name);
	}
	let asked = null; /* the row a request began at */
	steps.forEach((step, i) => {
		const y = TOP + ROW * i + ROW * 0.7;

		row(svg, step.dataset, y, `${i * STEP}s`);
		if (step.dataset.step === "ask")
			asked = y;
		if (step.dataset.step === "answer") {
			held(under, asked, y);
			asked = null;
		}
	});
	if (asked !== null)
		fade(svg, held(under, asked, height));
	return svg;
}

function row(svg, { step, label, news }, y, delay) {
	const { browser, server, responder } = AT;

	if (step === "ask" || step === "say") {
		arrow(svg, news === undefined ? "ask" : "ask news",
			browser, responder, y, delay);
		make("circle", { class: "knot", cx: server, cy: y, r: 2.5 }, svg);
	} else if (step === "answer" || step === "part") {
		arrow(svg, news === undefined ? "answer" : "answer news",
			responder, browser, y, delay);
		make("circle", { class: "knot", cx: server, cy: y, r: 2.5 }, svg);
	} else if (step === "message") {
		arrow(svg, "news", WIDTH - 2, responder, y, delay);
		return text(svg, "label end", responder - 8, y + 3.5, label);
	} else if (step === "hold") {
		line(svg, "wait", responder, y - 12, responder, y + 12);
		return text(svg, "label end", responder - 8, y + 3.5, label);
	} else if (step === "idle") {
		line(svg, "wait", browser, y - 12, browser, y + 12);
		return text(svg, "label start", browser + 8, y + 3.5, label);
	}
	return text(svg, "label", (browser + responder) / 2, y - 5, label);
}

function arrow(svg, kind, from, to, y, delay) {
	const group = make("g", { class: `arrow ${kind}` }, svg);
	const head = to > from ? -7 : 7;
	const dot = make("circle", { class: "dot", cx: to, cy: y, r: 3.5 });

	line(group, "shaft", from, y, to, y);
	make("path", { class: "head", d: `M${to + head} ${y - 4}L${to} ${y}` +
		`L${to + head} ${y + 4}` }, group);
	dot.style.setProperty("--from", `${from - to}px`);
	dot.style.setProperty("--delay", delay);
	group.append(dot);
}

/* The time a connection is in use. */
function held(under, from, to) {
	return make("rect", { class: "band", x: AT.browser, y: from,
		width: AT.responder - AT.browser, height: to - from }, under);
}

/* It goes on below the drawing. */
function fade(svg, band) {
	const id = `fade-${++fades}`;
	const gradient = make("linearGradient",
		{ id, class: "fade", x1: 0, y1: 0, x2: 0, y2: 1 }, svg);

	make("stop", { offset: 0.75 }, gradient);
	make("stop", { offset: 1, "stop-opacity": 0 }, gradient);
	band.style.fill = `url(#${id})`;
}

function line(parent, kind, x1, y1, x2, y2) {
	return make("line", { class: kind, x1, y1, x2, y2 }, parent);
}

function text(parent, kind, x, y, content) {
	make("text", { class: kind, x, y }, parent).textContent = content;
}

function make(name, attributes, parent) {
	const element = document.createElementNS(SVG, name);

	for (const [key, value] of Object.entries(attributes))
		element.setAttribute(key, value);
	parent?.append(element);
	return element;
}
