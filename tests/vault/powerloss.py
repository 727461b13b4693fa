"""What a disk may hold after a power loss, made from the journal of everything that a vault wrote (faults.c).

What a file's last sync covered is there. Of what was written after it, each piece may be there, be missing or be torn at a sector,
in any order; a cut (ftruncate) and a rename may have happened or not, renames in their order. Shared memory is gone.
(Pillai et al., All File Systems Are Not Created Equal, OSDI 2014, calls these the block- and prefix-level failures.)"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SECTOR = 512
HEAD = struct.Struct("<ciqq")


@dataclass(frozen=True, slots=True)
class Act:
    """`kind`: W written, S synced, T cut to `offset`, R renamed to `data`, U removed, A acknowledged up to `offset` entries."""

    kind: str
    name: str
    offset: int
    data: bytes


@dataclass(slots=True)
class Disk:
    """What is certain, and what is not yet."""

    files: dict[str, bytearray]
    loose: dict[str, list[Act]] = field(default_factory=dict)
    renames: list[Act] = field(default_factory=list)

    def do(self, act: Act) -> None:
        match act.kind:
            case "W" | "T":
                self.files.setdefault(act.name, bytearray())
                self.loose.setdefault(act.name, []).append(act)
            case "S":
                for one in self.loose.pop(act.name, []):
                    apply(self.files[act.name], one)
            case "R":
                target = act.data.decode()
                self.files[target] = self.files.pop(act.name, bytearray())
                self.loose[target] = self.loose.pop(act.name, [])
            case "U":
                self.files.pop(act.name, None)
                self.loose.pop(act.name, None)

    def lost(self, chance: random.Random) -> dict[str, bytes]:
        """The files as this power loss leaves them."""
        left = {}
        for name, content in self.files.items():
            after = bytearray(content)
            for act in torn(self.loose.get(name, []), chance):
                apply(after, act)
            left[name] = bytes(after)
        return left


def apply(content: bytearray, act: Act) -> None:
    if act.kind == "T":
        del content[act.offset :]
        content.extend(bytes(act.offset - len(content)))
        return
    if act.offset > len(content):
        content.extend(bytes(act.offset - len(content)))
    content[act.offset : act.offset + len(act.data)] = act.data


def torn(acts: list[Act], chance: random.Random) -> Iterator[Act]:
    """Those of `acts` that reached the disk: none, all up to one that is torn, or any, in any order, some of them torn."""
    manner = chance.choice(("none", "beginning", "any"))
    if manner == "none":
        return
    if manner == "beginning":
        kept = chance.randint(0, len(acts))
        yield from acts[:kept]
        if kept < len(acts):
            yield from _part(acts[kept], chance)
        return
    for act in acts:  # what lies on top of the same sectors stays in order
        if (luck := chance.random()) < 0.5:
            yield act
        elif luck < 0.75:
            yield from _part(act, chance)


def _part(act: Act, chance: random.Random) -> Iterator[Act]:
    """Some sectors of one write. A cut is whole or not at all."""
    if act.kind != "W":
        return
    first = act.offset - act.offset % SECTOR
    for at in range(first, act.offset + len(act.data), SECTOR):
        if chance.random() < 0.5:
            begin, end = max(at, act.offset), min(at + SECTOR, act.offset + len(act.data))
            yield Act("W", act.name, begin, act.data[begin - act.offset : end - act.offset])


def read(journal: Path) -> list[Act]:
    content, at, acts = journal.read_bytes(), 0, []
    while at < len(content):
        kind, named, offset, length = HEAD.unpack_from(content, at)
        at += HEAD.size
        name = content[at : at + named].decode()
        acts.append(Act(kind.decode(), name, offset, content[at + named : at + named + length]))
        at += named + length
    return acts


def images(journal: Path, begun: Path, life: Path, count: int, seed: int) -> Iterator[tuple[int, dict[str, bytes]]]:
    """`count` power losses at random moments of the journal of `life`, which began as `begun`: (entries acknowledged before it, files
    by their names without folder)."""
    chance = random.Random(seed)
    acts = read(journal)
    disk = Disk({str(life / file.name): bytearray(file.read_bytes()) for file in begun.iterdir()})
    moments = sorted(chance.randrange(len(acts) + 1) for _ in range(count))
    done = acknowledged = 0
    for moment in moments:
        for act in acts[done:moment]:
            if act.kind == "A":
                acknowledged = act.offset
            else:
                disk.do(act)
        done = moment
        yield acknowledged, {Path(name).name: content for name, content in disk.lost(chance).items()}
