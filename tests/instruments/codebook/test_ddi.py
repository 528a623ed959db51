"""The structure of DDI-Codebook 2.5 as far as our documents use it.

The tables below restate rules of the published schema (codebook.xsd, DDI Alliance 2012) in our own form: which elements
an element may hold and in what order, which attributes it may have, and which of their values are enumerated.
"""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from trustsurvey.errors import UnknownNameError
from trustsurvey.instruments.codebook.counts import CodeCounts
from trustsurvey.instruments.codebook.ddi import codebook_ddi
from trustsurvey.instruments.codebook.ddi_elements import identifier
from trustsurvey.instruments.codebook.entries import entries
from trustsurvey.instruments.model import Instrument

NAMESPACE = "{ddi:codebook:2_5}"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
SCHEMA_PLACE = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"
NCNAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")

# In order. An element that is named with * may be repeated, with ! must be there; one without a list holds text alone.
CHILDREN = {
    "codeBook": "docDscr* stdyDscr!* fileDscr* dataDscr* otherMat*",
    "docDscr": "citation guide docStatus docSrc* controlledVocabUsed* notes*",
    "citation": "titlStmt! rspStmt prodStmt distStmt serStmt* verStmt* biblCit holdings* notes*",
    "titlStmt": "titl! subTitl* altTitl* parTitl* IDNo*",
    "prodStmt": "producer* copyright prodDate* prodPlac* software* fundAg* grantNo*",
    "verStmt": "version verResp notes*",
    "stdyDscr": "citation!* studyAuthorization* stdyInfo* studyDevelopment* method* dataAccs* othrStdyMat* notes*",
    "stdyInfo": "studyBudget* subject* abstract* sumDscr* qualityStatement notes* exPostEvaluation*",
    "subject": "keyword* topcClas*",
    "sumDscr": "timePrd* collDate* nation* geogCover* geogUnit* geoBndBox boundPoly anlyUnit* universe* dataKind*",
    "method": "dataColl* notes* anlyInfo stdyClas dataProcessing* codingInstructions*",
    "dataColl": "timeMeth* dataCollector* collectorTraining* frequenc* sampProc* sampleFrame* targetSampleSize* "
    "deviat* collMode* resInstru* instrumentDevelopment* sources collSitu* actMin* ConOps* weight* cleanOps*",
    "fileDscr": "fileTxt* locMap notes*",
    "fileTxt": "fileName fileCitation fileCont fileStrc dimensns fileType format filePlac dataChck* ProcStat dataMsng "
    "software* verStmt",
    "dimensns": "caseQnty* varQnty* logRecL* recPrCas* recNumTot*",
    "dataDscr": "varGrp* nCubeGrp* var* nCube* notes*",
    "varGrp": "labl* txt* concept* defntn universe notes*",
    "var": "location* labl* imputation security embargo respUnit anlysUnit qstn* valrng* invalrng* undocCod* universe* "
    "TotlResp sumStat* txt* stdCatgry* catgryGrp* catgry* codInstr* verStmt* concept* derivation varFormat geoMap* "
    "catLevel* notes*",
    "valrng": "range!* key notes*",
    "catgry": "catValu labl* txt* catStat* mrow",
    "derivation": "drvdesc drvcmd",
}
# Text with elements in any order.
MIXED = {"qstn": {"preQTxt", "qstnLit", "postQTxt", "forward", "backward", "ivuInstr"}}
GLOBALS = {"ID", LANGUAGE, "source", "elementVersion", "elementVersionDate", "ddiLifecycleUrn", "ddiCodebookUrn"}
ATTRIBUTES = {
    "codeBook": {"version", "codeBookAgency", SCHEMA_PLACE},
    "software": {"version", "date"},
    "version": {"type", "date"},
    "notes": {"type", "subject", "level", "resp", "sdatrefs", "parent", "sameNote"},
    "txt": {"level", "sdatrefs"},
    "varGrp": {"type", "otherType", "var", "varGrp", "name", "nCube"},
    "var": {"name", "intrvl", "dcml", "files", "nature", "representationType", "qstn", "wgt"},
    "qstn": {"qstn", "var", "seqNo", "responseDomainType", "otherResponseDomainType"},
    "forward": {"qstn"},
    "backward": {"qstn"},
    "range": {"UNITS", "min", "minExclusive", "max", "maxExclusive"},
    "sumStat": {"type", "wgtd", "otherType"},
    "catgry": {"missing", "missType", "excls"},
    "catStat": {"type", "otherType", "wgtd"},
    "derivation": {"var"},
    "drvcmd": {"syntax"},
    "varFormat": {"type", "formatname", "schema", "category"},
    "concept": {"vocab", "vocabURI"},
}
REQUIRED = {"var": {"name"}, "sumStat": {"type"}}
VALUES = {
    ("codeBook", "version"): {"2.5"},
    # Further ones are permitted; these are those of ours.
    ("varGrp", "type"): {"section", "multipleResp", "grid", "analysis", "other"},
    ("var", "intrvl"): {"contin", "discrete"},
    ("var", "nature"): {"nominal", "ordinal", "interval", "ratio", "percent", "other"},
    ("var", "representationType"): {"text", "numeric", "code", "datetime", "other"},
    ("qstn", "responseDomainType"): {"text", "numeric", "category", "datetime", "multiple", "other"},
    ("range", "UNITS"): {"INT", "REAL"},
    ("sumStat", "type"): {"mean", "medn", "mode", "vald", "invd", "min", "max", "stdev", "other"},
    ("catgry", "missing"): {"Y", "N"},
    ("catStat", "type"): {"freq", "percent", "crosstab", "other"},
    ("varFormat", "type"): {"character", "numeric"},
    ("varFormat", "category"): {"date", "time", "currency", "other"},
}
REFERENCES = {("varGrp", "var"), ("varGrp", "varGrp"), ("var", "files"), ("derivation", "var")}
REFERENCES |= {("forward", "qstn"), ("backward", "qstn")}


