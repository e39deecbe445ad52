"""New projects: the templates of `dfm new`, and how one becomes a folder.

The templates are files in this package, named `<file>.txt` so that no tool takes them for code of
ours; `NAME` in their file names and `@NAME@` in their text become the project's name. Nothing that
exists is touched, and a project is there as a whole or not at all.
"""

from dfm.new.project import Project, create_project
from dfm.new.templates import TEMPLATES, Template

__all__ = ["TEMPLATES", "Project", "Template", "create_project"]
