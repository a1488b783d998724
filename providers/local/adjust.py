"""Light, colour and sharpness of a picture."""

from __future__ import annotations

from PIL import Image, ImageEnhance, ImageOps

from providers.base import Request, Value
from providers.local.limits import check_held
from providers.local.pictures import image_input, open_picture, save_picture


def image_adjust(request: Request) -> dict[str, Value]:
    """``image`` adjusted, the automatic steps first. Neutral values change nothing; alpha is kept."""
    params = request.params
    media = image_input(request, "image")
    picture = open_picture(media)
    check_held(picture.size, picture.size, picture.size)
    colors = picture.convert("RGB")
    if params["auto_contrast"]:
        colors = ImageOps.autocontrast(colors)
    if params["equalize"]:
        colors = ImageOps.equalize(colors)
    if params["brightness"] != 1:
        colors = ImageEnhance.Brightness(colors).enhance(params["brightness"])
    if params["contrast"] != 1:
        colors = ImageEnhance.Contrast(colors).enhance(params["contrast"])
    if params["gamma"] != 1:
        colors = colors.point(_gamma_table(params["gamma"]) * 3)
    if params["saturation"] != 1:
        colors = ImageEnhance.Color(colors).enhance(params["saturation"])
    if params["hue"]:
        colors = _turn_hue(colors, params["hue"])
    if params["temperature"]:
        colors = _warm(colors, params["temperature"])
    if params["sharpness"] != 1:
        colors = ImageEnhance.Sharpness(colors).enhance(params["sharpness"])
    return {"image": save_picture(with_alpha_of(picture, colors), request, like=media)}


def with_alpha_of(picture: Image.Image, colors: Image.Image) -> Image.Image:
    """New colours with the alpha of the picture they were made from."""
    if picture.mode == "RGBA":
        colors.putalpha(picture.getchannel("A"))
    return colors


def _gamma_table(gamma: float) -> list[int]:
    """Above 1 is lighter."""
    return [round(255 * (value / 255) ** (1 / gamma)) for value in range(256)]


def _turn_hue(colors: Image.Image, degrees: float) -> Image.Image:
    hue, saturation, value = colors.convert("HSV").split()
    shift = round(degrees / 360 * 255)
    hue = hue.point([(level + shift) % 255 for level in range(256)])
    return Image.merge("HSV", (hue, saturation, value)).convert("RGB")


def _warm(colors: Image.Image, temperature: float) -> Image.Image:
    """From -100, bluer, to 100, more orange: red and blue change by up to 30 % in opposite directions."""
    strength = 0.3 * temperature / 100
    red, green, blue = colors.split()
    return Image.merge("RGB", (_times(red, 1 + strength), green, _times(blue, 1 - strength)))


def _times(band: Image.Image, factor: float) -> Image.Image:
    return band.point([min(255, round(value * factor)) for value in range(256)])
