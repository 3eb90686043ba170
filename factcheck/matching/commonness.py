"""How common words are where nobody has counted yet.

A few claims tell nothing about which words are rare: on a new desk "says" would be as telling as a name.
So every desk counts as if it had IMAGINED claims more, in which the words that any news is full of stand as
often as they do in news. On a large desk that changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from factcheck.matching.words import words_of

IMAGINED: Final = 1_000
# The share of short news texts that have such a word, by order of magnitude.
_IN_MANY: Final = 0.05
_IN_SOME: Final = 0.02

_MANY: Final = (
    "say says said people year new man woman show president video photograph photo picture state claim "
    "time one two first make day government news report world country take go get come tell percent "
    "million"
)
_SOME: Final = (
    "according ago ahead air allow announce another ask attack authority away back bad become begin "
    "believe big billion black board body break breaking bring build business call campaign capital car "
    "care case cause center change charge child children city close come comment company confirm "
    "continue control cost could court create crisis current cut data dead deal death decision deny die "
    "died do doctor document earlier early east election end even event ever evidence expect face fact "
    "fake false family far father federal few fight file find fire five food force foreign former four "
    "free friend full game general girl give good great group grow gun hand happen happened hard head "
    "health hear help high history hold home hospital hour house however hundred image important "
    "include increase information inside international issue join keep kill killed kind know large last "
    "late later law lead leader learn leave left level life light line list little live local long look "
    "lose lot low major many market may mean media meet member message military minister ministry "
    "minute money month morning mother move name nation national near need network never night north "
    "number offer office official old online open order organization page part party pass pay "
    "percentage person place plan play point police policy political politician poor popular population "
    "post power press prove public publish put question read real reason receive record recent red "
    "release remain response rest result reveal right rise rule run save school secret secretary "
    "security see send senior service set several share shot shut sign small social south spokesman "
    "start statement stay stop story street strong student study support sure system talk team test "
    "thing think third thousand thousands three today tomorrow top total town trade true truth try turn "
    "tweet united use victim viral visit vote wait want war warn watch water way week west white win "
    "word work worker write wrong yesterday young"
)
_SHARES: Final = {
    **{word.stem: _IN_SOME for word in words_of(_SOME, "en")},
    **{word.stem: _IN_MANY for word in words_of(_MANY, "en")},
}


def counted(stems: Collection[str], frequencies: Mapping[str, int]) -> dict[str, float]:
    """Give how many claims have each stem, the imagined ones among them.

    Args:
        frequencies: how many of the desk's claims have it, if any.
    """
    return {stem: frequencies.get(stem, 0) + IMAGINED * _SHARES.get(stem, 0.0) for stem in stems}
