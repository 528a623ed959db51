# Every statistic x design x calibration x kind of variance, by R's survey; run here: Rscript matrix.R Taylor, then
# Rscript matrix.R replicates. They write matrix_Taylor.json and matrix_replicates.json
# (results[[sample/design/calibration/variance]][[statistic]]), which tests/weighting/test_matrix.py reads.
# Needs survey (4.1-1) and jsonlite. nhanes.csv is made here too: every sixth row of survey's nhanes.
suppressMessages({
  library(survey)
  library(jsonlite)
})
options(survey.lonely.psu = "fail", warn = 1)
part <- commandArgs(trailingOnly = TRUE)[1]
stopifnot(part %in% c("Taylor", "replicates"))

extract <- function(name) read.csv(paste0(name, ".csv"), na.strings = "", stringsAsFactors = TRUE)
results <- list()
failures <- character()

# The samples, each with the same columns beside its own: y and x numbers, z a complete number, a a factor with two levels,
# h a factor, f a factor with levels in order, o the same without missing values, b 0 or 1, k a count, inside a domain. test_matrix.py makes the same.
api <- function(name) {
  d <- extract(name)
  transform(d,
    y = api00, x = enroll, z = api00 / 100 + (snum %% 7), a = awards, h = stype, f = cut(api00, c(0, 550, 700, 1000), c("low", "middle", "high")), o = cut(api00, c(0, 550, 700, 1000), c("low", "middle", "high")),
    b = as.numeric(awards == "Yes"), k = snum %% 5, inside = api00 > 600
  )
}
synthetic <- transform(extract("synthetic"),
  y = trust, x = income, z = as.integer(age) + (income %% 10) / 10, a = sex, h = origin, f = view, o = cut(income, c(0, 1500, 2200, Inf), c("low", "middle", "high")),
  b = as.numeric(income < 1500), k = floor(income / 700), inside = age %in% c("25-39", "40-54"),
  pair = psu %% 2 + 1, element = seq_along(psu), elements_in_cluster = 3 * ave(psu, stratum, psu, FUN = length)
)
data(nhanes)
nhanes <- nhanes[seq(1, nrow(nhanes), by = 6), ]
nhanes$agecat <- as.integer(nhanes$agecat)
names(nhanes) <- c("psu", "stratum", "weight", "high", "race", "age", "sex")
write.csv(nhanes, "nhanes.csv", row.names = FALSE, quote = FALSE, na = "")
nhanes <- transform(read.csv("nhanes.csv"),
  y = high, x = weight / 100, z = age + (weight %% 10) / 10, a = factor(sex), h = factor(race), f = factor(age, labels = c("child", "young", "middle", "old")), o = cut(weight, c(0, 20000, 40000, Inf), c("low", "middle", "high")),
  b = as.numeric(race == 2), k = floor(weight / 10000), inside = age > 1
)
samples <- list(apisrs = api("apisrs"), apistrat = api("apistrat"), apiclus1 = api("apiclus1"), apiclus2 = api("apiclus2"), synthetic = synthetic, nhanes = nhanes)

make <- list(
  apisrs = list(srs = function(d) svydesign(~1, weights = ~pw, fpc = ~fpc, data = d)),
  apistrat = list(
    strata = function(d) svydesign(~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = d),
    infinite = function(d) svydesign(~1, strata = ~stype, weights = ~pw, data = d)
  ),
  apiclus1 = list(
    clusters = function(d) svydesign(~dnum, weights = ~pw, fpc = ~fpc, data = d),
    infinite = function(d) svydesign(~dnum, weights = ~pw, data = d)
  ),
  apiclus2 = list(stages = function(d) svydesign(~ dnum + snum, weights = ~pw, fpc = ~ fpc1 + fpc2, data = d)),
  synthetic = list(
    weights = function(d) svydesign(~1, weights = ~weight, data = d),
    elements = function(d) svydesign(~1, strata = ~stratum, weights = ~weight, data = d),
    clusters = function(d) svydesign(~psu, strata = ~stratum, weights = ~weight, data = d, nest = TRUE),
    finite = function(d) svydesign(~psu, strata = ~stratum, weights = ~weight, fpc = ~clusters_in_stratum, data = d, nest = TRUE),
    stages = function(d) svydesign(~ psu + element, strata = ~stratum, weights = ~weight, fpc = ~ clusters_in_stratum + elements_in_cluster, data = d, nest = TRUE),
    pairs = function(d) svydesign(~pair, strata = ~stratum, weights = ~weight, data = d, nest = TRUE),
    certainty = function(d) svydesign(~sparse_psu, strata = ~stratum, weights = ~weight, data = d, nest = TRUE),
    adjust = function(d) svydesign(~sparse_psu, strata = ~stratum, weights = ~weight, data = d, nest = TRUE),
    average = function(d) svydesign(~sparse_psu, strata = ~stratum, weights = ~weight, data = d, nest = TRUE)
  ),
  nhanes = list(clusters = function(d) svydesign(~psu, strata = ~stratum, weights = ~weight, data = d, nest = TRUE))
)

