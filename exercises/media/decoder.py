"""Opens what somebody uploaded. Runs as a program of its own: `python -I decoder.py KIND FOLDER < upload`.

Decoders are where hostile files do their harm. So this process opens its files first, loads its code, and then gives
up everything else: after `lock` it can open no file and no socket, start no process, and has a bound on memory, time
and what it may write. It knows nothing of Holdwell, and imports Pillow for photos or PyAV for films.

It writes pictures (WebP, at fixed widths) and, for a film, the same film in a new container without metadata into
FOLDER, and prints one line of JSON: what it found, or {"problem": code}. Frames of a film are copied, never packed
anew.
"""

import io
import json
import os
import resource
import struct
import sys
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

MEGA = 1_000_000
PIXELS_MAX = 25 * MEGA
SIDE_MAX = 16_000  # pixels
WIDTHS = (480, 960, 1600)  # pixels; the fixed sizes that are served
QUALITY = 82
ICC_MAX = 4 * MEGA  # bytes of a colour profile that is still looked at
SECONDS_MAX = 600
# 4K, lying or upright.
LONG_SIDE_MAX, SHORT_SIDE_MAX = 4096, 2304
VIDEO = {"MP4": {"h264", "av1", "vp9"}, "WEBM": {"vp8", "vp9", "av1"}}
AUDIO = {"MP4": {"aac", "mp3", "opus"}, "WEBM": {"opus", "vorbis"}}
PIXEL_FORMATS = {"yuv420p", "yuvj420p"}  # what every browser shows
FORMATS = {"MP4": "mp4", "WEBM": "matroska"}
MEMORY_MAX = 1_000 * MEGA  # bytes of address space, the code's own included
CPU_MAX = 60  # seconds
# What would be loaded at the first use, when nothing can be opened any more.
PHOTO_CODE = ("PIL.ImageCms", "PIL.ImageOps", "PIL.MpoImagePlugin", "PIL.WebPImagePlugin")
FILM_CODE = ("av", "av.subtitles.stream")
WRITTEN_MAX = 210 * MEGA  # bytes of one file


class Refused(Exception):  # noqa: N818 - an answer, not an error
    """What is wrong with the file: a code that `checking` has words for."""


def lock() -> None:
    """From here on: no new file, socket, thread or process, and bounds on the rest."""
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY_MAX),
        (resource.RLIMIT_CPU, CPU_MAX),
        (resource.RLIMIT_FSIZE, WRITTEN_MAX),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, 0),
    ):
        resource.setrlimit(limit, (most, most))


# --- Photos


def photo(kind: str, file: Any, outputs: dict[int, Any]) -> dict[str, Any]:
    """Writes the photo at the fixed widths. The size is read from the header, before anything is decoded."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # counted here, with an answer of our own
    if kind == "WEBP":
        _bounded(*_webp_size(file))
    try:
        image: Any = Image.open(file, formats=[kind])
        _bounded(*image.size)
        if kind != "JPEG" and getattr(image, "is_animated", False):
            raise Refused("animated")
        profile = image.info.get("icc_profile")
        if kind == "JPEG":
            image.draft(None, (WIDTHS[-1], WIDTHS[-1]))
        image.load()
        image = ImageOps.exif_transpose(image)
    except Refused:
        raise
    except MemoryError as error:
        raise Refused("memory") from error
    except Exception as error:
        raise Refused("broken") from error
    return _written(_plain(image, profile), outputs)


def _bounded(width: int, height: int) -> None:
    if not (0 < width <= SIDE_MAX and 0 < height <= SIDE_MAX and width * height <= PIXELS_MAX):
        raise Refused("pixels")


def _webp_size(file: Any) -> tuple[int, int]:
    """The size of a WebP (RFC 9649), which Pillow only tells after it has asked for the memory."""
    head = file.read(30)
    file.seek(0)
    chunk = head[12:16]
    if len(head) == 30 and chunk == b"VP8X":
        return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
    if len(head) == 30 and chunk == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if len(head) == 30 and chunk == b"VP8 ":
        width, height = struct.unpack("<HH", head[26:30])
        return width & 0x3FFF, height & 0x3FFF
    raise Refused("broken")


def _plain(image: Any, profile: bytes | None) -> Any:
    """Eight bits of red, green and blue, as sRGB, on white; nothing else of the file is left."""
    from PIL import Image, ImageCms

    if image.mode.startswith(("I", "F")):  # 16 bits of grey
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    if image.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
        ground = Image.new("RGB", image.size, "white")
        ground.paste(image, mask=image.getchannel("A"))
        return ground
    if profile and len(profile) <= ICC_MAX:
        try:
            given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            return ImageCms.profileToProfile(image, given, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass  # a profile that cannot be read, or is not this picture's: the plain colours then
    return image.convert("RGB")


def _written(image: Any, outputs: dict[int, Any]) -> dict[str, Any]:
    """The picture at each width, or as wide as it is: none is enlarged."""
    from PIL import Image

    sizes = {}
    for wanted in WIDTHS:
        width = min(wanted, image.width)
        height = max(1, round(image.height * width / image.width))
        small = image if width == image.width else image.resize((width, height), Image.Resampling.LANCZOS)
        small.save(outputs[wanted], "WEBP", quality=QUALITY, method=4, exif=b"", xmp=b"", icc_profile=None)
        sizes[str(wanted)] = {"width": width, "height": height}
    return {**sizes[str(WIDTHS[-1])], "sizes": sizes}


# --- Films


def film(kind: str, file: Any, clean: Any, again: Any, outputs: dict[int, Any]) -> dict[str, Any]:
    """Copies the film's frames into the container `clean` (`again` reads it), and draws a still from it."""
    import av

    try:
        still, facts = _probed(kind, file)
        file.seek(0)
        facts["duration"] = _copied(kind, file, clean, again, facts.pop("declared"))
    except Refused:
        raise
    except MemoryError as error:
        raise Refused("memory") from error
    except (av.error.FFmpegError, OSError, ValueError, EOFError) as error:
        raise Refused("broken") from error
    return facts | _written(still, outputs) | {"width": facts["width"], "height": facts["height"]}