def complaints(document: str) -> list[str]:
    """Return what in a document breaks the rules above."""
    root = ElementTree.fromstring(document)
    found = []
    ids = [element.get("ID", "") for element in root.iter() if "ID" in element.attrib]
    found += [f"ID {each} is given twice" for each in set(ids) if ids.count(each) > 1]
    found += [f"ID {each} is no NCName" for each in ids if not NCNAME.fullmatch(each)]
    for element in root.iter():
        assert element.tag.startswith(NAMESPACE)
        tag = element.tag.removeprefix(NAMESPACE)
        inside = [each.tag.removeprefix(NAMESPACE) for each in element]
        found += [f"{tag}: {each}" for each in _misplaced(tag, inside)]
        allowed = ATTRIBUTES.get(tag, set()) | GLOBALS
        found += [f"{tag} has no attribute {name}" for name in element.attrib if name not in allowed]
        found += [f"{tag} lacks {name}" for name in REQUIRED.get(tag, set()) if name not in element.attrib]
        for name, value in element.attrib.items():
            if value not in VALUES.get((tag, name), {value}):
                found.append(f"{tag}: {name} cannot be {value}")
            if (tag, name) in REFERENCES:
                found += [f"{tag}: {name} names {each}" for each in value.split() if each not in ids]
                found += [f"{tag}: {name} is empty"] if not value.split() else []
    return found


def _misplaced(tag: str, inside: list[str]) -> list[str]:
    if tag in MIXED:
        return [f"{each} inside" for each in inside if each not in MIXED[tag]]
    places = [each.rstrip("*").rstrip("!") for each in CHILDREN.get(tag, "").split()]
    foreign = [each for each in inside if each not in places]
    if foreign:
        return [f"{each} inside" for each in foreign]
    order = [places.index(each) for each in inside]
    wrong = ["elements in another order"] if order != sorted(order) else []
    for rule, name in zip(CHILDREN.get(tag, "").split(), places, strict=True):
        if "!" in rule and name not in inside:
            wrong.append(f"no {name}")
        if "*" not in rule and inside.count(name) > 1:
            wrong.append(f"{name} twice")
    return wrong


COUNTS = CodeCounts(
    500,
    10,
    5,
    {
        "TRUST": {"answered": 400, "7": 100, "8": None, "refused": 20},
        "WHY_cost": {"answered": 50, "true": 30, "false": 20},
        "CONSENT": {"answered": 500, "yes": None, "no": None},
    },
    "2026.parquet",
)


def test_documents_follow_the_rules_of_the_schema(citizen: Instrument, every: Instrument) -> None:
    for instrument in (citizen, every):
        for counts in (None, COUNTS):
            assert complaints(codebook_ddi(instrument, "en", counts)) == []


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("<catValu>", "<catValu/><labl>x</labl><catValu>", "catgry: elements in another order"),
        ('intrvl="discrete"', 'intrvl="sometimes"', "var: intrvl cannot be sometimes"),
        ('name="TRUST"', 'nickname="TRUST"', "var lacks name"),
        ('ID="V_TRUST"', 'ID="7"', "ID 7 is no NCName"),
        ('ID="V_TRUST"', 'ID="V_WHEN"', "ID V_WHEN is given twice"),
        ("<titl ", "<parTitl ", "titlStmt: no titl"),
    ],
)
def test_a_document_that_breaks_a_rule_would_be_noticed(every: Instrument, old: str, new: str, complaint: str) -> None:
    document = codebook_ddi(every)
    assert old in document
    broken = document.replace(old, new)
    if old == "<titl ":
        broken = broken.replace("</titl>", "</parTitl>")
    assert complaint in complaints(broken)


