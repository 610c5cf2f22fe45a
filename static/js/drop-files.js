// Files dropped anywhere on the upload form are chosen as if they had been picked one by one. Each is then sent by
// itself, with its progress, and says at once what it was recognised as. Without this script the form sends them all.
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
    const rows = [...field.files].map((file) => ({ file, row: entry(list, file) }));
    let clean = true;
    for (const { file, row } of rows) clean = (await send(form, field.name, file, row)) && clean;
    button.disabled = false;
    if (clean) window.location.reload();
    else list.append(again(list.dataset.again));
  });
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
  return { row, bar, said };
}

// True when nothing is left to read or to answer: the page may then be shown anew.
function send(form, fieldName, file, { row, bar, said }) {
  return new Promise((resolve) => {
    const data = new FormData(form);
    data.delete(fieldName);
    data.append(fieldName, file);
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) bar.value = event.loaded / event.total;
    });
    request.addEventListener("loadend", () => {
      bar.remove();
      const answer = read(request, row.parentElement.dataset);
      row.dataset.tone = answer.problems.length ? "fail" : "pass";
      said.textContent = answer.problems.length ? answer.problems.join(" ") : answer.files.map((file) => recognised(file, row.parentElement.dataset)).join(" ");
      resolve(!answer.problems.length);
    });
    request.send(data);
  });
}

// words: what the page says in the language of its reader.
function read(request, words) {
  try {
    const answer = JSON.parse(request.responseText);
    if (Array.isArray(answer.problems) && Array.isArray(answer.files)) return answer;
  } catch {
    // Not our answer: a proxy's page, or none at all.
  }
  return { files: [], problems: [words.unsent] };
}

function recognised(file, words) {
  const removed = file.redactions ? `, ${file.redactions} ${file.redactions === 1 ? words.removedOne : words.removedMany}` : "";
  if (file.asked) return words.asked;
  return `${file.kind}${removed}${file.new ? "" : `, ${words.before}`}.`;
}
