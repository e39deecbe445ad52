"""A federation as an owner would have it who moved here: one operation, done at three sites.

The hotel: an application at the concierge, a server with a fixed greeting, a reception with an
adapter of its own. Only the import prefix was replaced.
"""

PACKAGE = "greeter"

FEDERATION = """\
dfm: 1.0.0
info:
  api-version: 1.0.0
  code-package: greeter
  description: A hotel that greets
operations:
  users.GreetMe:
    description: Greet somebody by name
    parameters:
      name: { type: string, description: whom to greet }
    required: [name]
    returns: string
sites:
  concierge:
    info: { description: where the application lives }
    interface:
      "#/operations/users.GreetMe":
        adapter: greeter.lib.greet.SimpleGreeting
        description: a greeting that the application may choose
        is-async: true
        compute_cost: { fixed_time: 1.0, fixed_size: 100 }
        args:
          name: { from-param: name }
          message:
            const: "Hello, {name}!"
            expose-as:
              param: message
              type: string
              description: how to greet
    send_cost:
      server: { fixed_time: 0.1, bandwidth: 1000000 }
      reception: { fixed_time: 0.1, bandwidth: 1000000 }
  server:
    interface:
      "#/operations/users.GreetMe":
        adapter: greeter.lib.greet.SimpleGreeting
        compute_cost: { fixed_time: 2.0, fixed_size: 100 }
        args:
          name: { from-param: name }
          message: { const: "The server greets {name}." }
    send_cost:
      concierge: { fixed_time: 0.1, bandwidth: 1000000 }
      reception: { fixed_time: 0.1, bandwidth: 1000000 }
  reception:
    interface:
      "#/operations/users.GreetMe":
        adapter: greeter.lib.greet.FormalGreeting
        is-async: false
        compute_cost: { fixed_time: 3.0, fixed_size: 100 }
        args:
          name: { from-param: name }
          hotel: { from-site: federation_name }
    send_cost:
      concierge: { fixed_time: 0.1, bandwidth: 1000000 }
      server: { fixed_time: 0.1, bandwidth: 1000000 }
"""

FILES = {
    "greeter/__init__.py": "",
    "greeter/lib/__init__.py": "",
    "greeter/lib/greet.py": """\
from typing import Any

from dfm.exec import Provider, Site


class SimpleGreeting:
    async def body(self, name: str, message: str) -> str:
        return message.format(name=name)


class FormalGreeting:
    def __init__(self, site: Site, provider: Provider | None):
        self._site = site
        self._provider = provider

    def body(self, name: str, hotel: str) -> str:
        self._site.dfm_context.logger.info("greeting %s", name)
        with self._site.telemetry_span("greeting", {"name": name}):
            return f"Welcome to the {hotel}, dear {name}, on 2024-06-01."
""",
}
