"""Every address of the house, found by walking the resolvers."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver

from tenants.access import AccessPolicy

SHOP, PLATFORM = "shopme.urls_shop", "shopme.urls_platform"


@dataclass(frozen=True)
class Route:
    """One pattern with its converters and its policy."""

    urlconf: str
    pattern: str
    parts: tuple[URLPattern | URLResolver, ...]
    namespaces: tuple[str, ...]
    name: str | None
    policy: AccessPolicy | None

    @property
    def arguments(self) -> set[str]:
        """The names of what the address takes."""
        return {name for part in self.parts for name in part.pattern.regex.groupindex}

    @property
    def view_name(self) -> str:
        return ":".join([*self.namespaces, self.name or ""])

    def __str__(self) -> str:
        return f"{self.urlconf}: {self.pattern}"


def routes(urlconf: str) -> list[Route]:
    """All routes of `urlconf`."""
    return list(_walk(urlconf, get_resolver(urlconf).url_patterns, (), ()))


def _walk(
    urlconf: str,
    patterns: list[URLPattern | URLResolver],
    parts: tuple[URLPattern | URLResolver, ...],
    namespaces: tuple[str, ...],
) -> Iterator[Route]:
    for part in patterns:
        path = (*parts, part)
        if isinstance(part, URLResolver):
            inner = (*namespaces, part.namespace) if part.namespace else namespaces
            yield from _walk(urlconf, part.url_patterns, path, inner)
            continue
        pattern = "".join(str(each.pattern) for each in path)
        yield Route(urlconf, pattern, path, namespaces, part.name, getattr(part.callback, "access_policy", None))