# Populations. The cells of a margin are those of a table; x is the total of a continuous variable.
counts <- function(name) {
  rows <- subset(read.csv("synthetic_margins.csv"), margin == name)
  setNames(rows$count, rows$level)
}
data(api)
populations <- list(
  api = list(
    stype = c(E = 4421, H = 755, M = 1018), sch.wide = c(No = 1072, Yes = 5122),
    `stype:sch.wide` = with(apipop, sapply(split(rep(1, 6194), paste(stype, sch.wide, sep = ":")), sum)), x = 3811472
  ),
  synthetic = list(
    sex = counts("sex"), age = counts("age"), origin = counts("origin"), district = counts("district"), `origin:age` = counts("origin:age"),
    x = 1.03 * 150000 / sum(synthetic$weight) * sum(synthetic$weight * synthetic$x)
  )
)
calibrations <- list(
  api = list(
    raking = list(margins = c("stype", "sch.wide"), calfun = "raking"),
    linear = list(margins = c("stype", "sch.wide"), calfun = "linear"),
    logit = list(margins = c("stype", "sch.wide"), calfun = "logit", bounds = c(0.6, 2.6)),
    raking_bounded = list(margins = c("stype", "sch.wide"), calfun = "raking", bounds = c(0.6, 2)),
    cells = list(margins = "stype:sch.wide", calfun = "linear"),
    total = list(margins = c("stype", "x"), calfun = "raking")
  ),
  synthetic = list(
    raking = list(margins = c("sex", "age", "origin", "district"), calfun = "raking"),
    linear = list(margins = c("sex", "age", "origin", "district"), calfun = "linear"),
    logit = list(margins = c("sex", "age", "origin", "district"), calfun = "logit", bounds = c(0.4, 3)),
    raking_bounded = list(margins = c("sex", "age", "origin", "district"), calfun = "raking", bounds = c(0.7, 1.6)),
    cells = list(margins = c("origin:age", "district", "sex"), calfun = "raking"),
    total = list(margins = c("sex", "age", "x"), calfun = "linear")
  )
)
calibrated <- function(design, population, recipe) {
  total <- sum(population[[1]])
  columns <- list(`(Intercept)` = total)
  for (name in recipe$margins) {
    if (name == "x") {
      columns[["x"]] <- population$x
    } else {
      parts <- strsplit(name, ":")[[1]]
      cell <- factor(do.call(paste, c(unname(lapply(design$variables[parts], as.character)), sep = ":")), levels = names(population[[name]]))
      design$variables[[paste0("cell_", gsub("[:.]", "_", name))]] <- cell
      values <- population[[name]][-1]
      columns[paste0("cell_", gsub("[:.]", "_", name), names(values))] <- values
    }
  }
  terms <- sapply(recipe$margins, function(name) if (name == "x") "x" else paste0("cell_", gsub("[:.]", "_", name)))
  arguments <- list(design, reformulate(terms), unlist(columns), calfun = recipe$calfun, epsilon = 1e-13, maxit = 500)
  if (!is.null(recipe$bounds)) arguments$bounds <- recipe$bounds
  tryCatch(do.call(calibrate, arguments), error = function(e) {
    failures <<- c(failures, paste("calibrate", recipe$calfun, conditionMessage(e)))
    NULL
  })
}

# One statistic: estimates in the order of the levels, standard errors, their covariance where it is small.
of <- function(stat, variance = vcov(stat), ...) {
  variance <- unname(as.matrix(variance))
  se <- sqrt(pmax(diag(variance), 0))
  value <- list(estimate = unname(as.vector(coef(stat))), se = se, ...)
  if (length(se) > 1 && length(se) <= 7) value$covariance <- variance
  value
}
of_deff <- function(stat) of(stat, deff = unname(as.vector(diag(as.matrix(attr(stat, "deff"))))))
with_indicators <- function(design, y, groups) {
  d <- design$variables
  code <- interaction(d[groups], lex.order = TRUE, drop = TRUE)
  values <- ifelse(is.na(d[[y]]), 0, d[[y]])
  design$variables$columns_ <- sapply(levels(code), function(level) values * (code == level))
  design
}
fit_control <- list(epsilon = 1e-17, maxit = 100)
of_fit <- function(fit) {
  ci <- suppressWarnings(confint(fit))
  of(fit, low = unname(ci[, 1]), high = unname(ci[, 2]), p_value = unname(summary(fit)$coefficients[, 4]), df = fit$df.residual)
}
rules <- c("math", "school", "shahvaish", paste0("hf", 1:9))

