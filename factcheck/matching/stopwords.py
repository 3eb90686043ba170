"""Words that carry nothing, by language; those that deny; and those that say how exact a number is.

The lists are short on purpose: function words, not words that are merely common, whose weight falls by
itself with the number of claims that have them. A language that has no list here works without.
"""

from __future__ import annotations

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


STOP_WORDS: Final = {
    "en": _words(
        "a about above after again against all also am amp an and any are as at be because been before "
        "being below between both but by can could did do does doing down during each even few for from "
        "further get got had has have having he her here hers herself him himself his how i if in into "
        "is it its itself just let like ll may me might more most much must my myself no nor not now of "
        "off on once one only or other our ours out over own re rt same shall she should so some such "
        "than that the their theirs them themselves then there these they this those through to too "
        "under until up upon us ve very via was we were what when where which while who whom whose why "
        "will with would yet you your yours yourself don doesn didn isn wasn aren weren won wouldn "
        "couldn shouldn hasn haven hadn"
    ),
    "de": _words(
        "aber als am an auch auf aus bei bin bis bist da damit dann das dass dein dem den der des die "
        "dies diese diesem diesen dieser dieses doch du durch ein eine einem einen einer eines er es für "
        "hat hatte hatten ich ihm ihn ihr ihre ihrem ihren ihrer im in ist ja kann können man mehr mein "
        "mit nach nicht noch nun nur ob oder ohne schon sehr sein seine seinem seinen seiner seit sich "
        "sie sind so über um und uns unser unter vom von vor war waren was wegen weil wenn werden wie "
        "wieder wir wird wurde wurden zu zum zur zwischen"
    ),
    "fr": _words(
        "à au aux avec c ce ces cet cette d dans de des du elle elles en est et été être eux il ils j je "
        "l la le les leur leurs lui m ma mais me même mes n ne nos notre nous on ont ou où par pas plus "
        "pour qu que qui s sa sans se ses si son sont sur t ta te tes toi ton tu un une vos votre vous y "
        "a ai avait avoir fait comme était"
    ),
    "es": _words(
        "a al algo ante antes como con contra cual cuando de del desde donde durante e el él ella ellas "
        "ellos en entre era es esa ese eso esta está están este esto estos fue ha han hasta hay la las "
        "le les lo los más me mi mucho muy nada ni no nos o otra otro para pero por porque que qué quien "
        "se ser si sí sin sobre son su sus también te tiene todo tu un una uno unos y ya yo"
    ),
    "it": _words(
        "a ad al alla alle agli ai anche che chi ci come con cui da dal dalla dei del della delle dello "
        "di e è ed era gli ha hanno ho i il in io l la le lei lo loro lui ma mi ne nei nel nella noi non "
        "o per perché più quale quando questa questo se sei si sia sono su sua sue sul sulla suo suoi ti "
        "tra tu un una uno vi voi"
    ),
    "pt": _words(
        "a ao aos as até com como da das de dela dele do dos e é ela elas ele eles em entre era essa "
        "esse esta está este eu foi foram há isso isto já lhe mais mas me mesmo meu minha muito na não "
        "nas nem no nos nós o os ou para pela pelo por qual quando que quem se sem ser seu sua são só "
        "também te tem um uma você"
    ),
    "nl": _words(
        "aan al als bij dan dat de der deze die dit door dus een en er ge geen haar had heb hebben heeft "
        "hem het hier hij hoe hun iemand iets ik in is ja je kan maar me meer men met mij mijn na naar "
        "niet nog nu of om omdat ons ook op over te tegen toch toen tot u uit van veel voor want waren "
        "was wat werd wie wij wil wordt worden zal ze zelf zich zij zijn zo zonder zou"
    ),
    "ru": _words(
        "а без бы был была были было быть в вам вас во вот все всё вы где да для до его ее её если есть "
        "еще ещё же за и из или им их к как ко когда кто ли мне мы на нас не него нее них но ну о об он "
        "она они оно от по под при с со так там то того тоже только ты у уже чего чем что чтобы эта эти "
        "это я"
    ),
}  # fmt: skip

