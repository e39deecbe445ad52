"""A federation as an owner would have it who moved here: a script of three functions, at two sites.

An image is a list of rows; a pixel is a number, or three of them. Only the import prefix was
replaced.
"""

PACKAGE = "images"

FEDERATION = """\
dfm: 1.0.0
info:
  api-version: 0.2.0
  code-package: images
operations:
  image.Grayscale:
    parameters:
      pixels: { type: array, items: { type: array } }
    required: [pixels]
    returns: array
  image.Resize:
    parameters:
      pixels: { type: array }
      step: { type: integer, description: every how many-th pixel is kept, default: 2 }
    required: [pixels]
    returns: array
  image.Encode:
    parameters:
      pixels: { type: array }
      compress: { type: boolean }
    required: [pixels]
    returns: string
sites:
  homesite: {}
  loader:
    interface:
      "#/operations/image.Grayscale":
        adapter: images.lib.functions.Grayscale
        args: from-operation
        compute_cost: { fixed_time: 0.1, output_factor: 0.34 }
      "#/operations/image.Resize":
        adapter: { path: images.lib.functions.Resize, args: { smallest: 1 } }
        is-async: false
        args: from-operation
        compute_cost: { fixed_time: 0.1, output_factor: 0.25 }
    send_cost:
      plotter: { bandwidth: 1000000 }
      homesite: { bandwidth: 100000 }
  plotter:
    interface:
      "#/operations/image.Encode":
        adapter: images.lib.functions.Encode
        args:
          pixels: { from-param: pixels }
          header:
            const: P2
            expose-as: { param: header, type: string }
          compress: { from-param: compress }
        compute_cost: { fixed_time: 0.1, fixed_size: 200 }
    send_cost:
      homesite: { bandwidth: 100000 }
"""

FILES = {
    "images/__init__.py": "",
    "images/lib/__init__.py": "",
    "images/lib/functions.py": """\
import base64


class Grayscale:
    async def body(self, pixels):
        return [[sum(pixel) // len(pixel) for pixel in row] for row in pixels]


class Resize:
    def __init__(self, smallest: int):
        self._smallest = smallest

    def body(self, pixels, step):
        step = max(step, self._smallest)
        return [row[::step] for row in pixels[::step]]


class Encode:
    async def body(self, pixels, header, compress):
        lines = [header, f"{len(pixels[0])} {len(pixels)}", "255"]
        lines += [" ".join(map(str, row)) for row in pixels]
        text = "\\n".join(lines)
        return base64.b64encode(text.encode()).decode() if compress else text
""",
}
