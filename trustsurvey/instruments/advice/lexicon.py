"""The words of French, Dutch and English that the rules look for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["LEXICONS", "Lexicon"]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Regular expressions, for text in small letters with straight apostrophes.

    Parameters
    ----------
    conjunction : str
        "And".
    either_or_both : str
        "And/or".
    pairs : str
        Things joined by "and" that are one thing: *day and night*, *you and your family*, *between a and b*.
    mutual : str
        Words for what two do to each other, so that "and" joins one pair.
    negation : str
    not_negation : str
        What looks like a negation and denies nothing: *whether or not*, *not only*.
    subordinate : str
        Words that open a clause in which a negation does not turn the statement round.
    without : str
        "Without" and other words that deny beside a negation.
    leading : str
        Words that push towards an answer.
    absolute : str
        "Always" and "never".
    agreement : str
        What labels of a scale of agreement share.
    positive, negative : str
        Adjectives of labels at the two sides of a scale.
    denied : str
        What turns a positive label into a negative one.
    neutral : str
    least, most : str
        Labels at the ends of a scale of frequency or amount.
    knowledge : str
        What asks what somebody knows.
    others : str
        Other people that somebody is asked about.
    event : str
        What asks whether something happened.
    period : str
        Words that say when, or to what an event belongs.
    small_words : str
        Words that nearly every sentence holds and the other languages do not have.
    open_range, below, at_most, above, from_on : str
        What joins two numbers to a range, or stands before or after one number that limits it.
    """

    conjunction: str
    either_or_both: str
    pairs: str
    mutual: str
    negation: str
    not_negation: str
    subordinate: str
    without: str
    leading: str
    absolute: str
    agreement: str
    positive: str
    negative: str
    denied: str
    neutral: str
    least: str
    most: str
    knowledge: str
    others: str
    event: str
    period: str
    small_words: str
    open_range: str
    below: str
    at_most: str
    above: str
    from_on: str


