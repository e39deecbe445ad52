"""The typed package of a federation, `<code-package>/fed`: for people, editors and type checkers.

    generate(spec, yaml)  -> {path: text}      pure
    write(files, folder)                       a new tree beside the old one, then renamed
    generate_package("x.dfm.yaml", "src")      both, for a file

What is written names the federation's values and holds none of its rules: classes of operations
come from the federation file that is written beside them, so they check what the others do.
No value of a federation becomes code: names are identifiers, and all else is quoted.
"""

from dfm.codegen.generate import generate
from dfm.codegen.info import FedInfo, fed_info
from dfm.codegen.package import generate_package
from dfm.codegen.write import write

__all__ = ["FedInfo", "fed_info", "generate", "generate_package", "write"]
