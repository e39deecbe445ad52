"""Where nets run: `inline` (this process), `local` (a worker process per site)."""