FRENCH = Lexicon(
    conjunction=r"et",
    either_or_both=r"\bet\s?/\s?ou\b",
    pairs=(
        r"\b(?:jour|nuit|soir|matin) et (?:nuit|jour|matin|soir)\b|\bentre (?:\S+ ){1,6}?et\b|\bet (?:plus|davantage)\b"
        r"|\bvous et (?:votre|vos|les)\b|\bva-et-vient\b|\ballers? et (?:venues|retours?)\b|\bplus et plus\b"
        r"|\bordre et (?:la )?sécurité\b|\bpoids et mesures\b|\bnoms? et (?:prénoms?|adresses?)\b|\bheures? et quart\b"
        r"|\bparents? et (?:leurs )?enfants?\b|\bpar-ci et par-là\b|\bà la fois .* et\b|\bet de lutte\b"
        r"|\bfrères et sœurs\b|\bdroits et (?:\S+ )?(?:devoirs|obligations)\b|\bhommes et (?:\S+ )?femmes\b"
        r"|\bfemmes et (?:\S+ )?hommes\b|\bprénoms? et (?:\S+ )?noms?\b|\bnoms? et (?:\S+ )?prénoms?\b"
        r"|\b(?:amis|famille|proches) et (?:\S+ )?(?:amis|famille|proches|connaissances)\b|\bpour et (?:\S+ )?contre\b"
        r"|\bet (?:inversement|vice versa)\b"
    ),
    mutual=r"\b(?:mutuel\w*|réciproque\w*|ensemble|l'une? (?:et )?l'autre)\b",
    negation=r"\bn(?:e |')(?:\S+ ){1,4}?(?:pas|plus|jamais|rien|aucune?|personne|guère)\b|\bpas (?:assez|du tout|de)\b",
    not_negation=r"\bpas seulement\b|\bne? ?\S* pas (?:que|seulement)\b|\bou pas\b",
    subordinate=(
        r"\b(?:si|quand|lorsqu|parce|car|même|bien qu|afin|pour qu|sauf|tant qu|dès|puisqu|qui|dont|où)\b|\bs'il\b"
    ),
    without=r"\b(?:sans|impossible|inacceptable|inutile|injuste|improbable|anormal)\b",
    leading=(
        r"\bn'est-ce pas\b|\bne (?:pensez|trouvez|croyez|estimez)-vous pas\b|\bne faudrait-il pas\b"
        r"|\bne devrait-(?:on|il|elle) pas\b|\bbien sûr\b|\bbien entendu\b|\bévidemment\b"
        r"|\bcomme (?:chacun|on) (?:le )?sait\b"
        r"|\bil est (?:clair|évident) que\b|\btout le monde sait\b|\bne serait-il pas (?:normal|mieux)\b"
    ),
    absolute=r"\b(?:toujours|jamais)\b",
    agreement=r"\bd['’]accord\b",
    positive=(
        r"\b(?:d['’]accord|satisfaite?s?|satisfaisante?s?|bonne?s?|bien|excellente?s?|faciles?|probables?|en sécurité"
        r"|favorables?|positi(?:f|ve)s?|mieux|meilleure?s?|justes?|acceptables?|utiles?|efficaces?|confiante?s?)\b"
    ),
    negative=(
        r"\b(?:insatisfaite?s?|insatisfaisante?s?|mécontente?s?|mauvaise?s?|mal|médiocres?|difficiles?"
        r"|improbables?|peu probables?|insécurité|défavorables?|négati(?:f|ve)s?|pires?|injustes?|inacceptables?"
        r"|inutiles?|inefficaces?|en désaccord)\b"
    ),
    denied=r"\b(?:pas|moins|(?<!un )peu|aucune?ment|guère)\b",
    neutral=r"\bni\b|\bmoyen(?:ne)?s?\b|\bneutres?\b|\bmitigée?s?\b|\bpartagée?s?\b|\bsans avis\b",
    least=r"^(?:jamais|pas du tout|aucune?ment|nullement|aucune?)\b",
    most=r"^(?:toujours|tout à fait|entièrement|totalement|énormément|beaucoup|complètement|extrêmement)\b",
    knowledge=r"\b(?:savez-vous|connaissez-vous|sauriez-vous|saviez-vous|à quel point connaissez)\b",
    others=r"\bvotre (?:mère|père|conjointe?|partenaire|compagn(?:e|on)|chef|cheffe)\b|\bla plupart des gens\b",
    event=r"\b(?:avez-vous|vous est-il|êtes-vous|combien de fois|s'est-elle|a-t-elle|a-t-on)\b",
    period=(
        r"\b(?:mois|ans?|années?|semaines?|jours?|heures?|hier|aujourd'hui|depuis|déjà|jamais|dernière?s?|dernièrement"
        r"|récemment|cette|ces|cet|ce|lors|pendant|durant|cours|avant|après|ensuite|actuellement|maintenant|vie"
        r"|habituellement|en général)\b|\b(?:19|20)[0-9]{2}\b"
    ),
    small_words=r"le|la|les|des|du|une|est|sont|vous|votre|vos|que|qui|pour|dans|avec|sur|aux?|cette|ce|et|ou|à",
    open_range=r"(?:à|et|-|–|a)",
    below=r"\bmoins de",
    at_most=r"\b(?:jusqu'à|au plus|maximum)",
    above=r"\bplus de",
    from_on=r"(?:et plus|ou plus|et davantage|ou davantage)",
)

