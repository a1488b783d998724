"""Which sentences pages show: found in templates and in the Python code. For development; it needs Babel.

Templates say ``{% translate %}``; code says ``gettext`` or ``_``. Words that stand in a constant, or that a function
chooses from, stay plain English where they are and are translated where a template shows them, with ``{% translate
word %}``. ``SPOKEN`` names those constants and functions.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
APPS = (
    "wireflow_ui",
    "accounts",
    "assets",
    "credits",
    "workflows",
    "executions",
    "history",
    "operations",
    "triggers",
    "archives",
)
#: Each file with the names in it whose texts are shown. A class of forms gives its labels, choices and hints.
SPOKEN: dict[str, tuple[str, ...]] = {
    "accounts/audit.py": ("CHANGES", "KINDS", "FACTS"),
    "accounts/forms.py": ("SignInForm", "ProfileForm", "PasswordForm", "KeyForm", "InvitationForm", "JoinForm",
                          "TeamForm", "NewTeamForm"),
    "accounts/models/signing_in.py": ("Way",),
    "accounts/notices.py": ("KINDS",),
    "accounts/provider_rows.py": ("_BADGES", "badge", "said"),
    "accounts/roles.py": ("Role", "MEANING"),
    "accounts/scopes.py": ("SCOPES",),
    "accounts/views.py": ("TABS",),
    "archives/actions.py": ("GAVE_UP", "OTHERS", "TWICE"),
    "archives/imports.py": ("GAVE_UP", "UNDER_WAY_ALREADY", "TOO_LARGE", "MISSING"),
    "archives/reading.py": ("WHERE", "BY_COMMAND", "DAMAGED", "ENCRYPTED", "OTHERWISE_PACKED", "NO_MANIFEST",
                            "OTHER_FORMAT", "BURSTING", "LONG_MANIFEST", "MANY_ROWS", "MANY_VALUES"),
    "archives/shape.py": ("LEFT_OUT", "CHANGED"),
    "archives/unpacking.py": ("IMPORTED",),
    "archives/views.py": ("NO_FILE",),
    "credits/models.py": ("EntryKind", "SpendingPeriod"),
    "executions/comparing_pages.py": ("SAID", "FIRST"),
    "executions/next_steps.py": ("ADVICE",),
    "executions/pages.py": ("TRIGGERS", "EXECUTION_WORDS", "_badge"),
    "executions/spending.py": ("PERIODS",),
    "executions/usage_pages.py": ("KINDS",),
    "executions/waterfall.py": ("SUBMISSION_WORDS", "_lines", "_end", "charged_because"),
    "executions/wire.py": ("status_word",),
    "history/limit_pages.py": ("PERIODS",),
    "history/steps.py": ("COSTS", "DURATIONS"),
    "history/tallies.py": ("FOREIGN",),
    "history/usage_pages.py": ("TABLES",),
    "workflows/change_words.py": ("NAMES",),
    "workflows/gallery.py": ("TemplateForm",),
    "workflows/importing.py": ("ImportForm",),
    "operations/state.py": ("QUEUES",),
    "triggers/delivery_views.py": ("_shown",),
    "triggers/forms.py": ("LimitsForm", "AppForm"),
    "triggers/firing.py": ("GONE", "OFTEN_REFUSED", "STILL_GOES_ON", "TOO_LATE", "MADE_UP", "MADE_UP_ONCE",
                           "OUR_FAULT"),
    "triggers/tables.py": ("_FILE_WORDS",),
    "triggers/timetable.py": ("NO_ZONE", "NO_CLOCK", "NO_DAYS", "FIVE_PARTS", "UNREADABLE", "NEVER", "TOO_OFTEN"),
    "triggers/schedule_forms.py": ("TimesForm", "ScheduleForm"),
    "triggers/schedule_words.py": ("OUTCOMES",),
    "triggers/models.py": ("DeliveryState",),
    "triggers/views.py": ("TABS",),
}  # fmt: skip
#: Where a refusal is raised that people meet on pages: whole folders, or files.
RAISED = (
    "accounts/actions.py", "accounts/invitations.py", "accounts/leaving.py", "accounts/limits.py",
    "accounts/provider_keys.py", "accounts/team_secrets.py", "accounts/team_views.py", "accounts/teams.py",
    "accounts/two_factor.py", "archives/", "assets/actions.py", "assets/downloads.py", "assets/store.py",
    "assets/uploads.py", "assets/views.py", "credits/actions.py", "credits/checkout.py", "credits/limits.py",
    "credits/wallets.py", "executions/actions.py", "executions/batches.py", "executions/decisions.py",
    "executions/decision_pages.py", "executions/engine/", "executions/inputs.py", "executions/inputs_given.py",
    "executions/intakes.py", "executions/planner.py", "executions/preflight.py", "executions/resuming.py",
    "executions/sources.py", "executions/values.py", "executions/views.py", "history/actions.py",
    "history/batch_pages.py", "history/exports.py", "history/limit_pages.py", "history/sharing.py",
    "history/views.py", "providers/local/limits.py", "providers/routes.py", "triggers/app_views.py",
    "triggers/combining.py", "triggers/delivery_views.py", "triggers/firing.py", "triggers/forms.py",
    "triggers/publishing.py", "triggers/schedule_forms.py", "triggers/schedule_pages.py", "triggers/schedules.py",
    "triggers/table_pages.py", "triggers/tables.py", "triggers/timetable.py", "triggers/views.py",
    "triggers/webhooks.py", "triggers/workbooks.py", "workflows/importing.py", "workflows/values.py",
    "workflows/views.py",
)  # fmt: skip
#: Their words are nobody's to read.
_BUILT_IN = {name for name in dir(builtins) if name.endswith(("Error", "Exception"))} - {"ValueError"}
#: What is called with a sentence.
CALLS = {"_", "gettext", "gettext_lazy", "ngettext", "pgettext"}
#: Keywords and keys that hold words of a form; all else in one is for browsers.
OF_FORMS = {"label", "help_text", "placeholder", "choices", "required", "unique", "invalid", "empty_label"}


@dataclass(frozen=True, slots=True)
class Sentence:
    """What is said, for several too if it counts, and where one word has two meanings, which of them."""

    text: str
    plural: str = ""
    context: str | None = None


Found = tuple[Sentence, str]
#: Names and numbers, which stand among words and are none.
NOT_SAID = r"[^A-Za-z]*|[A-Z]+|\S*[._]\S*|[a-z]+[A-Z]\w*|\{.*"


def sentences() -> Catalog:
    """All of them, each with the files that show it. Their lines change too often to be kept."""
    catalog = Catalog(project="Wireflow UI", charset="utf-8", fuzzy=False)
    for said, place in sorted([*_in_templates(), *_in_code()], key=lambda found: found[1]):
        known = catalog.get(said.text, said.context)
        if known is not None and isinstance(known.id, tuple) != bool(said.plural):
            raise LookupError(
                f"“{said.text}” is said once with a plural and once without: give one other words."
            )
        flags = ["python-format"] if re.search(r"%\(\w+\)", said.text + said.plural) else []
        text = (said.text, said.plural) if said.plural else said.text
        # Babel writes a place without a line as the file alone; its types know none.
        catalog.add(text, locations=[(place, None)], flags=flags, context=said.context)  # type: ignore[list-item]
    return catalog


def _in_templates() -> Iterator[Found]:
    for path in sorted((ROOT / "templates").rglob("*.html")):
        place = str(path.relative_to(ROOT))
        for line in templatize(path.read_text("utf-8"), origin=place).splitlines():
            for call in re.finditer(r"\b([np]?gettext|_)\((u?(['\"]).*?(?<!\\)\3(?:\s*,\s*[^()]*)?)\)", line):
                yield from _called(ast.parse(call.group(0), mode="eval").body, place)


def _in_code() -> Iterator[Found]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            place = str(path.relative_to(ROOT))
            text = path.read_text("utf-8")
            if _is_raised(place):
                yield from ((Sentence(one), place) for one in _raised(ast.parse(text)))
            if "gettext" in text or "messages." in text or place in SPOKEN:
                tree = ast.parse(text)
                for node in ast.walk(tree):
                    yield from _called(node, place)
                yield from _spoken(tree, place)


def _called(node: ast.AST, place: str) -> Iterator[Found]:
    match node:
        # What the next page tells is translated there.
        case ast.Call(
            func=ast.Attribute(value=ast.Name("messages")), args=[_, ast.Constant(value=str(text))]
        ):
            yield Sentence(text), place
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
        texts = [
            arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
        ]
        if node.func.id == "ngettext":
            yield Sentence(texts[0], texts[1]), place
        elif node.func.id == "pgettext":
            yield Sentence(texts[1], context=texts[0]), place
        elif texts and texts[0]:
            yield Sentence(texts[0]), place


def raised_sentences() -> list[str]:
    """Those of refusals that pages show."""
    files = (path for app in APPS for path in (ROOT / app).rglob("*.py"))
    texts = (path.read_text("utf-8") for path in files if _is_raised(str(path.relative_to(ROOT))))
    return sorted({sentence for text in texts for sentence in _raised(ast.parse(text))})


def _is_raised(place: str) -> bool:
    return place.startswith(RAISED) and "/management/" not in place


def _raised(tree: ast.Module) -> Iterator[str]:
    """The sentences of refusals, and of messages made of several values, as `accounts.spoken` finds them again."""
    for node in ast.walk(tree):
        match node:
            case ast.Raise(exc=ast.Call(func=ast.Name(id=name), args=arguments)) if name not in _BUILT_IN:
                pass
            case ast.Call(func=ast.Attribute(attr="__init__" | "add_error"), args=arguments):
                pass
            case ast.Call(func=ast.Attribute(value=ast.Name("messages" | "problems")), args=arguments):
                pass
            case _:
                continue
        for argument in arguments:
            for text in _composed(argument):
                if re.search(r"[a-z] [a-z{“]", re.sub(r"\{\w+\}", "{", text)):
                    yield text


def _composed(node: ast.expr) -> list[str]:
    """A sentence with names for what it leaves open, ``{len}`` for ``{len(rows):,}``; one for each of what it chooses
    from itself. Those with braces of their own are left out: they are not told from the others."""
    match node:
        case ast.Constant(value=str(text)):
            return [] if "{" in text or "}" in text else [text]
        case ast.IfExp(body=one, orelse=other):
            return [*_composed(one), *_composed(other)]
        case ast.JoinedStr(values=values):
            found, named = [""], set[str]()
            for value in values:
                inner = value.value if isinstance(value, ast.FormattedValue) else value
                pieces = _composed(inner) if isinstance(inner, ast.Constant | ast.IfExp) else []
                if not pieces:
                    name = _name_for(inner)
                    while name in named:
                        name += "_"
                    named.add(name)
                    pieces = [f"{{{name}}}"]
                found = [begin + piece for begin in found for piece in pieces]
            return found
    return []


def _name_for(value: ast.expr) -> str:
    match value:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.strip("_").lower()
        case ast.Call(func=function):
            return _name_for(function)
        case ast.Subscript(value=inner):
            return _name_for(inner)
    return "value"


def _spoken(tree: ast.Module, place: str) -> Iterator[Found]:
    wanted = set(SPOKEN.get(place, ()))
    for node in ast.walk(tree):
        name = _name_of(node)
        if name in wanted:
            wanted.remove(name)
            chosen = _words_of_form(node) if name.endswith("Form") else _texts(node)
            yield from ((Sentence(text), place) for text in chosen if not re.fullmatch(NOT_SAID, text))
    if wanted:
        raise LookupError(f"{place} has no {', '.join(sorted(wanted))} any more: mend SPOKEN.")


def _name_of(node: ast.AST) -> str:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return node.name
    target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
    return target.id if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(target, ast.Name) else ""


def _texts(node: ast.AST) -> Iterator[str]:
    """Plain texts in it, but for keys, docstrings, what is compared, and pieces of longer texts."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.Dict(values=values):
            for value in values:
                yield from _texts(value)
        case (
            ast.MatchValue()
            | ast.JoinedStr()
            | ast.Compare()
            | ast.Expr(value=ast.Constant())
            | ast.Subscript()
        ):
            return
        case ast.FunctionDef(body=lines):
            for line in lines:
                yield from _texts(line)
        case ast.Call(func=ast.Name(id=name)) if name in CALLS:
            return  # found by itself
        case ast.Call():
            for argument in node.args:
                yield from _texts(argument)
        case _:
            for child in ast.iter_child_nodes(node):
                yield from _texts(child)


def _words_of_form(node: ast.AST) -> Iterator[str]:
    for child in ast.walk(node):
        is_word = isinstance(child, ast.keyword) and child.arg in OF_FORMS
        is_labels = isinstance(child, ast.Assign) and _name_of(child) == "labels"
        if is_word or is_labels:
            yield from _texts(child.value)  # type: ignore[attr-defined]  # both have one
        elif isinstance(child, ast.Dict):
            for key, value in zip(child.keys, child.values, strict=True):
                if isinstance(key, ast.Constant) and key.value in OF_FORMS:
                    yield from _texts(value)


def names_in(text: str) -> frozenset[str]:
    """The places that a sentence leaves open: ``%(name)s`` in templates, ``{name}`` in code."""
    return frozenset(re.findall(r"%\((\w+)\)s|\{\w*\}", text)) | frozenset(re.findall(r"\{(\w*)\}", text))
