"use strict";
const MINUTE = 60_000;
let [round, place, found, ticking] = [[], 0, [], 0];

// What was never answered comes first, then that in which most was missed.
function chosen(numbers) {
    const known = progress().interview;
    const share = (number) => (known[number] ? known[number].said / known[number].of : -1);
    return shuffled(numbers).sort((one, other) => share(one) - share(other)).map((number) => ({number}));
}

function startClock() {
    const [clock, until] = [find(".clock"), Date.now() + MINUTE];
    const tick = () => {
        const left = Math.max(0, Math.ceil((until - Date.now()) / 1000));
        clock.textContent = left ? `${left} s left` : "The minute is over.";
    };
    clearInterval(ticking);
    ticking = setInterval(tick, 250);
    tick();
}

function show() {
    const {number} = round[place];
    find(".place").textContent = `${place + 1} of ${round.length}`;
    find(".question").textContent = demos[number].question;
    find(".answered").hidden = false;
    find(".after").hidden = true;
    startClock();
    find(".question").focus();
}

function reveal() {
    if (!find(".after").hidden) return false;
    const {number} = round[place];
    const {aloud, traps, next: asks} = told(number) || {aloud: "The answer cannot be loaded.", traps: [], next: []};
    clearInterval(ticking);
    find(".answered").hidden = true;
    find(".aloud").innerHTML = aloud;
    find(".traps").hidden = !traps.length;
    for (const old of all(".traps div")) old.remove();
    find(".traps").append(...traps.map((trap) => tick(number, trap)));
    const [question, reply] = shuffled(asks)[0] || ["", ""];
    find(".next-question").open = false;
    find(".next-question summary").innerHTML = question;
    find(".next-question div").innerHTML = reply;
    find(".to-page").href = `${number}.html`;
    find(".after").hidden = false;
    find(".answer").focus();
    return true;
}

function tick(number, {test, text, why}) {
    const line = document.createElement("div");
    line.innerHTML = `<label><input type="checkbox"> ${text}</label> <details><summary>Why</summary><p>${why} <a href="${number}.html#${test}">See the scene</a></p></details>`;
    return line;
}

// Keeps what was ticked, once for each question that was answered.
function count() {
    if (find(".after").hidden) return;
    const [{number}, boxes] = [round[place], all(".traps input")];
    const said = boxes.filter((box) => box.checked).length;
    found.push({number, got: said, of: boxes.length});
    keep("interview", number, {said, of: boxes.length});
}

function next() {
    count();
    place += 1;
    if (place < round.length) show();
    else showAll();
}

function showAll() {
    showScores(found, "points said");
}

function tellKnown() {
    const known = numbersOf("").filter((number) => progress().interview[number]).length;
    find(".known").textContent = `${known} of ${numbersOf("").length} questions answered.`;
}

onBegin(chosen, (questions) => {
    [round, place, found] = [questions, 0, []];
    show();
});
onKeys({
    " ": reveal,
    Enter: () => (find(".after").hidden ? reveal() : next()),
    q: () => { count(); showAll(); },
    ...Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8, 9].map((digit) => [digit, () => all(".traps input")[digit - 1]?.click()])),
});
find(".answered").addEventListener("click", reveal);
find(".next").addEventListener("click", next);
addEventListener("progress", tellKnown);
tellKnown();
