# Reliability of R's `attitude` data (30 departments, 7 items): unweighted by psych, weighted by survey.
# Run from the repository: Rscript tests/reference/reliability.R
suppressMessages({library(survey); library(psych); library(lavaan); library(jsonlite)})
data <- datasets::attitude
data$w <- 1 + (seq_len(nrow(data)) %% 4)
items <- ~rating + complaints + privileges + learning + raises + critical + advance
unweighted <- psych::alpha(datasets::attitude)
weighted <- svydesign(ids = ~1, weights = ~w, data = data)
names <- names(datasets::attitude)
weighted_correlation <- function(item) {
  both <- cbind(data[[item]], rowSums(data[, setdiff(names, item)]))
  cov.wt(both, wt = data$w, cor = TRUE)$cor[1, 2]
}
# One-factor omega of a covariance matrix: lavaan's loadings, which its optimiser finds to some 1e-6, carried on by EM
# steps (Rubin and Thayer 1982) until nothing moves.
omega <- function(data, weights) {
  covariance <- cov.wt(data, wt = weights, method = "ML")$cov
  size <- sqrt(diag(covariance))
  target <- cov2cor(covariance)
  fit <- cfa(paste("f =~", paste(names(data), collapse = "+")), sample.cov = target, sample.nobs = 1e6,
    sample.cov.rescale = FALSE, std.lv = TRUE)
  loadings <- as.vector(lavInspect(fit, "est")$lambda)
  own <- diag(lavInspect(fit, "est")$theta)
  share <- function() sum(loadings * size)^2 / (sum(loadings * size)^2 + sum(own * size^2))
  first <- share()
  for (step in 1:20000) {
    projection <- as.vector(solve(tcrossprod(loadings) + diag(own), loadings))
    across <- as.vector(target %*% projection)
    loadings <- across / (1 - sum(projection * loadings) + sum(projection * across))
    own <- 1 - loadings * across
  }
  stopifnot(abs(share() / first - 1) < 1e-5)
  share()
}
results <- list(
  made_by = paste0("R ", getRversion(), ", survey ", packageVersion("survey"), ", psych ", packageVersion("psych"), ", lavaan ",
    packageVersion("lavaan")),
  omega = omega(datasets::attitude, rep(1, nrow(data))),
  weighted_omega = omega(datasets::attitude, data$w),
  alpha = unweighted$total$raw_alpha,
  alpha_without = setNames(as.list(unweighted$alpha.drop$raw_alpha), names),
  item_rest = setNames(as.list(unweighted$item.stats$r.drop), names),
  weighted_alpha = as.numeric(svycralpha(items, weighted)),
  weighted_item_rest = setNames(lapply(names, weighted_correlation), names)
)
write_json(results, "tests/reference/reliability.json", auto_unbox = TRUE, digits = 15, pretty = TRUE)
write.csv(data, "tests/reference/attitude.csv", row.names = FALSE)
