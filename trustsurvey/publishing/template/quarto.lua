-- What Quarto adds to pandoc's Markdown: numbered and linked references and captions, callouts, tabsets, folded code.
-- The words come in the metadata, under `report-words`.

local html = FORMAT:match("html") ~= nil
local stringify = pandoc.utils.stringify
local words = {}
local numbered = true
local references = {} -- identifier -> { kind, number }
local counters = { fig = 0, tbl = 0 }
local sections = {}
local top_level = 1

local LONGEST_UNBROKEN = 14 -- rows of a table that stays on one page

local KINDS = { fig = "figure", tbl = "table", sec = "section" }
local CALLOUTS = { "note", "tip", "important", "warning", "caution" }

local function has_class(element, class)
  return element.classes:includes(class)
end

local function kind_of(identifier)
  return identifier and identifier:match("^(%a%a%a)%-")
end

local function caption_prefix(kind, identifier)
  counters[kind] = counters[kind] + 1
  local number = tostring(counters[kind])
  references[identifier] = { kind = kind, number = number }
  return pandoc.Inlines({
    pandoc.Str(words[KINDS[kind]] .. "\u{a0}" .. number .. words.colon),
    pandoc.Space(),
  })
end

local function with_prefix(blocks, prefix)
  local first = blocks[1]
  if first and first.content then
    first.content = prefix .. first.content
    return blocks
  end
  return pandoc.Blocks({ pandoc.Plain(prefix) })
end

-- Headings

local function number_heading(header)
  local depth = math.max(header.level - top_level + 1, 1)
  if numbered and not has_class(header, "unnumbered") then
    for level = depth + 1, #sections do
      sections[level] = nil
    end
    for level = 1, depth do
      sections[level] = sections[level] or 0
    end
    sections[depth] = sections[depth] + 1
    local number = table.concat(sections, ".")
    references[header.identifier] = { kind = "sec", number = number }
    local mark = pandoc.Span({ pandoc.Str(number) }, pandoc.Attr("", { "header-section-number" }))
    header.content = pandoc.Inlines({ mark, pandoc.Space() }) .. header.content
  else
    references[header.identifier] = { kind = "sec", number = stringify(header.content) }
  end
  if html then
    header.level = depth + 1 -- the title of the page is its only first-level heading
  else
    header.level = depth
  end
  return header
end

-- Figures and tables

local function typst_string(text)
  return '"' .. text:gsub("\\", "\\\\"):gsub('"', '\\"') .. '"'
end

local function finish_figure(figure)
  local identifier = figure.identifier
  if kind_of(identifier) == "fig" then
    figure.caption.long = with_prefix(figure.caption.long, caption_prefix("fig", identifier))
  end
  return figure:walk({
    Image = function(image)
      local alt = image.attributes["fig-alt"]
      if not alt then
        return nil
      end
      image.attributes["fig-alt"] = nil
      if html then
        image.caption = { pandoc.Str(alt) }
        return image
      end
      -- pandoc writes no alternative text for Typst
      return pandoc.RawInline("typst", "#image(" .. typst_string(image.src) .. ", alt: " .. typst_string(alt) .. ")")
    end,
  })
end

local function with_scopes(found)
  for _, row in ipairs(found.head.rows) do
    for _, cell in ipairs(row.cells) do
      cell.attributes.scope = "col"
    end
  end
  for _, body in ipairs(found.bodies) do
    body.row_head_columns = 1
    for _, row in ipairs(body.body) do
      if row.cells[1] then
        row.cells[1].attributes.scope = "row"
      end
    end
  end
  return found
end

local function finish_table(found, identifier)
  found.caption.long = with_prefix(found.caption.long, caption_prefix("tbl", identifier))
  if not html then
    found.identifier = identifier
    if #found.bodies > 0 and #found.bodies[1].body > LONGEST_UNBROKEN then
      return { pandoc.RawBlock("typst", "#long-table["), found, pandoc.RawBlock("typst", "]") }
    end
    return found
  end
  found.identifier = ""
  local label = stringify(found.caption.long)
  local attributes = { role = "region", tabindex = "0", ["aria-label"] = label }
  return pandoc.Div({ with_scopes(found) }, pandoc.Attr(identifier, { "table-wrap" }, attributes))
end

local function table_division(division)
  local found
  local caption = pandoc.Blocks({})
  for _, block in ipairs(division.content) do
    if block.t == "Table" and not found then
      found = block
    elseif block.t == "Para" then
      caption = pandoc.Blocks({ pandoc.Plain(block.content) })
    end
  end
  if not found then
    error("REPORT: the division #" .. division.identifier .. " holds no table")
  end
  if #caption > 0 then
    found.caption.long = caption
  end
  return finish_table(found, division.identifier)
