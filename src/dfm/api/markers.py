"""What an author may write instead of a value or a site, to be filled in later.

`PlaceParam` by the application when it runs the pipeline, `BestOf` by the compiler when it
places operations, `Advise` by a site that is asked which values would be good.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import ValidationInfo, field_validator, model_serializer

from dfm.api.lazy import LazyResult
from dfm.api.names import check_place_name
from dfm.api.pydantic import StrictModel
from dfm.errors import StructureError


class PlaceParam(LazyResult, StrictModel):
    """A value that each parameter set supplies under the name `place`.

        with Pipeline() as p:
            Yield(value=LoadField(scenario="A1B", first=PlaceParam("first")))

        session.execute(p, input_params=[{"first": 1990}, {"first": 2090}])

    A name that is used in several places needs `multiuse=True` in each of them.
    """

    dfm_tag: ClassVar[str] = "@dfm-place-param"

    tag: Literal["@dfm-place-param"] = "@dfm-place-param"
    place: str
    multiuse: bool = False

    if TYPE_CHECKING:

        def __init__(self, place: str, multiuse: bool = False) -> None: ...

    _good_name = field_validator("place")(check_place_name)

    def _called(self) -> str:
        return f"the parameter {self.place!r}"


class BestOf(StrictModel):
    """What suits best: of these sites or providers, or of all that offer the operation.

    `site=BestOf(["a", "b"])` or `provider=BestOf(providers=["x", "y"])`. `provider=BestOf()` is
    any provider of a site, or the site itself.
    """

    dfm_tag: ClassVar[str] = "@dfm-best-of"

    tag: Literal["@dfm-best-of"] = "@dfm-best-of"
    sites: list[str] | None = None
    providers: list[str] | None = None

    if TYPE_CHECKING:

        def __init__(
            self, sites: list[str] | None = None, providers: list[str] | None = None
        ) -> None: ...

    @field_validator("sites", "providers")
    @classmethod
    def _names_somebody(cls, names: list[str] | None, info: ValidationInfo) -> list[str] | None:
        if names == []:
            raise StructureError(
                f"BestOf({info.field_name}=[]) leaves none", hint="BestOf() for any"
            )
        return names

    @model_serializer(mode="wrap")
    def _as_before_there_were_providers(self, inner: Any) -> Any:
        data = inner(self)
        if self.providers is None:
            data.pop("providers", None)
        return data


class Advise(StrictModel):
    """A request for advice: which values would be good here?"""

    dfm_tag: ClassVar[str] = "@dfm-advise"

    tag: Literal["@dfm-advise"] = "@dfm-advise"
    advise: Literal["Field"] = "Field"

    if TYPE_CHECKING:

        def __init__(self, advise: Literal["Field"] = "Field") -> None: ...
