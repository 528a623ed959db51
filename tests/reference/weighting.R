# Reference numbers for weights, estimates and standard errors: writes weighting.json beside itself.
# Rscript weighting.R, in this folder, after extract.R and synthetic.py.
suppressMessages({
  library(survey)
  library(jsonlite)
})
options(survey.lonely.psu = "fail")
results <- list(versions = list(R = as.character(getRversion()), survey = as.character(packageVersion("survey"))))

read_extract <- function(name) read.csv(paste0(name, ".csv"), na.strings = "", stringsAsFactors = TRUE)
record <- function(case, estimate, covariance, ...) {
  covariance <- unname(as.matrix(covariance))
  results[[case]] <<- list(estimate = unname(as.vector(estimate)), se = sqrt(diag(covariance)), covariance = covariance, ...)
}
# svymean and svytotal of one variable, deff without and with replacement.
record_stat <- function(case, stat) {
  extra <- if (is.null(attr(stat, "deff"))) list() else list(deff = unname(as.vector(diag(as.matrix(attr(stat, "deff"))))))
  do.call(record, c(list(case, coef(stat), vcov(stat)), extra))
}
# Domain means with the covariance between them, which svyby leaves out: a regression on domain indicators.
record_means <- function(case, y, domain, design) {
  design <- update(design, domain_ = factor(interaction(model.frame(domain, model.frame(design), na.action = na.pass), lex.order = TRUE, drop = TRUE)))
  fit <- svyglm(as.formula(paste(y, "~ 0 + domain_")), design)
  by <- svyby(as.formula(paste0("~", y)), ~domain_, design, svymean, na.rm = TRUE, deff = TRUE)
  stopifnot(all.equal(unname(coef(fit)), unname(coef(by)), tolerance = 1e-10))
  stopifnot(all.equal(unname(sqrt(diag(vcov(fit)))), unname(SE(by)), tolerance = 1e-8))
  record(case, coef(by), vcov(fit), deff = unname(deff(by)), labels = levels(model.frame(design)$domain_))
}
record_totals <- function(case, y, domain, design) {
  by <- svyby(as.formula(paste0("~", y)), domain, design, svytotal, na.rm = TRUE)
  results[[case]] <<- list(estimate = unname(coef(by)), se = unname(SE(by)))
}
record_weights <- function(case, design) {
  w <- weights(design)
  results[[case]] <<- list(weights = unname(w), kish = length(w) * sum(w^2) / sum(w)^2)
}
record_interval <- function(case, formula, design, method) {
  interval <- svyciprop(formula, design, method = method, df = degf(design))
  ci <- attr(interval, "ci")
  results[[case]] <<- list(estimate = as.vector(interval), low = ci[[1]], high = ci[[2]], df = degf(design))
}

# The api data.
apiclus1 <- read_extract("apiclus1")
clus1 <- svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc, data = apiclus1)
stype <- xtabs(c(4421, 755, 1018) ~ c("E", "H", "M")); names(dimnames(stype)) <- "stype"
sch <- xtabs(c(1072, 5122) ~ c("No", "Yes")); names(dimnames(sch)) <- "sch.wide"
totals <- c(`(Intercept)` = 6194, stypeH = 755, stypeM = 1018, sch.wideYes = 5122)
cal <- function(design, formula, population, ...) calibrate(design, formula, population, epsilon = 1e-13, maxit = 200, ...)
raked <- cal(clus1, ~ stype + sch.wide, totals, calfun = "raking")
linear <- cal(clus1, ~ stype + sch.wide, totals, calfun = "linear")
logit <- cal(clus1, ~ stype + sch.wide, totals, calfun = "logit", bounds = c(0.7, 2.3))
record_stat("clus1_mean", svymean(~api00, clus1, deff = TRUE))
record_stat("clus1_total", svytotal(~enroll, clus1, deff = TRUE))
for (name in c("raked", "linear", "logit")) {
  design <- get(name)
  record_stat(paste0("clus1_", name, "_mean"), svymean(~api00, design, deff = TRUE))
  record_stat(paste0("clus1_", name, "_total"), svytotal(~enroll, design, deff = TRUE))
  record_means(paste0("clus1_", name, "_by"), "api00", ~awards, design)
  record_weights(paste0("clus1_", name, "_weights"), design)
}
record_stat("clus1_raked_shares", svymean(~stype, raked))
nofpc <- svydesign(id = ~dnum, weights = ~pw, data = apiclus1)
nofpc_raked <- cal(nofpc, ~ stype + sch.wide, totals, calfun = "raking")
record_stat("clus1_nofpc_raked_mean", svymean(~enroll, nofpc_raked))
record_stat("clus1_nofpc_plain_mean", svymean(~enroll, svydesign(id = ~dnum, weights = weights(nofpc_raked), data = apiclus1)))
for (fun in c("raking", "linear")) {
  design <- cal(clus1, ~ enroll + stype, c(`(Intercept)` = 6194, enroll = 3811472, stypeH = 755, stypeM = 1018), calfun = fun)
  record_stat(paste0("clus1_enroll_", fun, "_mean"), svymean(~api00, design))
  record_weights(paste0("clus1_enroll_", fun, "_weights"), design)
}

