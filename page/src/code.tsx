/** The request that stands in the form, as code; and what the service takes and answers. */

import { useState } from "preact/hooks";
import "./code.css";
import { Later } from "./later";
import { key } from "./service";
import { type Request, type Source, inCommand, inCurl, inJavaScript, inPython, inSdk } from "./snippets";
import { BASE, asked, photos } from "./wish";

const LANGUAGES = {
  python: { label: "Python", write: inPython },
  sdk: { label: "Published SDK", write: inSdk },
  javascript: { label: "JavaScript", write: inJavaScript },
  curl: { label: "curl", write: inCurl },
  command: { label: "Command", write: inCommand },
} as const;
type Language = keyof typeof LANGUAGES;

const reference = () => import("./reference").then((part) => part.Reference);

const EXAMPLE = "Extract brick texture from the wall.";

export function Code() {
  const [language, choose] = useState<Language>("python");
  const [address, setAddress] = useState("");
  const [open, setOpen] = useState(false);
  const text = LANGUAGES[language].write(request(address));
  return (
    <section class="code" aria-label="Code">
      <h2>This request as code</h2>
      <p class="hint">
        What stands in the form, and nothing else: it makes the very same tile.{" "}
        {key.value && "The key is not in it: put it into the variable TILEWRIGHT_API_KEY."}
      </p>
      <div class="row" role="group" aria-label="Language">
        {(Object.keys(LANGUAGES) as Language[]).map((one) => (
          <button
            key={one}
            type="button"
            aria-pressed={one === language}
            onClick={() => choose(one)}
          >
            {LANGUAGES[one].label}
          </button>
        ))}
      </div>
      <Snippet text={text} label={LANGUAGES[language].label} />
      <div class="field">
        <label for="photo-address">Address of the photo, if it is not a file</label>
        <input
          id="photo-address"
          type="url"
          placeholder="https://example.com/wall.jpg"
          value={address}
          onInput={(event) => setAddress(event.currentTarget.value.trim())}
        />
      </div>
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>Parameters, answers and errors</summary>
        {open && <Later load={reference} />}
      </details>
    </section>
  );
}

/** What is in the form; where nothing is, an example of it. */
function request(address: string): Request {
  const given: Record<string, Source> = {};
  for (const [name, one] of Object.entries(photos.value)) given[name] = { file: one.name };
  const { [BASE]: own, ...others } = given;
  const base: Source = address ? { url: address } : (own ?? { file: "photo.jpg" });
  return {
    service: new URL(".", location.href).href.replace(/\/$/, ""),
    keyed: key.value !== "",
    values: { prompt: EXAMPLE, ...asked.value },
    photos: { [BASE]: base, ...others },
  };
}

function Snippet({ text, label }: { text: string; label: string }) {
  const [told, tell] = useState("");
  return (
    <div class="snippet">
      <pre tabIndex={0} role="region" aria-label={`In ${label}`}>
        <code>{text}</code>
      </pre>
      <div class="row">
        <button type="button" class="primary" onClick={() => void copy(text).then(tell)}>
          Copy
        </button>
        <span class="hint" role="status">
          {told}
        </span>
      </div>
    </div>
  );
}

async function copy(text: string): Promise<string> {
  try {
    await navigator.clipboard.writeText(text);
    return "It is in the clipboard.";
  } catch {
    return "The browser does not let the page copy it; select it instead.";
  }
}