statistics <- list(
  mean = function(d) of_deff(svymean(~y, d, na.rm = TRUE, deff = TRUE)),
  means = function(d) of(svymean(~ k + z, d)),
  total = function(d) of_deff(svytotal(~z, d, na.rm = TRUE, deff = TRUE)),
  mean_by = function(d) {
    fit <- svyglm(y ~ 0 + h, d, control = fit_control)
    by <- svyby(~y, ~h, d, svymean, na.rm = TRUE, deff = TRUE)
    stopifnot(all.equal(unname(coef(fit)), unname(coef(by))), all.equal(unname(SE(fit)), unname(SE(by)), tolerance = 1e-6))
    of(fit, deff = unname(deff(by)))
  },
  mean_by_two = function(d) of(svyglm(y ~ 0 + interaction(a, h, lex.order = TRUE), d, control = fit_control)),
  total_by = function(d) of(svytotal(~columns_, with_indicators(d, "y", c("a", "h")))),
  share = function(d) of(svymean(~f, d, na.rm = TRUE)),
  share_by = function(d) {
    by <- svyby(~f, ~a, d, svymean, na.rm = TRUE)
    list(estimate = as.vector(t(as.matrix(by[, 2:(1 + nlevels(d$variables$f))]))), se = as.vector(t(as.matrix(SE(by)))))
  },
  share_logit = function(d) ciprop(d, "logit"),
  share_beta = function(d) ciprop(d, "beta"),
  share_wilson = function(d) {
    stat <- svymean(~b, d)
    p <- coef(stat)[[1]]
    # Wilson's interval on p (1 - p) / v answers: that of prop.test on fractional counts.
    n <- p * (1 - p) / vcov(stat)[[1]]
    ci <- suppressWarnings(prop.test(p * n, n, correct = FALSE))$conf.int
    list(estimate = p, low = ci[[1]], high = ci[[2]])
  },
  ratio = function(d) of(svyratio(~z, ~x, d, na.rm = TRUE)),
  ratio_by = function(d) {
    by <- svyby(~y, ~h, d, svyratio, denominator = ~z, na.rm = TRUE)
    list(estimate = unname(coef(by)), se = unname(SE(by)))
  },
  quantile = function(d) {
    q <- svyquantile(~y, d, c(0.1, 0.25, 0.5, 0.75, 0.9), na.rm = TRUE, df = d$fixed_df)[[1]]
    list(estimate = unname(q[, 1]), se = unname(q[, 4]), low = unname(q[, 2]), high = unname(q[, 3]))
  },
  quantile_rules = function(d) {
    q <- sapply(rules, function(rule) svyquantile(~z, d, c(0.3, 0.5), qrule = rule)[[1]][, 1:3])
    list(estimate = as.vector(q[1:2, ]), low = as.vector(q[3:4, ]), high = as.vector(q[5:6, ]))
  },
  median_by = function(d) {
    by <- svyby(~y, ~h, d, svyquantile, quantiles = 0.5, na.rm = TRUE)
    list(estimate = unname(coef(by)), se = unname(SE(by)))
  },
  variance = function(d) of(svyvar(~z, d)),
  variance_missing = function(d) of(svyvar(~y, d, na.rm = TRUE)),
  variance_by = function(d) {
    by <- svyby(~z, ~h, d, svyvar)
    list(estimate = unname(coef(by)), se = unname(SE(by)))
  },
  correlation = function(d) {
    if (inherits(d, "svyrep.design")) return(of(withReplicates(d, function(w, data) cov.wt(data[c("z", "k")], w / sum(w), cor = TRUE)$cor[1, 2])))
    v <- svyvar(~ z + k, d)
    of(svycontrast(structure(as.vector(v), names = c("zz", "zk", "kz", "kk"), var = attr(v, "var"), class = "svystat"), quote(zk / sqrt(zz * kk))))
  },
  gaussian = function(d) of_fit(svyglm(y ~ a + h + z, d, control = fit_control)),
  binomial = function(d) of_fit(svyglm(b ~ a2 + z, shuffled(d), family = quasibinomial(), control = fit_control)),
  poisson = function(d) of_fit(svyglm(k ~ h + z, d, family = quasipoisson(), control = fit_control)),
  wald = function(d) {
    test <- regTermTest(svyglm(y ~ a + h + z, d, control = fit_control), ~h)
    list(statistic = test$Ftest[[1]], df = c(test$df, test$ddf), p_value = test$p[[1]])
  },
  ordinal = function(d) {
    precise <- list(reltol = 1e-16, maxit = 1000)
    if (inherits(d, "svyrep.design")) {
      return(of(withReplicates(d, function(w, data) {
        data$w_ <- w / mean(w)
        fit <- suppressWarnings(MASS::polr(o ~ a + z, data, subset = w_ > 0, weights = w_, control = precise))
        c(fit$coefficients, fit$zeta)
      })))
    }
    fit <- svyolr(o ~ a + z, d, control = precise)
    list(estimate = unname(c(fit$coefficients, fit$zeta)), se = unname(sqrt(diag(vcov(fit)))), df = fit$df.residual)
  },
  chisq = function(d) {
    value <- list()
    for (name in if (inherits(d, "svyrep.design") || !is.null(d$postStrata)) "F" else c("F", "Chisq", "Wald", "adjWald", "saddlepoint")) {
      # lincom is left out: without CompQuadForm R puts the saddlepoint approximation in its place.
      test <- tryCatch(svychisq(~ h + f, d, statistic = name), error = function(e) NULL)
      if (is.null(test)) next
      value[[paste(name, "statistic")]] <- test$statistic[[1]]
      value[[paste(name, "p_value")]] <- test$p.value[[1]]
      if (name != "saddlepoint") value[[paste(name, "df")]] <- unname(test$parameter)
    }
    value
  },
  ttest = function(d) {
    test <- svyttest(y ~ a, d)
    list(estimate = test$estimate[[1]], statistic = test$statistic[[1]], df = test$parameter[[1]], p_value = test$p.value[[1]], low = test$conf.int[[1]], high = test$conf.int[[2]])
  },
  difference = function(d) {
    fit <- svyglm(y ~ 0 + h, d, control = fit_control)
    k <- length(coef(fit))
    # svycontrast, written out because it fails on regressions with replicates.
    contrast <- rbind(c(1, -1, rep(0, k - 2)), c(1, rep(-1 / (k - 1), k - 1)))
    variance <- contrast %*% vcov(fit) %*% t(contrast)
    list(estimate = as.vector(contrast %*% coef(fit)), se = sqrt(diag(variance)), covariance = variance)
  },
  domain_mean = function(d) of(svymean(~y, subset(d, inside), na.rm = TRUE), df = degf(subset(d, inside))),
  domain_total = function(d) of(svytotal(~y, subset(d, inside), na.rm = TRUE)),
  domain_share = function(d) of(svymean(~a, subset(d, inside))),
  domain_ratio = function(d) of(svyratio(~z, ~x, subset(d, inside), na.rm = TRUE)),
  domain_gaussian = function(d) of_fit(svyglm(y ~ a + z, subset(d, inside), control = fit_control))
)
ciprop <- function(d, method) {
  interval <- svyciprop(~b, d, method = method, df = degf(d))
  list(estimate = as.vector(interval), low = attr(interval, "ci")[[1]], high = attr(interval, "ci")[[2]])
}
# A factor that is none of the margins, so that it explains b and f no more than chance.
shuffled <- function(d) {
  d$variables$a2 <- factor(c("p", "q", "r")[seq_len(nrow(d$variables)) %% 3 + 1])
  d
}

