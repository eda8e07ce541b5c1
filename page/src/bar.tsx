/** The bar at the top: the places of the page, and whose key it uses. */

import { account } from "./account";
import icon from "./icon.svg";
import { KeyButton } from "./keys";
import { PLACES, type Place, place } from "./places";

export function Bar() {
  const shown = (Object.keys(PLACES) as Place[]).filter(
    (one) => one !== "operator" || account.value?.admin || place.value === "operator",
  );
  return (
    <header class="bar">
      <h1>
        <img src={icon} alt="" width="24" height="24" /> Tilewright
      </h1>
      <p class="motto">A photograph and a sentence become a seamless texture.</p>
      <nav aria-label="Places">
        {shown.map((one) => (
          <a key={one} href={`#${one}`} aria-current={one === place.value ? "page" : undefined}>
            {PLACES[one]}
          </a>
        ))}
        <KeyButton />
      </nav>
    </header>
  );
}
