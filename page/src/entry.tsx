/** The forms of those who run the service: what is entered, sent once, and what is wrong with it. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

interface Given {
  readonly name: string;
  readonly label: string;
  readonly type?: "text" | "number";
  readonly required?: boolean;
  /** What may be meant; anything else may be entered too. */
  readonly list?: readonly string[];
}

export function Entry({ name, label, type = "text", required = false, list }: Given) {
  const choices = list && `${name}-choices`;
  return (
    <label class="field">
      <span class="label">{label}</span>
      <input
        name={name}
        type={type}
        required={required}
        autocomplete="off"
        {...(type === "number" && { min: 1, step: 1 })}
        {...(choices && { list: choices })}
      />
      {list && (
        <datalist id={choices}>
          {list.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
    </label>
  );
}

/** What was entered; what was left empty is left out. */
export function given(form: HTMLFormElement): Readonly<Record<string, string | number | boolean>> {
  const found: Record<string, string | number | boolean> = {};
  for (const one of form.querySelectorAll("input")) {
    if (one.type === "checkbox") found[one.name] = one.checked;
    else if (one.value) found[one.name] = one.type === "number" ? Number(one.value) : one.value;
  }
  return found;
}

interface Sending {
  readonly busy: boolean;
  readonly fault: ComponentChildren;
  readonly send: (event: Event, what: () => Promise<unknown>) => Promise<void>;
}

/** Something that is sent when it is asked for, and not again before it is answered. */
export function useSending(done: () => void): Sending {
  const [busy, be] = useState(false);
  const [wrong, say] = useState("");
  async function send(event: Event, what: () => Promise<unknown>): Promise<void> {
    event.preventDefault();
    be(true);
    say("");
    try {
      await what();
      done();
    } catch (error) {
      say((error as Error).message);
    } finally {
      be(false);
    }
  }
  const fault = wrong && (
    <p class="fault" role="alert">
      {wrong}
    </p>
  );
  return { busy, fault, send };
}