core <- c("mean", "means", "total", "mean_by", "total_by", "share", "share_logit", "ratio", "quantile", "variance", "correlation", "gaussian", "binomial", "chisq", "difference", "domain_mean")
record <- function(sample, label, calibration, variance, design, only = names(statistics)) {
  if (is.null(design)) return()
  key <- paste(sample, label, calibration, variance, sep = "/")
  cell <- list(df = list(df = degf(design)))
  w <- weights(design, "sampling")
  cell$weights <- list(sum = sum(w), kish = length(w) * sum(w^2) / sum(w)^2, first = unname(w[1:5]))
  for (name in only) {
    value <- tryCatch(suppressWarnings(statistics[[name]](design)), error = function(e) {
      failures <<- c(failures, paste(key, name, conditionMessage(e)))
      NULL
    })
    if (!is.null(value)) cell[[name]] <- value
  }
  results[[key]] <<- cell
}

source_of <- function(sample) if (sample == "synthetic") "synthetic" else "api"
if (part == "Taylor") for (sample in names(make)) {
  for (label in names(make[[sample]])) {
    if (label %in% c("certainty", "adjust", "average")) options(survey.lonely.psu = label)
    design <- make[[sample]][[label]](samples[[sample]])
    record(sample, label, "none", "Taylor", design)
    if (sample == "nhanes") next
    recipes <- calibrations[[source_of(sample)]]
    if (sample == "apiclus2") recipes$total <- NULL # enroll is missing in some schools
    if (label %in% c("certainty", "adjust", "average", "weights", "pairs", "infinite", "stages") && sample != "apiclus2") recipes <- recipes["raking"]
    for (calibration in names(recipes)) {
      record(sample, label, calibration, "Taylor", calibrated(design, populations[[source_of(sample)]], recipes[[calibration]]), if (calibration == "raking") names(statistics) else core)
    }
    options(survey.lonely.psu = "fail")
  }
}

