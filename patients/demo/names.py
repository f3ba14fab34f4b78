"""Where the people of a large clinic live and what they are called: ordinary names of many countries, mixed freely."""

ZONES = (
    "Europe/Berlin", "Europe/London", "America/New_York", "Asia/Kolkata", "Europe/Warsaw", "America/Chicago",
    "Asia/Tokyo", "Europe/Madrid", "America/Los_Angeles", "Australia/Sydney", "Africa/Nairobi", "America/Sao_Paulo",
    "Asia/Kathmandu", "Europe/Istanbul", "Pacific/Auckland", "America/St_Johns", "Asia/Singapore", "Africa/Lagos",
    "America/Mexico_City", "Europe/Athens", "Asia/Dubai", "Australia/Lord_Howe", "America/Denver", "Pacific/Chatham",
)  # fmt: skip
GIVEN = (
    "Ada", "Amir", "Anouk", "Bela", "Carla", "Chidi", "Dario", "Elif", "Emeka", "Eva", "Finn", "Greta", "Hana",
    "Hugo", "Ines", "Ivo", "Jana", "Jonas", "Kofi", "Laila", "Lena", "Luca", "Mats", "Mei", "Mira", "Nia", "Noor",
    "Olga", "Omar", "Pavel", "Per", "Priya", "Rosa", "Ruth", "Sami", "Sofia", "Tara", "Tomas", "Uma", "Vera", "Wen",
    "Yara", "Yusuf", "Zoe",
)  # fmt: skip
FAMILY = (
    "Aalto", "Almeida", "Bauer", "Brandt", "Castro", "Chen", "Costa", "Dietz", "Dubois", "Eriksen", "Farkas",
    "Fischer", "Garcia", "Gupta", "Haddad", "Horvat", "Ivanova", "Jansen", "Kamau", "Keller", "Kim", "Kowalski",
    "Lindqvist", "Lopez", "Moreau", "Murphy", "Nakamura", "Novak", "Okafor", "Okonkwo", "Pereira", "Petrov", "Quist",
    "Rahman", "Rossi", "Sato", "Schmidt", "Silva", "Singh", "Tanaka", "Torres", "Ueda", "Virtanen", "Vogel", "Weber",
    "Weiss", "Wright", "Xu", "Yilmaz", "Zimmer",
)  # fmt: skip
PLACES = (
    "Lakeside", "Old Mill", "Riverbank", "Hillcrest", "Harbour", "Market Square", "Northgate", "Parkway", "Station",
    "Westend", "Orchard", "Bridge Street",
)  # fmt: skip