def _opened(kind: str, file: Any) -> Any:
    """One demuxer, forced, on bytes that are there already: it follows no address, of whatever protocol."""
    import av

    def refuse(*_anything: Any) -> Any:
        raise Refused("address")

    return av.open(
        file, format=FORMATS[kind], io_open=refuse, options={"protocol_whitelist": "", "enable_drefs": "0"}
    )


def _probed(kind: str, file: Any) -> tuple[Any, dict[str, Any]]:
    """A still of the film, and what it is. Raises Refused."""
    with _opened(kind, file) as container:
        _check_tracks(kind, container.streams)
        video = container.streams.video[0]
        width, height = video.codec_context.width, video.codec_context.height
        if max(width, height) > LONG_SIDE_MAX or min(width, height) > SHORT_SIDE_MAX:
            raise Refused("resolution")
        declared = (container.duration or 0) / MEGA
        if declared > SECONDS_MAX:
            raise Refused("long")
        # The two pixel formats hold 8 bits; with more (HDR) some browsers show nothing.
        video.codec_context.thread_count = 1
        if declared > 2:
            container.seek(MEGA)
        frame = next(container.decode(video), None)
        if frame is None:
            raise Refused("broken")
        if frame.format.name not in PIXEL_FORMATS:
            raise Refused("depth")
        still = frame.to_image()
        if frame.rotation % 360:
            still = still.rotate(frame.rotation, expand=True)
        facts = {
            "width": still.width,
            "height": still.height,
            "declared": declared,
            "has_sound": bool(container.streams.audio),
        }
        return still, facts


def _check_tracks(kind: str, streams: Any) -> None:
    """One picture track and at most one sound track, each packed as browsers play it. Raises Refused."""
    if not streams.video:
        raise Refused("broken")
    if len(streams.video) > 1 or len(streams.audio) > 1:
        raise Refused("streams")
    codec = _codec(streams.video[0])
    if codec not in VIDEO[kind]:
        raise Refused("hevc" if codec == "hevc" else "codec")
    if any(_codec(audio) not in AUDIO[kind] for audio in streams.audio):
        raise Refused("audio")


def _codec(stream: Any) -> str:
    return stream.codec_context.codec.canonical_name if stream.codec_context else ""


def _copied(kind: str, file: Any, clean: Any, again: Any, declared: float) -> float:
    """Copies the packets; answers how long the film is, in seconds. Raises Refused."""
    import av

    # The index goes to the front, so that a film begins before the whole of it is there; for that it is read again.
    options = {"fflags": "+bitexact"} | ({"movflags": "+faststart"} if kind == "MP4" else {})
    end = 0.0
    with (
        _opened(kind, file) as source,
        av.open(clean, "w", format=kind.lower(), options=options, io_open=lambda *_anything: again) as target,
    ):
        kept = [*source.streams.video, *source.streams.audio]
        twin = {stream.index: target.add_stream_from_template(stream, opaque=True) for stream in kept}
        for packet in source.demux(*kept):
            if packet.dts is None or packet.pts is None:
                continue
            if packet.stream.type == "video":
                end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
                if end > SECONDS_MAX:
                    raise Refused("long")
            packet.stream = twin[packet.stream.index]
            target.mux(packet)
    if end < declared - max(2, declared / 20):
        raise Refused("cut")
    return round(end, 1)


# --- The program


def main(kind: str, folder: Path) -> dict[str, Any]:
    """Everything that is needed is opened and loaded before the lock, and the upload is read after it."""
    file = os.fdopen(0, "rb", closefd=False)
    outputs = {width: (folder / f"{width}.webp").open("wb") for width in WIDTHS}
    for module in PHOTO_CODE:
        import_module(module)
    import_module("PIL.Image").preinit()
    if kind not in FORMATS:
        lock()
        return photo(kind, file, outputs)
    for module in FILM_CODE:
        import_module(module)
    import_module("av.logging").set_level(None)
    clean = (folder / "film").open("wb")
    again = (folder / "film").open("rb")
    lock()
    return film(kind, file, clean, again, outputs)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    try:
        answer = main(sys.argv[1], Path(sys.argv[2]))
    except Refused as refused:
        answer = {"problem": str(refused)}
    sys.stdout.write(json.dumps(answer))
