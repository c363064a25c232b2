"""Columns that are made up, personal and not, to find the one and leave the other. No value is anybody's."""

import random
from collections.abc import Callable

import polars as pl
import pytest

ROWS = 400
# Half of these are not in words.toml: a list is never complete.
GIVEN = [
    *("Murugan", "Selvi", "Lakshmi", "Kumar", "Abdul", "Mary", "Saravanan", "Geetha", "Joseph", "Fathima"),
    *("Kaviyarasu", "Yazhini", "Thiyagu", "Oviya", "Nedumaran", "Poongavanam", "Chellamma", "Iniyan", "Vaitheki"),
]
PLACES = ["Ilanpettai", "Kurinjipuram", "Mullaikulam", "Neithalcheri", "Paalaipatti", "Thenralkuppam", "Kuyilmedu"]
STREETS = ["Lake Street", "Temple Road", "Big Bazaar St", "2nd Cross", "Nehru Nagar", "Mill Colony", "North Car Street"]
FIRMS = ["Sri Murugan Rice Mill", "Kaveri Textiles", "Anbu Stores", "M/s Thendral Spinners"]


def _phone(r: random.Random) -> str:
    return f"{r.choice('6789')}{r.randrange(10**9):09d}"


def _check_digit(number: str) -> str:
    """Verhoeff by the dihedral group of order ten itself, not by tables: reflections are the digits from five on."""

    def times(a: int, b: int) -> int:
        if a < 5:
            return (a + b) % 5 + (5 if b >= 5 else 0)
        return (a - b) % 5 + (0 if b >= 5 else 5)

    def permuted(digit: int, place: int) -> int:
        for _ in range(place % 8):
            digit = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)[digit]
        return digit

    check = 0
    for place, digit in enumerate(reversed(number), start=1):
        check = times(check, permuted(int(digit), place))
    return str(next(digit for digit in range(10) if times(check, digit) == 0))


def _aadhaar(r: random.Random) -> str:
    number = f"{r.randrange(2, 10)}{r.randrange(10**10):010d}"
    return number + _check_digit(number)


def _in_groups(number: str) -> str:
    return " ".join(number[place : place + 4] for place in (0, 4, 8))


def _pan(r: random.Random) -> str:
    def letters(count: int) -> str:
        return "".join(r.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=count))

    return f"{letters(3)}{r.choice('PPPPHFC')}{letters(1)}{r.randrange(10**4):04d}{letters(1)}"


def _name(r: random.Random) -> str:
    initial, given = r.choice("ABCDGKMNPRSTV"), r.choice(GIVEN)
    return r.choice(
        [f"{initial} {given}", f"{given} {initial}", f"{initial}.{given}".upper(), f"{given} {r.choice(GIVEN)}"]
    )


def _address(r: random.Random) -> str:
    return f"{r.randrange(1, 300)}{r.choice(['', 'A', '/2'])}, {r.choice(STREETS)}, {r.choice(PLACES)}"


def _digits(count: int) -> Callable[[random.Random], str]:
    return lambda r: f"{r.randrange(10**count):0{count}d}"


