"""Moving a project that was written for nv-dfm-core here: `dfm migrate`.

Each kind of file has a pure function from its text to edits and notes; `plan` finds the files and
`carry_out` writes them. Nothing of the project is imported or run.
"""

from dfm.migrate.project import FilePlan, Plan, Written, carry_out, plan

__all__ = ["FilePlan", "Plan", "Written", "carry_out", "plan"]