apistrat <- read_extract("apistrat")
strat <- svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = apistrat)
record_stat("strat_mean", svymean(~api00, strat, deff = TRUE))
record_stat("strat_total", svytotal(~enroll, strat, deff = TRUE))
record_means("strat_by", "api00", ~awards, strat)
implied <- svydesign(id = ~1, strata = ~stype, fpc = ~fpc, data = apistrat)
record_stat("strat_implied_total", svytotal(~enroll, implied, deff = TRUE))

apisrs <- read_extract("apisrs")
srs <- svydesign(id = ~1, weights = ~pw, fpc = ~fpc, data = apisrs)
record_stat("srs_mean", svymean(~api00, srs, deff = TRUE))
record_totals("srs_totals", "enroll", ~stype, srs)

apiclus2 <- read_extract("apiclus2")
clus2 <- svydesign(id = ~ dnum + snum, weights = ~pw, fpc = ~ fpc1 + fpc2, data = apiclus2)
record_stat("clus2_mean", svymean(~api00, clus2, deff = TRUE))
record_stat("clus2_total", svytotal(~enroll, clus2, na.rm = TRUE))
record_means("clus2_by", "api00", ~stype, clus2)
clus2_raked <- cal(clus2, ~ stype + sch.wide, totals, calfun = "raking")
record_stat("clus2_raked_mean", svymean(~api00, clus2_raked))
record_stat("clus2_raked_total", svytotal(~enroll, clus2_raked, na.rm = TRUE))
record_stat("clus2_implied_mean", svymean(~api00, svydesign(id = ~ dnum + snum, fpc = ~ fpc1 + fpc2, data = apiclus2)))

