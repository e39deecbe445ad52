"""What the grammar did wrong elsewhere, and does right here, by the numbers of a list of faults.

`A..` are faults of that list, `8.1.x` its wanted behaviours, and words name faults without a
number. What other tests say in full is here once more, shortly, so that the list is complete.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dfm.errors import FederationError
from dfm.federation.load import load_federation, parse_federation
from dfm.federation.models import Const, FederationSpec, FromParam, FromProvider
from dfm.federation.resolved import resolved_yaml
from dfm.types import Type

from .test_references import HEAD, written

OPERATION = "operations: {a.B: {parameters: {x: {type: integer}}, returns: object}}\n"
OFFER = "'#/operations/a.B': {adapter: m.B, args: from-operation}"
SITES = f"sites: {{lab: {{interface: {{{OFFER}}}}}}}\n"


def arguments(spec: FederationSpec) -> dict[str, object]:
    return dict(spec.sites["lab"].interface["a.B"].arguments or {})


def with_args(args: str) -> str:
    return OPERATION + SITES.replace("from-operation", args)


def with_parameter(schema: str, name: str = "x") -> str:
    return OPERATION.replace("x: {type: integer}", f"{name}: {schema}") + SITES


CONSTANTS = "{a: {const: 0}, b: {const: false}, c: {const: ''}, d: {const: null}, e: {const: []}}"
MANY_SCHEMAS = """
schemas:
  a.One: {type: object, properties: {two: {$ref: '#/schemas/a.Two'}}}
  a.Two: {type: object, properties: {n: {type: integer}}}
  a.Three: {type: string}