def test_every_column_and_index_is_a_variable(citizen: Instrument) -> None:
    root = ElementTree.fromstring(codebook_ddi(citizen))
    names = [element.get("name") for element in root.iter(f"{NAMESPACE}var")]
    columns = [entry.name for entry in entries(citizen)]
    assert names == ["respondent", "wave", "language", "status", *columns, *citizen.indices]


def test_a_variable_carries_its_question_in_every_language(citizen: Instrument) -> None:
    root = ElementTree.fromstring(codebook_ddi(citizen))
    variable = next(each for each in root.iter(f"{NAMESPACE}var") if each.get("name") == "TREAT_down")
    asked = [(each.get(LANGUAGE), each.text) for each in variable.iter(f"{NAMESPACE}qstnLit")]
    assert asked == [
        ("fr", "Prendre les gens de haut"),
        ("nl", "Uit de hoogte doen tegen mensen"),
        ("en", "Talk down to people"),
    ]
    stems = [each.text or "" for each in variable.iter(f"{NAMESPACE}preQTxt")]
    assert stems[2].startswith("In your view, how often")
    codes = {
        each.findtext(f"{NAMESPACE}catValu"): each.get("missType", "") for each in variable.iter(f"{NAMESPACE}catgry")
    }
    assert list(codes)[:5] == ["1", "2", "3", "4", "5"]
    assert codes["dont_know"] == "dont_know"
    assert [each.get("missing") for each in variable.iter(f"{NAMESPACE}catgry")] == [None] * 5 + ["Y"] * 5
    assert variable.findtext(f"{NAMESPACE}concept") == "treatment"


def test_routing_is_referred_to_in_both_directions(every: Instrument) -> None:
    root = ElementTree.fromstring(codebook_ddi(every, "en"))
    variables = {each.get("name"): each for each in root.iter(f"{NAMESPACE}var")}
    forward = variables["NAME"].find(f".//{NAMESPACE}forward")
    backward = variables["MORE"].find(f".//{NAMESPACE}backward")
    assert forward is not None
    assert backward is not None
    assert "Q_MORE" in (forward.get("qstn") or "").split()
    assert "Q_NAME" in (backward.get("qstn") or "").split()
    assert backward.text == "(TRUST >= 1 or dont_know(TRUST)) and (answered(NAME))"
    # What is replaced is in no file, so nothing may refer to it.
    assert "V_AGE" not in codebook_ddi(every)


def test_counts_stand_where_they_may_be_shown(every: Instrument) -> None:
    document = codebook_ddi(every, "en", COUNTS)
    root = ElementTree.fromstring(document)
    variables = {each.get("name"): each for each in root.iter(f"{NAMESPACE}var")}
    shown = {
        each.findtext(f"{NAMESPACE}catValu"): each.findtext(f"{NAMESPACE}catStat")
        for each in variables["TRUST"].iter(f"{NAMESPACE}catgry")
    }
    assert (shown["7"], shown["8"], shown["refused"]) == ("100", None, "20")
    assert variables["CONSENT"].find(f".//{NAMESPACE}catStat") is None
    assert root.findtext(f".//{NAMESPACE}caseQnty") == "500"
    assert root.findtext(f".//{NAMESPACE}fileName") == "2026.parquet"
    assert "<fileDscr" not in codebook_ddi(every, "en")


def test_texts_and_rules_are_escaped(every: Instrument, tmp_path: Path) -> None:
    document = codebook_ddi(every)
    assert "TRUST &gt;= 1" in document
    path = tmp_path / "codebook.xml"
    path.write_text(document, encoding="utf-8")
    assert ElementTree.parse(path).getroot().get(LANGUAGE) == "fr"


def test_identifiers_are_names_of_xml_and_never_meet() -> None:
    names = ["a", "a.b", "a-b", "a b", "a_b", "é", "16-24", "25+", "a.20.b"]
    found = [identifier("V", name) for name in names]
    assert len(set(found)) == len(names)
    assert all(NCNAME.fullmatch(each) for each in found)


def test_the_same_instrument_gives_the_same_document(citizen: Instrument) -> None:
    assert codebook_ddi(citizen, "nl") == codebook_ddi(citizen, "nl")


def test_a_language_that_the_instrument_lacks_is_an_error(citizen: Instrument) -> None:
    with pytest.raises(UnknownNameError, match="available: fr, nl, en"):
        codebook_ddi(citizen, "de")
