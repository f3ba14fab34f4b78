"""Files made at test time: sound photos and films, and what somebody who means harm would upload."""

import io
import struct
import zipfile
import zlib
from fractions import Fraction
from functools import cache
from typing import Any

import av
from PIL import Image, ImageDraw

VTT = b"WEBVTT\n\n00:00.000 --> 00:01.500\nDraw one knee in.\n"


# --- Sound ones


def picture(width: int = 640, height: int = 400, mode: str = "RGB") -> Image.Image:
    """Dark on the left, light on the right, so that a turned one is noticed."""
    image = Image.new("RGB", (width, height), "#204060")
    ImageDraw.Draw(image).rectangle((width // 2, 0, width, height), fill="#e0d0c0")
    return image.convert(mode)


def saved(image: Image.Image, kind: str, **more: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **more)
    return file.getvalue()


def jpeg(width: int = 640, height: int = 400, **more: Any) -> bytes:
    return saved(picture(width, height), "JPEG", **more)


def png(width: int = 640, height: int = 400, mode: str = "RGB") -> bytes:
    return saved(picture(width, height, mode), "PNG")


def webp(width: int = 640, height: int = 400) -> bytes:
    return saved(picture(width, height), "WEBP")


def photo_with_a_place() -> bytes:
    """As a phone makes them: where, when, with what, lying on its side, with a preview and a comment."""
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90° to the right
    exif[0x010F], exif[0x8298] = "SECRETPHONE", "SECRETOWNER"
    exif[0x8825] = {1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)}
    return jpeg(exif=exif, comment=b"SECRETCOMMENT")


@cache
def film(
    kind: str = "mp4",
    codec: str = "libx264",
    *,
    frames: int = 20,
    size: tuple[int, int] = (160, 120),
    sound: str = "",
    pixels: str = "yuv420p",
    place: str = "",
    rate: int = 10,
) -> bytes:
    """A film of 2 s, a few KB; `sound` is a codec."""
    file = io.BytesIO()
    with av.open(file, "w", format=kind) as container:
        if place:
            container.metadata["comment"] = place
        video: Any = container.add_stream(codec, rate=rate)
        video.width, video.height = size
        video.pix_fmt = pixels
        audio: Any = container.add_stream(sound, rate=48000) if sound else None
        still = av.VideoFrame.from_image(picture(*size))
        for number in range(frames):
            still.pts = number
            still.time_base = Fraction(1, rate)
            container.mux(video.encode(still))
        container.mux(video.encode(None))
        if audio is not None:
            for number in range(20):
                silence = av.AudioFrame(format="fltp", layout="stereo", samples=960)
                for plane in silence.planes:
                    plane.update(bytes(plane.buffer_size))
                silence.sample_rate, silence.pts = 48000, number * 960
                container.mux(audio.encode(silence))
            container.mux(audio.encode(None))
    return file.getvalue()


def upright(film_lying: bytes) -> bytes:
    """The same MP4 as a phone held upright would make it: turned by 90° when it is shown (ISO 14496-12, 8.3.2)."""
    data = bytearray(film_lying)
    matrix = data.index(b"tkhd") + 4 + 4 + 20 + 16
    data[matrix : matrix + 36] = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 120 << 16, 0, 1 << 30)
    return bytes(data)


# --- Bombs


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_of(width: int, height: int, *chunks: bytes, bits: int = 1) -> bytes:
    """A PNG with this header and these chunks before its end."""
    header = struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(chunks) + chunk(b"IEND", b"")


@cache
def pixel_bomb() -> bytes:
    """144 million pixels in 17 KB: one bit each, all alike."""
    packer = zlib.compressobj(9)
    row = bytes(1 + 12_000 // 8)
    rows = b"".join(packer.compress(row * 100) for _ in range(120)) + packer.flush()
    return png_of(12_000, 12_000, chunk(b"IDAT", rows))


def webp_bomb() -> bytes:
    """An extended WebP whose canvas says 16384 × 16384, for which a decoder would ask 2 GB."""
    canvas = b"\x00" * 4 + (16_383).to_bytes(3, "little") * 2
    return b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<I", 10) + canvas


def text_bomb() -> bytes:
    """A PNG with a comment of 100 MB, packed."""
    comment = zlib.compress(b"a" * 100_000_000, 9)
    return png_of(8, 8, chunk(b"iTXt", b"Comment\x00\x01\x00\x00\x00" + comment))


def profile_bomb() -> bytes:
    """A PNG with a colour profile of 100 MB, packed."""
    return png_of(8, 8, chunk(b"iCCP", b"bomb\x00\x00" + zlib.compress(bytes(100_000_000), 9)))


def zip_bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(10_000_000))
    return file.getvalue()


# --- What is not what it says

PLAYLIST = b"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10.0,\nhttp://127.0.0.1:%d/secret.ts\n#EXT-X-ENDLIST\n"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!DOCTYPE html><script>alert(1)</script>"
CONCAT = b"ffconcat version 1.0\nfile /etc/passwd\n"
MATROSKA = b"\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska\x42\x87\x81\x04\x42\x85\x81\x02" + bytes(200)
GARBAGE_MP4 = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp42" + b"\xde\xad\xbe\xef" * 500
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(100)
QUICKTIME = b"\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00qt  " + bytes(100)


def animation() -> bytes:
    frames = [picture(32, 32), Image.new("RGB", (32, 32))]
    return saved(frames[0], "WEBP", save_all=True, append_images=frames[1:])


def moving_png() -> bytes:
    frames = [picture(32, 32), Image.new("RGB", (32, 32))]
    return saved(frames[0], "PNG", save_all=True, append_images=frames[1:])


def polyglots() -> dict[str, bytes]:
    """A sound photo that is something else as well."""
    return {
        "png that is a page": png() + HTML,
        "png with a page in its comment": png_of(
            8, 8, chunk(b"tEXt", b"Comment\x00" + HTML), chunk(b"IDAT", zlib.compress(bytes(16)))
        ),
        "jpeg that is an archive": jpeg() + zip_bomb(),
        "jpeg with a program in its comment": jpeg(comment=b"<?php system($_GET['c']); ?>"),
    }
