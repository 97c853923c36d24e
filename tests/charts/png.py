"""Reading a PNG back, to see what was drawn."""

from io import BytesIO

from PIL import Image


def size(png: bytes) -> tuple[int, int]:
    """Width and height of a whole, undamaged PNG."""
    with Image.open(BytesIO(png)) as image:
        assert image.format == "PNG"
        image.load()
        return image.size


def notes(png: bytes) -> dict[str, object]:
    """What the file says beside the picture: program, date and the like."""
    with Image.open(BytesIO(png)) as image:
        image.load()
        return {str(key): value for key, value in image.info.items()}


def colours(png: bytes, box: tuple[int, int, int, int] | None = None) -> set[tuple[int, int, int]]:
    """The colours within a part of the picture (left, top, right, bottom), or in all of it."""
    with Image.open(BytesIO(png)) as image:
        part = image.convert("RGB").crop(box or (0, 0, *image.size))
        return {(r, g, b) for _, (r, g, b) in part.getcolors(part.width * part.height)}  # type: ignore[misc, union-attr]
