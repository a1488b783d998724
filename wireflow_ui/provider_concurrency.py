"""How many calls may be under way at each provider at once."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from django.core.exceptions import ImproperlyConfigured

from providers.catalog import load_catalog
from providers.http import Access

#: At the provider's own address, where the operator says nothing.
AT_ONCE = {"gemini": 8, "vertex": 8, "fal": 2, "replicate": 8, "openai": 4, "apiframe": 5, "atlas": 4}
#: Machines of the operator's own, which draw one picture after another wherever they stand.
ONE_AT_A_TIME = ("comfyui", "a1111")


def concurrency(
    opened: Mapping[str, Access], addresses: Mapping[str, str], said: Collection[str]
) -> Mapping[str, int]:
    """Provider → how many calls; at one that is not named any number.

    ``addresses`` are those at which teams may use keys of their own. ``said`` are words such as "fal=10", where 0 takes
    the limit away. What a provider allows by itself is not known of servers elsewhere, so an address of the operator's
    own has no limit unless it is named.
    """
    catalog = load_catalog().providers
    found = {name: 1 for name in ONE_AT_A_TIME if name in opened}
    known = {**addresses, **{name: access.base_url for name, access in opened.items()}}
    for name, address in known.items():
        if name in AT_ONCE and address == catalog[name]["base_url"]:
            found[name] = AT_ONCE[name]
    for word in said:
        name, _, count = (part.strip() for part in word.partition("="))
        if not re.fullmatch(r"[0-9]{1,5}", count) or name not in ("sandbox", *catalog):
            names = ", ".join(["sandbox", *catalog])
            raise ImproperlyConfigured(
                f"WIREFLOW_PROVIDER_CONCURRENCY must look like fal=10,gemini=20 with names of {names}, not {word!r}."
            )
        found[name] = int(count)
    return {name: count for name, count in found.items() if count}