DUTCH = Lexicon(
    conjunction=r"en",
    either_or_both=r"\ben\s?/\s?of\b",
    pairs=(
        r"\b(?:dag|nacht|avond) en (?:nacht|dag|ochtend)\b|\btussen (?:\S+ ){1,6}?en\b|\ben (?:ouder|meer|hoger)\b"
        r"|\bu en (?:uw|de|het)\b|\bmeer en meer\b|\borde en (?:rust|veiligheid)\b|\bnaam en (?:voornaam|adres)\b"
        r"|\bouders? en (?:hun )?kind(?:eren)?\b|\baf en toe\b|\bzowel .* en\b"
        r"|\been en ander\b|\ben strijd\b|\bbroers en zussen\b|\brechten en (?:\S+ )?plichten\b"
        r"|\bmannen en (?:\S+ )?vrouwen\b|\bvrouwen en (?:\S+ )?mannen\b|\bvoornaam en (?:\S+ )?naam\b"
        r"|\b(?:vrienden|familie) en (?:\S+ )?(?:vrienden|familie|kennissen)\b|\bnormen en waarden\b|\bjong en oud\b"
        r"|\bvoor en tegen\b|\ben (?:omgekeerd|vice versa)\b"
    ),
    mutual=r"\b(?:elkaar|wederzijdse?|samen)\b",
    negation=r"\b(?:niet|geen|nooit|niemand|nergens|niets)\b(?!-)",
    not_negation=r"\bniet alleen\b|\bof niet\b|\bniet in het minst\b",
    subordinate=(
        r"\b(?:als|wanneer|omdat|want|ook al|hoewel|tenzij|terwijl|zodat|voordat|nadat|zolang|die|waar|indien)\b"
    ),
    without=r"\b(?:zonder|onmogelijk|onaanvaardbaar|onrechtvaardig|onwaarschijnlijk|onnodig|abnormaal)\b",
    leading=(
        r"\bvindt u (?:ook )?niet\b|\bdenkt u niet\b|\bzou (?:u|men|het|de politie) niet\b|\bnatuurlijk\b|\buiteraard\b"
        r"|\bvanzelfsprekend\b|\btoch\s?\?|\bzoals iedereen weet\b|\bhet is duidelijk dat\b|\bzoals u weet\b"
    ),
    absolute=r"\b(?:altijd|nooit)\b",
    agreement=r"\b(?:eens|oneens|akkoord)\b",
    positive=(
        r"\b(?:eens|akkoord|tevreden|goede?|uitstekende?|(?:ge)?makkelijke?|waarschijnlijke?|veilige?|gunstige?"
        r"|positie(?:f|ve|ver)|beter|veiliger|rechtvaardige?|aanvaardbare?|nuttige?|doeltreffende?)\b"
    ),
    negative=(
        r"\b(?:oneens|ontevreden|slechte?|matige?|moeilijke?|onwaarschijnlijke?|onveilige?|ongunstige?|negatie(?:f|ve|ver)|slechter"
        r"|onrechtvaardige?|onaanvaardbare?|nutteloze?|ondoeltreffende?)\b"
    ),
    denied=r"\b(?:niet|minder|weinig|geenszins)\b",
    neutral=r"\bnoch\b|\bneutra(?:al|le)\b|\bgemiddelde?\b|\btussenin\b|\bniet .* (?:en )?niet\b",
    least=r"^(?:nooit|helemaal niet|geenszins|geen)\b",
    most=r"^(?:altijd|helemaal|volledig|heel veel|uiterst|volkomen)\b(?! niet| geen)",
    knowledge=r"\b(?:weet u|wist u|kent u|in welke mate kent)\b",
    others=r"\buw (?:moeder|vader|partner|echtgeno(?:ot|te)|leidinggevende)\b|\bde meeste mensen\b",
    event=r"\b(?:hebt u|heeft u|bent u|werd u|hoe ?vaak|hoeveel keer|heeft de politie|is de politie)\b",
    period=(
        r"\b(?:maand(?:en)?|ja(?:ar|ren)|we(?:ek|ken)|dag(?:en)?|u(?:ur|ren)|gisteren|vandaag|sinds|al|ooit|nooit|laatste"
        r"|afgelopen|recent|onlangs|dit|deze|dat|die|tijdens|voor|na|daarna|momenteel|nu|leven|gewoonlijk|meestal)\b"
        r"|\b(?:19|20)[0-9]{2}\b"
    ),
    small_words=r"het|een|van|uw|u|zijn|niet|dat|met|voor|aan|bij|naar|hebt|bent|deze|ook|wordt|ze|ik",
    open_range=r"(?:tot(?: en met)?|t/m|-|–)",
    below=r"\b(?:minder dan|jonger dan|korter dan)",
    at_most=r"\b(?:ten hoogste|hoogstens|maximaal)",
    above=r"\b(?:meer dan|ouder dan|langer dan)",
    from_on=r"(?:en meer|of meer|en ouder|of ouder)",
)