# Replicates; those that a choice makes (bootstrap, the Hadamard matrix of BRR) are stored by cluster, in the order they appear.
set.seed(20260101)
replicates <- list(
  list("apiclus1", "infinite", "JK1"), list("apiclus1", "clusters", "JK1"), list("apiclus1", "clusters", "bootstrap"),
  list("apistrat", "strata", "JKn"), list("apisrs", "srs", "JK1"),
  list("synthetic", "clusters", "JKn"), list("synthetic", "finite", "JKn"), list("synthetic", "pairs", "BRR"), list("synthetic", "pairs", "Fay"),
  list("synthetic", "clusters", "bootstrap"), list("nhanes", "clusters", "JKn")
)
multipliers <- list()
if (part == "replicates") for (each in replicates) {
  sample <- each[[1]]; label <- each[[2]]; variance <- each[[3]]
  d <- samples[[sample]]
  design <- make[[sample]][[label]](d)
  replicated <- switch(variance,
    bootstrap = as.svrepdesign(design, type = "subbootstrap", replicates = 40),
    Fay = as.svrepdesign(design, type = "Fay", fay.rho = 0.3),
    as.svrepdesign(design, type = variance)
  )
  if (variance %in% c("bootstrap", "BRR", "Fay")) {
    unit <- if (sample == "apiclus1") d$dnum else paste(d$stratum, if (label == "pairs") d$pair else d$psu)
    multipliers[[paste(sample, label, variance, sep = "/")]] <- list(
      scale = replicated$scale, rscales = replicated$rscales, multipliers = unname(weights(replicated, "replication")[!duplicated(unit), ])
    )
  }
  most <- setdiff(names(statistics), "quantile_rules")
  record(sample, label, "none", variance, replicated, most)
  if (sample == "nhanes") next
  for (calibration in c("raking", "linear", "cells")) {
    again <- calibrated(replicated, populations[[source_of(sample)]], calibrations[[source_of(sample)]][[calibration]])
    # degf() is the rank of the weights, which calibration of each replicate raises above the number of clusters: 38 for 15
    # clusters. R keeps the one from before after raking, and not after calfun = "linear" or in a subset. Here it is kept
    # throughout, and what subset() takes from it is not recorded.
    again$degf <- again$fixed_df <- degf(replicated)
    record(sample, label, calibration, variance, again, setdiff(if (calibration == "raking") most else core, "median_by"))
    key <- paste(sample, label, calibration, variance, sep = "/")
    for (name in c("domain_mean", "domain_gaussian")) {
      if (!is.null(results[[key]][[name]])) results[[key]][[name]][c("df", "low", "high", "p_value")] <- NULL
    }
  }
}

# Calibrated twice: the second margins are met, and the first no longer.
if (part == "Taylor") {
  twice <- make$apiclus1$clusters(samples$apiclus1)
  for (name in c("stype", "sch.wide")) twice <- calibrated(twice, populations$api, list(margins = name, calfun = "raking"))
  record("apiclus1", "clusters", "twice", "Taylor", twice, c("mean", "total"))
}

cat(failures, sep = "\n")
write_json(
  list(
    versions = list(R = R.version.string, survey = as.character(packageVersion("survey"))),
    populations = lapply(populations, lapply, function(each) if (length(each) > 1) as.list(each) else each), calibrations = calibrations, multipliers = multipliers, results = results
  ),
  paste0("matrix_", part, ".json"),
  digits = NA, auto_unbox = TRUE, matrix = "rowmajor", na = "null"
)
numbers <- length(unlist(results))
cat(length(results), "cells,", numbers, "numbers\n")
