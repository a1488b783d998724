"""What each of ComfyUI's nodes becomes: a function of `words`, `pictures` or `drawing`, and a line here."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from workflows.comfyui.building import Builder, Outputs
from workflows.comfyui.drawing import (
    decoded,
    empty_latent,
    encoded_image,
    larger_latent,
    masked,
    sampler,
    settings,
)
from workflows.comfyui.pictures import (
    adjusted_mask,
    batched,
    composed,
    cropped,
    inverted,
    load_image,
    padded,
    passed_on,
    scaled_by,
    scaled_to,
    shown,
    upscaled,
    upscaler,
)
from workflows.comfyui.reading import Source
from workflows.comfyui.words import (
    checkpoint,
    encoded,
    joined,
    lora,
    no_words,
    part_of_model,
    plain_value,
    text,
)

Kind = Callable[[Builder, Source], Outputs]
_TEXT = ("text", "string", "value", "prompt")

KINDS: dict[str, Kind] = {
    **dict.fromkeys(["CheckpointLoaderSimple", "CheckpointLoader", "unCLIPCheckpointLoader"],
                    partial(checkpoint, name="ckpt_name")),
    **dict.fromkeys(["UNETLoader", "UnetLoaderGGUF"], partial(checkpoint, name="unet_name")),
    **dict.fromkeys(["CLIPLoader", "DualCLIPLoader", "TripleCLIPLoader", "VAELoader", "CLIPSetLastLayer"],
                    part_of_model),
    **dict.fromkeys(["LoraLoader", "LoraLoaderModelOnly"], lora),
    "CLIPTextEncode": partial(encoded, names=("text",)),
    "CLIPTextEncodeSDXL": partial(encoded, names=("text_g", "text_l")),
    "CLIPTextEncodeSD3": partial(encoded, names=("t5xxl", "clip_g", "clip_l")),
    "CLIPTextEncodeFlux": partial(encoded, names=("t5xxl", "clip_l")),
    **dict.fromkeys(["PrimitiveString", "PrimitiveStringMultiline", "String Literal", "Text Multiline"],
                    partial(text, names=_TEXT)),
    **dict.fromkeys(["PrimitiveInt", "PrimitiveFloat", "PrimitiveBoolean"], plain_value),
    **dict.fromkeys(["ConditioningCombine"],
                    partial(joined, names=("conditioning_1", "conditioning_2"), separator=", ")),
    "ConditioningConcat": partial(joined, names=("conditioning_to", "conditioning_from"), separator=", "),
    "StringConcatenate": partial(joined, names=("string_a", "string_b")),
    "ConditioningZeroOut": no_words,
    **dict.fromkeys(["LoadImage", "LoadImageMask", "LoadImageOutput"], load_image),
    **dict.fromkeys(["SaveImage", "PreviewImage", "SaveImageWebsocket", "PreviewAny"], shown),
    "ImageScale": scaled_to, "ImageScaleBy": scaled_by, "ImageCrop": cropped, "ImagePadForOutpaint": padded,
    "ImageInvert": inverted, "ImageCompositeMasked": composed, "ImageBatch": batched,
    "UpscaleModelLoader": upscaler, "ImageUpscaleWithModel": upscaled,
    **dict.fromkeys(["InvertMask", "GrowMask", "FeatherMask"], adjusted_mask),
    "MaskToImage": partial(passed_on, name="mask"), "ImageToMask": partial(passed_on, name="image"),
    **dict.fromkeys(["EmptyLatentImage", "EmptySD3LatentImage", "EmptyFlux2LatentImage"], empty_latent),
    **dict.fromkeys(["VAEEncode", "VAEEncodeTiled", "VAEEncodeForInpaint", "InpaintModelConditioning"], encoded_image),
    "SetLatentNoiseMask": masked,
    **dict.fromkeys(["LatentUpscale", "LatentUpscaleBy"], larger_latent),
    **dict.fromkeys(["VAEDecode", "VAEDecodeTiled"], decoded),
    "RandomNoise": partial(settings, names=("noise_seed",)),
    "KSamplerSelect": partial(settings, names=("sampler_name",)),
    "BasicScheduler": partial(settings, names=("scheduler", "steps", "denoise", "model")),
    "BasicGuider": partial(settings, names=("model", "conditioning")),
    "CFGGuider": partial(settings, names=("model", "positive", "negative", "cfg")),
    **dict.fromkeys(["KSampler", "KSamplerAdvanced", "SamplerCustom", "SamplerCustomAdvanced"], sampler),
}  # fmt: skip
