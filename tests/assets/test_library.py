from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from assets import actions
from assets.models import Asset
from tests.assets.pictures import files_in, make_asset, png, tone
from tests.factories import bearer

pytestmark = pytest.mark.django_db


def listed(user, query: str = ""):
    return Client().get(f"/api/v1/media{query}", headers=bearer(user)).json()


def ids(user, query: str = "?origin=all") -> list[str]:
    return [item["id"] for item in listed(user, query)["data"]]


def test_the_list_is_newest_first_in_pages(alice, tmp_path):
    made = [make_asset(alice, tmp_path).id for _ in range(5)]

    first = listed(alice, "?origin=all&limit=2")
    assert [item["id"] for item in first["data"]] == [made[4], made[3]]
    assert (first["total"], first["nextOffset"]) == (5, 2)
    last = listed(alice, "?origin=all&limit=2&offset=4")
    assert [item["id"] for item in last["data"]] == [made[0]]
    assert last["nextOffset"] is None


def test_the_list_holds_uploads_and_on_request_results(alice, tmp_path):
    result = make_asset(alice, tmp_path)
    upload = make_asset(alice, tmp_path)
    Asset.objects.filter(id=upload.id).update(origin="upload")

    assert ids(alice, "") == [upload.id]
    assert ids(alice, "?origin=run") == [result.id]
    assert ids(alice, "?origin=all") == [upload.id, result.id]


def test_the_list_can_be_of_one_kind(alice, tmp_path):
    picture = make_asset(alice, tmp_path)
    sound = make_asset(alice, tmp_path, content=tone(), content_type="audio/wav")
    table = make_asset(alice, tmp_path, content=b"a,b", content_type="text/csv")

    assert ids(alice, "?origin=all&kind=image") == [picture.id]
    assert ids(alice, "?origin=all&kind=audio") == [sound.id]
    assert ids(alice, "?origin=all&kind=data") == [table.id]


def test_the_list_can_be_searched_by_words_of_a_name_or_by_id(alice, charlie, tmp_path):
    red = make_asset(alice, tmp_path)
    blue = make_asset(alice, tmp_path)
    hers = make_asset(charlie, tmp_path)
    Asset.objects.filter(id__in=[red.id, hers.id]).update(filename="Red bottle.png")
    Asset.objects.filter(id=blue.id).update(filename="Blue bottle.png")

    assert ids(alice, "?origin=all&q=BOTTLE") == [blue.id, red.id]
    assert ids(alice, "?origin=all&q=bottle+red") == [red.id]
    assert ids(alice, f"?origin=all&q={blue.id}") == [blue.id]
    assert ids(alice, f"?origin=all&q={hers.id}") == []
    assert ids(alice, "?origin=all&q=") == [blue.id, red.id]
    assert listed(alice, "?origin=all&q=red")["total"] == 1


@pytest.mark.parametrize("query", ["?limit=0", "?limit=x", "?offset=-1", "?kind=pdf", "?origin=theft"])
def test_a_page_that_cannot_be_is_refused(alice, query):
    response = Client().get(f"/api/v1/media{query}", headers=bearer(alice))

    assert response.status_code == 400


def test_a_page_holds_200_at_most(alice, tmp_path):
    assert Client().get("/api/v1/media?limit=100000", headers=bearer(alice)).status_code == 200


def test_a_stranger_neither_lists_nor_reads_nor_deletes(alice, charlie, tmp_path):
    asset = make_asset(alice, tmp_path)

    assert ids(charlie) == []
    for call in (Client().get, Client().delete):
        assert call(f"/api/v1/media/{asset.id}", headers=bearer(charlie)).status_code == 404
    asset.refresh_from_db()
    assert asset.deleted_at is None


def test_deleting_takes_an_editor_and_the_scope(alice, bob, rita, vera, tmp_path):
    asset = make_asset(alice, tmp_path)
    address = f"/api/v1/media/{asset.id}"

    for headers in (bearer(rita), bearer(vera), bearer(alice, scopes=["workflows:read"])):
        assert Client().delete(address, headers=headers).status_code == 403
    assert Client().get(asset.url).status_code == 200

    response = Client().delete(address, headers=bearer(bob))
    assert (response.status_code, response.json()) == (200, {"success": True, "id": asset.id})
    assert Client().get(asset.url).status_code == 404
    assert Client().delete(address, headers=bearer(bob)).status_code == 404
    assert ids(alice) == []


