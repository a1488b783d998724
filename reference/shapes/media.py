"""Stored files: contract §9.2."""

from __future__ import annotations

from reference.schemas import (
    ADDRESS,
    ANY_OBJECT,
    COUNT,
    FLAG,
    NUMBER,
    TEXT,
    TIME,
    Schema,
    a,
    has,
    in_data,
    many,
    maybe,
    of_all,
    ref,
)

_ASSET = has(
    "A stored file. `url` needs no key: its random name is the secret. `value` is what a graph may hold.",
    id=TEXT,
    url=ADDRESS,
    filename=TEXT,
    contentType=TEXT,
    bytes=COUNT,
    width=maybe(COUNT),
    height=maybe(COUNT),
    seconds=maybe(NUMBER),
    thumbnailUrl=maybe(ADDRESS),
    origin=TEXT,
    sandbox=FLAG,
    createdAt=TIME,
    value=ANY_OBJECT,
)
MEDIA: dict[str, Schema] = {
    "Asset": _ASSET,
    "Uploaded": in_data(
        of_all(
            "A stored file just uploaded. `madeBy` is what its metadata say made it, if they do; nobody checked.",
            "Asset",
            optional=("madeBy",),
            madeBy=has(workflowId=TEXT, version=maybe(TEXT), executionId=maybe(TEXT)),
        )
    ),
    "OneAsset": in_data(ref("Asset")),
    "Assets": has(data=many(ref("Asset")), total=COUNT, nextOffset=maybe(COUNT)),
    "UploadAddress": in_data(
        has(
            uploadUrl=a("Send the bytes here, with `headers` and without your key.", ADDRESS),
            method={"const": "PUT"},
            mediaId=TEXT,
            headers={"type": "object", "additionalProperties": TEXT},
            expiresAt=TIME,
        )
    ),
}