# Header -> how a value is made: what identifies a person, with what it is.
PERSONAL: dict[str, tuple[str, Callable[[random.Random], str]]] = {
    "CONS_NAME": ("name", _name),
    "Consumer Name": ("name", _name),
    "நுகர்வோர் பெயர்": ("name", lambda r: r.choice(["முருகன் செ", "கயல்விழி ரா", "லட்சுமி", "நிலவன் த", "பொன்னி"])),
    "NAME_OF_THE_OWNER": ("name", _name),
    "OwnerNm": ("name", _name),
    "FATHER_NAME": ("name", _name),
    "COL_7": ("name", _name),
    "PARTY": ("name", lambda r: r.choice(["Thiru ", "Tmt ", "Smt. ", ""]) + _name(r)),
    "FIRM": ("name", lambda r: r.choice(FIRMS) if r.random() < 0.2 else _name(r)),
    "பெயர்": ("name", _name),
    "ADDRESS": ("address", _address),
    "ADDR1": ("address", lambda r: f"{r.randrange(1, 90)}"),
    "முகவரி": ("address", _address),
    "DOOR_NO": ("address", lambda r: f"{r.randrange(1, 200)}/{r.randrange(1, 9)}"),
    "COL_8": ("address", _address),
    "LOCATION_TEXT": ("address", lambda r: f"D.No {r.randrange(1, 99)} {r.choice(STREETS)} {r.choice(PLACES)} Post"),
    "MOBILE": ("phone", _phone),
    "PH_NO": ("phone", lambda r: f"0{r.randrange(40, 47)}-{r.randrange(10**7):07d}"),
    "Contact No.": ("phone", lambda r: "98****" + _digits(4)(r)),
    "கைபேசி எண்": ("phone", _phone),
    "COL_9": ("phone", _phone),
    "ALT": ("phone", lambda r: f"+91 {_phone(r)}"),
    "CELL": ("phone", lambda r: f"{_phone(r)[:5]} {_digits(5)(r)}"),
    "FIELD1": ("phone", lambda r: f"044-{r.randrange(2 * 10**7, 3 * 10**7)}"),
    "REMARKS_1": ("phone", lambda r: f"call +91-{_phone(r)} before" if r.random() < 0.05 else "door locked"),
    "EMAIL_ID": ("e-mail", lambda r: f"{r.choice(GIVEN).lower()}{r.randrange(99)}@example.org"),
    "REMARKS_2": ("e-mail", lambda r: f"write to {r.choice(GIVEN)}@example.in" if r.random() < 0.03 else "ok"),
    "UPI": ("e-mail", lambda r: f"{_phone(r)}@okbank"),
    "AADHAAR_NO": ("aadhaar", _aadhaar),
    "ID2": ("aadhaar", _aadhaar),
    "ID3": ("aadhaar", lambda r: _in_groups(_aadhaar(r))),
    "ADHAR": ("aadhaar", lambda r: "xxxxxxxx" + _digits(4)(r)),
    "PAN_NO": ("pan", _pan),
    "TAX_ID": ("pan", _pan),
    "GST": ("document", lambda r: f"33{_pan(r)}1Z{r.randrange(10)}"),
    "CODE_B": ("document", lambda r: f"33{_pan(r)}1Z{r.randrange(10)}"),
    "RATION_CARD_NO": ("document", _digits(12)),
    "DOB": ("person", lambda r: f"{r.randrange(1, 28):02d}-{r.randrange(1, 12):02d}-{r.randrange(1940, 2005)}"),
    "LATITUDE": ("coordinates", lambda r: f"{r.uniform(10, 12):.6f}"),
    "LONG": ("coordinates", lambda r: f"{r.uniform(76, 79):.6f}"),
    "GEO": ("coordinates", lambda r: f"{r.uniform(10, 12):.5f}, {r.uniform(76, 79):.5f}"),
    "cust_nm": ("name", _name),
    "CUSTOMER": ("name", _name),
    "Beneficiary": ("name", _name),
    "READER": ("name", _name),
    "AE_NAME": ("name", _name),
    "Lower": ("name", lambda r: _name(r).lower()),
    "REMARKS_3": ("name", lambda r: f"Consumer {_name(r)} says meter ok"),
    "NAMEADDR": ("address", _address),
    "Addr Line 2": ("address", lambda r: r.choice(PLACES)),
    "Premises": ("address", _address),
    "PIN CODE": ("address", lambda r: f"6{r.randrange(10**5):05d}"),
    "SMS No": ("phone", _phone),
    "WhatsApp": ("phone", _phone),
    "UID No": ("aadhaar", _aadhaar),
    "voter_id": ("document", lambda r: f"ABC{r.randrange(10**7):07d}"),
    "BANK_ACC_NO": ("document", _digits(12)),
    "X_GPS": ("coordinates", lambda r: f"{r.uniform(10, 12):.6f}"),
    "PLACE": ("coordinates", lambda r: f"({r.uniform(10, 12):.5f},{r.uniform(76, 79):.5f})"),
}

_counter = iter(range(10**9))

