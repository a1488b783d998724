"""Where stored media lie: a folder of ours, or a bucket."""

from __future__ import annotations

import re

from django.core.exceptions import ImproperlyConfigured

from wireflow_ui import env

FOLDER: dict[str, object] = {"BACKEND": "django.core.files.storage.FileSystemStorage"}


def storage_from_env() -> dict[str, object]:
    """Django's storage for media. Without a bucket's name it is the folder ``media`` of the data folder.

    Keys may be left out where the machine has a role of its own; the rest is found as every tool for S3 finds it.
    """
    name = env.text("WIREFLOW_MEDIA_BUCKET")
    if not name:
        return FOLDER
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", name):
        raise ImproperlyConfigured(f"WIREFLOW_MEDIA_BUCKET must be the name of a bucket, not {name!r}.")
    endpoint = env.text("WIREFLOW_MEDIA_ENDPOINT") and env.web_address("WIREFLOW_MEDIA_ENDPOINT", "")
    key, secret = env.text("AWS_ACCESS_KEY_ID"), env.text("AWS_SECRET_ACCESS_KEY")
    if bool(key) != bool(secret):
        raise ImproperlyConfigured("Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY together, or neither.")
    options: dict[str, object] = {
        "bucket_name": name,
        "endpoint_url": endpoint or None,
        "region_name": env.text("WIREFLOW_MEDIA_REGION", "us-east-1"),
        "location": env.text("WIREFLOW_MEDIA_PREFIX").strip("/"),
        "access_key": key or None,
        "secret_key": secret or None,
        "addressing_style": "path" if endpoint else "auto",
        "signature_version": "s3v4",
        "default_acl": None,  # private, as the bucket says
        "file_overwrite": True,  # names are random: nobody has to ask first whether one is taken
    }
    return {"BACKEND": "assets.bucket.Bucket", "OPTIONS": options}
