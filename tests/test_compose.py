"""docker-compose.yml and Dockerfile name only what exists, publish nothing to the world and hold no secret.

`tests/service` runs the same commands as processes.
"""

from __future__ import annotations

import importlib.util
import re
from typing import Any

import pytest
import yaml
from django.core.management import get_commands

from providers.catalog import load_catalog
from providers.drivers import DRIVERS
from tests.processes import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
OURS = ("web", "worker", "sweeper")
READ = ("settings.py", "serve.py", "media_storage.py")
SOURCES = "\n".join((ROOT / "wireflow_ui" / name).read_text() for name in READ)


def docker_command() -> list[str]:
    (found,) = re.findall(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    command: list[str] = yaml.safe_load(found)
    return command


def test_the_services_are_those_of_a_cluster():
    assert set(COMPOSE["services"]) == {*OURS, "postgres", "redis"}
    assert set(COMPOSE["volumes"]) == {"data", "postgres"}


@pytest.mark.parametrize("name", OURS)
def test_a_command_starts_something_that_exists(name):
    python, *words = COMPOSE["services"][name]["command"]
    assert python == "python"
    if words[0] == "-m":
        assert importlib.util.find_spec(words[1]) is not None
    else:
        assert (ROOT / words[0]).is_file()
        assert words[1] in get_commands()


def test_the_image_serves_by_itself_as_the_web_service_does():
    assert docker_command() == COMPOSE["services"]["web"]["command"]


def test_every_setting_is_one_that_is_read():
    for name in OURS:
        assert COMPOSE["services"][name]["environment"] == COMPOSE["x-wireflow"]["environment"]
    of_providers = [load_catalog().providers[name]["env"] for name in DRIVERS]
    given = set(COMPOSE["x-wireflow"]["environment"])
    assert {first for first, *_ in of_providers} <= given
    unread = [name for name in given.difference(*of_providers) if f'"{name}"' not in SOURCES]
    assert unread == []


def test_secrets_are_asked_for_and_have_no_default():
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    for name in ("POSTGRES_PASSWORD", "WIREFLOW_SECRET_KEY"):
        used = re.findall(rf"\$\{{{name}(.{{2}})", text)
        assert used
        assert set(used) == {":?"}


def test_only_this_machine_can_reach_what_is_published():
    published = {name: service.get("ports", []) for name, service in COMPOSE["services"].items()}
    assert published.pop("web") == ["${WIREFLOW_PUBLISH:-127.0.0.1:8000}:8000"]
    assert not any(published.values())


def test_services_wait_for_those_that_can_tell_they_are_well():
    for service in COMPOSE["services"].values():
        for name, wanted in service.get("depends_on", {}).items():
            assert wanted == {"condition": "service_healthy"}
            assert COMPOSE["services"][name]["healthcheck"]["test"]


@pytest.mark.parametrize("name", OURS)
def test_each_of_our_services_can_tell_that_it_is_well(name):
    assert COMPOSE["services"][name]["healthcheck"]["test"]


def test_the_image_copies_what_exists_and_runs_as_nobody_special():
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE):
        for source in sources.split():
            assert (ROOT / source).exists()
            assert source.split("/")[0] not in ignored
    for needed in ("manage.py", "wireflow_ui", "providers", "executions", "templates", "static", "frontend"):
        assert (ROOT / needed).exists()
        assert needed not in ignored
    assert re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE) == ["wireflow"]
