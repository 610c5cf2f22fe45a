// Files dropped anywhere on the upload form are chosen as if they had been picked one by one. Small ones are sent as the
// form would send them, together; large ones each by itself, in pieces. Every file shows its progress and says at once
// what it was recognised as. Without this script the form sends them all.
for (const form of document.querySelectorAll("form.drop")) {
  const field = form.querySelector('input[type="file"]');
  const list = form.querySelector(".uploads");
  form.addEventListener("dragover", (event) => event.preventDefault());
  form.addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    field.files = event.dataTransfer.files;
    if (list) form.requestSubmit();
  });
  if (!list) continue;
  form.addEventListener("submit", async (event) => {
    if (!field.files.length) return;
    event.preventDefault();
    const button = form.querySelector('button[type="submit"]');
    button.disabled = true;
    list.hidden = false;
    list.replaceChildren();
    const entries = [...field.files].map((file) => entry(list, file));
    let clean = true;
    for (const group of groups(entries, list.dataset)) {
      const sent = group[0].large ? await sendLarge(form, group[0]) : await sendTogether(form, field.name, group);
      clean = sent && clean;
    }
    button.disabled = false;
    if (clean) window.location.reload();
    else list.append(again(list.dataset.again));
  });
}

// Small files as few forms as the server takes, so that a secret of one is found in the others; each large one alone.
function groups(entries, { largeFrom, formLimit }) {
  const found = [];
  let size = 0;
  for (const one of entries) one.large = one.file.size >= Number(largeFrom) && Boolean(globalThis.resumable);
  for (const one of entries.filter(({ large }) => !large)) {
    if (!found.length || size + one.file.size > Number(formLimit)) {
      found.push([]);
      size = 0;
    }
    found.at(-1).push(one);
    size += one.file.size;
  }
  return [...found, ...entries.filter(({ large }) => large).map((one) => [one])];
}

// What was taken in stands in the list below only when the page is shown anew.
function again(words) {
  const row = document.createElement("li");
  const link = document.createElement("a");
  link.href = window.location.href;
  link.textContent = words;
  row.append(link);
  return row;
}

function entry(list, file) {
  const row = document.createElement("li");
  const name = document.createElement("span");
  name.className = "place";
  name.textContent = file.name;
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", file.name);
  const said = document.createElement("span");
  said.className = "fine";
  row.append(name, bar, said);
  list.append(row);
  return { file, row, bar, said, words: list.dataset };
}

// True when nothing is left to read or to answer: the page may then be shown anew.
function sendTogether(form, fieldName, entries) {
  return new Promise((resolve) => {
    const data = new FormData(form);
    data.delete(fieldName);
    for (const { file } of entries) data.append(fieldName, file);
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", ({ loaded }) => {
      let before = 0;
      for (const { file, bar } of entries) {
        bar.value = Math.min(Math.max((loaded - before) / Math.max(file.size, 1), 0), 1);
        before += file.size;
      }
    });
    request.addEventListener("loadend", () => {
      const answers = read(request, entries);
      resolve(entries.map((one, place) => show(one, answers[place])).every(Boolean));
    });
    request.send(data);
  });
}

async function sendLarge(form, one) {
  const { file, bar, said, words } = one;
  const about = Object.fromEntries(["node", "observed_from", "observed_to"].map((name) => [name, form.elements[name].value]));
  for (const name of ["observed_from", "observed_to"]) if (about[name]) about[name] += "Z"; // the form asks for UTC
  about.source = "upload page";
  const progress = (share, waiting) => {
    if (share !== null) bar.value = share;
    said.textContent = waiting ? words.waiting : "";
  };
  try {
    const token = form.elements.csrfmiddlewaretoken.value;
    const ended = await globalThis.resumable.send({ address: words.resumable, token, file, about, progress });
    if (!ended.artefact) return show(one, { file: null, problems: [ended.refusal || words.unsent] });
    const answer = await fetch(`${form.action}${ended.artefact}/`, { headers: { Accept: "application/json" } });
    const { file: received, problems } = await answer.json();
    return show(one, { file: { ...received, new: ended.new }, problems: ended.new ? problems : [] });
  } catch {
    return show(one, { file: null, problems: [words.unsent] });
  }
}

function show({ row, bar, said, words }, { file, problems }) {
  bar.remove();
  row.dataset.tone = problems.length ? "fail" : "pass";
  said.textContent = problems.length ? problems.join(" ") : recognised(file, words);
  return !problems.length;
}

// One answer for each file. words: what the page says in the language of its reader.
function read(request, entries) {
  try {
    const answer = JSON.parse(request.responseText);
    if (answer.each.length === entries.length) return answer.each;
    if (answer.problems.length) return entries.map(() => ({ file: null, problems: answer.problems }));
  } catch {
    // Not our answer: a proxy's page, or none at all.
  }
  return entries.map(({ words }) => ({ file: null, problems: [words.unsent] }));
}

function recognised(file, words) {
  const removed = file.redactions ? `, ${file.redactions} ${file.redactions === 1 ? words.removedOne : words.removedMany}` : "";
  if (file.asked) return words.asked;
  return `${file.kind}${removed}${file.new ? "" : `, ${words.before}`}.`;
}
