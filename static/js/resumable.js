// Large files go up in pieces (tus 1.0). A broken line costs the piece that was under way: the server is asked how far
// it came, and the rest follows. The upload's address is kept for this tab, so that the same file, chosen again after
// the page was shown anew, goes on where it was.
const PIECE = 8 * 1024 * 1024;
const WAITS = [0.5, 1, 2, 4, 8, 15, 30, 30, 30, 30]; // seconds, as long as nothing new arrives
const VERSION = { "Tus-Resumable": "1.0.0" };

globalThis.resumable = { send };

// file, about: what the sender says of it, name -> text. progress(share, waiting). Returns the upload as the API shows
// it at its end, or { refusal: text }; throws when the line stays broken.
async function send({ address, token, file, about, progress }) {
  const call = caller(token);
  const memory = `upload ${address} ${file.name} ${file.size} ${file.lastModified}`;
  let where = recall(memory);
  let offset = where ? await offsetOf(call, where) : null;
  if (offset === null) {
    const begun = await patiently(() => call("POST", address, { "Upload-Length": file.size, "Upload-Metadata": metadata({ ...about, filename: file.name }) }), progress);
    if (begun.status !== 201) return { refusal: detail(begun) };
    where = begun.getResponseHeader("Location");
    offset = 0;
    remember(memory, where);
  }
  let failures = 0;
  while (offset < file.size) {
    const from = offset;
    const answer = await call("PATCH", where, { "Upload-Offset": from, "Content-Type": "application/offset+octet-stream" }, file.slice(from, from + PIECE), (loaded) => progress((from + loaded) / file.size, false));
    if (answer.status === 204) {
      offset = Number(answer.getResponseHeader("Upload-Offset"));
      failures = 0;
      continue;
    }
    if (final(answer)) {
      forget(memory);
      return { refusal: detail(answer) };
    }
    if (failures === WAITS.length) throw new Error("the line stays broken");
    progress(offset / file.size, true);
    await pause(WAITS[failures]);
    const now = await offsetOf(call, where);
    failures = now !== null && now > offset ? 0 : failures + 1;
    offset = now ?? offset;
  }
  const ended = await patiently(() => call("GET", where, {}), progress);
  forget(memory);
  if (ended.status !== 200) return { refusal: detail(ended) };
  const upload = JSON.parse(ended.responseText);
  return upload.refusal ? { refusal: `${file.name}: ${upload.refusal.reason}; ${upload.refusal.remedy}` } : upload;
}

function caller(token) {
  return (method, address, headers, body = null, loaded = () => {}) =>
    new Promise((resolve) => {
      const request = new XMLHttpRequest();
      request.open(method, address);
      for (const [name, value] of Object.entries({ ...VERSION, ...headers, Accept: "application/json", "X-CSRFToken": token })) request.setRequestHeader(name, value);
      request.upload.addEventListener("progress", (event) => loaded(event.loaded));
      request.addEventListener("loadend", () => resolve(request));
      request.send(body);
    });
}

// How far the upload is; null when the server knows none, or does not answer.
async function offsetOf(call, where) {
  const answer = await call("HEAD", where, {});
  return answer.status === 200 ? Number(answer.getResponseHeader("Upload-Offset")) : null;
}

// The step, again while the line is broken or the server is busy.
async function patiently(step, progress) {
  for (const wait of WAITS) {
    const answer = await step();
    if (answer.status && answer.status !== 423 && answer.status < 500) return answer;
    progress(null, true);
    await pause(wait);
  }
  throw new Error("the line stays broken");
}

// No further try would end otherwise. 0 is a broken line, 409 another offset, 460 a damaged piece.
function final({ status }) {
  return status >= 400 && status < 500 && ![408, 409, 423, 429, 460].includes(status);
}

// Ends early when the browser is on line again.
function pause(seconds) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, seconds * 1000);
    addEventListener("online", () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}

function metadata(said) {
  return Object.entries(said)
    .filter(([, text]) => text)
    .map(([name, text]) => `${name} ${base64(text)}`)
    .join(",");
}

function base64(text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

function detail(answer) {
  try {
    return JSON.parse(answer.responseText).detail || "";
  } catch {
    return ""; // a proxy's page
  }
}

// A tab without storage only loses the way back to an upload of an earlier page.
function recall(key) {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

function remember(key, value) {
  try {
    sessionStorage.setItem(key, value);
  } catch {
    // See above.
  }
}

function forget(key) {
  try {
    sessionStorage.removeItem(key);
  } catch {
    // See above.
  }
}
