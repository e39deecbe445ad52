"""A federation with all that owners write of their own: sites, providers, vaults, adapters.

Only the import prefix was replaced. Every adapter returns what it was given, so that a test sees
which value came from where.
"""

PACKAGE = "workshop"

FEDERATION = """\
dfm: 1.0.0
info: { api-version: 2.1.0, code-package: workshop, description: what owners write }
operations:
  tools.Drill:
    parameters:
      depth: { type: integer }
      speed: { type: integer, default: 7 }
    required: [depth]
    returns: object
  tools.Saw:
    parameters:
      wood: { type: string }
      mode: { type: string }
    returns: object
  tools.Paint:
    parameters:
      colour: { type: string }
    required: [colour]
    returns: object
  tools.Polish:
    parameters: {}
    returns: object
sites:
  office: {}
  shed:
    impl:
      path: workshop.lib.sites.Shed
      args: { serial_port: /dev/ttyS0, debug: false }
    cache_config:
      protocol: memory
      base_path: /workshop-shed
    secrets_vault:
      path: workshop.lib.vault.BookVault
      args: { book: { SAW_TOKEN: s3cret } }
    send_cost:
      office: { fixed_time: 0.05, bandwidth: 2000000 }
    interface:
      "#/operations/tools.Drill":
        adapter: { path: workshop.lib.adapters.Drill, args: { retries: 3 } }
        is-async: true
        compute_cost: { fixed_time: 0.5 }
        args:
          depth: { from-param: depth }
          speed: { from-param: speed }
          zero: { const: 0, expose-as: { param: zero, type: integer } }
          off: { const: false, expose-as: { param: off, type: boolean } }
          yes: { const: true }
          empty: { const: "" }
          nothing: { const: null }
          none_of: { const: [] }
          inner: { const: { deep: [true, null, 0.0] } }
          unit: plain text
          loud: { const: 5, expose-as: { param: loud, type: integer } }
      "#/operations/tools.Saw":
        adapter: { path: workshop.lib.adapters.Saw, args: { blade: fine } }
        is-async: false
        args:
          wood: { from-param: wood }
          mode: { from-param: mode }
          token: { from-secrets: SAW_TOKEN, doc: never exposed }
          federation: { from-site: federation_name }
          version: { from-site: api_version }
          port: { from-site: serial_port }
          station: { from-provider: paintshop.station }
      "#/operations/tools.Polish":
        adapter: { path: workshop.lib.adapters.Saw, args: { blade: coarse } }
        is-async: false
        args:
          wood: { const: oak }
          mode: { const: null }
          token: { from-secrets: SAW_TOKEN }
          federation: { from-site: federation_name }
          version: { from-site: api_version }
          port: { from-site: serial_port }
          station: { from-provider: paintshop.station }
    providers:
      paintshop:
        info: { vendor: acme }
        impl:
          path: workshop.lib.sites.PaintShop
          args: { base_url: "http://paint.local", layers: 0 }
        interface:
          "#/operations/tools.Paint":
            adapter: workshop.lib.adapters.Paint
            args:
              colour: { from-param: colour }
              url: { from-provider: paintshop.base_url }
              layers: { from-provider: paintshop.layers }
          "#/operations/tools.Drill":
            adapter: workshop.lib.adapters.PlainDrill
            is-async: false
            args: from-operation
  yard:
    impl: workshop.lib.sites.Yard
    interface:
      "#/operations/tools.Paint":
        adapter: workshop.lib.adapters.SecretPaint
        is-async: false
        args:
          colour: { from-param: colour }
          key: { from-secrets: paint_key, expose-as: { param: key, type: string } }
"""

SITES = """\
from typing import Any

from dfm.exec import DfmContext, FsspecConfig, Provider, SecretsVaultConfig, Site


class Shed(Site):
    def __init__(
        self,
        dfm_context: DfmContext,
        cache_config: FsspecConfig,
        secrets_vault_config: SecretsVaultConfig,
        serial_port: str,
        debug: bool,
    ):
        super().__init__(dfm_context, cache_config, secrets_vault_config)
        self._serial_port = serial_port
        self.debug = debug
        self.vault_arguments = sorted(secrets_vault_config.args)

    @property
    def serial_port(self) -> str:
        return f"{self._serial_port} debug={self.debug} {self.vault_arguments}"


class Yard(Site):
    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        self.counter = 0


class PaintShop(Provider):
    def __init__(self, site: Site, base_url: str, layers: int):
        super().__init__(site)
        self.base_url = base_url
        self.layers = layers

    @property
    def station(self) -> str:
        return f"paintshop of {self.site.federation_name}"
"""

VAULT = """\
from dfm.exec import SecretsVault


class BookVault(SecretsVault):
    def __init__(self, book: dict[str, str]):
        super().__init__()
        self._book = book

    def secret_for_key(self, key: str) -> str:
        return self._book[key]
"""

ADAPTERS = """\
from dfm.exec import Provider, Site
from dfm.exec.discovery import AdvisedLiteral, AdvisedOneOf, Okay, field_advisor


class Drill:
    def __init__(self, site: Site, provider: Provider | None, retries: int):
        self._site = site
        self._provider = provider
        self._retries = retries

    @field_advisor("depth")
    async def depths(self, value, context):
        return AdvisedOneOf([1, 2, 3])

    async def body(self, **kwargs):
        return {**kwargs, "retries": self._retries, "provider": self._provider is None}


class PlainDrill:
    def __init__(self, provider: Provider):
        self._provider = provider

    def body(self, depth, speed):
        return {"depth": depth, "speed": speed, "shop": self._provider.station}


class Saw:
    def __init__(self, blade: str, site: Site):
        self._blade = blade
        self._site = site

    @field_advisor("wood", order=0)
    async def woods(self, value, context):
        return AdvisedOneOf(["oak", "pine"], split_on_advice=True)

    @field_advisor("mode", order=-1)
    async def modes(self, value, context):
        return AdvisedLiteral(f"{context.get('wood')}-wise")

    def body(self, wood, mode, token, federation, version, port, station):
        path = self._site.cache_storage("saw") / "last.txt"
        path.write_text(f"{wood} {self._blade}")
        return {
            "wood": wood, "mode": mode, "token": len(token), "federation": federation,
            "version": version, "port": port, "station": station, "blade": self._blade,
            "cached": path.read_text(),
        }


class Paint:
    def __init__(self, site: Site, provider: Provider):
        self._site = site
        self._provider = provider

    async def body(self, colour, url, layers):
        return {"colour": colour, "url": url, "layers": layers,
                "same": self._provider.site is self._site}


class SecretPaint:
    def __init__(self, site):
        self._site = site

    def body(self, colour, key):
        return {"colour": colour, "key": len(key), "site": self._site.dfm_context.this_site}
"""

FILES = {
    "workshop/__init__.py": "",
    "workshop/lib/__init__.py": "",
    "workshop/lib/sites.py": SITES,
    "workshop/lib/vault.py": VAULT,
    "workshop/lib/adapters.py": ADAPTERS,
}