def test_the_page_shows_what_the_team_has_and_nothing_else(alice, charlie, signed_in, tmp_path):
    asset = make_asset(alice, tmp_path, filename="<b>cat.png", sandbox=True)
    foreign = make_asset(charlie, tmp_path)

    page = signed_in(alice).get("/assets").content.decode()
    assert asset.url in page
    assert "&lt;b&gt;cat.png" in page
    assert "<b>cat" not in page
    assert ">sandbox</span>" in page
    assert foreign.url not in page
    assert Client().get("/assets").status_code == 302


def test_the_form_keeps_good_files_and_names_the_others(alice, signed_in, media_root):
    files = [SimpleUploadedFile("cat.png", png()), SimpleUploadedFile("page.html", b"<html>")]
    response = signed_in(alice).post("/assets", {"file": files})

    assert response.status_code == 400
    assert "page.html: " in response.content.decode()
    assert [asset.filename for asset in Asset.objects.all()] == ["cat.png"]
    assert len(files_in(media_root)) == 1

    response = signed_in(alice).post("/assets", {"file": SimpleUploadedFile("dog.png", png())})
    assert (response.status_code, response["Location"]) == (303, "/assets")


def test_an_empty_form_says_what_to_do(alice, signed_in):
    response = signed_in(alice).post("/assets", {})

    assert response.status_code == 400
    assert "Choose a file or paste an address first." in response.content.decode()


def test_delete_and_undo_on_the_page(alice, signed_in, tmp_path):
    asset = make_asset(alice, tmp_path, filename="cat.png")
    browser = signed_in(alice)

    response = browser.post(f"/assets/{asset.id}/delete")
    assert (response.status_code, response["Location"]) == (303, f"/assets?undo={asset.id}")
    page = browser.get(response["Location"]).content.decode()
    assert f'action="/assets/{asset.id}/restore"' in page
    assert asset.url not in page

    assert browser.post(f"/assets/{asset.id}/restore").status_code == 303
    assert asset.url in browser.get("/assets").content.decode()


def test_htmx_gets_the_tile_alone(alice, signed_in, tmp_path):
    asset = make_asset(alice, tmp_path)
    browser = signed_in(alice)
    htmx = {"HX-Request": "true"}

    gone = browser.post(f"/assets/{asset.id}/delete", headers=htmx).content.decode()
    assert gone.strip().endswith("</li>") and "Undo" in gone
    back = browser.post(f"/assets/{asset.id}/restore", headers=htmx).content.decode()
    assert asset.url in back and "<html" not in back


def test_a_stranger_and_a_runner_change_nothing_on_the_page(alice, rita, charlie, signed_in, tmp_path):
    asset = make_asset(alice, tmp_path)

    assert signed_in(charlie).post(f"/assets/{asset.id}/delete").status_code == 404
    assert signed_in(rita).post(f"/assets/{asset.id}/delete").status_code == 403
    assert signed_in(alice).get(f"/assets/{asset.id}/delete").status_code == 405
    assert signed_in(alice, enforce_csrf_checks=True).post(f"/assets/{asset.id}/delete").status_code == 403
    asset.refresh_from_db()
    assert asset.deleted_at is None

    actions.delete_asset(asset=asset)
    assert signed_in(charlie).post(f"/assets/{asset.id}/restore").status_code == 404
    assert signed_in(rita).post(f"/assets/{asset.id}/restore").status_code == 403
    assert signed_in(charlie).get(f"/assets?undo={asset.id}").content.decode().count(asset.id) == 0
    asset.refresh_from_db()
    assert asset.deleted_at is not None


def test_a_viewer_sees_no_form_and_uploads_nothing(vera, signed_in, media_root):
    browser = signed_in(vera)

    assert 'type="file"' not in browser.get("/assets").content.decode()
    assert browser.post("/assets", {"file": SimpleUploadedFile("cat.png", png())}).status_code == 403
    assert (Asset.objects.count(), files_in(media_root)) == (0, [])
