"""The model's files: got, checked, or what they lack and what to type."""
