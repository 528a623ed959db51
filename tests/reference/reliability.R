# Reliability of R's `attitude` data (30 departments, 7 items): unweighted by psych, weighted by survey.
# Run from the repository: Rscript tests/reference/reliability.R
suppressMessages({library(survey); library(psych); library(jsonlite)})
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
results <- list(
  made_by = paste0("R ", getRversion(), ", survey ", packageVersion("survey"), ", psych ", packageVersion("psych")),
  alpha = unweighted$total$raw_alpha,
  alpha_without = setNames(as.list(unweighted$alpha.drop$raw_alpha), names),
  item_rest = setNames(as.list(unweighted$item.stats$r.drop), names),
  weighted_alpha = as.numeric(svycralpha(items, weighted)),
  weighted_item_rest = setNames(lapply(names, weighted_correlation), names)
)
write_json(results, "tests/reference/reliability.json", auto_unbox = TRUE, digits = 15, pretty = TRUE)
write.csv(data, "tests/reference/attitude.csv", row.names = FALSE)
