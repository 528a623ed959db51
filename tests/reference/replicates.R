# Reference numbers for replicates: writes replicates.json beside itself.
# Rscript replicates.R, in this folder, after extract.R and synthetic.py. matrix.R has every statistic on replicates; here are their kinds.
suppressMessages({
  library(survey)
  library(jsonlite)
})
options(survey.lonely.psu = "fail")
results <- list(versions = list(R = as.character(getRversion()), survey = as.character(packageVersion("survey"))))
read_sample <- function(name) read.csv(paste0(name, ".csv"), na.strings = "", stringsAsFactors = TRUE)

# Mean, total, ratio and mean by domain: two linear statistics and two that are not.
record <- function(case, design, y, x, domain) {
  mean <- svymean(y, design, deff = TRUE, na.rm = TRUE)
  total <- svytotal(x, design, deff = TRUE)
  ratio <- svyratio(x, ~one, subset(update(design, one = 1 + (seq_along(design$pweights) %% 3)), TRUE))
  by <- svyby(y, domain, design, svymean, na.rm = TRUE)
  inside <- subset(design, eval(domain[[2]], design$variables) == levels(factor(design$variables[[all.vars(domain)]]))[1])
  results[[case]] <<- list(
    mean = unname(coef(mean)), mean_se = as.vector(SE(mean)), mean_deff = as.vector(deff(mean)),
    total = unname(coef(total)), total_se = as.vector(SE(total)), total_deff = as.vector(deff(total)),
    ratio = as.vector(coef(ratio)), ratio_se = as.vector(SE(ratio)),
    by = unname(coef(by)), by_se = unname(SE(by)),
    df = degf(design), df_inside = degf(inside), replicates = ncol(weights(design, "analysis"))
  )
}
cal <- function(design, formula, population, ...) calibrate(design, formula, population, epsilon = 1e-13, maxit = 200, ...)

clus1 <- svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc, data = read_sample("apiclus1"))
clus2 <- svydesign(id = ~ dnum + snum, fpc = ~ fpc1 + fpc2, data = read_sample("apiclus2"))
strat <- svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = read_sample("apistrat"))
api <- c(`(Intercept)` = 6194, stypeH = 755, stypeM = 1018, sch.wideYes = 5122)
record_api <- function(case, design) record(case, update(design, pupils = api00 + snum %% 100), ~api00, ~pupils, ~awards)

jk1 <- as.svrepdesign(clus1, type = "JK1")
record_api("clus1_jk1", jk1)
record_api("clus1_jk1_mse", as.svrepdesign(clus1, type = "JK1", mse = TRUE))
for (calfun in c("raking", "linear")) record_api(paste0("clus1_jk1_", calfun), cal(jk1, ~ stype + sch.wide, api, calfun = calfun))
record_api("clus1_jk1_logit", cal(jk1, ~ stype + sch.wide, api, calfun = "logit", bounds = c(0.3, 3)))
record_api("clus1_jk1_bounded", cal(jk1, ~ stype + sch.wide, api, calfun = "raking", bounds = c(0.4, 3)))
record_api("clus1_jk1_continuous", cal(update(jk1, size = snum %% 100), ~ stype + size, c(api[1:3], size = 310000), calfun = "raking"))
record_api("clus1_jk1_twice", cal(cal(jk1, ~sch.wide, api[c(1, 4)], calfun = "raking"), ~stype, api[1:3], calfun = "linear"))
suppressWarnings(record_api("clus2_jk1", as.svrepdesign(clus2, type = "JK1")))
record_api("strat_jkn", as.svrepdesign(strat, type = "JKn"))
record_api("strat_jkn_raking", cal(as.svrepdesign(strat, type = "JKn"), ~ stype + sch.wide, api, calfun = "raking"))
groups <- svydesign(id = ~ I(1 + snum %% 20), weights = ~pw, data = read_sample("apiclus1"))
record_api("clus1_groups_jk1", as.svrepdesign(groups, type = "JK1"))

