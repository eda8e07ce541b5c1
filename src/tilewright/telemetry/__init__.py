"""How those who run the service see it run: lines, spans, numbers, and whether it is well."""
