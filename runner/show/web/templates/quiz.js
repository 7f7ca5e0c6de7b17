"use strict";
const VERDICTS = ["holds", "depends", "outdated", "wrong"];
const claims = window.QUESTIONS.claims.map((claim) => ({...claim, number: claim.key.slice(0, 2), test: claim.key.slice(3)}));
const WAITS = [1, 2, 4, 8, 16]; // days in each box
let [round, place, found] = [[], 0, []];

// What is due comes first, the lowest box before all; then what is new, then what is due soonest.
function chosen(numbers) {
    const [known, today] = [progress().quiz, day()];
    const rank = ({key}) => {
        const entry = known[key];
        if (!entry) return "1";
        return entry.due <= today ? `0 ${entry.box}` : `2 ${entry.due}`;
    };
    const order = (one, other) => (rank(one) < rank(other) ? -1 : Number(rank(one) > rank(other)));
    return shuffled(claims.filter(({number}) => numbers.includes(number))).sort(order);
}

// To know a claim before it is due moves nothing.
function moved(entry, isRight) {
    if (!isRight) return {box: 1, due: day(WAITS[0])};
    if (entry && entry.due > day()) return entry;
    const box = Math.min((entry ? entry.box : 1) + 1, WAITS.length);
    return {box, due: day(WAITS[box - 1])};
}

function show() {
    const {number, claim} = round[place];
    find(".place").textContent = `${place + 1} of ${round.length}`;
    find(".of").textContent = `${number} · ${demos[number].question}`;
    find(".claim").innerHTML = claim;
    find(".ending").textContent = "";
    find(".after").hidden = true;
    for (const button of all(".jury button")) {
        button.disabled = false;
        button.removeAttribute("aria-pressed");
    }
    find(".claim").focus();
}

function answer(said) {
    if (!find(".after").hidden) return;
    const {key, number, test, verdict, why, releases} = round[place];
    const isRight = said === verdict;
    found.push({number, got: Number(isRight), of: 1});
    keep("quiz", key, moved(progress().quiz[key], isRight));
    for (const button of all(".jury button")) {
        button.disabled = true;
        button.setAttribute("aria-pressed", button.value === said);
    }
    const sign = find(`.jury .${verdict}`).textContent;
    const since = releases ? ` · ${releases}` : "";
    find(".ending").innerHTML = `<p>${isRight ? "Right" : "Not right"}, the verdict is <span class="verdict ${verdict}">${sign}${since}</span></p><p>${why}</p>`;
    find(".scene-link").href = `${number}.html#${test}`;
    find(".evidence code").textContent = told(number)?.evidence[test] ?? "The evidence cannot be loaded.";
    find(".after").hidden = false;
    find(".next").focus();
}

function next() {
    if (find(".after").hidden) return;
    place += 1;
    if (place < round.length) show();
    else end();
}

function end() {
    showScores(found, "right");
}

function tellKnown() {
    const entries = claims.map(({key}) => progress().quiz[key]).filter(Boolean);
    const due = (latest) => entries.filter((entry) => entry.due <= latest).length;
    find(".known").textContent = `${entries.length} of ${claims.length} claims answered, ${due(day())} to repeat today, ${due(day(1))} until tomorrow.`;
}

onBegin(chosen, (claims) => {
    [round, place, found] = [claims, 0, []];
    show();
});
onKeys({
    ...Object.fromEntries(VERDICTS.flatMap((verdict, n) => [[verdict[0], () => answer(verdict)], [String(n + 1), () => answer(verdict)]])),
    " ": next, Enter: next, q: end,
});
for (const button of all(".jury button")) button.addEventListener("click", () => answer(button.value));
find(".next").addEventListener("click", next);
addEventListener("progress", tellKnown);
tellKnown();
