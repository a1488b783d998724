"""What a file is, told from its first bytes alone."""

from __future__ import annotations

from dataclasses import dataclass

from providers.errors import InvalidInput

TAKEN = "PNG, JPEG, WEBP, GIF, AVIF, MP4, MOV, WEBM, MP3, WAV, M4A, OGG, CSV, TSV and JSON"
HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class FileType:
    """``reader`` is the name Pillow or FFmpeg knows the format by."""

    content_type: str
    suffix: str
    reader: str

    @property
    def kind(self) -> str:
        return self.content_type.partition("/")[0]


PNG = FileType("image/png", ".png", "PNG")
JPEG = FileType("image/jpeg", ".jpg", "JPEG")
WEBP = FileType("image/webp", ".webp", "WEBP")
GIF = FileType("image/gif", ".gif", "GIF")
AVIF = FileType("image/avif", ".avif", "AVIF")
TIFF = FileType("image/tiff", ".tiff", "TIFF")
BMP = FileType("image/bmp", ".bmp", "BMP")
MP4 = FileType("video/mp4", ".mp4", "mp4")
MOV = FileType("video/quicktime", ".mov", "mov")
WEBM = FileType("video/webm", ".webm", "webm")
MP3 = FileType("audio/mpeg", ".mp3", "mp3")
WAV = FileType("audio/wav", ".wav", "wav")
M4A = FileType("audio/mp4", ".m4a", "mp4")
WEBM_AUDIO = FileType("audio/webm", ".weba", "webm")
OGG = FileType("audio/ogg", ".ogg", "ogg")
CSV = FileType("text/csv", ".csv", "")
TSV = FileType("text/tab-separated-values", ".tsv", "")
JSON = FileType("application/json", ".json", "")
TEXT = FileType("text/plain", ".txt", "")
ZIP = FileType("application/zip", ".zip", "")
#: SVG, by a type that no browser shows. Nobody may upload it: it comes from providers, and is cleaned first.
VECTOR = FileType("application/octet-stream", ".svg", "")

KNOWN = (
    PNG, JPEG, WEBP, GIF, AVIF, TIFF, BMP, MP4, MOV, WEBM, MP3, WAV, M4A, WEBM_AUDIO, OGG, CSV, TSV, JSON,
    TEXT, ZIP, VECTOR,
)  # fmt: skip

_SIGNATURES = ((b"\x89PNG\r\n\x1a\n", PNG), (b"\xff\xd8\xff", JPEG), (b"GIF87a", GIF), (b"GIF89a", GIF),
               (b"OggS", OGG), (b"ID3", MP3))  # fmt: skip
_RIFF = {b"WEBP": WEBP, b"WAVE": WAV}
_BRANDS = {b"avif": AVIF, b"avis": AVIF, b"qt  ": MOV, b"M4A ": M4A, b"M4B ": M4A}
_HEIC = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
_REFUSED = (
    (b"%PDF", "PDF files"), (b"PK\x03\x04", "ZIP and Office files"), (b"\x1f\x8b", "Packed files"),
    (b"BM", "BMP pictures"), (b"II*\x00", "TIFF pictures"), (b"MM\x00*", "TIFF pictures"),
    (b"8BPS", "Photoshop files"), (b"fLaC", "FLAC sounds"), (b"{\\rtf", "RTF files"),
)  # fmt: skip


def file_type(content_type: str) -> FileType | None:
    """The type of that name, None when we know none."""
    return next((known for known in KNOWN if known.content_type == content_type), None)


def media_type(head: bytes) -> FileType | None:
    """The picture, video or sound that begins with ``head``; None when it may be text.

    Raises `InvalidInput` for what is never taken.
    """
    for signature, found in _SIGNATURES:
        if head.startswith(signature):
            return found
    if head.startswith(b"RIFF") and head[8:12] in _RIFF:
        return _RIFF[head[8:12]]
    if head[4:8] == b"ftyp":
        return _brand(head)
    if head[4:8] in (b"moov", b"mdat", b"wide", b"free", b"skip"):
        return MOV
    if head.startswith(b"\x1aE\xdf\xa3"):
        if b"\x42\x82\x84webm" in head[:100]:
            return WEBM
        raise _not_taken("MKV videos")
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 in (0xE2, 0xE4, 0xE6):
        return MP3
    for signature, name in _REFUSED:
        if head.startswith(signature):
            raise _not_taken(name)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise _not_taken("SVG, HTML and XML files")
    return None


def _brand(head: bytes) -> FileType:
    length = min(int.from_bytes(head[:4]), len(head))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, length, 4))]
    for brand in brands:
        if brand in _BRANDS:
            return _BRANDS[brand]
    if any(brand in _HEIC for brand in brands):
        raise _not_taken("HEIC pictures")
    return MP4


def _not_taken(name: str) -> InvalidInput:
    return InvalidInput(f"{name} are not taken. Save it as one of {TAKEN} and try again.")
