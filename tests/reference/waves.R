# Waves that share respondents, by R's survey; run here: Rscript waves.R
# Writes waves.json, read by tests/weighting/test_waves.py, and the sample panel.csv (made up): 70 people in 28 households
# in three waves, of whom some leave, join, or move to another region.
# Needs survey (4.1-1) and jsonlite.
suppressMessages({
  library(survey)
  library(jsonlite)
})
options(survey.lonely.psu = "fail", warn = 1)
set.seed(21)
people <- data.frame(id = 1:70, household = rep(1:28, length.out = 70), sex = rep(c("f", "m", "m"), length.out = 70))
people$start <- c("N", "S")[1 + people$household %% 2]
people$level <- rnorm(70, 50, 10) + 3 * (people$start == "N")
rows <- do.call(rbind, lapply(1:3, function(wave) {
  d <- people[people$id > 12 * (wave - 1) & people$id <= 46 + 12 * (wave - 1), ]
  d$wave <- 2020 + 2 * wave
  moved <- wave == 3 & d$household %in% c(20, 23)
  d$region <- ifelse(moved, ifelse(d$start == "N", "S", "N"), d$start)
  d$y <- round(d$level + rnorm(nrow(d), wave, 5), 2)
  d$weight <- round(runif(nrow(d), 5, 15), 2)
  d$population <- c(N = 400, S = 500)[d$region]
  d
}))
rows <- rows[c("wave", "id", "household", "sex", "start", "region", "weight", "population", "y")]
write.csv(rows, "panel.csv", row.names = FALSE, quote = FALSE)
rows <- read.csv("panel.csv", stringsAsFactors = TRUE)
rows$one <- 1
waves <- c(2022, 2024, 2026)

# Means by wave with their covariance: ratios of totals, so that svycontrast has all of them.
means <- function(design, keys = waves) {
  for (each in keys) design$variables[c(paste0("y", each), paste0("n", each))] <- with(design$variables, cbind(y * (wave == each), 1 * (wave == each)))
  totals <- svytotal(as.formula(paste("~", paste(c(paste0("y", keys), paste0("n", keys)), collapse = " + "))), design)
  result <- svycontrast(totals, setNames(lapply(keys, function(each) parse(text = paste0("y", each, "/n", each))[[1]]), paste0("m", keys)))
  list(mean = unname(coef(result)), covariance = unname(vcov(result)), df = degf(design))
}
results <- list()

# Everybody in both waves: stacked, people as clusters.
complete <- subset(rows, wave < 2026 & id > 12 & id <= 46)
stacked <- function(data, ...) svydesign(~id, weights = ~weight, data = data, ...)
results$complete <- means(stacked(complete), waves[1:2])
results[["complete, strata"]] <- means(stacked(complete, strata = ~start), waves[1:2])
results[["complete, strata, fpc"]] <- means(stacked(complete, strata = ~start, fpc = ~population), waves[1:2])
margins <- c("factor(wave)2022:sexf" = 180, "factor(wave)2024:sexf" = 190, "factor(wave)2022:sexm" = 210, "factor(wave)2024:sexm" = 205)
raked <- calibrate(stacked(complete, strata = ~start), ~ 0 + factor(wave):sex, margins, calfun = "raking", epsilon = 1e-13)
results[["complete, strata, raked"]] <- means(raked, waves[1:2])
results[["complete, households"]] <- means(svydesign(~household, strata = ~start, weights = ~weight, data = complete), waves[1:2])

# The same by replicates: a person is left out of both waves at once.
by_replicates <- function(design) {
  mean <- withReplicates(design, function(w, data) sapply(waves[1:2], function(each) weighted.mean(data$y[data$wave == each], w[data$wave == each])))
  list(mean = unname(as.numeric(coef(mean))), covariance = unname(vcov(mean)), df = degf(design))
}
plain_matrix <- function(x) list(mean = x$mean, covariance = matrix(as.numeric(x$covariance), 2), df = x$df)
results[["complete, JK1"]] <- plain_matrix(by_replicates(as.svrepdesign(stacked(complete), type = "JK1")))
results[["complete, strata, JKn"]] <- plain_matrix(by_replicates(as.svrepdesign(stacked(complete, strata = ~start, fpc = ~population), type = "JKn")))

# Some leave and some join: stacked, as SurveyDesign(clusters = "id") has it.
results[["rotating, stacked"]] <- means(stacked(rows))

# What combine_waves has: the variance of each wave in its own design, and between two waves the products of what a
# person (or the household) adds in each, about the mean of its stratum in that wave.
own <- function(data, cluster, stratum, population = NULL) {
  mean <- weighted.mean(data$y, data$weight)
  added <- (data$y - mean) * data$weight / sum(data$weight)
  key <- paste(data[[stratum]], data[[cluster]])
  totals <- tapply(added, key, sum)
  of <- data[match(names(totals), key), ]
  n <- ave(totals, of[[stratum]], FUN = length)
  unsampled <- if (is.null(population)) 1 else 1 - n / of[[population]]
  centred <- (totals - ave(totals, of[[stratum]])) * sqrt(unsampled * n / (n - 1))
  list(mean = mean, added = setNames(centred, of[[cluster]]))
}
combined <- function(parts) {
  covariance <- sapply(parts, function(a) sapply(parts, function(b) {
    both <- intersect(names(a$added), names(b$added))
    sum(a$added[both] * b$added[both])
  }))
  list(mean = unname(sapply(parts, `[[`, "mean")), covariance = unname(covariance))
}
rows$everywhere <- "all"
by_wave <- split(rows, rows$wave)
check <- function(name, result, designs) {
  # The variances are those of R's own designs of each wave.
  alone <- unname(sapply(designs, function(design) as.numeric(vcov(svymean(~y, design)))))
  stopifnot(isTRUE(all.equal(diag(result$covariance), alone, tolerance = 1e-12)))
  results[[name]] <<- result
}
each <- function(...) lapply(by_wave, function(data) svydesign(weights = ~weight, data = data, ...))
check("rotating", combined(lapply(by_wave, own, "id", "everywhere")), each(ids = ~1))
check("rotating, strata", combined(lapply(by_wave, own, "id", "region")), each(ids = ~1, strata = ~region))
check("rotating, strata, fpc", combined(lapply(by_wave, own, "id", "region", "population")), each(ids = ~1, strata = ~region, fpc = ~population))
check("rotating, households", combined(lapply(by_wave, own, "household", "region")), each(ids = ~household, strata = ~region))

# Samples that share nobody: strata are those of each wave.
rows$cell <- paste(rows$wave, rows$region)
results$independent <- means(svydesign(~1, strata = ~cell, weights = ~weight, data = rows))

write_json(results, "waves.json", digits = I(12), auto_unbox = TRUE)
