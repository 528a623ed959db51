# Ratios, quantiles, moments, intervals and tests by R's survey; run here: Rscript statistics.R
# Writes statistics.json (results[[design]][[statistic]]), read by tests/weighting/test_statistics.py and its neighbours.
# Needs survey (4.1-1), mvtnorm and jsonlite.
suppressMessages({
  library(survey)
  library(jsonlite)
})
options(survey.lonely.psu = "fail", warn = 1)
extract <- function(name) read.csv(paste0(name, ".csv"), na.strings = "", stringsAsFactors = TRUE)
rules <- c("math", "school", "shahvaish", paste0("hf", 1:9))
results <- list()

# The samples with the same names: y and x numbers, z a number with gaps in the synthetic sample only, a and g factors.
api <- function(name) transform(extract(name), y = api00, x = api00 / 10 + snum %% 7, z = api00 + snum %% 11, a = awards, g = stype, yes = as.numeric(awards == "Yes"), inside = api00 > 600)
synthetic <- transform(extract("synthetic"), y = income, x = 100 + income / 10 + psu, z = trust, a = sex, g = view, yes = as.numeric(income < 1500), inside = age %in% c("25-39", "40-54"), pair = psu %% 2 + 1)
totals <- c(`(Intercept)` = 6194, stypeH = 755, stypeM = 1018, sch.wideYes = 5122)
cal <- function(design, ...) calibrate(design, ~ stype + sch.wide, totals, epsilon = 1e-13, maxit = 200, ...)
margin <- function(name) {
  rows <- subset(read.csv("synthetic_margins.csv"), margin == name)
  setNames(rows$count, rows$level)
}
age <- margin("age"); origin <- margin("origin")
margins <- c(sum(age), age[-1], origin[-1])
names(margins) <- c("(Intercept)", paste0("age", names(age)[-1]), paste0("origin", names(origin)[-1]))
raked <- function(design) calibrate(design, ~ age + origin, margins, calfun = "raking", epsilon = 1e-13, maxit = 200)

clus1 <- svydesign(~dnum, weights = ~pw, fpc = ~fpc, data = api("apiclus1"))
strat <- svydesign(~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = api("apistrat"))
clusters <- svydesign(~psu, strata = ~stratum, weights = ~weight, data = synthetic, nest = TRUE)
pairs <- svydesign(~pair, strata = ~stratum, weights = ~weight, data = synthetic, nest = TRUE)
designs <- list(
  srs = svydesign(~1, weights = ~pw, fpc = ~fpc, data = api("apisrs")),
  strat = strat,
  clus1 = clus1,
  clus2 = svydesign(~ dnum + snum, weights = ~pw, fpc = ~ fpc1 + fpc2, data = api("apiclus2")),
  clus1_raked = cal(clus1, calfun = "raking"),
  clus1_linear = cal(clus1, calfun = "linear"),
  clusters = clusters,
  clusters_raked = raked(clusters),
  clusters_domain = subset(clusters, inside),
  strat_domain = subset(strat, inside),
  clus1_JK1 = as.svrepdesign(clus1, type = "JK1"),
  strat_JKn = as.svrepdesign(strat, type = "JKn"),
  clusters_JKn = as.svrepdesign(clusters, type = "JKn"),
  clusters_JKn_raked = raked(as.svrepdesign(clusters, type = "JKn")),
  pairs_BRR = as.svrepdesign(pairs, type = "BRR")
)

plain <- function(values) unname(as.vector(values))
matrixed <- function(values) unname(as.matrix(values))
of <- function(stat) list(estimate = plain(coef(stat)), se = plain(SE(stat)))
# y and z together with names that a formula of R can hold.
moments <- function(design, na.rm) {
  v <- svyvar(~ y + z, design, na.rm = na.rm)
  structure(as.vector(v), names = c("yy", "zy", "yz", "zz"), var = attr(v, "var"), class = "svystat", statistic = "variance")
}
quantile_of <- function(design, y, p, rule, type) {
  q <- suppressWarnings(svyquantile(y, design, p, na.rm = TRUE, qrule = rule, interval.type = type, df = degf(design))[[1]])
  list(estimate = plain(q[, 1]), low = plain(q[, 2]), high = plain(q[, 3]), se = plain(q[, 4]))
}
test_of <- function(test) list(statistic = test$statistic[[1]], df = plain(test$parameter), p_value = test$p.value[[1]])
t_of <- function(test) c(list(estimate = test$estimate[[1]], low = test$conf.int[[1]], high = test$conf.int[[2]]), test_of(test))

# svyglm takes a column g of replicates for its own call.
without_g <- function(design) {
  design$variables$g <- NULL
  design
}