# The synthetic sample: 8 strata of 6 clusters.
synthetic <- read_sample("synthetic")
synthetic <- synthetic[order(synthetic$income), ]
record_synthetic <- function(case, design) record(case, design, ~trust, ~income, ~origin)
of_clusters <- function(data, ...) svydesign(id = ~psu, strata = ~stratum, weights = ~weight, data = data, nest = TRUE, ...)
margins <- read.csv("synthetic_margins.csv")
counts <- function(name) with(margins[margins$margin == name, ], setNames(count, level))
totals <- c(`(Intercept)` = sum(counts("sex")))
for (name in c("sex", "origin")) totals <- c(totals, setNames(counts(name)[-1], paste0(name, names(counts(name))[-1])))
finite <- of_clusters(synthetic, fpc = ~clusters_in_stratum)
record_synthetic("jkn", as.svrepdesign(finite, type = "JKn"))
record_synthetic("jkn_raking", cal(as.svrepdesign(finite, type = "JKn"), ~ sex + origin, totals, calfun = "raking"))
for (choice in c("certainty", "adjust", "average")) {
  options(survey.lonely.psu = choice)
  lonely <- svydesign(id = ~sparse_psu, strata = ~stratum, weights = ~weight, data = synthetic, nest = TRUE)
  record_synthetic(paste0("jkn_single_", choice), as.svrepdesign(lonely, type = "JKn"))
}
options(survey.lonely.psu = "fail")

# Half samples: pairs of clusters, in as many strata as each kind of Hadamard matrix needs.
synthetic$many <- with(synthetic, interaction(stratum, (psu - 1) %/% 2, lex.order = TRUE, drop = TRUE))
for (strata in c(3, 7, 8, 24)) {
  some <- subset(synthetic, as.integer(many) <= strata)
  some <- svydesign(id = ~psu, strata = ~many, weights = ~weight, data = some, nest = TRUE)
  record_synthetic(paste0("brr_", strata), as.svrepdesign(some, type = "BRR"))
  record_synthetic(paste0("fay_", strata), as.svrepdesign(some, type = "Fay", fay.rho = 0.3))
}
large <- of_clusters(synthetic)
record_synthetic("brr_large", as.svrepdesign(large, type = "BRR"))
record_synthetic("brr_large_raking", cal(as.svrepdesign(large, type = "BRR"), ~ sex + origin, totals, calfun = "raking"))
# Strata of two and of four clusters.
mixed <- subset(synthetic, (as.integer(stratum) <= 4 & psu <= 4) | psu <= 2)
record_synthetic("fay_mixed", as.svrepdesign(of_clusters(mixed), type = "Fay", fay.rho = 0.5))

# Bootstrap weights of R, read as weights made elsewhere; multipliers are by cluster, in the order of the data.
set.seed(20260101)
bootstrap <- as.svrepdesign(of_clusters(synthetic), type = "subbootstrap", replicates = 25)
unit <- with(synthetic, paste(stratum, psu))
first <- !duplicated(unit)
results$bootstrap_multipliers <- list(stratum = as.character(synthetic$stratum[first]), psu = synthetic$psu[first], numbers = unname(weights(bootstrap, "replication")[first, ]))
record_synthetic("bootstrap", bootstrap)
record_synthetic("bootstrap_raking", cal(bootstrap, ~ sex + origin, totals, calfun = "raking"))
imported <- function(type, ..., combined = TRUE) {
  numbers <- weights(bootstrap, if (combined) "analysis" else "replication")
  suppressWarnings(svrepdesign(data = synthetic, repweights = numbers, weights = ~weight, type = type, combined.weights = combined, ...))
}
record_synthetic("imported_bootstrap", imported("bootstrap"))
record_synthetic("imported_bootstrap_mse", imported("bootstrap", mse = TRUE))
record_synthetic("imported_bootstrap_apart", imported("bootstrap", combined = FALSE))
record_synthetic("imported_brr", imported("BRR"))
record_synthetic("imported_fay", imported("Fay", rho = 0.3))
record_synthetic("imported_jk1", imported("JK1"))
record_synthetic("imported_jkn", imported("JKn", rscales = seq(0, 2, length.out = 25)))
record_synthetic("imported_sdr", imported("successive-difference"))
record_synthetic("imported_jk2", imported("JK2"))
record_synthetic("imported_other", imported("other", scale = 0.1, rscales = seq(0, 2, length.out = 25)))
write_json(results, "replicates.json", digits = NA, auto_unbox = TRUE, matrix = "rowmajor")
cat(length(results), "results\n")
