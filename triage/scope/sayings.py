"""How what was heard falls into sentences, and the words that are neither a name nor a medicine."""

from __future__ import annotations

import re
from typing import Final

SAYING: Final = re.compile(r"(?<=\w{3})[.;!?]+\s+|\s+[-\u2013\u2014]+\s+|\.{2,}\s*|\u2026\s*")
EXCLAIMED: Final = re.compile(r"(?<![^.;!?])[^.;!?]*!")  # begins where a sentence does: linear in the text
COMMON_WORDS: Final = frozenset(
    "yes no yeah calling sorry sick sure here looking trying just not the a an my going having in at afraid fine good ok okay on by to with about "
    "appointment doctor nurse clinic hello hi i i'm it's i've i'd i'll that's what who when don't can't and or but so um uh well for of from as is was "
    "back later whenever anytime speaking again please thanks thank you your name first last full spelled born date birth because need want would like could can do have "
    "january february march april june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec mon tue "
    "tues wed thu thurs fri sat sun gonna thinking dining sitting "
    "given family anyhow anyway anyways had monday tuesday wednesday thursday friday saturday sunday tomorrow today next week this that there one two three four five six seven eight "
    "nine ten running almost out late early new old patient wondering phoning actually really very too also still ready done over him her "
    "them me us we he she they it its his their our how why where which whether if then than maybe kind sort pretty quite cancel reschedule refill "
    "book move message office office's afternoon morning evening all everything nothing something only right wrong correct".split()
)
