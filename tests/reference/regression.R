# Reference numbers for regressions: writes regression.json beside itself.
# Rscript regression.R, in this folder, after extract.R and synthetic.py.
suppressMessages({
  library(survey)
  library(jsonlite)
})
options(survey.lonely.psu = "fail")
results <- list(versions = list(R = as.character(getRversion()), survey = as.character(packageVersion("survey"))))
# By default glm stops where standard errors have some 6 digits.
tight <- glm.control(epsilon = 1e-15, maxit = 200)
read_extract <- function(name) read.csv(paste0(name, ".csv"), na.strings = "", stringsAsFactors = TRUE)

apisrs <- read_extract("apisrs")
apistrat <- read_extract("apistrat")
apiclus1 <- read_extract("apiclus1")
apiclus2 <- read_extract("apiclus2")
synthetic <- read_extract("synthetic")
synthetic$wave <- factor(synthetic$wave)
margins <- read.csv("synthetic_margins.csv")
counts <- function(name) {
  rows <- margins[margins$margin == name, ]
  setNames(rows$count, rows$level)
}
four <- c(`(Intercept)` = sum(counts("sex")))
for (name in c("sex", "age", "origin", "district")) {
  values <- counts(name)[-1]
  four <- c(four, setNames(values, paste0(name, names(values))))
}
cal <- function(design, formula, population, ...) calibrate(design, formula, population, epsilon = 1e-13, maxit = 200, ...)
clus1 <- svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc, data = apiclus1)
base <- svydesign(id = ~psu, strata = ~stratum, weights = ~weight, data = synthetic, nest = TRUE)
designs <- list(
  srs = svydesign(id = ~1, weights = ~pw, fpc = ~fpc, data = apisrs),
  strat = svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = apistrat),
  clus1 = clus1,
  clus1_raked = cal(clus1, ~ stype + sch.wide, c(`(Intercept)` = 6194, stypeH = 755, stypeM = 1018, sch.wideYes = 5122), calfun = "raking"),
  clus2 = svydesign(id = ~ dnum + snum, weights = ~pw, fpc = ~ fpc1 + fpc2, data = apiclus2),
  base = base,
  finite = svydesign(id = ~psu, strata = ~stratum, weights = ~weight, fpc = ~clusters_in_stratum, data = synthetic, nest = TRUE),
  elements = svydesign(id = ~1, strata = ~stratum, weights = ~weight, data = synthetic),
  raked = cal(base, ~ sex + age + origin + district, four, calfun = "raking"),
  linear = cal(base, ~ sex + age + origin + district, four, calfun = "linear")
)
# A replicate is fitted as closely as the sample is.
designs$JKn <- as.svrepdesign(base, type = "JKn")
designs$JK1 <- as.svrepdesign(clus1, type = "JK1")
designs$JKn_raked <- cal(designs$JKn, ~ sex + age + origin + district, four, calfun = "raking")
domains <- lapply(designs[c("base", "raked", "elements")], function(design) subset(design, district %in% c("d1", "d2", "d3", "d4")))
names(domains) <- paste0(names(domains), "_domain")
designs <- c(designs, domains)

