"""What the site really answers: every named route of the resolver, every operation of the API."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

_CONVERTER = re.compile(r"\{[a-z]+:")
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")


def patterns(urlconf: Any = None) -> Iterator[tuple[str, URLPattern]]:
    """Yield every pattern with its name and namespaces; an unnamed one is named by its route."""
    yield from _walk(get_resolver(urlconf).url_patterns, ())


def _walk(
    found: Iterable[URLPattern | URLResolver], spaces: tuple[str, ...]
) -> Iterator[tuple[str, URLPattern]]:
    for each in found:
        if isinstance(each, URLResolver):
            inner = (*spaces, each.namespace) if each.namespace else spaces
            yield from _walk(each.url_patterns, inner)
        else:
            yield ":".join((*spaces, each.name or f"<{each.pattern}>")), each


def pages(urlconf: Any = None) -> set[str]:
    """Return the names of all pages; operations of the API are counted by `operations`."""
    return {name for name, _ in patterns(urlconf) if not name.startswith("api:")}


def operations() -> dict[str, tuple[str, str, Any]]:
    """Return every operation of the API as `METHOD /path` -> (method, path, operation)."""
    from qianshou.config.api import api

    found = {}
    for prefix, router in api._routers:
        for path, view in router.path_operations.items():
            for operation in view.operations:
                for method in operation.methods:
                    whole = "/" + "/".join(filter(None, (prefix + path).split("/")))
                    whole = _CONVERTER.sub("{", whole)
                    found[f"{method} {whole}"] = (method, whole, operation)
    return found


def api_extras() -> set[str]:
    """Return the API's own pages, such as its description; they are matrix entries like pages."""
    from ninja.openapi.urls import get_openapi_urls, get_root_url

    from qianshou.config.api import api

    return {f"api:{each.name}" for each in (*get_openapi_urls(api), get_root_url(api))}
