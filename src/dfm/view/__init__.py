"""Plans and results as a person at a terminal reads them. Changes nothing and runs nothing."""
