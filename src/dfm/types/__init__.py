"""What may travel between operations: types, when one fits another, how large a value is."""

from dfm.types.arrays import Array
from dfm.types.kinds import JSON_KINDS, KINDS, STREAM
from dfm.types.model import ANYTHING, Type
from dfm.types.names import class_path, describe, loaded_class
from dfm.types.sizes import estimate_size

__all__ = [
    "ANYTHING",
    "JSON_KINDS",
    "KINDS",
    "STREAM",
    "Array",
    "Type",
    "class_path",
    "describe",
    "estimate_size",
    "loaded_class",
]
