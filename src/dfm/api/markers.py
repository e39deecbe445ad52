"""What an author may write instead of a value or a site, to be filled in later.

`PlaceParam` by the application when it runs the pipeline, `BestOf` by the compiler when it
places operations, `Advise` by a site that is asked which values would be good.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import field_validator

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


class BestOf(StrictModel):
    """The site that suits best: of these, or of all that offer the operation."""

    dfm_tag: ClassVar[str] = "@dfm-best-of"

    tag: Literal["@dfm-best-of"] = "@dfm-best-of"
    sites: list[str] | None = None

    if TYPE_CHECKING:

        def __init__(self, sites: list[str] | None = None) -> None: ...

    @field_validator("sites")
    @classmethod
    def _names_somebody(cls, sites: list[str] | None) -> list[str] | None:
        if sites == []:
            raise StructureError("BestOf(sites=[]) leaves no site", hint="BestOf() for any site")
        return sites


class Advise(StrictModel):
    """A request for advice: which values would be good here?"""

    dfm_tag: ClassVar[str] = "@dfm-advise"

    tag: Literal["@dfm-advise"] = "@dfm-advise"
    advise: Literal["Field"] = "Field"

    if TYPE_CHECKING:

        def __init__(self, advise: Literal["Field"] = "Field") -> None: ...
