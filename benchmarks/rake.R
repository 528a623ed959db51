# Time R's survey on the sample that rake.py wrote: Rscript rake.R FOLDER RUNS
suppressMessages({
  library(survey)
  library(jsonlite)
})
arguments <- commandArgs(trailingOnly = TRUE)
folder <- arguments[1]
runs <- as.integer(arguments[2])
sample <- read.csv(file.path(folder, "sample.csv"), stringsAsFactors = TRUE)
sample$wave <- factor(sample$wave)
margins <- read.csv(file.path(folder, "margins.csv"))
names <- unique(margins$margin)
for (name in names) {
  sample[[name]] <- factor(sample[[name]], levels = margins$level[margins$margin == name])
}
tables <- lapply(names, function(name) {
  rows <- margins[margins$margin == name, ]
  setNames(data.frame(factor(rows$level, levels = rows$level), rows$count), c(name, "Freq"))
})
formulas <- lapply(names, function(name) as.formula(paste0("~", name)))
totals <- c(`(Intercept)` = sum(tables[[1]]$Freq))
for (i in seq_along(names)) totals <- c(totals, setNames(tables[[i]]$Freq[-1], paste0(names[i], tables[[i]][[1]][-1])))
timed <- function(action) median(replicate(runs, system.time(action())[["elapsed"]]))

sample$weight <- sum(tables[[1]]$Freq) / nrow(sample)
design <- svydesign(id = ~1, weights = ~weight, data = sample)
# Both as tight as trustsurvey's 1e-10.
run_rake <- function() rake(design, formulas, tables, control = list(epsilon = 1e-10, maxit = 100))
run_calibrate <- function() {
  calibrate(design, as.formula(paste("~", paste(names, collapse = "+"))), totals, calfun = "raking", epsilon = 1e-10)
}
calibrated <- run_calibrate()
times <- list(
  rake = timed(run_rake),
  calibrate = timed(run_calibrate),
  mean = timed(function() svymean(~trust, calibrated)),
  `mean by 12` = timed(function() svyby(~trust, ~ wave + origin, calibrated, svymean))
)
write_json(times, file.path(folder, "times.json"), auto_unbox = TRUE, digits = NA)
writeBin(as.numeric(weights(calibrated)), file.path(folder, "weights.bin"), endian = "little")
