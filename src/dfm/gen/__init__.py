"""The names under which earlier programs look for the generator; see `dfm.codegen`."""