# What identifies nobody, and is easily taken for it.
HARMLESS: dict[str, Callable[[random.Random], str]] = {
    "SC_NO": lambda r: f"04-{r.randrange(999):03d}-{r.randrange(9999):04d}",
    "USC No": lambda r: f"1{r.randrange(10**8):08d}",
    "CONSUMER_NO_12": _digits(12),
    "SERVICE_10": lambda r: f"{r.choice('6789')}{r.randrange(10**9):09d}",
    "METER_NO": lambda r: f"{r.choice('6789')}{r.randrange(10**9):09d}",
    "MTR_SERIAL": lambda r: f"TNB{r.randrange(10**7):07d}",
    "DEVICE_ID": _digits(12),
    "RRNO": lambda r: f"90{r.randrange(10**8):08d}",
    "RUNNING": lambda r: f"{9_000_000_000 + next(_counter)}",
    "IR": lambda r: str(r.randrange(10**5)),
    "FR": lambda r: str(r.randrange(10**5)),
    "INDEX_LONG": lambda r: str(r.randrange(6 * 10**9, 10**10)),
    "KWH": lambda r: str(r.randrange(900)),
    "AMOUNT": lambda r: f"{r.uniform(10, 9000):.2f}",
    "ENERGY_WH": lambda r: str(r.randrange(10**9, 10**10)),
    "LOAD_KW": lambda r: f"{r.uniform(8, 37):.4f}",
    "PF": lambda r: f"{r.uniform(0.6, 1):.4f}",
    "MF": lambda r: r.choice(["1", "20", "40"]),
    "CMD": lambda r: r.choice(["5", "10", "112"]),
    "SL": lambda r: r.choice(["0.5", "1", "2.2"]),
    "FEEDER_NAME": lambda r: f"11KV {r.choice(PLACES)} F{r.randrange(4)}",
    "FEEDER": lambda r: f"11 KV {r.choice(['LAKE ROAD', 'K PUDUR', 'ANNA NAGAR'])} FEEDER",
    "DTR_NAME": lambda r: f"{r.choice(PLACES)} SS {r.randrange(40)}",
    "SECTION": lambda r: f"{r.randrange(1, 99):03d} {r.choice(PLACES)}",
    "SECTION NAME": lambda r: r.choice(["T NAGAR", "K PUDUR", "GANDHIPURAM", "ANNA NAGAR", "LAKSHMIPURAM"]),
    "OFFICE": lambda r: r.choice(
        ["T NAGAR", "K PUDUR", "GANDHI NAGAR", "ANNA NAGAR EAST", "LAKSHMIPURAM", "MGR NAGAR"]
    ),
    "SS": lambda r: f"33/11 KV {r.choice(['GANDHI NAGAR', 'MILL ROAD'])} SS",
    "DISTRICT": lambda r: r.choice(["Madurai", "Erode", "Salem", "Dharmapuri", "Krishnagiri", "Theni", "Ariyalur"]),
    "VILLAGE_NAME": lambda r: r.choice(PLACES),
    "TARIFF": lambda r: r.choice(["I-A", "III-B", "V"]),
    "TARIFF_NAME": lambda r: r.choice(["Domestic", "Hut", "Commercial", "Cottage industry"]),
    "CATEGORY": lambda r: r.choice(["DOMESTIC", "COMMERCIAL", "INDUSTRY"]),
    "METER_MAKE": lambda r: r.choice(["Genus", "Secure", "HPL", "Larsen", "Bhavani", "Dhruva"]),
    "METER_ADDRESS": lambda r: f"{r.randrange(1, 247)}",
    "MAC ADDRESS": lambda r: ":".join(f"{r.randrange(256):02X}" for _ in range(6)),
    "PHONE_VERIFIED": lambda r: r.choice("YN"),
    "MOBILE": lambda r: r.choice("YN"),
    "CONTACT": lambda r: r.choice(["NO", "NC"]),
    "NAME": lambda r: r.choice(["LT-I", "LT-II", "HT-I"]),
    "EMAIL_STATUS": lambda r: r.choice(["sent", "failed"]),
    "MTR_STATUS": lambda r: r.choice(["OK", "DF", "MC", "NM"]),
    "READ_CODE": lambda r: r.choice(["N", "DL", "AB"]),
    "READER_REMARK": lambda r: r.choice(
        ["DOOR LOCKED", "METER NEAR GATE", "GLASS BROKEN", "NORMAL", "MAIN OFF", "NO ENTRY"]
    ),
    "BILL_DATE": lambda r: f"{r.randrange(1, 28):02d}-{r.randrange(1, 12):02d}-2024",
    "READ_TIME": lambda r: f"2024-0{r.randrange(1, 9)}-11 10:{r.randrange(60):02d}:00",
    "BILL_NO": lambda r: str(r.randrange(6 * 10**9, 10**10)),
    "RECEIPT": lambda r: str(r.randrange(6 * 10**9, 10**10)),
    "SEAL_NO": lambda r: f"{r.choice('AB')}{r.randrange(10**6):06d}",
    "EVENT_CODE": lambda r: r.choice(["51", "201", "251"]),
    "GRID_KM": lambda r: f"{r.uniform(9, 10):.2f} {r.uniform(82, 83):.2f}",
    "POLE_NO": lambda r: f"{r.randrange(1, 90)}/{r.randrange(1, 20)}",
    "ROUTE": lambda r: f"R{r.randrange(40):03d}",
    "PHASE": lambda r: r.choice("13"),
    "ADD_KWH_COUNT": lambda r: str(r.randrange(90)),
    "LINE_LAT_MS": lambda r: str(r.randrange(90)),
    "BANK": lambda r: r.choice(["INDIAN BANK", "SBI", "CANARA BANK"]),
    "TXN_REF": _digits(12),
    "TRANSFORMER": lambda r: f"D{r.randrange(99):03d}-{r.randrange(99):03d}",
    "UNIT": lambda r: r.choice(["kWh", "Wh"]),
    "SERNO": lambda r: str(r.randrange(6 * 10**9, 10**10)),
    "MTRNO": lambda r: str(r.randrange(6 * 10**9, 10**10)),
    "KWHABS": lambda r: str(r.randrange(6 * 10**9, 10**10)),
    "UID": lambda r: f"{r.randrange(10**6):06d}",
    "add": lambda r: f"{r.uniform(0, 9):.1f}",
    "Premise ID": lambda r: f"{r.randrange(10**9):09d}",
    "Fdr": lambda r: r.choice(["Rajan", "Lakshmi Mills", "Kumar Spinning", "Mary Convent", "Anna Univ", "Ravi Tex"]),
    "Division": lambda r: r.choice(
        ["Raj Nagar", "Rani Bagh", "Das Colony", "Singh Market", "Mani Nagar", "Patel Park"]
    ),
    "House Type": lambda r: r.choice(["Hut", "Flat"]),
    "Street Light Load": lambda r: f"{r.uniform(0, 9):.1f}",
    "CONTACT_DEMAND": lambda r: str(r.randrange(100)),
    "Tenant": lambda r: r.choice("YN"),
    "PAN": lambda r: r.choice(["IN", "OUT"]),
    "PH": lambda r: r.choice(["1PH", "3PH"]),
    "Meter Location": lambda r: r.choice(["INSIDE", "OUTSIDE", "POLE", "NEAR DOOR"]),
    "PURPOSE": lambda r: r.choice(
        ["Street light", "Residential flat", "Main office", "Village panchayat", "Post office"]
    ),
    "Owner": lambda r: r.choice(["Utility", "Consumer"]),
    "IMEI": _digits(15),
    "Scheme": lambda r: r.choice(["Kutir Jyoti", "Ram Jyoti"]),
    "Event": lambda r: f"Cover open {r.randrange(1, 28):02d}-01-24",
    "CURR_RDG": lambda r: str(r.randrange(6 * 10**9, 10**10)),
    "long_term_avg": lambda r: f"{r.uniform(0, 300):.5f}",
    "SEGMENT": lambda r: r.choice(["A KRISHI", "B SHAHARI"]),
}


@pytest.fixture(scope="session")
def personal_columns() -> dict[str, tuple[str, pl.Series]]:
    """Header -> what it holds, and values."""
    r = random.Random(20240611)
    return {name: (what, pl.Series(name, [make(r) for _ in range(ROWS)])) for name, (what, make) in PERSONAL.items()}


@pytest.fixture(scope="session")
def harmless_columns() -> dict[str, pl.Series]:
    r = random.Random(20240612)
    return {name: pl.Series(name, [make(r) for _ in range(ROWS)]) for name, make in HARMLESS.items()}
