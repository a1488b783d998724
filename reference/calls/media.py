"""Files: in and out."""

from __future__ import annotations

from reference.call import JSON, Answer, Call, Calls

_GROUP = "Media"
_ANY_BYTES = {"type": "string", "format": "binary"}

MEDIA: Calls = {
    ("assets.api.Upload", "POST"): Call(
        name="uploadMedia",
        group=_GROUP,
        summary="Upload a file, or have one fetched",
        text="Multipart with one field `file` of up to 25 MB, or JSON with a `url` that the server fetches. Pictures, "
        "videos, sounds, CSV and JSON; the type is decided from the bytes. `kind` refuses the others.",
        body={
            JSON: {
                "type": "object",
                "required": ["url"],
                "properties": {
                    "url": {"type": "string", "format": "uri", "maxLength": 2048},
                    "kind": {"type": "string", "enum": ["image", "video", "audio", "data"]},
                },
            },
            "multipart/form-data": {
                "type": "object",
                "required": ["file"],
                "properties": {
                    "file": _ANY_BYTES,
                    "kind": {"type": "string", "enum": ["image", "video", "audio", "data"]},
                },
            },
        },
        example={"url": "https://example.org/lighthouse.png"},
        answers={201: Answer(text="The stored file.", shape="Uploaded")},
    ),
    ("assets.uploads_api.Announce", "POST"): Call(
        name="announceUpload",
        group=_GROUP,
        summary="Ask where to send a large file",
        body={JSON: "assets.serializers.AnnounceInput"},
        example={"bytes": 1048576, "filename": "lighthouse.png", "contentType": "image/png"},
        answers={201: Answer(text="PUT the bytes there, then complete the upload.", shape="UploadAddress")},
        errors=(409,),
    ),
    ("assets.uploads_api.Complete", "POST"): Call(
        name="completeUpload",
        group=_GROUP,
        summary="Complete an upload",
        body={JSON: "assets.serializers.CompleteInput"},
        example={"mediaId": "up_1", "filename": "lighthouse.png"},
        answers={200: Answer(text="The stored file.", shape="OneAsset")},
        errors=(404, 409, 410),
    ),
    ("assets.api.Library", "GET"): Call(
        name="listMedia",
        group=_GROUP,
        summary="List stored files",
        text=(
            "Uploads, newest first; `origin=run` for results, `origin=all` for both, `q` for words in their names. "
            "`limit` is 1 to 200, and more counts as 200."
        ),
        query="assets.serializers.ListInput",
        answers={200: Answer(text="A page of files.", shape="Assets", headers=("X-Total-Count",))},
    ),
    ("assets.api.Item", "GET"): Call(
        name="getMedia",
        group=_GROUP,
        summary="Read what is known of a file",
        answers={200: Answer(text="The file.", shape="OneAsset")},
    ),
    ("assets.api.Item", "DELETE"): Call(
        name="deleteMedia",
        group=_GROUP,
        summary="Delete a file",
        text="Its addresses close at once.",
        answers={200: Answer(text="It is gone.", shape="Deleted")},
    ),
    ("assets.downloads.Download", "GET"): Call(
        name="downloadMedia",
        group=_GROUP,
        summary="Download a result",
        text="No key is needed. Takes addresses of this server's own media, and of the hosts that its operator named.",
        more_query=(
            {"name": "url", "required": True, "schema": {"type": "string", "format": "uri-reference"}},
        ),
        answers={
            200: Answer(
                text="The bytes, always as an attachment.",
                shape=_ANY_BYTES,
                media="*/*",
                headers=("Content-Disposition", "Access-Control-Allow-Origin"),
            )
        },
        errors=(404,),
    ),
}
