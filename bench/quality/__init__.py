"""How good the engine is, against the truth and against other tools, on the evaluation set."""
