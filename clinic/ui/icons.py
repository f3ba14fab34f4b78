"""Holdwell's own line icons, drawn on a 24-unit square; what goes inside the `<svg>`."""

# Those that lead somewhere: forward is where the reader reads on. What a player shows keeps its side everywhere.
WAYS = frozenset({"back", "next", "sign-out", "skip", "undo"})

ICONS: dict[str, str] = {
    "add": '<path d="M12 5v14M5 12h14"/>',
    "alert": '<path d="M12 4 2.8 20h18.4L12 4Z"/><path d="M12 10v4.5M12 17.2v.1"/>',
    "back": '<path d="M19 12H5M11 6l-6 6 6 6"/>',
    "bell": '<path d="M6 17V11a6 6 0 0 1 12 0v6l1.5 1.5h-15L6 17Z"/><path d="M10 21h4"/>',
    "calendar": '<path d="M4 6h16v14H4zM4 10.5h16M8.5 3.5V7M15.5 3.5V7"/>',
    "check": '<path d="m5 12.5 4.5 4.5L19 7.5"/>',
    "clock": '<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5l3.5 2"/>',
    "close": '<path d="m6 6 12 12M18 6 6 18"/>',
    "down": '<path d="m6 9.5 6 6 6-6"/>',
    "download": '<path d="M12 4v11M7 10.5l5 5 5-5M5 20h14"/>',
    "edit": '<path d="M5 19h3.5L19.5 8 16 4.5 5 15.5V19ZM13.5 7l3.5 3.5"/>',
    "grip": '<path d="M9 6h.1M15 6h.1M9 12h.1M15 12h.1M9 18h.1M15 18h.1"/>',
    "info": '<circle cx="12" cy="12" r="8.5"/><path d="M12 11v5.5M12 7.6v.1"/>',
    "language": (
        '<circle cx="12" cy="12" r="8.5"/><path d="M3.5 12h17M12 3.5c5 5 5 12 0 17M12 3.5c-5 5-5 12 0 17"/>'
    ),
    "library": '<path d="M12 7c-2-1.7-4.7-2.3-8-2v13c3.3-.3 6 .3 8 2 2-1.7 4.7-2.3 8-2V5c-3.3-.3-6 .3-8 2Zm0 0v13"/>',
    "lock": '<path d="M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3"/>',
    "mail": '<path d="M3.5 6h17v12.5h-17zM4 6.5l8 6.5 8-6.5"/>',
    "message": '<path d="M4 5h16v11.5H11L6.5 20v-3.5H4V5Z"/>',
    "minus": '<path d="M5 12h14"/>',
    "more": '<path d="M5.5 12h.1M12 12h.1M18.5 12h.1"/>',
    "mute": '<path d="M4 9.5v5h3.5L12 18.5v-13L7.5 9.5H4ZM16 9.5l5 5M21 9.5l-5 5"/>',
    "next": '<path d="M5 12h14M13 6l6 6-6 6"/>',
    "pause": '<path d="M8.5 5.5v13M15.5 5.5v13"/>',
    "people": (
        '<circle cx="9" cy="8.5" r="3.5"/><path d="M2.5 20c.5-4 3-6 6.5-6s6 2 6.5 6'
        'M15.5 5.3a3.5 3.5 0 0 1 0 6.4M18 14.7c2 .8 3.2 2.6 3.5 5.3"/>'
    ),
    "person": '<circle cx="12" cy="8" r="3.8"/><path d="M4.5 20.5c.6-4.5 3.5-6.5 7.5-6.5s6.9 2 7.5 6.5"/>',
    "phone": (
        '<path d="M5 4h4l1.5 4.5L8 10.5a12 12 0 0 0 5.5 5.5l2-2.5L20 15v4'
        'c0 .6-.4 1-1 1C11 20 4 13 4 5c0-.6.4-1 1-1Z"/>'
    ),
    "play": '<path d="M8 5v14l11-7L8 5Z"/>',
    "print": '<path d="M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z"/>',
    "progress": '<path d="M4 20h16M7 20v-6M12 20V9M17 20V4.5"/>',
    "report": '<path d="M6 3.5h8.5L18.5 8v12.5H6v-17ZM14 3.5V8h4.5M9 12.5h6.5M9 16h6.5"/>',
    "search": '<circle cx="10.5" cy="10.5" r="6"/><path d="m15 15 5 5"/>',
    "settings": (
        '<path d="M4 7h9M17 7h3M4 17h3M11 17h9"/><circle cx="15" cy="7" r="2.2"/><circle cx="9" cy="17" r="2.2"/>'
    ),
    "sign-out": '<path d="M14 4H5v16h9M10 12h10.5M17 8l4 4-4 4"/>',
    "skip": '<path d="M6 5v14l9-7-9-7ZM18.5 5v14"/>',
    "sound": '<path d="M4 9.5v5h3.5L12 18.5v-13L7.5 9.5H4ZM15.5 9a4.3 4.3 0 0 1 0 6M18 6.5a7.8 7.8 0 0 1 0 11"/>',
    "stop": '<path d="M6.5 6.5h11v11h-11z"/>',
    "team": '<circle cx="12" cy="8" r="3.5"/><path d="M5.5 20c.5-4 3-6 6.5-6s6 2 6.5 6M4 10.5v5M1.5 13h5"/>',
    "today": '<path d="M4 6h16v14H4zM4 10.5h16M8.5 3.5V7M15.5 3.5V7"/><path d="m8.8 15.2 2.2 2.2 4.2-4.2"/>',
    "up": '<path d="m6 14.5 6-6 6 6"/>',
    "undo": '<path d="M8.5 5 4 9.5 8.5 14M4 9.5h10.5a5 5 0 0 1 0 10H9"/>',
}

# Marks that tell a state by their shape alone; on a 12-unit square, filled with the current colour.
SHAPES: dict[str, str] = {
    "full": '<circle cx="6" cy="6" r="5" fill="currentColor"/>',
    "half": (
        '<circle cx="6" cy="6" r="4.25" fill="none" stroke="currentColor" stroke-width="1.5"/>'
        '<path d="M6 1.75a4.25 4.25 0 0 1 0 8.5Z" fill="currentColor"/>'
    ),
    "ring": '<circle cx="6" cy="6" r="4.25" fill="none" stroke="currentColor" stroke-width="1.5"/>',
    "dash": '<path d="M1.5 6h9" fill="none" stroke="currentColor" stroke-width="2"/>',
    "dots": (
        '<circle cx="6" cy="6" r="4.5" fill="none" stroke="currentColor" stroke-width="1.5" '
        'stroke-dasharray="1.6 1.93"/>'
    ),
    "triangle": '<path d="M6 .8 11.7 11H.3L6 .8Z" fill="currentColor"/>',
    "rise": '<path d="M6 1.5 11 9.5H1L6 1.5Z" fill="currentColor"/>',
    "fall": '<path d="M6 10.5 1 2.5h10L6 10.5Z" fill="currentColor"/>',
    "square": '<path d="M1.5 1.5h9v9h-9z" fill="currentColor"/>',
}
