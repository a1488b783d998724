"""Workflows as ComfyUI writes them with “Export (API)”."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def node(kind: str, title: str = "", **inputs: Any) -> Json:
    return {"inputs": inputs, "class_type": kind, "_meta": {"title": title or kind}}


def sampler(**changes: Any) -> Json:
    inputs = {
        "seed": 156680208700286, "steps": 20, "cfg": 8, "sampler_name": "euler_ancestral", "scheduler": "karras",
        "denoise": 1, "model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0],
    }  # fmt: skip
    return node("KSampler", **{**inputs, **changes})


TEXT_TO_IMAGE: Json = {
    "3": sampler(),
    "4": node("CheckpointLoaderSimple", "Load Checkpoint", ckpt_name="v1-5-pruned-emaonly.safetensors"),
    "5": node("EmptyLatentImage", "Empty Latent Image", width=768, height=512, batch_size=2),
    "6": node(
        "CLIPTextEncode", "CLIP Text Encode (Prompt)", text="a glass bottle, galaxy inside", clip=["4", 1]
    ),
    "7": node("CLIPTextEncode", "CLIP Text Encode (Prompt)", text="text, watermark", clip=["4", 1]),
    "8": node("VAEDecode", "VAE Decode", samples=["3", 0], vae=["4", 2]),
    "9": node("SaveImage", "Save Image", filename_prefix="bottle", images=["8", 0]),
}

IMAGE_TO_IMAGE: Json = {
    **TEXT_TO_IMAGE,
    "3": sampler(denoise=0.6, latent_image=["12", 0], seed=7),
    "10": node("LoadImage", "Load Image", image="harbour.png", upload="image"),
    "11": node("ImageScale", "Upscale Image", image=["10", 0], upscale_method="lanczos", width=1024, height=768,
               crop="center"),
    "12": node("VAEEncode", "VAE Encode", pixels=["11", 0], vae=["4", 2]),
}  # fmt: skip
del IMAGE_TO_IMAGE["5"]

INPAINTING: Json = {
    **IMAGE_TO_IMAGE,
    "12": node("VAEEncodeForInpaint", pixels=["10", 0], mask=["10", 1], vae=["4", 2], grow_mask_by=6),
}
del INPAINTING["11"]

UPSCALING: Json = {
    "1": node("LoadImage", "Load Image", image="photos/harbour.png"),
    "2": node("UpscaleModelLoader", "Load Upscale Model", model_name="RealESRGAN_x2plus.pth"),
    "3": node("ImageUpscaleWithModel", "Upscale Image (using Model)", upscale_model=["2", 0], image=["1", 0]),
    "4": node("PreviewImage", "Preview Image", images=["3", 0]),
}

LORAS: Json = {
    **TEXT_TO_IMAGE,
    "3": sampler(model=["11", 0]),
    "6": node("CLIPTextEncode", "Positive", text="a house", clip=["11", 1]),
    "7": node("CLIPTextEncode", "Negative", text="", clip=["11", 1]),
    "10": node("LoraLoader", "Load LoRA", lora_name="styles\\ink_wash.safetensors", strength_model=0.8,
               strength_clip=1, model=["4", 0], clip=["4", 1]),
    "11": node("LoraLoaderModelOnly", lora_name="detail.safetensors", strength_model=-0.5, model=["10", 0]),
}  # fmt: skip

CONTROL_NET: Json = {
    **TEXT_TO_IMAGE,
    "3": sampler(positive=["13", 0], negative=["13", 1]),
    "10": node("LoadImage", "Pose", image="pose.png"),
    "11": node("ControlNetLoader", "Load ControlNet", control_net_name="control_openpose.pth"),
    "12": node("OpenposePreprocessor", "OpenPose", image=["10", 0], resolution=512, detect_hand="enable"),
    "13": node("ControlNetApplyAdvanced", "Apply ControlNet", positive=["6", 0], negative=["7", 0],
               control_net=["11", 0], image=["12", 0], strength=0.85, start_percent=0, end_percent=1),
}  # fmt: skip

LARGER_SECOND_PASS: Json = {
    **TEXT_TO_IMAGE,
    "20": node("LatentUpscaleBy", samples=["3", 0], upscale_method="nearest-exact", scale_by=1.5),
    "21": sampler(latent_image=["20", 0], denoise=0.5, seed=0),
    "8": node("VAEDecode", "VAE Decode", samples=["21", 0], vae=["4", 2]),
}

FLUX: Json = {
    "6": node("CLIPTextEncode", "CLIP Text Encode (Positive Prompt)", text=["40", 0], clip=["11", 0]),
    "8": node("VAEDecode", samples=["13", 0], vae=["10", 0]),
    "9": node("SaveImage", filename_prefix="flux", images=["8", 0]),
    "10": node("VAELoader", "Load VAE", vae_name="ae.safetensors"),
    "11": node("DualCLIPLoader", clip_name1="t5xxl_fp16.safetensors", clip_name2="clip_l.safetensors", type="flux"),
    "12": node("UNETLoader", "Load Diffusion Model", unet_name="flux1-dev.safetensors", weight_dtype="default"),
    "13": node("SamplerCustomAdvanced", noise=["25", 0], guider=["22", 0], sampler=["16", 0], sigmas=["17", 0],
               latent_image=["27", 0]),
    "16": node("KSamplerSelect", sampler_name="euler"),
    "17": node("BasicScheduler", scheduler="simple", steps=20, denoise=1, model=["12", 0]),
    "22": node("BasicGuider", model=["12", 0], conditioning=["26", 0]),
    "25": node("RandomNoise", noise_seed=219670278747233, control_after_generate="randomize"),
    "26": node("FluxGuidance", guidance=3.5, conditioning=["6", 0]),
    "27": node("EmptySD3LatentImage", width=["41", 0], height=1024, batch_size=1),
    "40": node("PrimitiveStringMultiline", "What to draw", value="a fox in the snow"),
    "41": node("PrimitiveInt", "Width", value=768),
}  # fmt: skip

FILES = {
    "text to image": TEXT_TO_IMAGE, "image to image": IMAGE_TO_IMAGE, "inpainting": INPAINTING,
    "upscaling": UPSCALING, "loras": LORAS, "control net": CONTROL_NET, "second pass": LARGER_SECOND_PASS,
    "flux": FLUX,
}  # fmt: skip