end

-- Callouts, tabsets, code

local function callout_kind(division)
  for _, kind in ipairs(CALLOUTS) do
    if has_class(division, "callout-" .. kind) then
      return kind
    end
  end
end

local function callout(division, kind)
  local title = division.attributes.title and pandoc.Inlines(division.attributes.title)
  local content = division.content
  if content[1] and content[1].t == "Header" then
    title = content[1].content
    content:remove(1)
  end
  title = title or pandoc.Inlines(words[kind])
  if not html then
    local blocks = pandoc.Blocks({ pandoc.RawBlock("typst", '#callout("' .. kind .. '")[') })
    blocks:insert(pandoc.Para({ pandoc.Strong(title) }))
    blocks:extend(content)
    blocks:insert(pandoc.RawBlock("typst", "]"))
    return pandoc.Div(blocks)
  end
  local class = 'class="callout callout-' .. kind .. '"'
  local collapse = division.attributes.collapse
  local before, middle, after
  if collapse then
    local open = collapse == "false" and " open" or ""
    before, middle, after = "<details " .. class .. open .. "><summary>", "</summary>", "</details>"
  else
    before, middle, after = "<div " .. class .. ' role="note"><p class="callout-title">', "</p>", "</div>"
  end
  return pandoc.Div({
    pandoc.RawBlock("html", before),
    pandoc.Plain(title),
    pandoc.RawBlock("html", middle),
    pandoc.Div(content, pandoc.Attr("", { "callout-body" })),
    pandoc.RawBlock("html", after),
  })
end

local function tabset(division)
  local panels = pandoc.Blocks({})
  local panel
  for _, block in ipairs(division.content) do
    if block.t == "Header" then
      if html then
        local title = pandoc.Div({ pandoc.Plain(block.content) }, pandoc.Attr("", { "tab-title" }))
        panel = pandoc.Div({ title }, pandoc.Attr("", { "tab-panel" }))
        panels:insert(panel)
      else
        panels:insert(pandoc.RawBlock("typst", "#tab-title["))
        panels:insert(pandoc.Plain(block.content))
        panels:insert(pandoc.RawBlock("typst", "]"))
      end
    elseif html and panel then
      panel.content:insert(block)
    else
      panels:insert(block)
    end
  end
  return pandoc.Div(panels, pandoc.Attr("", { "tabset" }))
end

local function code_block(block)
  if not (html and has_class(block, "fold")) then
    return nil
  end
  local open = block.attributes["fold-open"] and " open" or ""
  block.attributes["fold-open"] = nil
  return {
    pandoc.RawBlock("html", '<details class="code-fold"' .. open .. "><summary>" .. words.code .. "</summary>"),
    block,
    pandoc.RawBlock("html", "</details>"),
  }
end

local structure = {
  traverse = "topdown",
  Header = number_heading,
  Figure = function(figure)
    return finish_figure(figure), false
  end,
  Table = function(found)
    if kind_of(found.identifier) == "tbl" then
      return finish_table(found, found.identifier), false
    end
    return html and with_scopes(found) or nil
  end,
  Div = function(division)
    if kind_of(division.identifier) == "tbl" then
      return table_division(division), false
    end
    local kind = callout_kind(division)
    if kind then
      return callout(division, kind)
    end
    if has_class(division, "panel-tabset") then
      return tabset(division)
    end
  end,
  CodeBlock = code_block,
}

-- References

local function reference(cite)
  local found = pandoc.Inlines({})
  for position, citation in ipairs(cite.citations) do
    local kind = kind_of(citation.id)
    if not KINDS[kind] then
      return nil
    end
    local target = references[citation.id]
    if not target then
      error("REPORT: @" .. citation.id .. " refers to nothing on the page")
    end
    local text = target.number
    if citation.mode ~= "SuppressAuthor" then
      text = words[KINDS[kind]] .. "\u{a0}" .. text
    end
    if position > 1 then
      found:extend({ pandoc.Str(","), pandoc.Space() })
    end
    found:insert(pandoc.Link({ pandoc.Str(text) }, "#" .. citation.id, "", pandoc.Attr("", { "reference" })))
  end
  return found
end

function Pandoc(document)
  for key, text in pairs(document.meta["report-words"] or {}) do
    words[key] = stringify(text)
  end
  numbered = document.meta["number-sections"] == true
  top_level = 6
  for _, block in ipairs(document.blocks) do
    if block.t == "Header" then
      top_level = math.min(top_level, block.level)
    end
  end
  return document:walk(structure):walk({ Cite = reference })
end