# What denies: the words after it are said not to be so.
NEGATIONS: Final = {
    "en": _words(
        "not no never none nobody neither nor without cannot cant dont doesnt didnt isnt wasnt arent "
        "werent wont hasnt havent hadnt wouldnt couldnt shouldnt aint don't doesn't didn't isn't wasn't "
        "aren't weren't won't hasn't haven't hadn't wouldn't couldn't shouldn't can't ain't denies "
        "denied deny"
    ),
    "de": _words("nicht kein keine keinem keinen keiner keines nie niemals niemand ohne bestreitet"),
    "fr": _words("ne n pas jamais aucun aucune personne sans ni nie"),
    "es": _words("no nunca jamás nadie ningún ninguno ninguna sin ni niega"),
    "it": _words("non mai nessuno nessuna nessun senza né nega"),
    "pt": _words("não nunca jamais ninguém nenhum nenhuma sem nem nega"),
    "nl": _words("niet geen nooit niemand zonder ontkent"),
    "ru": _words("не нет никогда никто ни без отрицает"),
}

# How exact a number is, by the words that stand right before it; the kernel's qualifiers.
QUALIFIED: Final = {
    "about": _words(
        "about around some roughly approximately approx circa estimated etwa rund ungefähr environ cerca "
        "aproximadamente circa около примерно"
    ),
    "nearly": _words("nearly almost fast knapp presque casi quasi quase bijna почти"),
    "more_than": _words("over exceeding above exceeds über sobre più свыше более"),
    "at_least": _words("least mindestens minstens"),
    "up_to": _words("under below bis"),
}
# The same, said by two words: "more than", "fewer than".
QUALIFIED_BY_TWO: Final = {
    ("more", "than"): "more_than",
    ("greater", "than"): "more_than",
    ("mehr", "als"): "more_than",
    ("plus", "de"): "more_than",
    ("más", "de"): "more_than",
    ("mais", "de"): "more_than",
    ("at", "least"): "at_least",
    ("au", "moins"): "at_least",
    ("al", "menos"): "at_least",
    ("up", "to"): "up_to",
    ("fewer", "than"): "up_to",
    ("less", "than"): "up_to",
    ("close", "to"): "nearly",
}

# A number before or after one of these is part of a date or a name, and counts nothing.
MONTHS: Final = _words(
    "jan january january feb february mar march apr april may jun june jul july aug august sep sept "
    "september oct october nov november dec december januar februar märz mai juni juli oktober dezember "
    "janvier février mars avril juin juillet août septembre octobre novembre décembre enero febrero "
    "marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre января февраля марта "
    "апреля мая июня июля августа сентября октября ноября декабря am pm a.m p.m est edt gmt utc"
)
LABELS: Final = _words(
    "no nr number day part page chapter article amendment section title step volume episode season room "
    "gate flight channel route highway interstate area class grade version type level phase week tag "
    "teil seite kapitel artikel paragraf jour partie article"
)
MAGNITUDES: Final = {
    "hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12,
    "hundreds": 1e2, "thousands": 1e3, "millions": 1e6, "billions": 1e9, "trillions": 1e12,
    "k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9, "b": 1e9, "tn": 1e12,
    "tausend": 1e3, "millionen": 1e6, "milliarde": 1e9, "milliarden": 1e9,
    "mille": 1e3, "milliard": 1e9, "milliards": 1e9, "mil": 1e3, "millones": 1e6,
    "milioni": 1e6, "miliardi": 1e9, "milhão": 1e6, "milhões": 1e6, "bilhões": 1e9,
    "тысяч": 1e3, "тысячи": 1e3, "миллион": 1e6, "миллиона": 1e6, "миллионов": 1e6, "миллиардов": 1e9,
}  # fmt: skip
NUMERALS: Final = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40,
    "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
    "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6, "sieben": 7, "acht": 8, "neun": 9, "zehn": 10,
    "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5,
}  # fmt: skip