"""
SHARED = f"""
sets: {{sites: {{lab: {{}}, pier: {{}}}}, providers: {{radar: {{interface: {{{OFFER}}}}}}}}}
operation: {{parameters: {{y: {{type: number}}}}, returns: object}}
"""

RIGHT: dict[str, tuple[str, Callable[[FederationSpec], object], object]] = {
    "A1 all schemas, which may refer to each other": (
        MANY_SCHEMAS + with_parameter("{$ref: '#/schemas/a.One'}"),
        lambda spec: (
            bool(spec.operations["a.B"].parameters[0].type.refusal({"two": {"n": "x"}})),
            spec.operations["a.B"].parameters[0].type.refusal({"two": {"n": 1}}),
        ),
        (True, ""),
    ),
    "A3 constants that are false or nothing": (
        with_args(CONSTANTS),
        lambda spec: [b.value for b in arguments(spec).values() if isinstance(b, Const)],
        [0, False, "", None, []],
    ),
    "A4 an attribute of a provider": (
        with_args("{u: {from-provider: radar.url}}").replace(
            "lab: {", "lab: {providers: {radar: {}}, "
        ),
        lambda spec: arguments(spec)["u"],
        FromProvider("radar", "url"),
    ),
    "A6 one class with other arguments for each operation": (
        OPERATION.replace("returns: object}", "returns: object}, a.C: {returns: object}")
        + "sites: {lab: {interface: {"
        "'#/operations/a.B': {adapter: {path: m.B, args: {n: 1}}, args: {x: {from-param: x}}},"
        "'#/operations/a.C': {adapter: {path: m.B, args: {n: 2}}}}}}\n",
        lambda spec: [
            offer.implementation.arguments for offer in spec.sites["lab"].interface.values()
        ],
        [{"n": 1}, {"n": 2}],
    ),
    "A9 a default": (
        with_parameter("{type: integer, default: 5}"),
        lambda spec: spec.operations["a.B"].parameters[0].default,
        5,
    ),
    "A10 flags in either spelling": (
        with_parameter("{accepts_node_input: no, accepts-place-input: no, discoverable: no}"),
        lambda spec: [
            (p.accepts_literal, p.accepts_node, p.accepts_place, p.discoverable)
            for p in spec.operations["a.B"].parameters
        ],
        [(True, False, False, False)],
    ),
    "A13 merged sites and providers have their own names": (
        OPERATION + "sites: {$ref: ['shared.yaml#/sets/sites'], desk: {providers:"
        " {$ref: ['shared.yaml#/sets/providers']}}}\n",
        lambda spec: (list(spec.sites), list(spec.sites["desk"].providers)),
        (["lab", "pier", "desk"], ["radar"]),
    ),
    "A14 a pointer by the names in the file": (
        OPERATION.replace(
            "returns: object}",
            "returns: object}, a.C: {parameters: {$ref: ['#/operations/a.B/parameters']},"
            " returns: object}",
        )
        + f"sites: {{lab: {{interface: {{{OFFER}, '#/operations/a.C': {{adapter: m.C}}}}}}}}\n",
        lambda spec: [p.name for p in spec.operations["a.C"].parameters],
        ["x"],
    ),
    "A15 neither schemas nor operations": (
        "sites: {desk: {}}\n",
        lambda spec: (list(spec.sites), dict(spec.operations)),
        (["desk"], {}),
    ),
    "A16 another name for a schema": (
        "schemas: {a.One: {type: string}, a.Same: {$ref: '#/schemas/a.One'}}\n"
        + with_parameter("{$ref: '#/schemas/a.Same'}"),
        lambda spec: spec.operations["a.B"].parameters[0].type,
        Type.of("string"),
    ),
    "A26 a plain text is a constant": (
        with_args("{u: metres, x: {from-param: x}}"),
        lambda spec: arguments(spec),
        {"u": Const("metres"), "x": FromParam("x")},
    ),
    "names of sites and of what is sent to are the text before @": (
        "sites: {boss@x.com: {}, desk: {send_cost: {boss@x.com: {fixed_time: 2}}}}\n",
        lambda spec: (list(spec.sites), list(spec.sites["desk"].send_costs)),
        (["boss", "desk"], ["boss"]),
    ),
    "names of operations without a dot, and of any depth": (
        "operations: {Scan: {returns: object}, a.b.c.scan: {returns: object}}\n"
        "sites: {lab: {interface: {'#/operations/Scan': {adapter: m.B},"
        " '#/operations/a.b.c.scan': {adapter: m.B}}}}\n",
        lambda spec: list(spec.operations),
        ["Scan", "a.b.c.scan"],
    ),
    "sections that are there and empty": (
        "schemas:\noperations:\nsites:\n",
        lambda spec: dict(spec.sites),
        {},
    ),
    "names that are truth values to YAML 1.1": (
        with_parameter("{type: integer}", "on").replace("from-operation", "{no: {from-param: on}}"),
        lambda spec: arguments(spec),
        {"no": FromParam("on")},
    ),
    "8.1.4 parameters are properties": (
        OPERATION.replace("parameters", "properties") + SITES,
        lambda spec: [p.name for p in spec.operations["a.B"].parameters],
        ["x"],
    ),
    "8.1.6 a merge and entries side by side": (
        "operations: {$ref: ['more.yaml#/operations'], a.B: {returns: object}}\n"
        f"sites: {{lab: {{interface: {{{OFFER}, '#/operations/a.C': {{adapter: m.C}}}}}}}}\n",
        lambda spec: sorted(spec.operations),
        ["a.B", "a.C"],
    ),
}

WRONG: dict[str, tuple[str, str, str]] = {
    "A7 an adapter without a module": (
        (OPERATION + SITES).replace("m.B", "B"),
        "adapter 'B' names no module",
        "package.module.B",
    ),
    "A7 the name of a provider": (
        "sites: {lab: {providers: {ra-dar: {}}}}",
        "the provider name 'ra-dar' is not an identifier",
        "'ra_dar'",
    ),
    "A7 a provider that would hide something": (
        "sites: {lab: {providers: {ThisSite: {}}}}",
        "the provider name 'ThisSite' is reserved",
        "'ThisSite_'",
    ),
    "A12 an interface that names no operation": (
        OPERATION + SITES.replace(OFFER, f"{OFFER}, '#/operations/a.C': {{adapter: m.C}}"),
        "there is no operation 'a.C'",
        "'a.B'",
    ),
    "A17 a type that is none": (
        with_parameter("{type: datetime}"),
        "there is no type 'datetime'",
        "a dotted class path",
    ),
    "A23 a cost of sending to nobody": (
        "sites: {lab: {send_cost: {deks: {fixed_time: 1}}}, desk: {}}",
        "send_cost names 'deks', which is not a site",
        "'desk'",
    ),
    "A23 a cost that is none": (
        "sites: {lab: {send_cost: {desk: {bandwidth: -1}}}, desk: {}}",
        "bandwidth must be 0 or more and finite, not -1",
        "",
    ),
    "A24 a parameter that is a word of Python": (
        with_parameter("{type: integer}", "import"),
        "the parameter name 'import' is a word of Python",
        "'import_'",
    ),
    "A24 an operation that has a word of Python": (
        (OPERATION + SITES).replace("a.B", "class.B"),
        "the operation name 'class.B' has 'class', which is a word of Python",
        "'class_'",
    ),
    "A27 one message for one mistake": (
        with_args("{x: {const: 3, expose-as: x}}"),
        "expose-as must be a mapping, not 'x'",
        "{param: x, type: string}",
    ),
    "A30 an argument that is no parameter": (
        with_args("{x: {from-param: y}}"),
        "no parameter 'y'",
        "'x'",
    ),
    "A30 what is required and is no parameter": (
        OPERATION.replace("returns", "required: [y], returns") + SITES,
        "required names 'y', which is not a parameter",
        "'x'",
    ),
    "A30 an operation that nobody offers": (
        OPERATION + "sites: {lab: {}}",
        "no site offers the operation 'a.B'",
        "#/operations/a.B",
    ),
    "8.1.6 a merge that is no list": (
        "sites: {$ref: '#/sites'}",
        "a $ref among entries is a list of dictionaries",
        "$ref: [#/sites]",
    ),
}


@pytest.mark.parametrize("fault", RIGHT)
def test_it_is_read_and_means_what_it_says(fault: str, tmp_path: Path) -> None:
    text, what, wanted = RIGHT[fault]
    more = "operations: {a.C: {parameters: {y: {type: number}}, returns: object}}\n"
    main = written(tmp_path, main=text, shared=SHARED, more=more)

    spec = load_federation(main)

    assert what(spec) == wanted
    assert parse_federation(resolved_yaml(main)) == spec


@pytest.mark.parametrize("fault", WRONG)
def test_it_is_refused_once_at_its_line_with_what_to_try(fault: str) -> None:
    text, said, hint = WRONG[fault]

    with pytest.raises(FederationError) as refusal:
        parse_federation(HEAD + text, "f")

    [problem] = refusal.value.problems
    assert said in problem.message
    assert hint in problem.hint
    assert problem.at.startswith("f:")


def test_a22_files_are_beside_the_file_that_names_them_wherever_the_program_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    main = written(tmp_path, main="sites: {$ref: ['shared.yaml#/sets/sites']}\n", shared=SHARED)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "shared.yaml").write_text("sets: {sites: {wrong: {}}}\n")
    monkeypatch.chdir(elsewhere)

    assert list(load_federation(main).sites) == ["lab", "pier"]
