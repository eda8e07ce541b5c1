/** The bar at the top. */

import { KeyButton } from "./keys";
import icon from "./icon.svg";

export function Bar() {
  return (
    <header class="bar">
      <h1>
        <img src={icon} alt="" width="24" height="24" /> Tilewright
      </h1>
      <p class="motto">A photograph and a sentence become a seamless texture.</p>
      <nav aria-label="More">
        <KeyButton />
        <a href="docs">API</a>
      </nav>
    </header>
  );
}
