"""The peer: LitServe with an engine that makes nothing. Runs in an environment of its own."""

import sys
from typing import Any

import litserve


class Nothing(litserve.LitAPI):
    def setup(self, device: str) -> None:
        """Nothing to load."""

    def predict(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"prompt": request["prompt"], "output": "nothing"}


if __name__ == "__main__":
    server = litserve.LitServer(Nothing(), accelerator="cpu", workers_per_device=1)
    server.run(
        host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False, log_level="error"
    )
