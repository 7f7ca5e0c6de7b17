"use strict";
// What quiz and interview share: the choice of a topic, what is loaded for a demo, the scores.
const {demos} = window.QUESTIONS;
const [begin, asked, scores] = [find(".begin"), find(".asked"), find(".scores")];

function numbersOf(topic) {
    return Object.keys(demos).filter((number) => ["", number, demos[number].topic].includes(topic));
}

function shuffled(list) {
    return list
        .map((each) => [Math.random(), each])
        .sort(([one], [other]) => one - other)
        .map(([, each]) => each);
}

// What is told of a demo after an answer; nothing where the file has gone.
const told = (number) => window[`LEARN_${number}`];

function load(number) {
    return new Promise((resolve) => {
        const script = document.createElement("script");
        script.src = `${number}-learn.js`;
        script.onload = script.onerror = resolve;
        document.head.append(script);
    });
}

// `found` has {number, got, of} for each question; the weakest topic comes first.
function showScores(found, noun) {
    const topics = new Map();
    for (const {number, got, of} of found) {
        const name = demos[number].topic || "no topic";
        const sum = topics.get(name) || {got: 0, of: 0, missed: new Set()};
        sum.got += got;
        sum.of += of;
        if (got < of) sum.missed.add(number);
        topics.set(name, sum);
    }
    const sum = (what) => found.reduce((total, each) => total + each[what], 0);
    find("h2", scores).textContent = `${sum("got")} of ${sum("of")} ${noun}`;
    const rows = [...topics].sort(([, one], [, other]) => one.got / one.of - other.got / other.of);
    find("tbody", scores).replaceChildren(...rows.map(row));
    find(".wide", scores).hidden = !rows.length;
    scores.hidden = false;
    setAsking(false);
    find("h2", scores).focus();
}

function row([name, {got, of, missed}]) {
    const row = document.createElement("tr");
    for (const text of [name, `${got} of ${of}`]) row.insertCell().textContent = text;
    const cell = row.insertCell();
    for (const number of missed) {
        const link = document.createElement("a");
        [link.href, link.textContent] = [`${number}.html`, number];
        cell.append(link, " ");
    }
    return row;
}

// While a question is asked, nothing else is on the page.
function setAsking(isAsking) {
    asked.hidden = !isAsking;
    for (const other of [begin, find(".how"), find(".progress")]) other.hidden = isAsking;
}

function takeHash() {
    const number = location.hash.slice(1);
    if (!demos[number]) return;
    begin.topic.value = number;
    find("button", begin).focus();
}

// `choose` is given numbers of demos and returns what to ask, each with the number of its demo.
function onBegin(choose, start) {
    begin.addEventListener("submit", async (event) => {
        event.preventDefault();
        const chosen = choose(numbersOf(begin.topic.value)).slice(0, Number(begin.count.value));
        const missing = new Set(chosen.map(({number}) => number).filter((number) => !told(number)));
        await Promise.all([...missing].map(load));
        scores.hidden = true;
        setAsking(true);
        start(chosen);
    });
    begin.hidden = false;
    for (const moment of ["load", "hashchange"]) addEventListener(moment, takeHash);
}

// Keys by what they do; one that returns false has not used its key. Space and Enter first serve
// the button, link or box that has focus.
function onKeys(keys) {
    document.addEventListener("keydown", (event) => {
        const {key, target, repeat, ctrlKey, metaKey, altKey} = event;
        if (repeat || ctrlKey || metaKey || altKey || asked.hidden || !Object.hasOwn(keys, key)) return;
        const own = {" ": "a, button, input, summary, pre", Enter: "a, button, summary"}[key];
        if (own && target.closest(own)) return;
        if (keys[key]() !== false) event.preventDefault();
    });
}
