"""Work done on this machine: texts and lists at once, pictures in a child process.

`INSTANT` needs no files and passes stored media through untouched; `MEDIA` reads and writes files and runs
only inside a child (`providers.local.pool`). Both map a node type to the function that does its work: it
takes a `Request` and returns port → value; a port left out is empty. Failures are raised as
`providers.errors`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from providers.local import (
    adjust,
    archive,
    canvas,
    captions,
    compose,
    concat,
    convert,
    crop,
    data,
    filters,
    json_paths,
    lettering,
    lists,
    logic,
    masks,
    resize,
    sheets,
    slideshow,
    sounds,
    text,
    video,
)
from providers.local.params import Work, checked

INSTANT: Mapping[str, Work] = MappingProxyType(
    {
        name: checked(work)
        for name, work in {
            "logic:router": logic.router,
            "logic:if": logic.branch,
            "logic:merge": logic.merge,
            "utility:switch": logic.switch,
            "utility:prompt_concat": text.prompt_concat,
            "utility:prompt_template": text.prompt_template,
            "utility:text_replace": text.text_replace,
            "utility:text_split": text.text_split,
            "utility:json_extract": json_paths.json_extract,
            "utility:json_multi_extract": json_paths.json_multi_extract,
            "utility:build_data": data.build_data,
            "utility:select_item": lists.select_item,
            "utility:merge_list": lists.merge_list,
            "output:preview": logic.preview,
        }.items()
    }
)

MEDIA: Mapping[str, Work] = MappingProxyType(
    {
        name: checked(work)
        for name, work in {
            "utility:image_resize": resize.image_resize,
            "utility:image_crop": crop.image_crop,
            "utility:image_pad": canvas.image_pad,
            "utility:image_rotate_flip": canvas.image_rotate_flip,
            "utility:text_overlay": lettering.text_overlay,
            "utility:image_composite": compose.image_composite,
            "utility:image_blend": compose.image_blend,
            "utility:image_convert": convert.image_convert,
            "utility:image_adjust": adjust.image_adjust,
            "utility:image_filter": filters.image_filter,
            "utility:image_border": canvas.image_border,
            "utility:mask_from_alpha": masks.mask_from_alpha,
            "utility:mask_adjust": masks.mask_adjust,
            "utility:apply_mask": masks.apply_mask,
            "utility:image_grid": sheets.image_grid,
            "utility:zip_files": archive.zip_files,
            "utility:image_split": crop.image_split,
            "utility:image_info": convert.image_info,
            "utility:solid_color": canvas.solid_color,
            "utility:video_frame": video.video_frame,
            "utility:video_concat": concat.video_concat,
            "utility:images_to_video": slideshow.images_to_video,
            "utility:video_trim": video.video_trim,
            "utility:video_resize": video.video_resize,
            "utility:extract_audio": sounds.extract_audio,
            "utility:audio_mix": sounds.audio_mix,
            "utility:captions": captions.captions,
        }.items()
    }
)

#: The planner's own: people do the work of these, see `executions.questions`.
ASKING = frozenset({"logic:approval"})

#: And the planner's again: what reaches these is handed to whoever carries letters, see `executions.letters`.
SENDING = frozenset({"output:webhook"})

SUPPORTED: frozenset[str] = frozenset(INSTANT) | frozenset(MEDIA) | ASKING | SENDING
