// How long the text is: Chinese and Japanese by character, others by word, as the server counts.

import { afterPause, el, say } from "./parts.js";

const SINGLY = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/gu;
const WORD = /[\p{L}\p{N}][\p{L}\p{N}\p{M}'’.-]*/gu;

/** How many words `text` has. */
export function wordCount(text) {
  const singles = text.match(SINGLY)?.length ?? 0;
  const words = text.replace(SINGLY, " ").match(WORD)?.length ?? 0;
  return singles + words;
}

/** Shows below the text how long it is. */
export function countWords(form, textarea, modes) {
  const shown = el("output", { class: "editor-count", for: textarea.id });
  modes.status.append(shown);
  const count = () => {
    const text = modes.mode === "rich" ? modes.tool.text() : textarea.value.replace(/<[^>]*>/g, " ");
    const number = wordCount(text).toLocaleString(document.documentElement.lang || undefined);
    shown.textContent = say("words", { count: number });
  };
  textarea.addEventListener("input", afterPause(count, 300));
  form.addEventListener("modechange", count);
}
