"use strict";
// What a learner has done: by claim for the quiz, by demo for the interview. It is in the storage
// of the browser; where there is none, in this page until it is closed.
const PLACE = "cathay-shop-progress";
const DAY = /^\d{4}-\d\d-\d\d$/;
const isCount = (number) => Number.isInteger(number) && number >= 0;
const isEntry = {
    quiz: (key, {at, due, box}) => /^\d\d\/test_\w+$/.test(key) && DAY.test(at) && DAY.test(due) && [1, 2, 3, 4, 5].includes(box),
    interview: (key, {at, said, of}) => /^\d\d$/.test(key) && DAY.test(at) && isCount(said) && isCount(of),
};
let inThisPage = null;

// A day as "2026-01-31", so many days from today.
function day(ahead = 0) {
    const date = new Date();
    date.setDate(date.getDate() + ahead);
    const two = (number) => String(number).padStart(2, "0");
    return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

// The progress that a text holds; null where it is none.
function progressIn(text) {
    try {
        const found = JSON.parse(text);
        const sections = Object.keys(isEntry).map((name) => [name, Object.entries(found[name])]);
        const isGood = ([name, entries]) => entries.every(([key, entry]) => isEntry[name](key, entry));
        if (!sections.every(isGood)) return null;
        return Object.fromEntries(sections.map(([name, entries]) => [name, Object.fromEntries(entries)]));
    } catch {
        return null;
    }
}

function progress() {
    return inThisPage || progressIn(kept.get(PLACE)) || {quiz: {}, interview: {}};
}

function write(changed) {
    inThisPage = kept.set(PLACE, JSON.stringify(changed)) ? null : changed;
    tellWhere();
    dispatchEvent(new Event("progress"));
}

function keep(section, key, entry) {
    const changed = progress();
    changed[section][key] = {...entry, at: day()};
    write(changed);
}

function tellWhere() {
    if (!inThisPage) return;
    find(".progress .where").textContent = "This browser keeps nothing here. Export your progress to a file before you close the page.";
}

function exportProgress() {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(progress(), null, 1)], {type: "application/json"}));
    link.download = "cathay-shop-progress.json";
    link.click();
}

// Of two entries for the same thing the later one stays.
function importProgress(text) {
    const found = progressIn(text);
    if (!found) return "This file is not a progress file of these pages, so nothing was changed.";
    const changed = progress();
    let count = 0;
    for (const section of Object.keys(found)) {
        for (const [key, entry] of Object.entries(found[section])) {
            const known = changed[section][key];
            if (known && known.at >= entry.at) continue;
            changed[section][key] = entry;
            count += 1;
        }
    }
    write(changed);
    return `Results taken from the file: ${count}.`;
}

find(".progress .export").addEventListener("click", exportProgress);
find(".progress input").addEventListener("change", async ({target}) => {
    find(".progress .imported").textContent = importProgress(await target.files[0].text());
    target.value = "";
});
find(".progress").hidden = false;
// What cannot be read is set aside; and to write at once tells whether anything is kept.
if (kept.get(PLACE) && !progressIn(kept.get(PLACE))) kept.set(`${PLACE}-unreadable`, kept.get(PLACE));
write(progress());
