"""The smallest federation: three sites, two functions, one pipeline. Run it with python."""

from dfm import Federation, Pipeline, PlaceParam, Yield

fed = Federation("hello")
library, printer, desk = fed.site("library"), fed.site("printer"), fed.site("desk")


@library.operation("text.Greeting")
def greeting(name: str) -> str:
    """Greet somebody."""
    return f"Hello, {name}!"


@printer.operation("text.Banner")
def banner(text: str) -> str:
    """Make a text loud."""
    return f"*** {text.upper()} ***"


with Pipeline(name="hello") as pipeline:
    hello = fed.operations.text.Greeting(name=PlaceParam(place="name"))
    Yield(place="banner", value=fed.operations.text.Banner(text=hello))

with fed.session(homesite="desk", target="local") as session:
    for token in session.execute(pipeline, input_params=[{"name": "Ada"}, {"name": "Grace"}]):
        print(token.value)
