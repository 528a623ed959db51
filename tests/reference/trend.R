# Change between waves and gaps between groups in one sample: two waves of a panel of clusters, so they covary.
# Run from the repository: Rscript tests/reference/trend.R
suppressMessages({library(survey); library(jsonlite)})
set.seed(20)
n <- 240
data <- data.frame(cluster = rep(1:24, each = 10), stratum = rep(1:4, each = 60), wave = rep(c("2024", "2025", "2026"), 80))
data$origin <- sample(c("a", "b"), n, TRUE)
data$w <- round(runif(n, 0.5, 3), 3)
effect <- rnorm(24)[data$cluster]
data$y <- round(50 + 3 * (data$wave == "2026") - 6 * (data$origin == "b") + 4 * effect + rnorm(n, sd = 10), 2)
design <- svydesign(ids = ~cluster, strata = ~stratum, weights = ~w, data = data)
means <- svyby(~y, ~wave, design, svymean, covmat = TRUE)
cells <- svyby(~y, ~wave + origin, design, svymean, covmat = TRUE)
df <- degf(design)
one <- function(estimates, weights) {
  contrast <- svycontrast(estimates, list(x = weights))
  se <- as.numeric(SE(contrast))
  list(estimate = as.numeric(coef(contrast)), se = se, detectable = (qt(.975, df) + qt(.8, df)) * se,
       p_value = 2 * pt(-abs(as.numeric(coef(contrast)) / se), df), high = as.numeric(coef(contrast)) + qt(.975, df) * se)
}
results <- list(
  made_by = paste0("R ", getRversion(), ", survey ", packageVersion("survey")),
  df = df,
  changes = list("2025" = one(means, c(-1, 1, 0)), "2026" = one(means, c(0, -1, 1))),
  gaps = list("2024" = one(cells, c(-1, 0, 0, 1, 0, 0)), "2026" = one(cells, c(0, 0, -1, 0, 0, 1)))
)
write_json(results, "tests/reference/trend.json", auto_unbox = TRUE, digits = 15, pretty = TRUE)
write.csv(data, "tests/reference/trend.csv", row.names = FALSE)