families <- list(
  gaussian = gaussian(), binomial = quasibinomial(), probit = quasibinomial("probit"), poisson = quasipoisson()
)
# By kind of data: formula, family, terms to test.
models <- list(
  api = list(
    gaussian = list(api00 ~ stype + awards + log(enroll), "gaussian", c("stype", "log(enroll)")),
    interaction = list(api00 ~ stype * awards + enroll, "gaussian", c("stype:awards", "enroll")),
    binomial = list(awards ~ stype + api00, "binomial", c("stype", "api00")),
    poisson = list(enroll ~ stype + awards + offset(log(api00)), "poisson", "stype")
  ),
  synthetic = list(
    gaussian = list(trust ~ origin * sex + age + wave + log(income), "gaussian", c("origin:sex", "age", "wave")),
    no_intercept = list(trust ~ 0 + origin + income + I(income^2), "gaussian", c("origin", "income")),
    binomial = list(contact ~ origin + age + wave + trust, "binomial", c("origin", "age")),
    patterns = list(contact ~ origin + age + wave, "binomial", c("origin", "wave")),
    probit = list(contact ~ origin + age + income, "probit", "age"),
    poisson = list(round(trust) ~ origin + age + wave + offset(log(income)), "poisson", c("origin", "age"))
  )
)
warned <- character()
fit_all <- function(name, design) {
  assign("design", design, envir = globalenv()) # where update() looks for it
  kind <- if ("stype" %in% names(design$variables)) "api" else "synthetic"
  for (model in names(models[[kind]])) {
    each <- models[[kind]][[model]]
    call <- bquote(svyglm(.(each[[1]]), design, family = families[[.(each[[2]])]], control = tight))
    fit <- suppressWarnings(eval(call))
    coefficients <- summary(fit)$coefficients
    result <- list(
      terms = rownames(coefficients), estimate = unname(coef(fit)), covariance = unname(vcov(fit)), df = fit$df.residual,
      t = unname(coefficients[, 3]), p_value = unname(coefficients[, 4]), deviance = fit$deviance, n = length(fit$y)
    )
    if (!inherits(fit, "svrepglm")) result$dispersion <- as.vector(summary(fit)$dispersion)
    if (each[[2]] != "gaussian") result$aic <- suppressWarnings(AIC(fit)[["AIC"]])
    for (term in each[[3]]) {
      formula <- as.formula(paste("~", term))
      wald <- regTermTest(fit, formula)
      result$wald[[term]] <- list(statistic = as.vector(wald$Ftest), df = wald$df, ddf = wald$ddf, p_value = as.vector(wald$p))
      chisq <- regTermTest(fit, formula, df = Inf)
      result$wald_chisq[[term]] <- list(statistic = as.vector(chisq$chisq), p_value = as.vector(chisq$p))
      # Without an interaction's main effect R keeps its columns: the same model, nothing to test.
      if (model %in% c("interaction", "no_intercept")) next
      for (approximation in c("saddlepoint", "satterthwaite")) {
        test <- suppressWarnings(regTermTest(fit, formula, method = "LRT", lrt.approximation = approximation))
        result$rao_scott[[term]][[approximation]] <- list(
          statistic = as.vector(test$chisq), lambdas = test$lambda, p_value = as.vector(test$p)
        )
      }
    }
    rows <- head(model.frame(design)[complete.cases(model.frame(design)), ], 5)
    for (type in c("link", "response")) {
      predicted <- predict(fit, newdata = rows, type = type)
      result$predict[[type]] <- list(estimate = unname(coef(predicted)), se = sqrt(as.vector(attr(predicted, "var"))))
    }
    results[[paste(name, model, sep = "_")]] <<- result
  }
}
for (name in names(designs)) fit_all(name, designs[[name]])

# Average predictions; svypredmeans adds the factor to a model that lacks it.
average <- function(case, formula, factor, family, design) {
  assign("design", design, envir = globalenv())
  fit <- suppressWarnings(eval(bquote(svyglm(.(formula), design, family = .(family), control = tight))))
  means <- suppressWarnings(svypredmeans(fit, factor))
  order <- sort(names(coef(means)))
  covariance <- unname(vcov(means)[order, order])
  results[[case]] <<- list(levels = order, estimate = unname(coef(means)[order]), covariance = matrix(covariance, length(order)))
}
# It fails on a calibrated design with missing answers.
for (name in c("base", "elements", "raked", "base_domain")) {
  average(paste0("average_gaussian_", name), log(income) ~ age + sex, ~origin, quote(gaussian()), designs[[name]])
  average(paste0("average_binomial_", name), I(income > 1800) ~ age + sex, ~origin, quote(quasibinomial()), designs[[name]])
  average(paste0("average_poisson_", name), round(income / 100) ~ age + sex, ~origin, quote(quasipoisson()), designs[[name]])
}
complete <- subset(base, !is.na(contact) & !is.na(trust))
average("average_missing", contact ~ age + trust, ~origin, quote(quasibinomial()), complete)

# Estimated marginal means over a balanced grid: linear algebra with coefficients and covariance.
grid_means <- function(case, fit, levels, data) {
  points <- expand.grid(lapply(levels, function(each) factor(each, levels = each)))
  w <- weights(fit$survey.design)
  points$trust <- sum(w * fit$survey.design$variables$trust) / sum(w)
  x <- model.matrix(delete.response(terms(fit)), points)
  eta <- drop(x %*% coef(fit))
  group <- sapply(levels$origin, function(each) as.numeric(points$origin == each) / sum(points$origin == each))
  jacobian <- t(group) %*% x
  slope <- t(group) %*% (x * fit$family$mu.eta(eta))
  results[[case]] <<- list(
    levels = levels$origin,
    link = list(estimate = drop(t(group) %*% eta), covariance = unname(jacobian %*% vcov(fit) %*% t(jacobian))),
    response = list(estimate = drop(t(group) %*% fit$family$linkinv(eta)), covariance = unname(slope %*% vcov(fit) %*% t(slope)))
  )
}
for (name in c("base", "elements")) {
  design <- subset(designs[[name]], !is.na(contact) & !is.na(trust))
  fit <- svyglm(contact ~ origin * sex + age + trust, design, family = quasibinomial(), control = tight)
  grid_means(paste0("grid_", name), fit, lapply(synthetic[c("origin", "sex", "age")], levels))
}

