"""Times, days and digits in Spanish as they are said, in pieces that can be recorded one by one. Pure. Not reviewed by a native speaker.

Mexican usage: twelve hours with the part of the day, "y media", the day before the month.
"""

from __future__ import annotations

from datetime import datetime

PARTS_OF_DAY = ("de la madrugada", "de la mañana", "de la tarde", "de la noche")
TODAY, TOMORROW = "hoy", "mañana"
_HOURS = "una dos tres cuatro cinco seis siete ocho nueve diez once doce".split()
_DAYS = "lunes martes miércoles jueves viernes sábado domingo".split()
_MONTHS = "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split()
_DIGITS = "cero uno dos tres cuatro cinco seis siete ocho nueve".split()
_NUMBERS = [
    "primero", *_DIGITS[2:], "diez", "once", "doce", "trece", "catorce", "quince", "dieciséis", "diecisiete", "dieciocho",
    "diecinueve", "veinte", "veintiuno", "veintidós", "veintitrés", "veinticuatro", "veinticinco", "veintiséis", "veintisiete",
    "veintiocho", "veintinueve", "treinta", "treinta y uno",
]  # fmt: skip
_MINUTES = {
    5: "cinco", 10: "diez", 15: "quince", 20: "veinte", 25: "veinticinco", 30: "media", 35: "treinta y cinco", 40: "cuarenta",
    45: "cuarenta y cinco", 50: "cincuenta", 55: "cincuenta y cinco",
}  # fmt: skip


def hours() -> list[str]:
    return [f"{'la' if hour == 'una' else 'las'} {hour}" for hour in _HOURS]


def minutes() -> list[str]:
    return [f"y {word}" for word in _MINUTES.values()]


def days() -> list[str]:
    return [form for day in _DAYS for form in (day, f"el {day}")]


def numbers() -> list[str]:
    """Of days in a month: the first is an ordinal."""
    return list(_NUMBERS)


def months() -> list[str]:
    return [f"de {month}" for month in _MONTHS]


def digits() -> list[str]:
    return list(_DIGITS)


def clock(by: datetime, now: datetime) -> str:
    """A moment, rounded to five minutes, as seen from `now`; both in the clinic's zone."""
    hour = hours()[(by.hour - 1) % 12]
    minute = f" y {_MINUTES[by.minute]}" if by.minute else ""
    part = PARTS_OF_DAY[0 if by.hour < 6 else 1 if by.hour < 12 else 2 if by.hour < 19 else 3]
    match (by.date() - now.date()).days:
        case 0:
            day = TODAY
        case 1:
            day = f"{TOMORROW} {_DAYS[by.weekday()]}"
        case _:
            day = f"el {_DAYS[by.weekday()]} {_NUMBERS[by.day - 1]} de {_MONTHS[by.month - 1]}"
    return f"{hour}{minute} {part}, {day}"


def number(spoken: str) -> str:
    """ "6 4 2, 5 5 5" in words."""
    return "".join(_DIGITS[int(letter)] if letter.isdecimal() else letter for letter in spoken)
