// Pictures on their way to the server: a few at a time, with progress, and again after a failure.

import { say } from "./parts.js";

const AT_ONCE = 3;

class Uploads {
  #all = new Map();
  #waiting = [];
  #running = 0;
  #count = 0;

  /** Where files go, and the token that the form carries. */
  configure({ address, token }) {
    this.address = address;
    this.token = token;
  }

  /** Begins with `file`; the answer names the upload. */
  start(file) {
    this.#count += 1;
    const name = `upload-${this.#count}`;
    const state = { file, name: file.name, progress: 0, error: "", done: null, watchers: new Set() };
    this.#all.set(name, state);
    this.#waiting.push(state);
    this.#next();
    return name;
  }

  /** Tries once more what failed. */
  retry(name) {
    const state = this.#all.get(name);
    if (!state?.error) return;
    state.error = "";
    state.progress = 0;
    this.#waiting.push(state);
    this.#tell(state);
    this.#next();
  }

  /** Calls `watcher` now and at each change; the answer ends it. */
  watch(name, watcher) {
    const state = this.#all.get(name);
    if (!state) return () => {};
    state.watchers.add(watcher);
    // Not at once: whoever watches is still being drawn.
    queueMicrotask(() => state.watchers.has(watcher) && watcher(state));
    return () => state.watchers.delete(watcher);
  }

  /** Whether something is still under way or has failed. */
  get areUnfinished() {
    return this.#running > 0 || this.#waiting.length > 0;
  }

  #tell(state) {
    for (const watcher of [...state.watchers]) watcher(state);
  }

  #next() {
    while (this.#running < AT_ONCE && this.#waiting.length) {
      this.#running += 1;
      this.#send(this.#waiting.shift());
    }
  }

  #send(state) {
    const request = new XMLHttpRequest(); // fetch tells nothing of what was sent so far
    const body = new FormData();
    body.append("file", state.file);
    request.open("POST", this.address);
    request.setRequestHeader("X-CSRFToken", this.token());
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      state.progress = event.loaded / event.total;
      this.#tell(state);
    });
    request.addEventListener("loadend", () => {
      this.#running -= 1;
      const answer = request.response;
      if (request.status >= 200 && request.status < 300 && answer?.url) state.done = answer;
      else state.error = answer?.error ?? say(request.status ? "uploadRefused" : "uploadCut");
      this.#tell(state);
      this.#next();
    });
    request.send(body);
  }
}

export const uploads = new Uploads();
