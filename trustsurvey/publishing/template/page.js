// Tabs: without this script, and on paper, every panel shows below its title.
document.querySelectorAll(".tabset").forEach(function (set, number) {
  var panels = Array.from(set.children).filter(function (child) { return child.classList.contains("tab-panel"); });
  var list = document.createElement("div");
  list.className = "tab-list";
  list.setAttribute("role", "tablist");
  var tabs = panels.map(function (panel, position) {
    var title = panel.querySelector(".tab-title");
    var tab = document.createElement("button");
    tab.type = "button";
    tab.id = "tab-" + number + "-" + position;
    tab.textContent = title.textContent.trim();
    tab.setAttribute("role", "tab");
    panel.id = "panel-" + number + "-" + position;
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", tab.id);
    tab.setAttribute("aria-controls", panel.id);
    tab.addEventListener("click", function () { show(position); });
    tab.addEventListener("keydown", function (event) {
      var step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) {
        show((position + step + panels.length) % panels.length);
        list.querySelector("[aria-selected=true]").focus();
        event.preventDefault();
      }
    });
    list.append(tab);
    return tab;
  });
  function show(chosen) {
    panels.forEach(function (panel, position) {
      panel.classList.toggle("hidden", position !== chosen);
      tabs[position].setAttribute("aria-selected", position === chosen);
      tabs[position].tabIndex = position === chosen ? 0 : -1;
    });
  }
  set.prepend(list);
  set.classList.add("ready");
  show(0);
  panels.forEach(function (panel, position) { panel.show = function () { show(position); }; });
});
// A link to something in a hidden panel shows the panel first.
function reveal() {
  var target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  var panel = target && target.closest(".tab-panel");
  if (panel && panel.show) {
    panel.show();
    target.scrollIntoView();
  }
}
window.addEventListener("hashchange", reveal);
reveal();
