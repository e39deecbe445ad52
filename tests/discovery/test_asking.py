"""A site that is asked: arguments as they are bound, secrets that stay, errors that are advice."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from dfm.exec import DfmContext
from dfm.exec.adapters import AdapterTable
from dfm.exec.discovery import (
    AdviceContext,
    AdvisedDict,
    AdvisedError,
    AdvisedLiteral,
    AdvisedOneOf,
    AdvisedValue,
    ErrorFieldAdvice,
    PartialFieldAdvice,
    SingleFieldAdvice,
    field_advisor,
)
from dfm.exec.discovery import asking as asking_module
from dfm.exec.discovery.asking import Answerer
from dfm.exec.discovery.binding import without_secrets
from dfm.exec.site import Site
from dfm.exec.threads import Lanes, ThreadPool
from dfm.federation.models import (
    AdapterSpec,
    Binding,
    Const,
    Construct,
    Exposed,
    FromParam,
    FromSecrets,
    FromSite,
    SecretsConfig,
    SiteSpec,
)
from dfm.net.advice import Wanted
from dfm.net.template import Sealed
from dfm.net.transitions import Ask
from dfm.wire import Codecs

SECRET = "hunter2-hunter2"
CODECS = Codecs()


class Vault:
    def secret_for_key(self, key: str) -> str:
        return SECRET


class Harbour(Site):
    """A site with something of its own."""

    depth = 12


class Reads:
    """Its advisor tells all that it knows."""

    @field_advisor("x", order=-1)
    def on_x(self, value: Any, context: AdviceContext) -> AdvisedValue:
        return AdvisedLiteral({name: context.get(name) for name in context})

    def body(self, x: int, **more: Any) -> None: ...


class Careful:
    """Each of its advisors has something against the value it finds."""

    @field_advisor("token")
    def on_token(self, value: Any, context: AdviceContext) -> AdvisedValue:
        return AdvisedError(f"{value} has expired")

    def body(self, token: str) -> None: ...


class Loud:
    """Says its secret in every way it can."""

    @field_advisor("x", order=0)
    async def on_x(self, value: Any, context: AdviceContext) -> AdvisedValue:
        token = context.get("token")
        said = [token, f"user:{token}@host", {token: {token}}, 7]
        return AdvisedOneOf(said, split_on_advice=True)

    @field_advisor("y", order=1)
    async def on_y(self, value: Any, context: AdviceContext) -> AdvisedValue:
        raise LookupError(f"{context.get('token')} is not known")

    def body(self, x: int, y: int, token: str) -> None: ...


class Renamed:
    """Calls its argument otherwise than the operation does."""

    @field_advisor("path")
    def on_path(self, value: Any, context: AdviceContext) -> AdvisedValue:
        return AdvisedOneOf(["/a", "/b"])

    def body(self, path: str) -> None: ...


class Unmade:
    def __init__(self) -> None:
        raise RuntimeError("not today")

    def body(self, x: int) -> None: ...


class Leaving:
    def __init__(self) -> None:
        raise SystemExit(3)

    def body(self, x: int) -> None: ...


class Stuck:
    """Made only once its gate is open."""

    gate = threading.Event()

    def __init__(self) -> None:
        self.gate.wait()

    def body(self, x: int) -> None: ...


class Misspelt:
    @field_advisor("scenrio")
    def on_it(self, value: Any, context: AdviceContext) -> AdvisedValue:
        raise AssertionError

    def body(self, scenario: str) -> None: ...


class Untravelling:
    @field_advisor("x")
    def on_x(self, value: Any, context: AdviceContext) -> AdvisedValue:
        return AdvisedOneOf([threading.Lock()])

    def body(self, x: int) -> None: ...


@pytest.fixture
def threads() -> Iterator[ThreadPool]:
    pool = ThreadPool("test-errand")
    yield pool
    pool.close(5.0)


@pytest.fixture
def lanes() -> Iterator[Lanes]:
    lanes = Lanes("test")
    yield lanes
    lanes.close(5.0)


@pytest.fixture
def ask(threads: ThreadPool, lanes: Lanes) -> Any:
    """Ask an adapter of class `cls`, bound so, about some arguments."""

    def advice(cls: Any, bindings: Mapping[str, Binding] | None = None, /, **given: Any) -> Any:
        path = f"{__name__}.{cls.__name__}" if isinstance(cls, type) else cls
        adapter = AdapterSpec(Construct(path), arguments=bindings)
        site = SiteSpec(
            "hub",
            {"m.Op": adapter},
            implementation=Construct("Harbour"),
            secrets=SecretsConfig("Vault"),
        )
        known = {c.__name__: c for c in (Harbour, Vault)}
        known |= {f"{__name__}.{c.__name__}": c for c in ADAPTERS}
        context = DfmContext("lab", "hub", "hub", callables=known)
        answerer = Answerer("hub", AdapterTable(site, context), CODECS, threads.submit, lanes.of)
        return answerer.advice(Ask("a", "m.Op", None, tuple(given.items())), "job", lambda: True)

    return advice


ADAPTERS = (
    Reads, Careful, Loud, Renamed, Unmade, Leaving, Stuck, Misspelt, Untravelling,
)  # fmt: skip


# -- arguments ------------------------------------------------------------------------------------


def test_arguments_are_known_to_advisors_as_the_body_would_get_them(ask: Any) -> None:
    bindings = {
        "x": FromParam("x"),
        "given": FromParam("p"),
        "absent": FromParam("q"),
        "const": Const([1]),
        "depth": FromSite("depth"),
        "overridden": Const(1, exposed=Exposed("mine")),
        "kept": Const(2, exposed=Exposed("theirs")),
    }

    tree = ask(Reads, bindings, p=5, mine=0)

    known = {"given": 5, "const": [1], "depth": 12, "overridden": 0, "kept": 2}
    assert tree == SingleFieldAdvice("x", known)


def test_without_bindings_arguments_are_those_of_the_operation(ask: Any) -> None:
    literal = Sealed(CODECS.seal((1, 2)))

    assert ask(Reads, a=literal, b=None) == SingleFieldAdvice("x", {"a": (1, 2), "b": None})


def test_a_value_of_the_site_is_advised_on_if_the_author_wants_advice(ask: Any) -> None:
    bindings = {"x": Const(3, exposed=Exposed("setting")), "y": Const(4)}
    wanted = Sealed(CODECS.seal(Wanted.ADVICE))

    assert ask(Reads, bindings, setting=wanted) == SingleFieldAdvice("setting", {"y": 4})
    assert ask(Reads, None, other=wanted) == SingleFieldAdvice("x", {})


def test_the_tree_speaks_of_the_operations_parameters(ask: Any) -> None:
    bindings = {"path": FromParam("file")}

    assert ask(Renamed, bindings) == SingleFieldAdvice("file", ["/a", "/b"])
    assert ask(Renamed, bindings, file="/c").collect_error_messages().keys() == {"file"}


def test_a_value_of_the_site_that_is_not_good_is_not_told(ask: Any) -> None:
    tree = ask(Renamed, {"path": Const("/etc")})

    assert tree.collect_error_messages() == {"path": {"'/etc' is not good; try one of '/a', '/b'"}}
    assert isinstance(tree, ErrorFieldAdvice)


def test_an_advisor_gets_no_argument_that_others_can_change(ask: Any) -> None:
    sealed = Sealed(CODECS.seal([1]))

    first = ask(Reads, a=sealed)
    first.value["a"].append(2)

    assert ask(Reads, a=sealed).value == {"a": [1]}


# -- secrets --------------------------------------------------------------------------------------


def test_a_secret_is_in_no_value_and_no_message_of_a_tree(ask: Any) -> None:
    bindings = {"x": FromParam("x"), "y": FromParam("y"), "token": FromSecrets("t")}

    tree = ask(Loud, bindings)

    assert SECRET not in repr(tree)
    assert SECRET.encode() not in CODECS.seal(tree)
    assert [value for value, _ in tree.branches] == [
        "(a secret)", "user:(a secret)@host", {"(a secret)": "(a secret)"}, 7,
    ]  # fmt: skip
    assert tree.collect_error_messages() == {
        "y": {"Loud.on_y() raised LookupError: (a secret) is not known"}
    }


def test_a_secret_that_its_advisor_refuses_is_not_told(ask: Any) -> None:
    tree = ask(Careful, {"token": FromSecrets("t")})

    assert tree == ErrorFieldAdvice("(a secret) has expired")
    assert tree.field == "token"


def test_what_the_author_gives_instead_of_a_secret_is_no_secret(ask: Any) -> None:
    tree = ask(Careful, {"token": FromSecrets("t", exposed=Exposed("mine"))}, mine="abc")

    assert tree == SingleFieldAdvice("mine", "abc", ErrorFieldAdvice("abc has expired"))


def test_a_short_secret_is_not_looked_for_inside_of_words() -> None:
    tree = SingleFieldAdvice("x", ["a", "banana"], PartialFieldAdvice("a"))

    hidden = without_secrets(tree, ("a",))

    assert hidden == SingleFieldAdvice(
        "x", ["(a secret)", "banana"], PartialFieldAdvice("(a secret)")
    )


def test_what_can_not_be_looked_at_is_taken_for_a_secret() -> None:
    class Shy:
        def __repr__(self) -> str:
            raise RuntimeError("not me")

    tree = without_secrets(SingleFieldAdvice("x", [Shy(), 1.5, None]), (SECRET,))

    assert tree == SingleFieldAdvice("x", ["(a secret)", 1.5, None])


# -- what goes wrong ------------------------------------------------------------------------------


def test_an_adapter_without_advisors_has_nothing_to_say_and_needs_no_arguments(ask: Any) -> None:
    bindings = {"x": FromSite("there is no such attribute")}

    assert ask("builtins.len", bindings) is None


@pytest.mark.parametrize(
    ("adapter", "why"),
    [
        ("no.such.module", "the adapter 'no.such.module' can not be made: there is no module 'no'"),
        (Unmade, "its constructor raised RuntimeError: not today"),
        (Leaving, "SystemExit"),
        (Misspelt, "is about 'scenrio', which is no argument of the adapter; try 'scenario'"),
    ],
)
def test_an_adapter_that_can_not_be_made_is_an_error_in_its_tree(
    ask: Any, adapter: Any, why: str
) -> None:
    tree = ask(adapter)

    assert isinstance(tree, ErrorFieldAdvice)
    assert tree.msg.startswith("m.Op at 'hub' can not advise: ")
    assert why in tree.msg
    assert tree.collect_error_messages() == {"": {tree.msg}}


def test_an_argument_that_the_site_can_not_fill_in_is_an_error(ask: Any) -> None:
    tree = ask(Reads, {"x": FromParam("x"), "y": FromSite("width")})

    assert "the site (Harbour) has no attribute 'width'" in tree.msg


def test_an_adapter_that_takes_for_ever_to_make_is_an_error(
    ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking_module, "MAKING_SECONDS", 0.02)

    tree = ask(Stuck)
    Stuck.gate.set()

    assert tree.msg == "m.Op at 'hub' can not advise: making its adapter took more than 0.02 s"


def test_advice_that_can_not_travel_is_an_error(ask: Any) -> None:
    tree = ask(Untravelling)

    assert tree.msg.startswith("m.Op at 'hub' can not advise: the advice can not travel: NoCodec:")


def test_a_dict_may_be_advised_with_a_secret_in_it() -> None:
    advised = AdvisedDict({"key": SECRET, "n": AdvisedOneOf([1])})
    tree = SingleFieldAdvice("x", advised.shown())

    assert without_secrets(tree, (SECRET,)) == SingleFieldAdvice(
        "x", {"key": "(a secret)", "n": [1]}
    )
