"""The styles and the footer of the Word document, put into the reference document that pandoc starts from."""

from __future__ import annotations

import io
import re
import zipfile
from xml.sax.saxutils import escape

from trustsurvey.errors import ReportError
from trustsurvey.instruments.paper.blocks import Form

__all__ = ["reference_docx"]

MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
FOOTER_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"
FONT = "Calibri"
LINE = 'w:val="single" w:sz="4" w:space="0" w:color="AAB3BD"'
LINES = f"<w:tblBorders><w:bottom {LINE}/><w:insideH {LINE}/></w:tblBorders>"

# Name: (before, after, indent, size in half points, further paragraph properties, further character properties).
STYLES = {
    "Form Text": (60, 120, 0, 21, "", ""),
    "Form Note": (0, 120, 0, 21, "", '<w:color w:val="55606B"/>'),
    "Question": (240, 60, 0, 22, "<w:keepNext/><w:keepLines/>", "<w:b/>"),
    "Question Help": (0, 60, 340, 20, "<w:keepNext/><w:keepLines/>", ""),
    "Instruction": (0, 80, 340, 20, "<w:keepNext/><w:keepLines/>", '<w:i/><w:color w:val="55606B"/>'),
    "Filter": (
        200, 80, 0, 20, '<w:keepNext/><w:keepLines/><w:shd w:val="clear" w:color="auto" w:fill="EEF0F2"/>', "<w:b/>",
    ),
    "Explanation": (
        120, 120, 170, 21,
        '<w:keepNext/><w:pBdr><w:left w:val="single" w:sz="18" w:space="8" w:color="0B2F52"/></w:pBdr>', "",
    ),
    "Answer": (20, 20, 340, 21, "<w:keepNext/><w:keepLines/>", ""),
    "Last Answer": (20, 120, 340, 21, "<w:keepLines/>", ""),
    "Onward": (60, 120, 340, 20, "<w:keepLines/>", ""),
    "Writing": (120, 0, 340, 21, "<w:keepLines/>", ""),
    "Table Head": (40, 40, 0, 16, "<w:keepNext/>", "<w:b/>"),
    "Table Text": (40, 40, 0, 20, "<w:keepNext/>", ""),
}  # fmt: skip


def reference_docx(default: bytes, form: Form) -> bytes:
    """Return pandoc's reference document with the styles of a form, its footer, its margins and its language.

    Raises
    ------
    ReportError
        The document is not as expected.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(default)) as source:
            parts = {name: source.read(name) for name in source.namelist()}
        return _zipped(_changed(parts, form))
    except (zipfile.BadZipFile, KeyError) as error:
        raise ReportError(
            f"the reference document of pandoc cannot be used ({error}); install pypandoc_binary again"
        ) from error


def _changed(parts: dict[str, bytes], form: Form) -> dict[str, bytes]:
    styles = parts["word/styles.xml"].decode()
    # Lines between the rows of every table.
    styles = re.sub(r'(w:styleId="Table".*?<w:tblInd[^>]*/>)', rf"\1{LINES}", styles, count=1, flags=re.DOTALL)
    styles = styles.replace("</w:styles>", "".join(_style(name) for name in STYLES) + "</w:styles>")
    section = (
        '<w:footerReference w:type="default" r:id="rIdFooter"/><w:pgSz w:w="11906" w:h="16838"/>'
        '<w:pgMar w:top="1020" w:right="1080" w:bottom="1130" w:left="1080" w:header="500" w:footer="500" '
        'w:gutter="0"/>'
    )
    document = parts["word/document.xml"].decode()
    before, _, rest = document.partition("<w:sectPr")
    document = f"{before}<w:sectPr>{section}</w:sectPr>{rest[rest.index('</w:body>') :]}" if rest else document.replace(
        "</w:body>", f"<w:sectPr>{section}</w:sectPr></w:body>"
    )  # fmt: skip
    relation = f'<Relationship Id="rIdFooter" Type="{RELATIONS}/footer" Target="footer1.xml"/></Relationships>'
    override = f'<Override PartName="/word/footer1.xml" ContentType="{FOOTER_TYPE}"/></Types>'
    names = ("word/_rels/document.xml.rels", "[Content_Types].xml")
    relations, types = (parts[name].decode() for name in names)
    return {
        **parts,
        "word/styles.xml": styles.encode(),
        "word/document.xml": document.encode(),
        "word/footer1.xml": _footer(form).encode(),
        names[0]: relations.replace("</Relationships>", relation).encode(),
        names[1]: types.replace("</Types>", override).encode(),
    }


def _style(name: str) -> str:
    before, after, indent, size, paragraph, character = STYLES[name]
    tabs = '<w:tabs><w:tab w:val="right" w:leader="dot" w:pos="9740"/></w:tabs>' if "Answer" in name else ""
    # The order of the properties is that of the format.
    kept = "".join(each for each in ("<w:keepNext/>", "<w:keepLines/>") if each in paragraph)
    further = paragraph.replace("<w:keepNext/>", "").replace("<w:keepLines/>", "")
    hanging = ' w:hanging="0"' if indent else ""
    return (
        f'<w:style w:type="paragraph" w:customStyle="1" w:styleId="{name.replace(" ", "")}"><w:name w:val="{name}"/>'
        f'<w:basedOn w:val="Normal"/><w:qFormat/><w:pPr>{kept}{further}{tabs}'
        f'<w:spacing w:before="{before}" w:after="{after}"/><w:ind w:left="{indent}"{hanging}/></w:pPr>'
        f'<w:rPr><w:rFonts w:ascii="{FONT}" w:hAnsi="{FONT}"/>{character}<w:sz w:val="{size}"/></w:rPr></w:style>'
    )


def _footer(form: Form) -> str:
    def run(text: str) -> str:
        return f'<w:r><w:rPr><w:sz w:val="16"/></w:rPr><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'

    def count(field: str) -> str:
        return (
            f'<w:fldSimple w:instr=" {field} "><w:r><w:rPr><w:sz w:val="16"/></w:rPr><w:t>1</w:t></w:r></w:fldSimple>'
        )

    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:ftr xmlns:w="{MAIN}"><w:p><w:pPr><w:tabs>'
        '<w:tab w:val="right" w:pos="9740"/></w:tabs></w:pPr>'
        f"{run(form.footer)}<w:r><w:tab/></w:r>{run(f'{form.page} ')}{count('PAGE')}{run(' / ')}{count('NUMPAGES')}"
        "</w:p></w:ftr>"
    )


def _zipped(parts: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()
