"""The command `dfm`: parses, calls, prints. It decides nothing that a library user could not."""