# The synthetic sample.
synthetic <- read.csv("synthetic.csv", na.strings = "", stringsAsFactors = TRUE)
synthetic$wave <- factor(synthetic$wave)
margins <- read.csv("synthetic_margins.csv")
counts <- function(name) {
  rows <- margins[margins$margin == name, ]
  setNames(rows$count, rows$level)
}
base <- svydesign(id = ~psu, strata = ~stratum, weights = ~weight, data = synthetic, nest = TRUE)
finite <- svydesign(id = ~psu, strata = ~stratum, weights = ~weight, fpc = ~clusters_in_stratum, data = synthetic, nest = TRUE)
elements <- svydesign(id = ~1, strata = ~stratum, weights = ~weight, data = synthetic)
# Population totals of a model matrix of main effects, from the first level's absence on.
main_effects <- function(names) {
  total <- sum(counts("sex"))
  population <- c(`(Intercept)` = total)
  for (name in names) {
    values <- counts(name)[-1]
    population <- c(population, setNames(values, paste0(name, names(values))))
  }
  population
}
four <- main_effects(c("sex", "age", "origin", "district"))
f4 <- ~ sex + age + origin + district
designs <- list(
  base = base, finite = finite, elements = elements,
  raked = cal(base, f4, four, calfun = "raking"),
  linear = cal(base, f4, four, calfun = "linear"),
  logit = cal(base, f4, four, calfun = "logit", bounds = c(0.4, 3)),
  raked_bounded = cal(base, f4, four, calfun = "raking", bounds = c(0.7, 1.6)),
  linear_bounded = cal(base, f4, four, calfun = "linear", bounds = c(0.7, 1.6)),
  finite_raked = cal(finite, f4, four, calfun = "raking"),
  elements_raked = cal(elements, f4, four, calfun = "raking")
)
# Origin and age together: indicators of all cells, written as one factor.
cells <- counts("origin:age")
joint <- update(base, cell = factor(paste(origin, age, sep = ":"), levels = names(cells)))
total <- sum(counts("sex"))
joint_population <- c(`(Intercept)` = total, setNames(cells[-1], paste0("cell", names(cells)[-1])), main_effects(c("district", "sex"))[-1])
designs$interlocked <- cal(joint, ~ cell + district + sex, joint_population, calfun = "raking")
# Every margin within each wave.
waved <- update(base, wave_sex = interaction(wave, sex), wave_district = interaction(wave, district), wave_age = interaction(wave, age))
wave_names <- levels(synthetic$wave)
wave_population <- c(`(Intercept)` = 2 * total)
for (name in c("sex", "age", "district")) {
  values <- unlist(lapply(names(counts(name)), function(level) setNames(rep(counts(name)[[level]], 2), paste0("wave_", name, wave_names, ".", level))))
  wave_population <- c(wave_population, if (name == "sex") values[-1] else values)
}
# Redundant columns are left out by hand: each wave's total is set by sex already.
drop_first <- function(name) paste0("wave_", name, wave_names, ".", names(counts(name))[1])
indicator <- function(name) {
  matrix <- model.matrix(as.formula(paste0("~0+wave_", name)), model.frame(waved))
  if (name == "sex") matrix else matrix[, !(colnames(matrix) %in% drop_first(name))]
}
columns <- do.call(cbind, lapply(c("sex", "age", "district"), indicator))
wave_targets <- c(wave_population, setNames(counts("sex")[[1]], paste0("wave_sex", wave_names[1], ".", names(counts("sex"))[1])))[colnames(columns)]
waved$variables$columns_ <- columns
names(wave_targets) <- paste0("columns_", names(wave_targets))
designs$within <- cal(waved, ~ columns_ - 1, wave_targets, calfun = "raking")

for (name in names(designs)) {
  design <- designs[[name]]
  record_stat(paste0(name, "_mean"), svymean(~trust, design, na.rm = TRUE, deff = TRUE))
  record_stat(paste0(name, "_total"), svytotal(~income, design, deff = TRUE))
  record_means(paste0(name, "_by_origin"), "trust", ~origin, design)
  record_means(paste0(name, "_by_wave_origin"), "trust", ~ wave + origin, design)
  record_totals(paste0(name, "_totals_by_district"), "contact", ~district, design)
  record_stat(paste0(name, "_view"), svymean(~view, design, na.rm = TRUE))
  record_weights(paste0(name, "_weights"), design)
  if (is.null(design$postStrata)) {
    # svyciprop fails on missing answers of a calibrated design.
    answered <- subset(design, !is.na(contact) & origin == "foreign")
    for (method in c("logit", "beta")) record_interval(paste0(name, "_contact_", method), ~contact, answered, method)
  }
}
record_stat("raked_deff_replace", svymean(~income, designs$raked, deff = "replace"))

# A stratum with a single cluster.
for (choice in c("certainty", "adjust", "average")) {
  options(survey.lonely.psu = choice)
  lonely <- svydesign(id = ~sparse_psu, strata = ~stratum, weights = ~weight, data = synthetic, nest = TRUE)
  record_stat(paste0("single_", choice, "_mean"), svymean(~income, lonely))
  record_stat(paste0("single_", choice, "_total"), svytotal(~income, lonely))
  record_stat(paste0("single_", choice, "_raked"), svymean(~income, cal(lonely, f4, four, calfun = "raking")))
  fit <- svyglm(income ~ 0 + origin, lonely)
  record(paste0("single_", choice, "_by"), coef(fit), vcov(fit))
}
write_json(results, "weighting.json", digits = NA, auto_unbox = TRUE, matrix = "rowmajor")
cat(length(results), "results\n")