for (name in names(designs)) {
  d <- designs[[name]]
  replicates <- inherits(d, "svyrep.design")
  out <- list(df = degf(d))
  out$ratio <- of(svyratio(~z, ~x, d, na.rm = TRUE))
  if (!replicates) out$ratio$deff <- plain(attr(svyratio(~y, ~x, d, deff = TRUE), "deff"))
  both <- svyratio(~ y + x, ~x, d, covmat = TRUE)
  by <- svyby(~z, ~a, d, svyratio, denominator = ~x, na.rm = TRUE)
  out$ratio_by <- list(estimate = plain(coef(by)), se = plain(SE(by)))
  out$variance <- of(svyvar(~y, d))
  out$variance_gaps <- of(svyvar(~z, d, na.rm = TRUE))
  by <- svyby(~y, ~a, d, svyvar)
  out$variance_by <- list(estimate = plain(coef(by)), se = plain(SE(by)))
  v <- moments(d, TRUE)
  out$covariance <- list(estimate = plain(v), covariance = matrixed(attr(v, "var")))
  if (replicates) {
    both <- svyvar(~ y + z, d, na.rm = TRUE, return.replicates = TRUE)
    r <- both$replicates
    correlations <- r[, 2] / sqrt(r[, 1] * r[, 4])
    out$correlation <- list(estimate = v[[2]] / sqrt(v[[1]] * v[[4]]), se = sqrt(d$scale * sum(d$rscales * (correlations - mean(correlations))^2)))
  } else {
    out$correlation <- of(svycontrast(v, quote(zy / sqrt(yy * zz))))
    out$standard_deviation <- of(svycontrast(v, quote(sqrt(yy))))
  }
  p <- c(0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98)
  for (rule in rules) out$quantile[[rule]] <- quantile_of(d, ~z, p, rule, "mean")
  types <- c("beta", "xlogit", "asin", if (replicates) "quantile")
  for (type in types) out$quantile_interval[[type]] <- quantile_of(d, ~z, p, "math", type)
  by <- svyby(~z, ~a, d, svyquantile, quantiles = c(0.25, 0.5), na.rm = TRUE)
  out$quantile_by <- list(estimate = plain(t(as.matrix(coef(by)))), se = plain(SE(by)))
  for (method in c("mean", "logit", "xlogit", "asin", "beta")) {
    interval <- svyciprop(~yes, without_g(d), method = method, df = degf(d))
    out$share[[method]] <- c(as.vector(interval), plain(attr(interval, "ci")))
  }
  for (statistic in c("F", "Chisq", "Wald", "adjWald", "saddlepoint")) {
    test <- try(suppressWarnings(svychisq(~ g + a, d, statistic = statistic)), silent = TRUE)
    if (!inherits(test, "try-error")) out$chisq[[statistic]] <- test_of(test)
  }
  if (!replicates) out$counts <- matrix(svytotal(~ interaction(g, a), d, na.rm = TRUE), nlevels(d$variables$g))
  k <- nlevels(d$variables$g)
  complete <- subset(d, !is.na(g))
  test <- try(suppressWarnings(svygofchisq(~g, (1:k) / sum(1:k), complete)), silent = TRUE)
  if (!inherits(test, "try-error")) out$goodness_of_fit <- c(test_of(test), list(lambda = test$lambda))
  out$ttest <- t_of(svyttest(z ~ a, without_g(d)))
  d$variables$above <- d$variables$y - 500
  d$variables$pair_difference <- d$variables$y - 10 * d$variables$x
  out$ttest_one <- t_of(svyttest(above ~ 0, d))
  out$ttest_paired <- t_of(svyttest(pair_difference ~ 0, d))
  for (test in c("wilcoxon", "vanderWaerden", "median")) {
    value <- try(suppressWarnings(svyranktest(z ~ a, d, test = test)), silent = TRUE)
    if (!inherits(value, "try-error")) out$ranktest[[test]] <- c(list(estimate = value$estimate[[1]]), test_of(value))
  }
  value <- try(suppressWarnings(svyranktest(z ~ g, d, test = "KruskalWallis")), silent = TRUE)
  # R names chi-square and degrees of freedom of this one the other way round.
  if (!inherits(value, "try-error")) out$ranktest$KruskalWallis <- list(statistic = plain(value$parameter) / plain(value$statistic), df = c(plain(value$statistic), value$ddf), p_value = plain(value$p.value))
  results[[name]] <- out
  message(name, " ", format(proc.time()[[3]]))
}

# The p values of table 1 of Benjamini and Hochberg (1995).
published <- c(.0001, .0004, .0019, .0095, .0201, .0278, .0298, .0344, .0459, .3240, .4262, .5719, .6528, .7590, 1)
ties <- c(.04, .01, .01, .5, .2, 1, 0, .03)
adjusted <- lapply(list(published = published, ties = ties), function(p) {
  c(list(p = p), sapply(c("holm", "hochberg", "hommel", "bonferroni", "BH", "BY"), function(method) p.adjust(p, method), simplify = FALSE))
})
# Single step: the largest of correlated t statistics, by mvtnorm, which draws numbers: 4 digits.
means <- svyglm(y ~ 0 + g, clusters)
k <- matrix(c(1, -1, 0, 1, 0, -1, 0, 1, -1), 3, byrow = TRUE)
t <- plain(k %*% coef(means)) / sqrt(diag(k %*% vcov(means) %*% t(k)))
correlation <- cov2cor(k %*% vcov(means) %*% t(k))
set.seed(1)
control <- mvtnorm::GenzBretz(maxpts = 5e5, abseps = 1e-6)
single_step <- sapply(abs(t), function(each) 1 - mvtnorm::pmvt(rep(-each, 3), rep(each, 3), df = degf(clusters), corr = correlation, algorithm = control)[[1]])
critical <- mvtnorm::qmvt(0.95, tail = "both.tails", df = degf(clusters), corr = correlation, algorithm = control)$quantile
wald <- plain(t(coef(means)[1:2] - 2300) %*% solve(vcov(means)[1:2, 1:2]) %*% (coef(means)[1:2] - 2300))
comparisons <- list(t = t, single_step = single_step, critical = critical, wald = list(statistic = wald / 2, p_value = pf(wald / 2, 2, degf(clusters), lower.tail = FALSE)))

write_json(
  list(versions = list(R = R.version.string, survey = as.character(packageVersion("survey"))), results = results, adjusted = adjusted, comparisons = comparisons),
  "statistics.json",
  digits = NA, auto_unbox = TRUE, matrix = "rowmajor", na = "null"
)
cat(length(unlist(results)), "numbers\n")
