"""Every sample of the guides is run as it stands, with host, key and ids put in."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from reference.document import PATH
from reference.guides import GUIDES

pytestmark = pytest.mark.service

BLOCK = re.compile(r"```(bash|python|javascript)\n(.*?)```", re.DOTALL)
SAMPLES = {slug: BLOCK.findall((PATH.parent / f"{slug}.md").read_text("utf-8")) for slug in GUIDES}


@pytest.mark.parametrize("slug", [slug for slug, blocks in SAMPLES.items() if blocks])
def test_the_samples_of_a_guide_work(live, slug):
    workflow = live.make_workflow()
    webhook = live.make_webhook(workflow)
    places = {"WORKFLOW_ID": workflow, "WEBHOOK_ID": webhook}
    if slug == "webhooks":  # its own sample switches the webhook on
        live.run(*SAMPLES[slug][0], **places)
    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda block: live.run(*block, **places), SAMPLES[slug]))
    assert all(said)


def test_every_guide_but_the_one_on_limits_has_samples_in_three_languages():
    for slug, blocks in SAMPLES.items():
        if slug != "limits":
            assert {language for language, _ in blocks} == {"bash", "python", "javascript"}, slug
