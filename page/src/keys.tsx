/** The key of those who have one, asked for when the service wants it. It is never in an address. */

import { useEffect, useRef } from "preact/hooks";
import { Sentence } from "./fields";
import { closed, key, keyFault, wantsKey } from "./service";

/** In the bar: whether there is a key, and the way to change it. */
export function KeyButton() {
  return (
    <button type="button" onClick={() => (wantsKey.value = true)}>
      {key.value ? "Key" : "Enter a key"}
    </button>
  );
}

/** Who opened it by themselves is not told that a key is asked for. */
function title(): string {
  if (key.value) return "Your API key";
  return closed.value ? "This service asks for an API key" : "An API key, if you have one";
}

export function KeyDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (wantsKey.value) dialog.current?.showModal();
    else dialog.current?.close();
  }, [wantsKey.value]);
  return (
    <dialog
      ref={dialog}
      aria-labelledby="key-title"
      onClose={() => {
        wantsKey.value = false;
        keyFault.value = "";
      }}
    >
      <form
        method="dialog"
        onSubmit={() => {
          key.value = field.current?.value.trim() ?? "";
        }}
      >
        <h2 id="key-title">{title()}</h2>
        <div class="field">
          <label for="key">Key</label>
          <input
            id="key"
            ref={field}
            type="password"
            autocomplete="off"
            spellcheck={false}
            defaultValue={key.value}
            aria-invalid={keyFault.value ? true : undefined}
            aria-describedby={keyFault.value ? "key-fault key-help" : "key-help"}
          />
          {keyFault.value && <Sentence id="key-fault" text={keyFault.value} />}
          <p class="hint" id="key-help">
            The operator makes one with <code>tilewright keys create NAME</code>. It stays in this
            browser, and goes to this service only. Empty it to forget it.
          </p>
        </div>
        <div class="row">
          <button type="submit" class="primary">
            Use it
          </button>
          <button type="button" onClick={() => dialog.current?.close()}>
            Not now
          </button>
        </div>
      </form>
    </dialog>
  );
}
