"""What a page of some app may leave on a device, unsent, and which module the next page asks to see to it.

Apps register in `ready()`; only where such a thing is found is the module fetched.
"""

from django.templatetags.static import static

_modules: dict[str, str] = {}


def see_to(prefix: str, module: str) -> None:
    """`prefix` of the names in `localStorage`; `module`: a static file that exports `flush()`."""
    _modules[prefix] = module


def modules() -> dict[str, str]:
    """The address of the module by the prefix."""
    return {prefix: static(module) for prefix, module in _modules.items()}