ENGLISH = Lexicon(
    conjunction=r"and",
    either_or_both=r"\band\s?/\s?or\b",
    pairs=(
        r"\b(?:day|night) and (?:night|day)\b|\bbetween (?:\S+ ){1,6}?and\b|\band (?:over|older|above|more|up)\b"
        r"|\byou and (?:your|the)\b|\bmore and more\b|\blaw and order\b|\bname and address\b|\beach and every\b"
        r"|\bagain and again\b|\bfirst and foremost\b|\bparents? and (?:their )?child(?:ren)?\b|\bnow and then\b"
        r"|\bstop(?:ped|s)? and (?:check|search)(?:ed|es)?\b|\bboth .* and\b|\btry and\b|\bgo and\b|\band action\b"
        r"|\bbrothers and sisters\b|\brights and (?:\S+ )?(?:duties|obligations|responsibilities)\b|\bmen and women\b"
        r"|\bwomen and men\b|\bname and (?:\S+ )?surname\b|\b(?:friends|family) and (?:\S+ )?(?:friends|family)\b"
        r"|\byoung and old\b|\bpros and cons\b|\band (?:back|vice versa)\b"
    ),
    mutual=r"\b(?:each other|one another|mutual(?:ly)?|together)\b",
    negation=r"\b(?:not|never|nobody|nothing|nowhere|cannot)\b|n't\b|\bno\b(?! (?:matter|longer than|more than))",
    not_negation=r"\bnot only\b|\bwhether or not\b|\bor not\b",
    subordinate=r"\b(?:if|when|because|even|although|though|unless|while|since|until|who|where|whenever)\b",
    without=r"\b(?:without|impossible|unacceptable|unfair|unlikely|unnecessary|useless|abnormal)\b",
    leading=(
        r"\b(?:do|would|should|is|are|does|did|could)n't (?:you|it|they|the police)\b|\bdo you not (?:think|agree)\b"
        r"|\bsurely\b|\bobviously\b|\bof course\b|\bneedless to say\b|\bas (?:everyone|everybody|we all) knows?\b"
        r"|\bit is (?:clear|obvious) that\b|\bas you know\b"
    ),
    absolute=r"\b(?:always|never)\b",
    agreement=r"\b(?:agree|disagree)\b",
    positive=(
        r"\b(?:agree|satisfied|satisfactory|good|well|excellent|easy|likely|safe|favou?rable|positive(?:ly)?|better|safer|fair|acceptable"
        r"|useful|effective|confident)\b"
    ),
    negative=(
        r"\b(?:disagree|dissatisfied|unsatisfactory|bad|badly|poor|poorly|difficult|hard|unlikely|unsafe|unfavou?rable"
        r"|negative(?:ly)?|worse|unfair|unacceptable|useless|ineffective)\b"
    ),
    denied=r"\b(?:not|less|hardly|(?<!a )little)\b",
    neutral=r"\bneither\b|\baverage\b|\bneutral\b|\bmixed\b|\bundecided\b",
    least=r"^(?:never|not at all|none|no)\b",
    most=r"^(?:always|completely|totally|entirely|a great deal|a lot|extremely|very much)\b",
    knowledge=r"\b(?:do you know|did you know|how familiar|how well do you know|are you aware)\b",
    others=r"\byour (?:mother|father|partner|spouse|husband|wife|manager|supervisor)(?!'s)\b|\bmost people\b",
    event=r"\b(?:have you|did you|has the|have the police|did the police|were you|how many times|how often have)\b",
    period=(
        r"\b(?:months?|years?|weeks?|days?|hours?|yesterday|today|since|ever|never|last|past|recent(?:ly)?|this|these|that"
        r"|those|during|before|after(?:wards)?|currently|now|life|usually|already)\b|\b(?:19|20)[0-9]{2}\b"
    ),
    small_words=r"the|and|you|your|are|have|with|that|this|from|they|their|for|how|what|which|do|does|to|by",
    open_range=r"(?:to|-|–)",
    below=r"\b(?:less than|fewer than|under|below)",
    at_most=r"\b(?:up to|at most)",
    above=r"\b(?:more than|over|above)",
    from_on=r"(?:and over|or more|and more|or over|and older|and above)",
)

LEXICONS: Mapping[str, Lexicon] = MappingProxyType({"fr": FRENCH, "nl": DUTCH, "en": ENGLISH})
