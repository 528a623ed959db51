# Time R's survey on the sample that weighting.py wrote: Rscript weighting.R FOLDER
suppressMessages({
  library(survey)
  library(lavaan)
  library(jsonlite)
})
folder <- commandArgs(trailingOnly = TRUE)[1]
plan <- fromJSON(file.path(folder, "plan.json"), simplifyVector = TRUE)
sample <- read.csv(file.path(folder, "sample.csv"), stringsAsFactors = TRUE)
sample$wave <- factor(sample$wave)
totals <- c(`(Intercept)` = sum(unlist(plan$margins[[1]])))
tables <- list()
for (name in names(plan$margins)) {
  counts <- unlist(plan$margins[[name]])
  sample[[name]] <- factor(sample[[name]], levels = names(counts))
  totals <- c(totals, setNames(counts[-1], paste0(name, names(counts)[-1])))
  tables[[name]] <- setNames(data.frame(factor(names(counts), levels = names(counts)), counts), c(name, "Freq"))
}
margins <- as.formula(paste("~", paste(names(plan$margins), collapse = "+")))
sample$weight <- totals[[1]] / nrow(sample)
design <- svydesign(id = ~1, weights = ~weight, data = sample)
grouped <- svydesign(id = ~group, weights = ~weight, data = sample)
# As tight as trustsurvey's 1e-10.
raked <- function(design) calibrate(design, margins, totals, calfun = "raking", epsilon = 1e-10)
# Of replicates R's rake is several times faster than its calibrate.
formulas <- lapply(names(plan$margins), function(name) as.formula(paste0("~", name)))
raked_each <- function(design) rake(design, formulas, unname(tables), control = list(epsilon = 1e-11, maxit = 1000))
means <- function(design) svyby(~trust, ~ origin + wave, design, svymean)
calibrated <- raked(design)
model <- paste("f =~", paste(plan$items, collapse = "+"))
omega <- function() {
  moments <- cov.wt(sample[plan$items], wt = weights(calibrated), method = "ML")
  fit <- cfa(model, sample.cov = moments$cov, sample.nobs = nrow(sample), std.lv = TRUE)
  loadings <- lavInspect(fit, "est")$lambda
  sum(loadings)^2 / (sum(loadings)^2 + sum(diag(lavInspect(fit, "est")$theta)))
}
tasks <- list(
  rake = function() raked(design),
  taylor = function() means(calibrated),
  bootstrap = function() means(raked_each(as.svrepdesign(design, type = "subbootstrap", replicates = plan$replicates))),
  jackknife = function() means(raked_each(as.svrepdesign(grouped, type = "JK1"))),
  omega = omega
)
times <- list()
numbers <- list()
for (task in plan$tasks) {
  runs <- if (task %in% c("bootstrap", "jackknife")) 1 else plan$runs
  times[[task]] <- median(replicate(runs, system.time(result <<- tasks[[task]]())[["elapsed"]]))
  if (task %in% c("taylor", "jackknife")) numbers[[task]] <- unname(SE(result))
  if (task == "omega") numbers[[task]] <- result
}
write_json(times, file.path(folder, "R.json"), auto_unbox = TRUE, digits = NA)
write_json(numbers, file.path(folder, "numbers.json"), auto_unbox = TRUE, digits = NA)
writeBin(as.numeric(weights(calibrated)), file.path(folder, "weights.bin"), endian = "little")
