"""Values <-> bytes: what may travel between sites, and how it is kept exact.

Without trust, only what is registered and listed is packed or unpacked; nothing that a message
names is imported or run. See `codecs.py` for the format.
"""

from dfm.wire import advice, containers, nets, scalars, times  # noqa: F401  (they enter codecs)
from dfm.wire.codecs import Codecs, Packed
from dfm.wire.registry import register, register_type

__all__ = ["Codecs", "Packed", "register", "register_type"]
