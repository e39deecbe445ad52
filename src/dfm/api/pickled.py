"""A pickled object inside a model. It has a file of its own because it is dangerous.

Unpickling runs whatever the data says. `PickledObject.model_validate` therefore may only be
given data whose author you would let run code here. While a statement is written or read
nothing is unpickled, unless the reader passes `context={"allow_pickle": True}`.
"""

from __future__ import annotations

import pickle
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal

from pydantic import field_serializer, model_validator

from dfm.api.literals import PICKLE_TAG
from dfm.api.pydantic import DataModel, Written, authored
from dfm.errors import StructureError
from dfm.types import describe

_closed: ContextVar[bool] = ContextVar("dfm_pickles_closed", default=False)


@contextmanager
def pickles_closed(context: Any = None) -> Iterator[None]:
    """Refuse to unpickle inside the block, unless the validation context allows it."""
    allowed = isinstance(context, dict) and context.get("allow_pickle") is True
    token = _closed.set(not allowed)
    try:
        yield
    finally:
        _closed.reset(token)


class PickledObject(DataModel):
    """Any object that can be pickled; in JSON, its pickle as base64 text.

    `model_validate` opens a dict with a `value`, and wraps anything else.
    """

    tag: Literal["__dfm__pickled__"] = "__dfm__pickled__"
    value: Any

    @authored
    def __init__(self, /, value: Any, tag: str = PICKLE_TAG) -> None:
        check_picklable(value)
        self.__pydantic_validator__.validate_python(
            Written(tag=tag, value=value), self_instance=self
        )

    @model_validator(mode="before")
    @classmethod
    def _open(cls, data: Any) -> Any:
        if isinstance(data, Written):
            return data
        if isinstance(data, dict) and "value" in data:
            return {**data, "value": unpickled(data["value"])}
        check_picklable(data)
        return {"value": data}

    @field_serializer("value")
    def _close(self, value: Any) -> str:
        return b64encode(pickle.dumps(value)).decode()


def check_picklable(value: Any) -> None:
    """Refuse a value that can not be pickled.

    Raises:
        StructureError: naming its type.
    """
    try:
        pickle.dumps(value)
    except (pickle.PickleError, TypeError, AttributeError) as error:
        raise StructureError(
            f"Value cannot be pickled: {describe(value)}: {error}",
            hint="an object of a class that can be imported",
        ) from None


def unpickled(text: Any) -> Any:
    """Return the object whose pickle the base64 text is.

    Raises:
        StructureError: when it can not be decoded or unpickled, or a pipeline is being read.
    """
    if _closed.get():
        raise StructureError(
            "pickled data in a pipeline is not opened",
            hint='context={"allow_pickle": True}, if you would let its author run code here',
        )
    try:
        data = b64decode(text, validate=True)
    except (TypeError, ValueError) as error:
        raise StructureError(f"Failed to decode value: {error}", hint="base64 text") from None
    try:
        return pickle.loads(data)  # noqa: S301  (the module's docstring says who may call this)
    except Exception as error:  # noqa: BLE001  (a pickle can raise anything)
        raise StructureError(
            f"Failed to unpickle value: {error}", hint="a pickle made with the same classes"
        ) from None
