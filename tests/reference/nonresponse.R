# Reference numbers for adjustments for non-response: writes nonresponse.json beside itself.
# Rscript nonresponse.R, in this folder, after synthetic.py.
suppressMessages({
  library(survey)
  library(jsonlite)
})
data <- read.csv("synthetic.csv", na.strings = "", stringsAsFactors = TRUE)
rows <- nrow(data)
data$age_code <- as.integer(data$age)
data$responded <- ((seq_len(rows) * 7919) %% 101) < 40 + 8 * data$age_code
data$y <- data$income + 300 * data$age_code
data$class <- interaction(data$age, data$sex)
results <- list(versions = list(R = as.character(getRversion()), survey = as.character(packageVersion("survey"))))
whole <- function(frame) svydesign(~psu, strata = ~stratum, weights = ~weight, data = frame, nest = TRUE)

# The standard error of a mean is that of the total of its linearised values, which everybody in the sample has.
record <- function(case, weights, linearised) {
  frame <- transform(data, linearised = as.numeric(linearised))
  se <- as.numeric(SE(svytotal(~linearised, whole(frame))))
  results[[case]] <<- list(weights = as.numeric(weights), mean = sum(weights * data$y) / sum(weights), se = se)
}
centred <- function(weights) (data$y - sum(weights * data$y) / sum(weights)) / sum(weights)
in_classes <- function(class) {
  everybody <- tapply(data$weight, class, sum)
  respondents <- tapply(data$weight * data$responded, class, sum)
  data$weight * data$responded * (everybody / respondents)[class]
}
# `effect` is the weighted influence of the respondents on the statistic, after later steps.
class_values <- function(adjusted, effect, class) {
  mean_effect <- tapply(effect, class, sum) / tapply(adjusted, class, sum)
  as.numeric(mean_effect[class] + (effect - adjusted * mean_effect[class]) / data$weight)
}

weights <- in_classes(data$class)
record("classes", weights, class_values(weights, weights * centred(weights), data$class))

fit <- svyglm(responded ~ age + sex + district, whole(data), family = quasibinomial, control = list(epsilon = 1e-14, maxit = 50))
propensity <- fitted(fit)
weights <- data$weight * data$responded / propensity
effect <- weights * centred(weights)
x <- model.matrix(fit)
slope <- solve(crossprod(x, data$weight * propensity * (1 - propensity) * x), crossprod(x, (1 - propensity) * effect))
record("propensity", weights, effect / data$weight - (data$responded - propensity) * (x %*% slope))

stratum <- cut(propensity, unique(quantile(propensity, 0:5 / 5)), include.lowest = TRUE)
weights <- in_classes(stratum)
record("propensity_classes", weights, class_values(weights, weights * centred(weights), stratum))

# Response classes, then raking.
adjusted <- in_classes(data$class)
totals <- c("(Intercept)" = 150000, sexm = 76000, originforeign = 50000, originmixed = 40000)
answering <- transform(data, adjusted = adjusted)[data$responded, ]
raked <- calibrate(svydesign(~1, weights = ~adjusted, data = answering), ~ sex + origin, totals, calfun = "raking", epsilon = 1e-13)
weights <- replace(numeric(rows), which(data$responded), weights(raked))
explained <- fitted(lm(centred(weights) ~ sex + origin, data, weights = adjusted))
record("classes_raked", weights, class_values(adjusted, weights * (centred(weights) - explained), data$class))

# Two-phase sampling, with response as the second phase, for equal weights: close, as within a class it divides by one
# respondent less.
twice <- svymean(~y, twophase(list(~1, ~1), strata = list(NULL, ~class), data = data, subset = ~responded, method = "approx"))
data$population <- 1000
finite <- twophase(list(~1, ~1), strata = list(NULL, ~class), fpc = list(~population, NULL), data = data, subset = ~responded, method = "approx")
results$two_phase_finite <- list(se = as.numeric(SE(svymean(~y, finite))))
results$two_phase <- list(mean = as.numeric(coef(twice)), se = as.numeric(SE(twice)))

# The adjustment repeated in every replicate.
jackknife <- as.svrepdesign(whole(data), type = "JKn", compress = FALSE)
repeated <- function(weights, frame) {
  everybody <- tapply(weights, frame$class, sum)
  respondents <- tapply(weights * frame$responded, frame$class, sum)
  adjusted <- weights * frame$responded * (everybody / respondents)[frame$class]
  sum(adjusted * frame$y) / sum(adjusted)
}
by_replicates <- withReplicates(jackknife, repeated)
results$jackknife <- list(mean = as.numeric(by_replicates), se = as.numeric(SE(by_replicates)))
of_propensity <- function(weights, frame) {
  frame$current <- weights / mean(weights)
  fit <- suppressWarnings(glm(responded ~ age + sex + district, quasibinomial, frame, current, epsilon = 1e-14, maxit = 50))
  adjusted <- weights * frame$responded / predict(fit, frame, type = "response")
  sum(adjusted * frame$y) / sum(adjusted)
}
by_replicates <- withReplicates(jackknife, of_propensity)
results$jackknife_propensity <- list(mean = as.numeric(by_replicates), se = as.numeric(SE(by_replicates)))
writeLines(toJSON(results, digits = NA, auto_unbox = TRUE), "nonresponse.json")