# Ordinal: svyolr stops early and takes its second derivatives by differences, so its fit is carried on by Newton steps.
polish <- function(case, formula, design, method) {
  start <- svyolr(formula, design, method = method)
  frame <- model.frame(formula, model.frame(design), na.action = na.pass)
  known <- complete.cases(frame)
  used <- if (is.null(design$postStrata)) design[known, ] else {
    design$prob[!known] <- Inf
    design
  }
  x <- model.matrix(terms(frame), frame[known, ])[, -1, drop = FALSE]
  y <- as.integer(model.response(frame)[known])
  w <- (1 / design$prob)[known]
  p <- if (method == "logistic") plogis else pnorm
  d <- if (method == "logistic") dlogis else dnorm
  scores <- function(theta) {
    eta <- drop(x %*% theta[seq_len(ncol(x))])
    zeta <- c(-Inf, theta[-seq_len(ncol(x))], Inf)
    up <- zeta[y + 1] - eta
    low <- zeta[y] - eta
    pr <- p(up) - p(low)
    thresholds <- sapply(seq_len(length(zeta) - 2), function(k) (d(up) * (y == k) - d(low) * (y == k + 1)) / pr)
    cbind(-x * (d(up) - d(low)) / pr, thresholds)
  }
  gradient <- function(theta) colSums(w * scores(theta)) / sum(w)
  theta <- unname(coef(start))
  for (step in 1:8) theta <- theta - drop(solve(numDeriv::jacobian(gradient, theta), gradient(theta)))
  stopifnot(max(abs(gradient(theta))) < 1e-13, all.equal(theta, unname(coef(start)), tolerance = 1e-2))
  hessian <- -numDeriv::jacobian(gradient, theta) * sum(w)
  influence <- matrix(0, nrow(frame), length(theta))
  influence[known, ] <- w * scores(theta) %*% solve(hessian)
  if (is.null(design$postStrata)) influence <- influence[known, ]
  covariance <- svyrecvar(influence, used$cluster, used$strata, used$fpc, postStrata = used$postStrata)
  stopifnot(all.equal(unname(sqrt(diag(covariance))), unname(SE(start)), tolerance = 1e-2))
  eta <- drop(x %*% theta[seq_len(ncol(x))])
  zeta <- c(-Inf, theta[-seq_len(ncol(x))], Inf)
  deviance <- -2 * sum(w * log(p(zeta[y + 1] - eta) - p(zeta[y] - eta))) / mean((1 / design$prob)[1 / design$prob > 0])
  results[[case]] <<- list(
    terms = names(coef(start)), estimate = theta, covariance = unname(covariance), df = start$df.residual,
    deviance = deviance, svyolr = list(estimate = unname(coef(start)), se = unname(SE(start)))
  )
}
for (method in c("logistic", "probit")) {
  for (name in c("base", "finite", "elements", "raked", "linear", "base_domain")) {
    design <- update(designs[[name]], level = cut(income, c(0, 1500, 2300, Inf), labels = c("low", "middle", "high")))
    polish(paste(name, "ordinal", method, sep = "_"), level ~ origin + age + wave, design, method)
    # svyolr fails on a calibrated design with missing answers.
    if (is.null(design$postStrata)) polish(paste(name, "ordinal_missing", method, sep = "_"), view ~ origin * wave + trust, design, method)
  }
}
# svyolr on replicates takes polr's fits; here each is carried on.
polish_replicates <- function(case, formula, design) {
  frame <- model.frame(formula, model.frame(design))
  x <- model.matrix(terms(frame), frame)[, -1, drop = FALSE]
  y <- as.integer(model.response(frame))
  scores <- function(theta) {
    eta <- drop(x %*% theta[seq_len(ncol(x))])
    zeta <- c(-Inf, theta[-seq_len(ncol(x))], Inf)
    up <- zeta[y + 1] - eta
    low <- zeta[y] - eta
    pr <- plogis(up) - plogis(low)
    thresholds <- sapply(seq_len(length(zeta) - 2), function(k) (dlogis(up) * (y == k) - dlogis(low) * (y == k + 1)) / pr)
    cbind(-x * (dlogis(up) - dlogis(low)) / pr, thresholds)
  }
  newton <- function(w, theta, steps) {
    gradient <- function(theta) colSums(w * scores(theta)) / sum(w)
    for (step in seq_len(steps)) theta <- theta - drop(solve(numDeriv::jacobian(gradient, theta), gradient(theta)))
    stopifnot(max(abs(gradient(theta))) < 1e-13)
    theta
  }
  theta <- newton(weights(design, "sampling"), unname(coef(suppressWarnings(svyolr(formula, design)))), 8)
  replicates <- t(apply(weights(design, "analysis"), 2, newton, theta = theta, steps = 5))
  covariance <- svrVar(replicates, design$scale, design$rscales, mse = design$mse, coef = theta)
  results[[case]] <<- list(estimate = theta, covariance = matrix(covariance, length(theta)))
}
for (name in c("JKn", "JKn_raked")) {
  design <- update(designs[[name]], level = cut(income, c(0, 1500, 2300, Inf), labels = c("low", "middle", "high")))
  polish_replicates(paste0(name, "_ordinal"), level ~ origin + wave, design)
}
write_json(results, "regression.json", digits = NA, auto_unbox = TRUE, matrix = "rowmajor")
cat(length(results), "results\n")
