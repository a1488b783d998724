"""The node types: `catalog.json`, parsed once into frozen values.

The meaning of every key is set out in the comment of the dataclass that holds it. Handles on the wire are
``in-<port>`` and ``out-<port>``; the aliases below are stored without those prefixes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

CATALOG_FILE = Path(__file__).with_name("catalog.json")

#: What a param's type is when it is reached by a wire (``in-<param id>``).
PARAMETER_PORT_TYPES = MappingProxyType(
    {
        "enum": "TEXT", "string": "TEXT", "text": "TEXT", "color": "TEXT",
        "int": "NUMBER", "float": "NUMBER", "bool": "BOOLEAN",
        "json": "JSON", "color_list": "JSON", "asset": "ANY", "asset_list": "ANY",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Port:
    """An input or output. ``multiple`` takes or gives a list; ``numbered`` also answers to id2 … id<max>."""

    id: str
    type: str
    label: str
    required: bool = False
    multiple: bool = False
    max: int | None = None
    numbered: bool = False
    keeps_list: bool = False
    role: str = ""
    aliases: tuple[str, ...] = ()
    same_as: tuple[str, ...] = ()
    type_by_param: Mapping[str, Any] | None = None

    @property
    def stem(self) -> str:
        """The id without its trailing number: ``image`` for ``image1``."""
        return self.id.rstrip("0123456789")


@dataclass(frozen=True, slots=True)
class Param:
    """A setting of a node; ``spec`` is its catalog entry for what is not named here (note, step, show_if …)."""

    id: str
    type: str
    default: Any
    spec: Mapping[str, Any]
    values: tuple[Any, ...] = ()
    min: float | None = None
    max: float | None = None
    nullable: bool = False
    wirable: bool = True
    aliases: Mapping[str, float | None] = field(default_factory=dict)
    value_aliases: Mapping[str, Any] = field(default_factory=dict)

    @property
    def port_type(self) -> str:
        return PARAMETER_PORT_TYPES.get(self.type, "ANY")


@dataclass(frozen=True, slots=True)
class NodeType:
    """One entry of the catalog; ``spec`` is the entry itself, for the parts only one reader needs."""

    name: str
    category: str
    title: str
    summary: str
    execution: str  # source, local or remote
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    params: tuple[Param, ...]
    spec: Mapping[str, Any]
    status: str = ""  # "", legacy, retired or unsupported
    fan: str = ""  # "out" opens a list, "in" closes it
    requires: tuple[str, ...] = ()

    def input(self, port_id: str) -> Port | None:
        return next((port for port in self.inputs if port.id == port_id), None)

    def output(self, port_id: str) -> Port | None:
        return next((port for port in self.outputs if port.id == port_id), None)

    def param(self, param_id: str) -> Param | None:
        return next((param for param in self.params if param.id == param_id), None)

    @property
    def is_source(self) -> bool:
        return self.execution == "source"

    @property
    def is_local(self) -> bool:
        return self.execution == "local"

    @property
    def is_remote(self) -> bool:
        return self.execution == "remote"

    @property
    def is_note(self) -> bool:
        """Sticky notes stand on the canvas and never run."""
        return self.name == "utility:sticky_note"

    @property
    def timeout(self) -> float:
        """Seconds after which a node run is given up."""
        return float(self.spec.get("latency_s", {}).get("timeout", 60))

    @property
    def typical_seconds(self) -> tuple[float, float]:
        low, high = self.spec.get("latency_s", {}).get("typical", [1, 5])
        return float(low), float(high)


@dataclass(frozen=True)
class Catalog:
    """All node types and the rules that hold for all of them."""

    kinds: Mapping[str, NodeType]
    names: Mapping[str, str]  # alias or own name → own name
    migrations: Mapping[str, str]  # a name that is rewritten on save → the name to write
    categories: tuple[str, ...]
    accepts: Mapping[str, Mapping[str, str]]  # target type → source type → same, converted or parsed
    max_nodes: int
    max_edges: int
    providers: Mapping[str, Any]

    def find(self, name: str) -> NodeType | None:
        """The node type that a graph calls ``name``, by its own name, an alias or an old name."""
        own = self.names.get(name) or self.names.get(self.migrations.get(name, ""))
        return self.kinds.get(own) if own else None

    def __getitem__(self, name: str) -> NodeType:
        kind = self.find(name)
        if kind is None:
            raise KeyError(name)
        return kind


def _bare(handle: str) -> str:
    for prefix in ("in-", "out-"):
        if handle.startswith(prefix):
            return handle[len(prefix) :]
    return handle


def _port(entry: Mapping[str, Any]) -> Port:
    return Port(
        id=entry["id"],
        type=entry["type"],
        label=entry.get("label") or entry["id"].replace("_", " ").capitalize(),
        required=entry.get("required", False),
        multiple=entry.get("multiple", False),
        max=entry.get("max"),
        numbered=entry.get("numbered", False),
        keeps_list=entry.get("keeps_list", False),
        role=entry.get("role", ""),
        aliases=tuple(_bare(alias) for alias in entry.get("aliases", ())),
        same_as=tuple(entry.get("same_as", ())),
        type_by_param=entry.get("type_by_param"),
    )


def read_param(entry: Mapping[str, Any]) -> Param:
    """A setting as the catalog writes it."""
    aliases: dict[str, float | None] = {}
    for alias in entry.get("aliases", ()):
        if isinstance(alias, str):
            aliases[alias] = None
        else:
            aliases[alias["name"]] = alias.get("multiply")
    return Param(
        id=entry["id"],
        type=entry["type"],
        default=entry.get("default"),
        spec=MappingProxyType(dict(entry)),
        values=tuple(entry.get("values", ())),
        min=entry.get("min"),
        max=entry.get("max"),
        nullable=entry.get("nullable", False),
        wirable=entry.get("wirable", True),
        aliases=MappingProxyType(aliases),
        value_aliases=MappingProxyType(entry.get("value_aliases", {})),
    )


def _node_type(entry: Mapping[str, Any]) -> NodeType:
    requires = entry.get("requires", ())
    return NodeType(
        name=entry["type"],
        category=entry["category"],
        title=entry["name"],
        summary=entry.get("summary", ""),
        execution=entry["execution"],
        inputs=tuple(_port(port) for port in entry["inputs"]),
        outputs=tuple(_port(port) for port in entry["outputs"]),
        params=tuple(read_param(param) for param in entry["params"]),
        spec=MappingProxyType(dict(entry)),
        status=entry.get("status", ""),
        fan=entry.get("fan", ""),
        requires=(requires,) if isinstance(requires, str) else tuple(requires),
    )


def parse_catalog(text: str) -> Catalog:
    """Read the catalog's JSON text. Raises KeyError or ValueError when it is not one."""
    raw = json.loads(text)
    kinds = {entry["type"]: _node_type(entry) for entry in raw["node_types"]}
    names = {name: name for name in kinds}
    migrations: dict[str, str] = {}
    for kind in kinds.values():
        for alias in kind.spec.get("aliases", ()):
            names.setdefault(alias, kind.name)
        for old in kind.spec.get("migrates_from", ()):
            migrations[old] = kind.name
    limits = raw["handle_compat"]["limits"]
    return Catalog(
        kinds=MappingProxyType(kinds),
        names=MappingProxyType(names),
        migrations=MappingProxyType(migrations),
        categories=tuple(raw["categories"]),
        accepts=MappingProxyType(raw["handle_compat"]["accepts"]),
        max_nodes=limits["nodes"],
        max_edges=limits["edges"],
        providers=MappingProxyType(raw["providers"]),
    )


@lru_cache(maxsize=1)
def load_catalog() -> Catalog:
    """The project's own catalog, read once per process."""
    return parse_catalog(CATALOG_FILE.read_text(encoding="utf-8"))
